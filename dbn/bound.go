package dbn

import (
	"context"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
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
// the bound is log p(x) itself. Labels are summed over.
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

	Joint *JointBound // nil unless the network and the rows have labels

	Rows, Draws int
}

// JointBound is the bound on log p(x,y) of rows x and their labels y: that of
// [Bound], term by term, with E_q[log p*(h,y)] in the place of E_q[log p*(h)],
// where log p*(h) = log Σ_y p*(h,y).
type JointBound struct {
	Top      Term // E_q[log p*(h,y)]
	Bound    Term
	Weighted Term

	// Conditional is log p(y|x), the mean of p*(h_k,y)/p*(h_k) by self-normalised
	// importance weights p(x,h_k)/q(h_k|x) of the draws: the difference of the two
	// weighted bounds, and exact for a network with one layer.
	Conditional Term
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

// Bound computes the bound on the first rows of src, of which [Network.RowBounds]
// says more. The error wraps [ErrNetwork], [ErrOptions] or [rbm.ErrData], or is
// that of ctx.
func (n *Network) Bound(ctx context.Context, ws *bitdbn.Workspace, src rbm.Source, o BoundOptions) (*Bound, error) {
	var rows []RowBound
	err := n.RowBounds(ctx, ws, src, o, func(batch []RowBound) error {
		rows = append(rows, batch...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	mean := func(of func(*RowBound) float64) Term {
		values := make([]float64, len(rows))
		for r := range rows {
			values[r] = of(&rows[r])
		}
		return NewTerm(values)
	}
	b := &Bound{
		Below:    mean(func(r *RowBound) float64 { return r.Below }),
		Top:      mean(func(r *RowBound) float64 { return r.Top }),
		Entropy:  mean(func(r *RowBound) float64 { return r.Entropy }),
		Bound:    mean(func(r *RowBound) float64 { return r.Bound }),
		Weighted: mean(func(r *RowBound) float64 { return r.Weighted }),
		LogZ:     o.LogZ, Rows: len(rows), Draws: o.Draws,
	}
	if n.hasLabels(src) {
		b.Joint = &JointBound{
			Top:         mean(func(r *RowBound) float64 { return r.Joint.Top }),
			Bound:       mean(func(r *RowBound) float64 { return r.Joint.Bound }),
			Weighted:    mean(func(r *RowBound) float64 { return r.Joint.Weighted }),
			Conditional: mean(func(r *RowBound) float64 { return r.Joint.Conditional }),
		}
	}
	return b, nil
}

// NewTerm returns the mean of the values of rows; of one row there is no standard
// error.
func NewTerm(values []float64) Term {
	t := Term{Mean: stat.Mean(values, nil)}
	if n := float64(len(values)); n > 1 {
		t.StandardError = stat.StdErr(stat.StdDev(values, nil), n)
	}
	return t
}
