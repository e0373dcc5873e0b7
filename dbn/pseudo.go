package dbn

import (
	"context"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
)

// PseudoLikelihood returns the exact log pseudo-likelihood of the first layer, in
// nats, of each of the first rows of src, at most so many. If the layer has
// labels, as of a network with one, the rows need them. The error wraps
// [ErrNetwork] or [rbm.ErrData], or is that of ctx.
func (n *Network) PseudoLikelihood(ctx context.Context, ws *bitdbn.Workspace, src rbm.Source, rows int) ([]float64, error) {
	input, err := n.Hidden(src, 0, 0) // the rows, with their labels if the layer has some
	if err != nil {
		return nil, err
	}
	var values []float64
	for x := range batches(ws, input, min(rows, src.Rows())) {
		batch := make([]float64, x.Rows())
		if err := n.Layers[0].PseudoLikelihood(ctx, ws.Workers(), batch, x); err != nil {
			return nil, err
		}
		values = append(values, batch...)
	}
	return values, nil
}
