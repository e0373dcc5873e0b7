package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bitdbn/bitdbn"
)

// kernelLine is a line of go test -bench: name, calls, and values with units.
var kernelLine = regexp.MustCompile(`(?m)^Benchmark(\w+)/level=(\w+)/(\S+)\s+\d+\s+([0-9.e+]+) ns/op\s+([0-9.e+]+) (\S+)`)

// kernels measures every kernel at every level, by the benchmarks of the table of
// kernels, which check each against the pure-Go one first.
func (c *comparison) kernels() error {
	cmd := exec.Command("go", "test", "-run", "^$", "-bench", "/level=", "-benchtime", "20ms", "-count", strconv.Itoa(min(c.rounds, 5)), "./internal/kernels")
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "BITDBN_LEVEL=")
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%v: %w\n%s%s", cmd.Args, err, complaint.Bytes(), out)
	}
	type key struct{ kernel, shape, unit string }
	var order []key
	rates := map[key]map[string][]float64{}
	for _, m := range kernelLine.FindAllStringSubmatch(string(out), -1) {
		k := key{m[1], m[3], m[6]}
		v, err := strconv.ParseFloat(m[5], 64)
		if err != nil {
			return err
		}
		if rates[k] == nil {
			rates[k] = map[string][]float64{}
			order = append(order, k)
		}
		rates[k][m[2]] = append(rates[k][m[2]], v)
	}
	if len(order) == 0 {
		return fmt.Errorf("no benchmark in\n%s", out)
	}
	all := bitdbn.Levels()
	c.printf("## Kernels\n\nEvery kernel of `internal/kernels`, one call after the other on operands in the cache, one thread. Products are of one panel of 64 outputs.\n\n")
	c.printf("| kernel | operands | unit | %s |\n|---|---|---|%s\n", strings.Join(all, " | "), strings.Repeat("---|", len(all)))
	for _, k := range order {
		c.printf("| %s | %s | %s |", k.kernel, k.shape, k.unit)
		for _, level := range all {
			v := rates[k][level]
			slices.Sort(v)
			c.printf(" %s |", digits(v[len(v)/2]))
		}
		c.printf("\n")
	}
	c.printf("\n")
	return nil
}
