package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

// counted are the levels of the processor that valgrind is.
var counted = []string{"purego", "avx2"}

// count returns the instructions that one call of each benchmark's kernel
// executes, exactly. Benchmarks of levels that valgrind does not know are left
// out.
func (t *tree) count(ctx context.Context, names []string) (map[string]int64, error) {
	if _, err := exec.LookPath("valgrind"); err != nil {
		return nil, fmt.Errorf("instructions are counted by cachegrind: %w (apt-get install valgrind)", err)
	}
	dir, err := os.MkdirTemp("", "gate")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	counts := map[string]int64{}
	var wait sync.WaitGroup
	var lock sync.Mutex
	work := make(chan string)
	for range runtime.NumCPU() { // counts are the same on a busy machine
		wait.Go(func() {
			for name := range work {
				n, err := t.countOne(ctx, name, filepath.Join(dir, strings.ReplaceAll(name, "/", " ")))
				if err != nil {
					cancel(err)
					return
				}
				lock.Lock()
				counts[name] = n
				lock.Unlock()
			}
		})
	}
	for _, name := range ofLevels(names, counted...) {
		select {
		case work <- name:
		case <-ctx.Done():
		}
	}
	close(work)
	wait.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for _, l := range counted {
		if sum, n := total(counts, l); n > 0 && sum == 0 {
			return nil, fmt.Errorf("cachegrind saw no instruction of %d benchmarks of level %s: does the binary have symbols?", n, l)
		}
	}
	return counts, nil
}

// total returns the sum of the counts of a level, and how many there are.
func total(counts map[string]int64, l string) (sum int64, n int) {
	for name, c := range counts {
		if level(name) == l {
			sum, n = sum+c, n+1
		}
	}
	return sum, n
}

func (t *tree) countOne(ctx context.Context, name, file string) (int64, error) {
	c := exec.CommandContext(ctx, "valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file="+file, "-q",
		t.binary, "-test.run=^$", "-test.cpu=1", "-test.benchtime=1x", "-test.bench="+pattern([]string{name}))
	if _, err := output(benchEnv(c)); err != nil {
		return 0, err
	}
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	n, err := kernelInstructions(f, level(name))
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return n, nil
}

// Parts of the names of functions, as the linker writes them.
const (
	asmFunction    = "bitdbn/asm."
	kernelFunction = "bitdbn/internal/kernels."
)

// kernelInstructions reads what cachegrind wrote, and returns the instructions
// in the kernels of a level: in assembly; or, for purego, in functions of package
// kernels that no test file has a part in.
func kernelInstructions(r io.Reader, level string) (int64, error) {
	kernel := asmFunction
	if level == "purego" {
		kernel = kernelFunction
	}
	sums, tests := map[string]int64{}, map[string]bool{}
	var file, fn string
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if name, ok := strings.CutPrefix(line, "fl="); ok {
			file = name
			continue
		}
		if name, ok := strings.CutPrefix(line, "fn="); ok {
			fn = name
			tests[fn] = tests[fn] || strings.HasSuffix(file, "_test.go")
			continue
		}
		if line == "" || line[0] < '0' || line[0] > '9' || !strings.Contains(fn, kernel) {
			continue
		}
		_, count, _ := strings.Cut(line, " ")
		n, err := strconv.ParseInt(count, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("cachegrind's line %q: %w", line, err)
		}
		sums[fn] += n
	}
	var sum int64
	for fn, n := range sums {
		if !tests[fn] {
			sum += n
		}
	}
	return sum, lines.Err()
}
