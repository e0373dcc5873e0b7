// Command prove shows that the gate works: it plants slowdowns in copies of the
// tree and runs the gate on them, and runs it on the unchanged tree as often,
// while another processor is busy. What happened goes into a log, in Markdown.
package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bitdbn/bitdbn"
)

// planted is the instruction that is added to a loop: a load whose result
// nothing waits for.
const planted = "\tPREFETCHT0 (SP)"

func main() {
	log.SetFlags(0)
	out := flag.String("out", "bench/gate/PROOF.md", "file to write the log to")
	unchanged := flag.Int("unchanged", 20, "runs on the unchanged tree")
	repeat := flag.Int("repeat", 5, "runs on a tree with a planted slowdown")
	flag.Parse()
	p := &proof{}
	if err := p.run(*unchanged, *repeat); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(*out, p.log.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}

type proof struct {
	log  bytes.Buffer
	gate string // the compiled gate
	tree string // the copy in which slowdowns are planted
}

func (p *proof) printf(format string, args ...any) {
	fmt.Fprintf(io.MultiWriter(&p.log, os.Stdout), format, args...)
}

func (p *proof) run(unchanged, repeat int) error {
	work, err := os.MkdirTemp("", "prove")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	p.gate, p.tree = filepath.Join(work, "gate"), filepath.Join(work, "tree")
	if err := execute("go", "build", "-o", p.gate, "./bench/gate"); err != nil {
		return err
	}
	if err := execute("git", "worktree", "add", "--detach", p.tree, "HEAD"); err != nil {
		return err
	}
	defer execute("git", "worktree", "remove", "--force", p.tree)
	// The last processor is busy, though it gives way to all other work.
	spin := exec.Command("nice", "-n", "19", "taskset", "-c", strconv.Itoa(runtime.NumCPU()-1), "sh", "-c", "while :; do :; done")
	if err := spin.Start(); err != nil {
		return err
	}
	defer func() { spin.Process.Kill(); spin.Wait() }()

	p.printf("# The gate, tried\n\nWritten by `make gate-proof` on %s, levels %v, timed on processor 0 while the last one was busy throughout. "+
		"Planted is one instruction, a load that nothing waits for, at the head of a kernel's innermost loop.\n",
		time.Now().Format(time.DateOnly), bitdbn.Levels())
	functions, err := loops(filepath.Join(p.tree, "asm"))
	if err != nil {
		return err
	}
	wide := "static"
	if slices.Contains(bitdbn.Levels(), "avx512") {
		wide = "static,time"
	}
	p.printf("\n## Planted in each AVX-512 kernel: %s\n\n", wide)
	if err := p.plantEach(functions, "AVX512", wide, 1); err != nil {
		return err
	}
	p.printf("\n## Planted in each AVX2 kernel, count layer alone\n\n")
	if err := p.plantEach(functions, "AVX2", "count", 1); err != nil {
		return err
	}
	p.printf("\n## Planted in one kernel, %d runs\n\n", repeat)
	for _, c := range []struct{ suffix, layers string }{{"AVX512", wide}, {"AVX2", "count"}, {"AVX2", "time"}} {
		for _, f := range functions {
			if f.name == "Walk"+c.suffix {
				if err := p.plant(f, c.layers, repeat); err != nil {
					return err
				}
			}
		}
	}
	p.printf("\n## Unchanged, static layer and time, %d runs\n\n", unchanged)
	for i := range unchanged {
		passed, text, err := p.compare("static,time", ".", ".")
		if err != nil {
			return err
		}
		p.printf("%d. %s%s\n", i+1, verdict(passed, "passed", "FAILED"), text)
	}
	return nil
}

func verdict(ok bool, yes, no string) string {
	if ok {
		return yes
	}
	return no
}

// loop is an assembly function with a loop.
type loop struct {
	name, file string
	line       int // of the label of an innermost loop
}

var labelLine = regexp.MustCompile(`^(\w+):$`)

// loops returns the functions in a folder that have loops.
func loops(dir string) ([]loop, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.s"))
	if err != nil {
		return nil, err
	}
	var all []loop
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		name, labels := "", map[string]int{}
		shortest := 1 << 30
		for i, line := range strings.Split(string(text), "\n") {
			fields := strings.Fields(line)
			switch {
			case strings.HasPrefix(line, "TEXT ·"):
				name, _, _ = strings.Cut(strings.TrimPrefix(line, "TEXT ·"), "(")
				clear(labels)
				shortest = 1 << 30
			case labelLine.MatchString(line):
				labels[strings.TrimSuffix(line, ":")] = i
			case len(fields) == 2 && fields[0][0] == 'J':
				at, back := labels[fields[1]]
				if !back || i-at >= shortest {
					continue
				}
				if last := len(all) - 1; last >= 0 && all[last].name == name {
					all = all[:last]
				}
				shortest = i - at
				all = append(all, loop{name, file, at})
			}
		}
	}
	slices.SortFunc(all, func(a, b loop) int { return cmp.Compare(a.name, b.name) })
	return all, nil
}

// plantEach plants in one function of a level after the other.
func (p *proof) plantEach(functions []loop, suffix, layers string, repeat int) error {
	for _, f := range functions {
		if strings.HasSuffix(f.name, suffix) {
			if err := p.plant(f, layers, repeat); err != nil {
				return err
			}
		}
	}
	return nil
}

// plant adds the instruction to a function, runs the gate, and takes it out.
func (p *proof) plant(f loop, layers string, repeat int) error {
	text, err := os.ReadFile(f.file)
	if err != nil {
		return err
	}
	defer os.WriteFile(f.file, text, 0o644)
	lines := strings.Split(string(text), "\n")
	lines = slices.Insert(lines, f.line+1, planted)
	if err := os.WriteFile(f.file, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		return err
	}
	for range repeat {
		passed, text, err := p.compare(layers, p.tree, f.benchmarks())
		if err != nil {
			return err
		}
		p.printf("- %s, %s: %s%s\n", f.name, layers, verdict(passed, "MISSED", "caught"), text)
	}
	return nil
}

// benchmarks matches the benchmarks of the kernel and the level of f.
func (f loop) benchmarks() string {
	name, level := strings.CutSuffix(f.name, "AVX2")
	suffix := "avx2"
	if !level {
		name, suffix = strings.TrimSuffix(f.name, "AVX512"), "avx512"
	}
	switch name {
	case "Walk", "Table":
		return "^Product/level=" + suffix + "/b=128"
	case "WalkPair": // for more rows
		return "^Product/level=" + suffix + "/b=512"
	}
	return "^" + name + "/level=" + suffix
}

// compare runs the gate on a tree against HEAD, and returns whether it passed,
// and the first thing that it found slower.
func (p *proof) compare(layers, head, only string) (passed bool, text string, err error) {
	began := time.Now()
	c := exec.Command(p.gate, "-base", "HEAD", "-head", head, "-layers", layers, "-only", only, "-core", "0")
	var complaint bytes.Buffer
	c.Stderr = &complaint
	out, err := c.Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1 || complaint.Len() > 0) {
		return false, "", fmt.Errorf("%w: %s", err, complaint.String())
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "slower") {
			text = "; " + strings.Join(strings.Fields(line), " ")
			break
		}
	}
	return err == nil, fmt.Sprintf(" in %.0f s%s", time.Since(began).Seconds(), text), nil
}

func execute(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}
