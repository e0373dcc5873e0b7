package dbn

import (
	"fmt"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
)

// Transform calls f with the probabilities of the hidden units of a layer,
// counted from 1, for the rows of src in order, a batch at a time: row-major
// rows × units, valid during the call. The units of the layers below are
// drawn, with the seed. The error wraps [ErrNetwork] or [rbm.ErrData], or is f's.
func (n *Network) Transform(ws *bitdbn.Workspace, src rbm.Source, layer int, seed uint64, f func(probs []float32) error) error {
	if err := n.Validate(); err != nil {
		return err
	}
	if layer < 1 || layer > len(n.Layers) {
		return fmt.Errorf("%w: there is no layer %d, expected 1 to %d", ErrNetwork, layer, len(n.Layers))
	}
	input, err := n.Hidden(src, layer-1, seed)
	if err != nil {
		return err
	}
	p, err := n.Layers[layer-1].Pack()
	if err != nil {
		return err
	}
	var probs []float32
	for x := range batches(ws, input, src.Rows()) {
		if size := x.Rows() * p.Up.Out(); cap(probs) < size {
			probs = make([]float32, size)
		}
		probs = probs[:x.Rows()*p.Up.Out()]
		p.Up.Probs(ws, probs, x)
		if err := f(probs); err != nil {
			return err
		}
	}
	return nil
}
