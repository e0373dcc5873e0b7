// Command gate says whether a change made a kernel slower, on a machine that may
// be noisy. It compares the tree with a revision, or with the baseline that is
// stored beside it, in three layers:
//
//	static  the instructions of every assembly function and of its loops, and
//	        the features it needs: for kernels that this machine cannot run
//	count   exact counts of executed instructions, by cachegrind, of every kernel
//	        at the levels that valgrind knows: purego and avx2
//	time    paired wall time of every kernel at every level of this machine: both
//	        revisions take turns on one core (base, head, head, base), and the
//	        median of the rounds' ratios counts, with a bootstrap interval
//
// It exits with 1 if a kernel is slower and bench/ACCEPTED.md does not say why.
// See README.md for how to read the report.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bitdbn/bitdbn/bench/gate/assembly"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("gate: ")
	g := &gate{}
	flag.StringVar(&g.base, "base", "", "revision to compare with; the stored baseline without one")
	flag.StringVar(&g.baseline, "baseline", "bench/gate/baseline.json", "the stored baseline")
	flag.StringVar(&g.accepted, "accepted", "bench/ACCEPTED.md", "losses that are accepted")
	flag.StringVar(&g.out, "out", "bin/gate", "folder for the report")
	flag.StringVar(&g.only, "only", all, "regular expression of the benchmarks to compare")
	flag.IntVar(&g.rounds, "rounds", 20, "least number of rounds of paired timing")
	flag.IntVar(&g.core, "core", -1, "processor that is timed on (default the last)")
	flag.StringVar(&g.head, "head", ".", "folder of the tree that is compared")
	flag.Func("layers", "the layers to run, of static,count,time (default all)", g.setLayers)
	write := flag.Bool("write", false, "write the stored baseline anew, and compare nothing")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	run := g.run
	if *write {
		run = g.writeBaseline
	}
	err := withWork(func(work string) error {
		head, err := measurable(ctx, g.head, filepath.Join(work, "head"))
		if err != nil {
			return err
		}
		return run(ctx, head, work)
	})
	if errors.Is(err, errSlower) {
		os.Exit(1)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// withWork calls f with a folder that is removed behind it.
func withWork(f func(work string) error) error {
	work, err := os.MkdirTemp("", "gate")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	return f(work)
}

// all matches every benchmark.
const all = "."

// gate is one comparison.
type gate struct {
	base, head, baseline, accepted, out, only string
	rounds, core                              int
	layers                                    []string // nil for all
}

func (g *gate) setLayers(list string) error {
	g.layers = strings.Split(list, ",")
	for _, l := range g.layers {
		if !slices.Contains(layers, l) {
			return fmt.Errorf("%q, expected some of %v", l, layers)
		}
	}
	return nil
}

// runs reports whether a layer is to run.
func (g *gate) runs(layer string) bool { return g.layers == nil || slices.Contains(g.layers, layer) }

// run compares, and writes the report.
func (g *gate) run(ctx context.Context, head *tree, work string) error {
	accepted, err := readAccepted(g.accepted)
	if err != nil {
		return err
	}
	r := newReport(head.revision)
	ref, done, err := g.reference(ctx, r, work)
	if err != nil {
		return err
	}
	defer done()
	if err := g.compare(ctx, r, ref, head); err != nil {
		return err
	}
	r.judge(accepted)
	return r.write(g.out)
}

// reference is what the head is compared with.
type reference struct {
	revision string
	static   map[string]assembly.Function
	names    []string // of benchmarks
	count    func(ctx context.Context, names []string) (map[string]int64, error)
	tree     *tree // to be timed, or nil
}

// reference returns the revision that is asked for, checked out into work, or the
// stored baseline.
func (g *gate) reference(ctx context.Context, r *report, work string) (ref *reference, done func(), err error) {
	if g.base == "" {
		ref, err = g.stored(r)
		return ref, func() {}, err
	}
	dir := filepath.Join(work, "tree")
	remove, err := checkout(ctx, g.base, dir)
	if err != nil {
		return nil, nil, err
	}
	t, err := measurable(ctx, dir, filepath.Join(work, "base"))
	if err != nil {
		remove()
		return nil, nil, err
	}
	return &reference{t.revision, t.static, t.benchmarks, t.count, t}, remove, nil
}

// stored returns the stored baseline, which has no time, nor counts of levels that
// are not counted.
func (g *gate) stored(r *report) (*reference, error) {
	b, err := readBaseline(g.baseline)
	if err != nil {
		return nil, err
	}
	names := b.names()
	if b.Go != r.Go { // another compiler: other instructions
		r.note("the baseline's purego counts are of %s, not compared with %s", b.Go, r.Go)
		names = ofLevels(names, "avx2")
	}
	r.note("no timing against a stored baseline; give -base a revision")
	return &reference{b.Revision, b.Static, names, func(context.Context, []string) (map[string]int64, error) { return b.Counts, nil }, nil}, nil
}

// compare runs the layers.
func (g *gate) compare(ctx context.Context, r *report, ref *reference, head *tree) error {
	r.Base = ref.revision
	if g.runs("static") {
		r.compareStatic(ref.static, head.static)
	}
	if !g.runs("count") && !g.runs("time") {
		return nil
	}
	candidates := head.benchmarks
	if ref.tree == nil {
		candidates = ofLevels(candidates, levelsOf(ref.names)...)
	}
	names, err := g.common(r, ref.names, candidates)
	if err != nil {
		return err
	}
	if g.runs("count") {
		before, err := ref.count(ctx, names)
		if err != nil {
			return err
		}
		after, err := head.count(ctx, names)
		if err != nil {
			return err
		}
		r.compareCounts(before, after)
		if g.only == all {
			r.judged = levelsOf(ofLevels(names, counted...))
		}
	}
	if ref.tree == nil || !g.runs("time") {
		return nil
	}
	if g.only == all {
		r.judged = levelsOf(names)
	}
	p := &pairing{base: ref.tree, head: head, rounds: g.rounds, core: g.core}
	return p.compare(ctx, r, names)
}

// writeBaseline measures what a stored baseline holds.
func (g *gate) writeBaseline(ctx context.Context, head *tree, _ string) error {
	counts, err := head.count(ctx, head.benchmarks)
	if err != nil {
		return err
	}
	b := &baseline{Revision: head.revision, Go: goVersion(), Static: head.static, Counts: counts}
	if err := b.write(g.baseline); err != nil {
		return err
	}
	fmt.Printf("wrote %s: %d functions, %d counts\n", g.baseline, len(b.Static), len(b.Counts))
	return nil
}
