// Package assembly reads what can be said of assembly functions without running
// them.
package assembly

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Function is an assembly function.
type Function struct {
	Instructions int      `json:"instructions"`
	Loops        []int    `json:"loops"` // instructions of each, in order; those of inner loops are in the outer ones too
	Features     []string `json:"features"`

	// Innermost is the label of its shortest loop, if it has one.
	Innermost Label `json:"-"`
}

// Label is a place in a file.
type Label struct {
	File string
	Line int // from 1
}

// Looped returns the instructions of all loops.
func (f Function) Looped() int {
	sum := 0
	for _, n := range f.Loops {
		sum += n
	}
	return sum
}

func (f Function) String() string {
	return fmt.Sprintf("%d instructions, loops of %v, needs %s", f.Instructions, f.Loops, strings.Join(f.Features, " "))
}

// List returns every function of the assembly files in a folder, by name.
func List(dir string) (map[string]Function, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.s"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no assembly in %s", dir)
	}
	all := map[string]Function{}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		err = read(f, name, all)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return all, nil
}

// mark is where a label stands.
type mark struct{ line, instructions int }

// read adds the functions of a file to all. A loop is what lies between a label
// and a jump back to it.
func read(r io.Reader, file string, all map[string]Function) error {
	var name string
	var f Function
	var features []string
	labels := map[string]mark{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for line := 1; lines.Scan(); line++ {
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
			name, f = symbol, Function{Features: slices.Sorted(slices.Values(features))}
			features = nil
			clear(labels)
		case name == "" || fields[0] == "DATA" || fields[0] == "GLOBL" || strings.HasPrefix(fields[0], "#"):
		case strings.HasSuffix(fields[0], ":"):
			labels[strings.TrimSuffix(fields[0], ":")] = mark{line, f.Instructions}
		default:
			f.Instructions++
			if at, ok := labels[fields[len(fields)-1]]; ok && fields[0][0] == 'J' {
				n := f.Instructions - at.instructions
				if len(f.Loops) == 0 || n < slices.Min(f.Loops) {
					f.Innermost = Label{file, at.line}
				}
				f.Loops = append(f.Loops, n)
			}
			all[name] = f
		}
	}
	return lines.Err()
}
