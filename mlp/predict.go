package mlp

import (
	"context"
	"fmt"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
)

// predictRows is how many rows are predicted at once.
const predictRows = 500

// Predict calls f with the probability of each class for all rows in order, a
// batch at a time: row-major rows × classes, valid during the call. The error
// wraps [ErrNetwork] or [rbm.ErrData], or is f's or that of ctx.
func (n *Network) Predict(ctx context.Context, ws *bitdbn.Workspace, rows Rows, f func(probs []float32) error) error {
	if err := n.Validate(); err != nil {
		return err
	}
	if rows.Width() != n.Layers[0].In {
		return fmt.Errorf("%w: rows of %d units, expected %d", rbm.ErrData, rows.Width(), n.Layers[0].In)
	}
	var index []int
	for lo := 0; lo < rows.Rows(); lo += predictRows {
		if err := ctx.Err(); err != nil {
			return err
		}
		index = index[:0]
		for r := lo; r < min(lo+predictRows, rows.Rows()); r++ {
			index = append(index, r)
		}
		a := bitdbn.NewFloats(len(index), rows.Width())
		rows.Fill(a.Data, index)
		for i, l := range n.Layers {
			z := bitdbn.NewFloats(len(index), l.Out)
			l.inputs(ws, z, a)
			if i < len(n.Layers)-1 {
				ws.Each(z.Rows, func(r int) { sigmoid(z.Row(r)) })
			}
			a = z
		}
		softmax(a)
		if err := f(a.Data); err != nil {
			return err
		}
	}
	return nil
}
