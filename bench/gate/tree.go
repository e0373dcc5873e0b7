package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/bitdbn/bitdbn/bench/gate/assembly"
)

// kernels is the package whose benchmarks are compared: one for every kernel,
// level and shape of the table of kernels.
const kernels = "./internal/kernels"

// tree is one of the two sides: its assembly, and its compiled benchmarks.
type tree struct {
	revision   string
	static     map[string]assembly.Function
	binary     string
	benchmarks []string
}

// goVersion returns the version of the Go command, which compiles the trees.
func goVersion() string {
	out, err := exec.Command("go", "env", "GOVERSION").Output()
	if err != nil {
		return runtime.Version()
	}
	return strings.TrimSpace(string(out))
}

// checkout makes a work tree of a revision. The caller removes it.
func checkout(ctx context.Context, revision, dir string) (remove func(), err error) {
	if _, err := output(exec.CommandContext(ctx, "git", "worktree", "add", "--detach", dir, revision)); err != nil {
		return nil, err
	}
	return func() { exec.Command("git", "worktree", "remove", "--force", dir).Run() }, nil
}

// measurable compiles the benchmarks of the tree in dir, as the binary of that
// name. The path of the tree does not enter it.
func measurable(ctx context.Context, dir, binary string) (*tree, error) {
	t := &tree{binary: binary}
	var err error
	if t.static, err = assembly.List(filepath.Join(dir, "asm")); err != nil {
		return nil, err
	}
	revision, err := output(command(ctx, dir, "git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"))
	if err != nil {
		return nil, err
	}
	t.revision = strings.TrimSpace(revision)
	if _, err := output(command(ctx, dir, "go", "test", "-c", "-trimpath", "-buildvcs=false", "-o", binary, kernels)); err != nil {
		return nil, err
	}
	// Each benchmark first requires its kernel to agree with the pure-Go one, so
	// that a wrong kernel stops here.
	out, err := t.bench(ctx, ".", "-test.benchtime=1x")
	if err != nil {
		return nil, err
	}
	for _, m := range benchName.FindAllStringSubmatch(out, -1) {
		t.benchmarks = append(t.benchmarks, m[1])
	}
	if len(t.benchmarks) == 0 {
		return nil, fmt.Errorf("%s has no benchmarks", dir)
	}
	return t, nil
}

// bench runs benchmarks and returns what they print.
func (t *tree) bench(ctx context.Context, pattern string, args ...string) (string, error) {
	return output(benchEnv(exec.CommandContext(ctx, t.binary, append([]string{"-test.run=^$", "-test.cpu=1", "-test.bench=" + pattern}, args...)...)))
}

// benchEnv sets what makes runs alike: one processor, no collector, no
// preemption, and no levels but those of the machine.
func benchEnv(c *exec.Cmd) *exec.Cmd {
	c.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=off", "GODEBUG=asyncpreemptoff=1,cpu.rdtscp=off", "BITDBN_LEVEL=")
	return c
}

func command(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = dir
	return c
}

// output runs a command, and puts what it complains about into the error.
func output(c *exec.Cmd) (string, error) {
	var complaint bytes.Buffer
	c.Stderr = &complaint
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s%s", strings.Join(c.Args, " "), err, complaint.String(), out)
	}
	return string(out), nil
}

// result is a line of a benchmark's output.
type result struct {
	name        string
	nanoseconds float64 // an operation, in the fastest of short windows
}

// benchName is the name in the line of a benchmark of a level.
var benchName = regexp.MustCompile(`(?m)^Benchmark(\S+/level=\S+)\s+\d+\s`)

// benchLine is a benchmark's line with -fastest, of which that metric is compared:
// the mean, ns/op, wanders on a busy machine.
var benchLine = regexp.MustCompile(`(?m)^Benchmark(\S+)\s+\d+\s.*\s([0-9.e+]+) min-ns/op`)

func parseBench(out string) ([]result, error) {
	var all []result
	for _, m := range benchLine.FindAllStringSubmatch(out, -1) {
		t, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m[0], err)
		}
		all = append(all, result{m[1], t})
	}
	return all, nil
}

// pattern returns the -test.bench argument that matches the named benchmarks and
// no others.
func pattern(names []string) string {
	var alternatives []string
	for _, n := range names {
		parts := strings.Split("Benchmark"+n, "/")
		for i, p := range parts {
			parts[i] = "^" + regexp.QuoteMeta(p) + "$"
		}
		alternatives = append(alternatives, strings.Join(parts, "/"))
	}
	return strings.Join(alternatives, "|")
}

// level returns the level in the name of a benchmark.
func level(name string) string {
	_, after, _ := strings.Cut(name, "level=")
	l, _, _ := strings.Cut(after, "/")
	return l
}

// common returns the benchmarks that both sides have, and reports the others.
func (g *gate) common(r *report, base, head []string) ([]string, error) {
	only, err := regexp.Compile(g.only)
	if err != nil {
		return nil, err
	}
	var both []string
	for _, n := range head {
		switch {
		case !only.MatchString(n):
		case slices.Contains(base, n):
			both = append(both, n)
		default:
			r.add(finding{Layer: layerOf(n), Name: n, Verdict: added})
		}
	}
	for _, n := range base {
		if only.MatchString(n) && !slices.Contains(head, n) && slices.Contains(levelsOf(head), level(n)) {
			r.add(finding{Layer: layerOf(n), Name: n, Verdict: gone})
		}
	}
	if len(both) == 0 {
		return nil, fmt.Errorf("no benchmark in common that matches %q", g.only)
	}
	return both, nil
}

func levelsOf(names []string) []string {
	var all []string
	for _, n := range names {
		all = append(all, level(n))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// ofLevels returns the names of some levels.
func ofLevels(names []string, levels ...string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !slices.Contains(levels, level(n)) })
}

// layerOf returns the layer that judges a benchmark best.
func layerOf(name string) string {
	if slices.Contains(counted, level(name)) {
		return "count"
	}
	return "time"
}
