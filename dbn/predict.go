package dbn

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
	"gonum.org/v1/gonum/floats"
)

// ErrNoLabels is wrapped by errors about networks without label units.
var ErrNoLabels = errors.New("dbn: the network has no labels")

// Predict calls f with the probability of each class for the rows of src in
// order, a batch at a time: row-major rows × classes, valid during the call.
// Given a draw h of the hidden layers it is exact,
//
//	p(y|h) = e^−F(h,y) / Σ_y' e^−F(h,y'),
//
// with the free energy F of the top machine; it is a mean over so many draws of the
// hidden layers, and of the rows where they are drawn, with the seed. The error wraps [ErrNoLabels], [ErrNetwork], [ErrOptions] or
// [rbm.ErrData], or is f's or that of ctx.
func (n *Network) Predict(ctx context.Context, ws *bitdbn.Workspace, src rbm.Source, draws int, seed uint64, f func(probs []float64) error) error {
	classes := n.Classes()
	if classes == 0 {
		return ErrNoLabels
	}
	if draws < 1 {
		return fmt.Errorf("%w: %d draws, expected 1 or more", ErrOptions, draws)
	}
	src = withoutLabels(src) // which are not to be known
	packed, err := n.pack(len(n.Layers))
	if err != nil {
		return err
	}
	if err := n.accepts(src); err != nil {
		return err
	}
	p := &predictor{ws: ws, layers: packed, classes: classes}
	for i := range packed[1:] {
		p.draws = append(p.draws, rbm.BoundStream(seed, i))
	}
	m := bitdbn.NewBitMatrix(min(batchRows, src.Rows()), src.Visible())
	for lo := 0; lo < src.Rows(); lo += batchRows {
		x := m.Slice(0, min(batchRows, src.Rows()-lo))
		probs := make([]float64, x.Rows()*classes)
		for k := range draws {
			if err := ctx.Err(); err != nil {
				return err
			}
			fillBatch(ws, src, &x, lo, k)
			p.add(probs, &x, uint64(lo)*uint64(draws)+uint64(k))
		}
		floats.Scale(1/float64(draws), probs)
		if err := f(probs); err != nil {
			return err
		}
	}
	return nil
}

// predictor computes the probabilities of classes.
type predictor struct {
	ws      *bitdbn.Workspace
	layers  []*rbm.Packed
	classes int
	draws   []*bitdbn.Stream // of each layer below the top
}

// add adds p(y|h) of each row to probs, for one draw of its hidden layers.
func (p *predictor) add(probs []float64, x *bitdbn.BitMatrix, step uint64) {
	for i, d := range p.draws {
		h := bitdbn.NewBitMatrix(x.Rows(), p.layers[i].Up.Out())
		p.layers[i].Up.Sample(p.ws, h, nil, x, d.At(step))
		x = h
	}
	logs := make([]float64, len(probs))
	p.layers[len(p.layers)-1].LabelLogs(p.ws, logs, x)
	for r := range x.Rows() {
		row := logs[r*p.classes:][:p.classes]
		floats.AddConst(-floats.LogSumExp(row), row)
		for y, l := range row {
			probs[r*p.classes+y] += math.Exp(l)
		}
	}
}
