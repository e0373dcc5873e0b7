package dbn

import (
	"context"
	"fmt"
	"math"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
	"gonum.org/v1/gonum/floats"
)

// RowBound holds the terms of [Bound] for one row x, in nats. Of a network with
// one layer Bound and Weighted are log p(x).
type RowBound struct {
	Below, Top, Entropy float64
	Bound               float64 // Below + Top + Entropy − log Z
	Weighted            float64

	Joint JointRowBound // zero unless the row has a label
}

// JointRowBound holds the terms of [JointBound] for one row x and its label y.
// Of a network with one layer Bound and Weighted are log p(x,y).
type JointRowBound struct {
	Top, Bound, Weighted float64
	Conditional          float64 // log p(y|x)
}

// RowBounds calls f with the bounds of the first rows of src in order, a batch at
// a time, which are valid during the call. If n has labels they are summed
// over, and the rows of a [Labelled] source have joint bounds too.
// Entropies are exact given the layer below; all else is a mean over draws. Sums
// of softplus are within 2^-22 a unit. The error wraps [ErrNetwork], [ErrOptions]
// or [rbm.ErrData], or is f's or that of ctx.
func (n *Network) RowBounds(ctx context.Context, ws *bitdbn.Workspace, src rbm.Source, o BoundOptions, f func([]RowBound) error) error {
	if o.Rows < 1 || o.Draws < 1 {
		return fmt.Errorf("%w: %d rows and %d draws, expected 1 or more", ErrOptions, o.Rows, o.Draws)
	}
	packed, err := n.pack(len(n.Layers))
	if err != nil {
		return err
	}
	if err := n.accepts(src); err != nil {
		return err
	}
	src, labels, err := n.labelsOf(src)
	if err != nil {
		return err
	}
	e := newEvidence(ws, packed, o.Seed)
	rows, done := min(o.Rows, src.Rows()), 0
	for x := range batches(ws, src, rows) {
		b := newBatchBounds(x.Rows(), &o)
		if labels != nil {
			b.labels = labels[done:][:x.Rows()]
		}
		for k := range o.Draws {
			if err := ctx.Err(); err != nil {
				return err
			}
			e.draw(x, uint64(done)*uint64(o.Draws)+uint64(k))
			b.add(e)
		}
		if err := f(b.finish()); err != nil {
			return err
		}
		done += x.Rows()
		if o.Progress != nil {
			o.Progress(done, rows)
		}
	}
	return nil
}

// batchBounds are the bounds of a batch of rows, made of draws.
type batchBounds struct {
	o      *BoundOptions
	labels []int // or nil
	rows   []RowBound

	// log p*(x,h)/q(h|x) of the draws of each row, and log p*(x,h,y)/q(h|x)
	weights, joint [][]float64
}

func newBatchBounds(rows int, o *BoundOptions) *batchBounds {
	return &batchBounds{o: o, rows: make([]RowBound, rows), weights: make([][]float64, rows), joint: make([][]float64, rows)}
}

// add adds a draw to each row.
func (b *batchBounds) add(e *evidence) {
	part := 1 / float64(b.o.Draws)
	for r := range b.rows {
		row := &b.rows[r]
		row.Below += part * e.below[r]
		row.Top += part * e.top[r]
		row.Entropy += part * e.entropy[r]
		rest := e.below[r] - e.logQ[r]
		b.weights[r] = append(b.weights[r], rest+e.top[r])
		if b.labels != nil {
			top := e.labels[r*len(e.labels)/len(b.rows)+b.labels[r]]
			row.Joint.Top += part * top
			b.joint[r] = append(b.joint[r], rest+top)
		}
	}
}

// finish returns the rows with what all draws together say.
func (b *batchBounds) finish() []RowBound {
	for r := range b.rows {
		row := &b.rows[r]
		row.Bound = row.Below + row.Top + row.Entropy - b.o.LogZ
		row.Weighted = logMeanExp(b.weights[r]) - b.o.LogZ
		if b.labels != nil {
			j := &row.Joint
			j.Bound = row.Below + j.Top + row.Entropy - b.o.LogZ
			j.Weighted = logMeanExp(b.joint[r]) - b.o.LogZ
			j.Conditional = j.Weighted - row.Weighted
		}
	}
	return b.rows
}

// logMeanExp returns the logarithm of the mean of numbers given by their
// logarithms.
func logMeanExp(logs []float64) float64 {
	return floats.LogSumExp(logs) - math.Log(float64(len(logs)))
}
