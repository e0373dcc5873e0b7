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
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("gate: ")
	g := &gate{}
	flag.StringVar(&g.base, "base", "", "revision to compare with; the stored baseline without one")
	flag.StringVar(&g.baseline, "baseline", "bench/gate/baseline.json", "the stored baseline")
	flag.StringVar(&g.accepted, "accepted", "bench/ACCEPTED.md", "losses that are accepted")
	flag.StringVar(&g.out, "out", "bin/gate", "folder for the report")
	flag.StringVar(&g.only, "only", ".", "regular expression of the benchmarks to compare")
	flag.IntVar(&g.rounds, "rounds", 20, "least number of rounds of paired timing")
	flag.IntVar(&g.core, "core", -1, "processor that is timed on (default the last)")
	flag.StringVar(&g.head, "head", ".", "folder of the tree that is compared")
	flag.Func("layers", "the layers to run, of static,count,time (default all)", g.setLayers)
	write := flag.Bool("write", false, "write the stored baseline anew, and compare nothing")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *write {
		if err := g.writeBaseline(ctx); err != nil {
			log.Fatal(err)
		}
		return
	}
	err := g.run(ctx)
	if errors.Is(err, errSlower) {
		os.Exit(1)
	}
	if err != nil {
		log.Fatal(err)
	}
}

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
func (g *gate) run(ctx context.Context) error {
	accepted, err := readAccepted(g.accepted)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "gate")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	head, err := measurable(ctx, g.head, filepath.Join(work, "head"))
	if err != nil {
		return err
	}
	r := newReport(head.revision)
	if g.base == "" {
		err = g.compareStored(ctx, r, head)
	} else {
		err = g.compareRevision(ctx, r, head, work)
	}
	if err != nil {
		return err
	}
	r.judge(accepted)
	return r.write(g.out)
}

// compareStored compares with the stored baseline, which has no time.
func (g *gate) compareStored(ctx context.Context, r *report, head *tree) error {
	b, err := readBaseline(g.baseline)
	if err != nil {
		return err
	}
	r.Base = b.Revision
	if g.runs("static") {
		r.compareStatic(b.Static, head.static)
	}
	if !g.runs("count") && !g.runs("time") {
		return nil
	}
	names, err := g.common(r, b.names(), ofLevels(head.benchmarks, counted...))
	if err != nil {
		return err
	}
	if b.Go != r.Go { // another compiler: other instructions
		r.note("the baseline's purego counts are of %s, not compared with %s", b.Go, r.Go)
		names = ofLevels(names, "avx2")
	}
	if g.runs("count") {
		counts, err := head.count(ctx, names)
		if err != nil {
			return err
		}
		r.compareCounts(b.Counts, counts)
	}
	r.note("no timing against a stored baseline; give -base a revision")
	return nil
}

// compareRevision compares with a revision, which is checked out into work.
func (g *gate) compareRevision(ctx context.Context, r *report, head *tree, work string) error {
	dir := filepath.Join(work, "tree")
	remove, err := checkout(ctx, g.base, dir)
	if err != nil {
		return err
	}
	defer remove()
	base, err := measurable(ctx, dir, filepath.Join(work, "base"))
	if err != nil {
		return err
	}
	r.Base = base.revision
	if g.runs("static") {
		r.compareStatic(base.static, head.static)
	}
	if !g.runs("count") && !g.runs("time") {
		return nil
	}
	names, err := g.common(r, base.benchmarks, head.benchmarks)
	if err != nil {
		return err
	}
	if g.runs("count") {
		before, err := base.count(ctx, names)
		if err != nil {
			return err
		}
		after, err := head.count(ctx, names)
		if err != nil {
			return err
		}
		r.compareCounts(before, after)
	}
	if !g.runs("time") {
		return nil
	}
	p := &pairing{base: base, head: head, rounds: g.rounds, core: g.core}
	return p.compare(ctx, r, names)
}

// writeBaseline measures what a stored baseline holds.
func (g *gate) writeBaseline(ctx context.Context) error {
	work, err := os.MkdirTemp("", "gate")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	head, err := measurable(ctx, g.head, filepath.Join(work, "head"))
	if err != nil {
		return err
	}
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
