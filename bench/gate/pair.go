package main

import (
	"context"
	"fmt"
	"math"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
)

const (
	// slow is the ratio of times above which, with the whole interval, a kernel
	// counts as slower; fast its counterpart.
	slow = 1.05
	fast = 1 / slow
	// mostRounds ends the rounds of a benchmark that stays undecided.
	mostRounds = 100
)

// pairing times the benchmarks of two trees in turns.
type pairing struct {
	base, head   *tree
	rounds, core int
}

// series holds the rounds of one benchmark.
type series struct {
	base, head []float64 // nanoseconds an operation, the better of a round's two
}

func (s *series) ratios() []float64 {
	r := make([]float64, len(s.base))
	for i := range r {
		r[i] = s.head[i] / s.base[i]
	}
	return r
}

// interval returns the median of the rounds' ratios and its bootstrap interval.
func (s *series) interval() (mid, low, high float64) { return bootstrap(s.ratios()) }

// compare times benchmarks, and adds to the report what it found. A benchmark
// that seems slower has to be so once more, in fresh rounds.
func (p *pairing) compare(ctx context.Context, r *report, names []string) error {
	all, err := p.measure(ctx, names)
	if err != nil {
		return err
	}
	var suspects []string
	for _, n := range names {
		if _, low, _ := all[n].interval(); low > slow {
			suspects = append(suspects, n)
		}
	}
	again, err := p.measure(ctx, suspects)
	if err != nil {
		return err
	}
	for _, n := range names {
		s := all[n]
		mid, low, high := s.interval()
		f := finding{Layer: "time", Name: n, Unit: "ns/op", Base: median(s.base), Head: median(s.head), Ratio: mid, Low: low, High: high, Rounds: len(s.base)}
		f.samples = s
		switch second := again[n]; {
		case second != nil:
			f.Verdict = same
			if _, low, _ := second.interval(); low > slow {
				f.Verdict = slower
			}
		case high < fast:
			f.Verdict = faster
		default:
			f.Verdict = same
		}
		r.add(f)
	}
	return nil
}

// measure returns the rounds of each benchmark: as many as are asked for, and
// more while the interval holds slow.
func (p *pairing) measure(ctx context.Context, names []string) (map[string]*series, error) {
	all := map[string]*series{}
	for _, n := range names {
		all[n] = new(series)
	}
	open := slices.Clone(names)
	for round := 1; len(open) > 0 && round <= mostRounds; round++ {
		if err := p.round(ctx, open, all); err != nil {
			return nil, err
		}
		if round < p.rounds {
			continue
		}
		open = slices.DeleteFunc(open, func(n string) bool {
			_, low, high := all[n].interval()
			return low > slow || high <= slow
		})
	}
	return all, nil
}

// round times the benchmarks of base, head, head and base.
func (p *pairing) round(ctx context.Context, names []string, all map[string]*series) error {
	best := [2]map[string]float64{{}, {}}
	for _, side := range []int{0, 1, 1, 0} {
		out, err := p.pass(ctx, []*tree{p.base, p.head}[side], names)
		if err != nil {
			return err
		}
		for _, r := range out {
			if t, ok := best[side][r.name]; !ok || r.nanoseconds < t {
				best[side][r.name] = r.nanoseconds
			}
		}
	}
	for _, n := range names {
		a, b := best[0][n], best[1][n]
		if a <= 0 || b <= 0 {
			return fmt.Errorf("%s was not timed", n)
		}
		all[n].base, all[n].head = append(all[n].base, a), append(all[n].head, b)
	}
	return nil
}

// pass runs the benchmarks of one tree on the core.
func (p *pairing) pass(ctx context.Context, t *tree, names []string) ([]result, error) {
	args := []string{t.binary, "-test.run=^$", "-test.cpu=1", "-test.benchtime=1x", "-fastest", "-test.bench=" + pattern(names)}
	if pin, err := exec.LookPath("taskset"); err == nil {
		core := p.core
		if core < 0 {
			core = runtime.NumCPU() - 1
		}
		args = append([]string{pin, "-c", strconv.Itoa(core)}, args...)
	}
	out, err := output(benchEnv(exec.CommandContext(ctx, args[0], args[1:]...)))
	if err != nil {
		return nil, err
	}
	return parseBench(out)
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	if len(s) == 0 {
		return math.NaN()
	}
	return (s[len(s)/2] + s[(len(s)-1)/2]) / 2
}
