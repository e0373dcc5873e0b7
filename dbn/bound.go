package dbn

import (
	"context"
	"fmt"
	"math"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// Term is a mean over rows, in nats a row, and its standard error, the rows
// being a sample.
type Term struct {
	Mean, StandardError float64
}

// Bound is the variational bound on log p(x), a mean over rows x, term by term:
//
//	log p(x) ≥ E_q[log p(x|h1) + log p(h1|h2) + …] + E_q[log p*(h)] + H(q) − log Z,
//
// where q draws the hidden layers on the way up, and h is the state of the visible
// units of the top machine, whose unnormalised probability is p*. The gap is the
// divergence KL(q ‖ p) of the hidden layers given x. Of a network with one layer
// the bound is log p(x) itself.
type Bound struct {
	Below   Term // E_q[log p(x|h1) + log p(h1|h2) + …]
	Top     Term // E_q[log p*(h)]
	Entropy Term // H(q)
	LogZ    float64
	Bound   Term // Below + Top + Entropy − LogZ

	// Weighted is the tighter bound E[log Σ_k p(x,h_k)/q(h_k|x) / K] of K draws
	// h_k for each row, which grows to log p(x) with K (Burda, Grosse and
	// Salakhutdinov, "Importance weighted autoencoders", 2016).
	Weighted Term

	Rows, Draws int
}

// BoundOptions say over what a bound is taken.
type BoundOptions struct {
	Rows  int     // the first rows of the source, at most so many
	Draws int     // of the hidden layers for each row
	LogZ  float64 // of the top machine: exact or estimated, and as good as the bound
	Seed  uint64  // of the draws

	// Progress, if not nil, is called with the rows done.
	Progress func(done, total int)
}

// Bound computes the bound on the rows of src. Entropies are exact given the
// layer below; all else is a mean over draws. Sums of softplus are within 2^-22
// a unit. The error wraps [ErrNetwork], [ErrOptions], [rbm.ErrData] or
// [rbm.ErrLabels], or is that of ctx.
func (n *Network) Bound(ctx context.Context, ws *bitdbn.Workspace, src rbm.Source, o BoundOptions) (*Bound, error) {
	if o.Rows < 1 || o.Draws < 1 {
		return nil, fmt.Errorf("%w: %d rows and %d draws, expected 1 or more", ErrOptions, o.Rows, o.Draws)
	}
	packed, err := n.pack(len(n.Layers))
	if err != nil {
		return nil, err
	}
	if n.Classes() > 0 {
		return nil, rbm.ErrLabels
	}
	if err := n.accepts(src); err != nil {
		return nil, err
	}
	e := newEvidence(ws, packed, o.Seed)
	rows := min(o.Rows, src.Rows())
	t := newBoundTerms(rows)
	done := 0
	for x := range batches(ws, src, rows) {
		weights := make([][]float64, x.Rows())
		for k := range o.Draws {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			e.draw(x, uint64(done)*uint64(o.Draws)+uint64(k))
			for r := range weights {
				t.add(done+r, e, r, 1/float64(o.Draws))
				weights[r] = append(weights[r], e.below[r]+e.top[r]-e.logQ[r])
			}
		}
		for r, w := range weights {
			t.weighted[done+r] = logMeanExp(w) - o.LogZ
		}
		done += x.Rows()
		if o.Progress != nil {
			o.Progress(done, rows)
		}
	}
	return t.bound(&o), nil
}

// logMeanExp returns the logarithm of the mean of numbers given by their
// logarithms.
func logMeanExp(logs []float64) float64 {
	return floats.LogSumExp(logs) - math.Log(float64(len(logs)))
}

// boundTerms are the terms of a bound by row.
type boundTerms struct {
	below, top, entropy, weighted []float64
}

func newBoundTerms(rows int) *boundTerms {
	f := func() []float64 { return make([]float64, rows) }
	return &boundTerms{f(), f(), f(), f()}
}

// add adds a draw of row r of a batch to the terms of a row.
func (t *boundTerms) add(row int, e *evidence, r int, weight float64) {
	t.below[row] += weight * e.below[r]
	t.top[row] += weight * e.top[r]
	t.entropy[row] += weight * e.entropy[r]
}

func (t *boundTerms) bound(o *BoundOptions) *Bound {
	sums := make([]float64, len(t.below))
	for r := range sums {
		sums[r] = t.below[r] + t.top[r] + t.entropy[r] - o.LogZ
	}
	return &Bound{
		Below: term(t.below), Top: term(t.top), Entropy: term(t.entropy), Bound: term(sums), Weighted: term(t.weighted),
		LogZ: o.LogZ, Rows: len(sums), Draws: o.Draws,
	}
}

// term returns the mean over rows; of one row there is no standard error.
func term(values []float64) Term {
	t := Term{Mean: stat.Mean(values, nil)}
	if n := float64(len(values)); n > 1 {
		t.StandardError = stat.StdErr(stat.StdDev(values, nil), n)
	}
	return t
}
