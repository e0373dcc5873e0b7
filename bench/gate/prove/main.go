// Command prove shows that the gate works: it plants slowdowns in copies of the
// tree and runs the gate on them, and runs it on the unchanged tree as often,
// while another processor is busy. What happened goes into a log, in Markdown.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/bench/gate/assembly"
)

// instruction is what is planted in a loop: a load whose result nothing waits for.
const instruction = "\tPREFETCHT0 (SP)"

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
		"Planted are loads that nothing waits for, one unless it says more, at the head of a kernel's innermost loop.\n",
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
	if err := p.plantEach(functions, "AVX512", wide); err != nil {
		return err
	}
	p.printf("\n## Planted in one AVX-512 kernel: %s, %d runs\n\n", wide, repeat)
	for range repeat {
		if err := p.plantEach(functions, "TableAVX512", wide); err != nil {
			return err
		}
	}
	p.printf("\n## Planted in each AVX2 kernel, count layer alone\n\n")
	if err := p.plantEach(functions, "AVX2", "count"); err != nil {
		return err
	}
	p.printf("\n## Slowed by 8 %% or a little more, time layer alone, %d runs\n\n", repeat)
	best := strings.ToUpper(bitdbn.Levels()[len(bitdbn.Levels())-1])
	for _, kernel := range []string{"Walk", "Table", "Sample", "Update", "ColumnSums"} {
		for _, f := range functions {
			if f.name == kernel+best {
				if err := p.slow(f, repeat); err != nil {
					return err
				}
			}
		}
	}
	if unchanged == 0 {
		return nil
	}
	p.printf("\n## Unchanged, static layer and time, %d runs\n\n", unchanged)
	for i := range unchanged {
		o, err := p.compare("static,time", ".", ".")
		if err != nil {
			return err
		}
		p.printf("%d. %s%v\n", i+1, verdict(o.passed, "passed", "FAILED"), o)
	}
	return nil
}

func verdict(ok bool, yes, no string) string {
	if ok {
		return yes
	}
	return no
}

// looped is an assembly function with a loop.
type looped struct {
	name string
	assembly.Function
}

// loops returns the functions in a folder that have loops, by name.
func loops(dir string) ([]looped, error) {
	list, err := assembly.List(dir)
	if err != nil {
		return nil, err
	}
	var all []looped
	for _, name := range slices.Sorted(maps.Keys(list)) {
		if f := list[name]; len(f.Loops) > 0 {
			all = append(all, looped{name, f})
		}
	}
	return all, nil
}

// plantEach plants in one function of a level after the other.
func (p *proof) plantEach(functions []looped, suffix, layers string) error {
	for _, f := range functions {
		if !strings.HasSuffix(f.name, suffix) {
			continue
		}
		err := p.planted(f, 1, func() error {
			o, err := p.compare(layers, p.tree, f.benchmarks())
			if err == nil {
				p.printf("- %s, %s: %s%v\n", f.name, layers, verdict(o.passed, "MISSED", "caught"), o)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// slow plants as many instructions as make a benchmark of f slower by 8 %, and
// then runs the gate.
func (p *proof) slow(f looped, repeat int) error {
	for n := 1; n <= 256; n += (n + 1) / 2 {
		slowed := false
		err := p.planted(f, n, func() error {
			o, err := p.compare("time", p.tree, f.benchmarks())
			if err != nil || o.low < 1.08 { // surely, not by a lucky round
				return err
			}
			slowed = true
			p.printf("- %s, slowed to %.3f times (at least %.3f) by %d instructions\n", f.name, o.ratio, o.low, n)
			for range repeat {
				if o, err = p.compare("time", p.tree, f.benchmarks()); err != nil {
					return err
				}
				p.printf("  - %s%v\n", verdict(o.passed, "MISSED", "caught"), o)
			}
			return nil
		})
		if err != nil || slowed {
			return err
		}
	}
	p.printf("- %s: 256 instructions do not slow it by 8 %%\n", f.name)
	return nil
}

// planted calls run while n instructions more are in the loop of a function.
func (p *proof) planted(f looped, n int, run func() error) error {
	text, err := os.ReadFile(f.Innermost.File)
	if err != nil {
		return err
	}
	defer os.WriteFile(f.Innermost.File, text, 0o644)
	lines := strings.Split(string(text), "\n")
	lines = slices.Insert(lines, f.Innermost.Line, slices.Repeat([]string{instruction}, n)...)
	if err := os.WriteFile(f.Innermost.File, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		return err
	}
	return run()
}

// benchmarks matches the benchmarks of the kernel and the level of f.
func (f looped) benchmarks() string {
	name, level := strings.CutSuffix(f.name, "AVX2")
	suffix := "avx2"
	if !level {
		name, suffix = strings.TrimSuffix(f.name, "AVX512"), "avx512"
	}
	switch name {
	case "Walk", "Table":
		return "^Product/level=" + suffix + "/b=128"
	}
	return "^" + name + "/level=" + suffix
}

// outcome is what the gate found: the largest ratio, and the first thing that is
// slower.
type outcome struct {
	passed  bool
	ratio   float64
	low     float64 // the largest lower end of an interval
	name    string
	slower  string
	seconds float64
}

func (o outcome) String() string {
	text := fmt.Sprintf(" in %.0f s; at most %.3f times, %s", o.seconds, o.ratio, o.name)
	if o.slower != "" {
		text += "; " + o.slower
	}
	return text
}

// compare runs the gate on a tree against HEAD.
func (p *proof) compare(layers, head, only string) (o outcome, err error) {
	began := time.Now()
	dir := filepath.Dir(p.gate)
	c := exec.Command(p.gate, "-base", "HEAD", "-head", head, "-layers", layers, "-only", only, "-core", "0", "-out", dir)
	var complaint bytes.Buffer
	c.Stderr = &complaint
	out, err := c.Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1 || complaint.Len() > 0) {
		return o, fmt.Errorf("%w: %s", err, complaint.String())
	}
	o.passed, o.seconds = err == nil, time.Since(began).Seconds()
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "slower") {
			o.slower = strings.Join(strings.Fields(line), " ")
			break
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		return o, err
	}
	var report struct {
		Findings []struct {
			Name       string
			Ratio, Low float64
		}
	}
	if err := json.Unmarshal(text, &report); err != nil {
		return o, err
	}
	for _, f := range report.Findings {
		o.low = max(o.low, f.Low)
		if f.Ratio > o.ratio {
			o.ratio, o.name = f.Ratio, f.Name
		}
	}
	return o, nil
}

func execute(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}
