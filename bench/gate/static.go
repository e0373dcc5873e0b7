package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// function is what can be said of an assembly function without running it.
type function struct {
	Instructions int      `json:"instructions"`
	Loops        []int    `json:"loops"` // instructions of each, in order; those of inner loops are in the outer ones too
	Features     []string `json:"features"`
}

// looped returns the instructions of all loops.
func (f function) looped() int {
	sum := 0
	for _, n := range f.Loops {
		sum += n
	}
	return sum
}

func (f function) String() string {
	return fmt.Sprintf("%d instructions, loops of %v, needs %s", f.Instructions, f.Loops, strings.Join(f.Features, " "))
}

// staticList returns every function of the assembly files in a folder, by name.
func staticList(dir string) (map[string]function, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.s"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no assembly in %s", dir)
	}
	all := map[string]function{}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		err = parseAssembly(f, all)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return all, nil
}

// parseAssembly adds the functions of a file. A loop is what lies between a label
// and a jump back to it.
func parseAssembly(r io.Reader, all map[string]function) error {
	var name string
	var f function
	var features []string
	labels := map[string]int{} // label → instructions before it
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		if list, ok := strings.CutPrefix(text, "// Requires: "); ok {
			features = strings.Split(list, ", ")
		}
		text, _, _ = strings.Cut(text, "//")
		switch fields := strings.Fields(text); {
		case len(fields) == 0:
		case fields[0] == "TEXT":
			symbol, _, ok := strings.Cut(strings.TrimPrefix(fields[1], "·"), "(SB)")
			if !ok {
				return fmt.Errorf("function without a name: %q", text)
			}
			name, f = symbol, function{Features: slices.Sorted(slices.Values(features))}
			features = nil
			clear(labels)
		case name == "" || fields[0] == "DATA" || fields[0] == "GLOBL" || strings.HasPrefix(fields[0], "#"):
		case strings.HasSuffix(fields[0], ":"):
			labels[strings.TrimSuffix(fields[0], ":")] = f.Instructions
		default:
			f.Instructions++
			if at, ok := labels[fields[len(fields)-1]]; ok && fields[0][0] == 'J' {
				f.Loops = append(f.Loops, f.Instructions-at)
			}
			all[name] = f
		}
	}
	return lines.Err()
}
