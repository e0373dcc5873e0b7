package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/bitdbn/bitdbn/dbn"
)

// epochDone reports an epoch, if it is to be.
func (r *run) epochDone(ctx context.Context, at dbn.Progress) error {
	if !reported(at.Epoch, at.Epochs) && !r.likelihoodDue(at) {
		return nil
	}
	e := &r.last
	*e = epoch{Progress: at}
	if r.reported >= at.Epoch {
		r.reported = 0 // another layer
	}
	e.rate, e.seconds = r.show.rate(at.Rows * (at.Epoch - r.reported))
	r.reported = at.Epoch
	e.learningRate, e.momentum = r.p.Rates()
	var err error
	if e.train, err = r.p.Watch(r.p.Source(), monitorRows); err != nil {
		return err
	}
	gap := ""
	if r.valid != nil {
		m, err := r.p.Watch(r.valid, monitorRows)
		if err != nil {
			return err
		}
		e.valid = &m
		gap = fmt.Sprintf(", free-energy gap %+.2f nats", e.gap())
	}
	if e.bound, err = r.bound(ctx, at); err != nil {
		return err
	}
	r.show.clear()
	r.show.printf("layer %d/%d epoch %d/%d: %.1f s, %.0f rows/s, reconstruction error %.4f%s%s, weight RMS %.4f",
		at.Layer+1, at.Layers, at.Epoch, at.Epochs, e.seconds, e.rate, e.reconstruction(), gap, e.likelihood(), e.train.WeightRMS)
	if rates := r.p.SwapRates(); len(rates) > 0 {
		r.show.printf("  %s", describeSwaps(rates))
	}
	for _, w := range r.watch.epoch(e, r.p.SwapRates(), r.base) {
		r.show.warn(w)
	}
	if at.Epoch == at.Epochs {
		r.show.nextLayer()
		r.describeLayer()
	}
	r.show.start = time.Now() // monitors are not training
	return r.log.epoch(e)
}

// epochExactUnits is up to how many units in the smaller layer log Z is found
// at the end of every epoch.
const epochExactUnits = 14

// likelihoodDue reports whether --likelihood-every asks for an estimate.
func (r *run) likelihoodDue(at dbn.Progress) bool {
	every := r.flags.likelihoodEvery
	return every > 0 && (at.Epoch%every == 0 || at.Epoch == at.Epochs)
}

// bound returns the bound of the layers so far on held-out rows, or, without
// any, on rows of the training data; nil at the end of an epoch that has none.
func (r *run) bound(ctx context.Context, at dbn.Progress) (*likelihoodReport, error) {
	n := r.p.Network()
	n.Layers = n.Layers[:at.Layer+1]
	if !r.likelihoodDue(at) && n.Layers[at.Layer].ExactUnits() > epochExactUnits {
		return nil, nil
	}
	return r.likelihood(ctx, likelihoodFlags{method: "auto", chains: 100, draws: 1}, n)
}

// likelihood returns the bound of n, or nil if it has none.
func (r *run) likelihood(ctx context.Context, l likelihoodFlags, n *dbn.Network) (*likelihoodReport, error) {
	method, err := l.resolve(n)
	if err != nil || method == "none" {
		return nil, err
	}
	rows := r.valid
	if rows == nil {
		rows = r.p.Source()
	}
	return l.evaluate(ctx, r.ws, n, method, r.p.Source(), rows, monitorRows, r.show)
}

// describeLayer shows how the layer that comes next is trained.
func (r *run) describeLayer() {
	if r.p.Done() {
		return
	}
	i, o := r.p.Next()
	m := r.p.Network().Layers[i]
	r.show.printf("layer %d: %d × %d units, %s", i+1, m.Visible, m.Hidden, describeOptions(&o))
}

// final estimates the likelihood of the trained network, beside that of independent
// units, on held-out rows, or, without any, on rows of the training data.
func (r *run) final(ctx context.Context) error {
	if r.flags.quiet && !r.flags.json {
		return nil
	}
	rows := r.valid
	name := "held-out rows"
	if rows == nil {
		rows, name = r.p.Source(), "training rows"
	}
	n := min(monitorRows, rows.Rows())
	r.independent = dbn.Independent(r.ws, r.p.Source(), rows, n)
	line := fmt.Sprintf("independent units %.2f ± %.2f", r.independent.Mean, r.independent.StandardError)
	if r.last.bound == nil {
		l := likelihoodFlags{method: "auto", chains: 25, draws: 1, every: 4}
		var err error
		if r.last.bound, err = r.likelihood(ctx, l, r.p.Network()); err != nil {
			return err
		}
	}
	warning := ""
	if b := r.last.bound; b != nil {
		line = strings.TrimPrefix(r.last.likelihood(), ", ") + ", " + line
		if b.Doubt == "" {
			warning = belowIndependent(dbn.Term(b.best()), r.independent)
		}
	}
	r.show.printf("nats a row, %d %s: %s", n, name, line)
	if warning != "" {
		r.show.warn(warning)
	}
	return nil
}

// report writes the last epoch as JSON.
func (r *run) report(took time.Duration) error {
	e := &r.last
	out := map[string]any{
		"model": r.flags.out, "units": r.p.Network().Units(), "seconds": took.Seconds(),
		"rows_per_second": e.rate, "reconstruction_error": e.reconstruction(),
	}
	if e.valid != nil {
		out["free_energy_gap"] = e.gap()
	}
	if e.bound != nil {
		out["likelihood"] = e.bound
	}
	out["independent"], out["independent_se"] = r.independent.Mean, r.independent.StandardError
	out["warnings"] = r.show.warnings
	return writeJSON(out)
}
