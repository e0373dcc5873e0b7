package dbn

import (
	"encoding/json"
	"fmt"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/internal/safetensors"
	"github.com/bitdbn/bitdbn/rbm"
)

// tuning is the part of a fine-tuning that is not tensors, as it stands in the
// metadata.
type tuning struct {
	Options   UpDownOptions `json:"options"`
	Rows      int           `json:"rows"`
	Cursor    rbm.Cursor    `json:"cursor"`
	Exponents []int         `json:"exponents"`
}

// masterShapes returns the shapes of the weights that fine-tuning trains, in the
// order of [FineTuning].
func masterShapes(n *Network) [][2]int {
	var shapes [][2]int
	last := len(n.Layers) - 1
	for _, l := range n.Layers[:last] {
		shapes = append(shapes, [2]int{l.Visible, l.Hidden}, [2]int{l.Hidden, l.Visible})
	}
	return append(shapes, [2]int{n.Layers[last].Visible, n.Layers[last].Hidden})
}

// encode adds the fine-tuning to the metadata and returns its tensors.
func (t *FineTuning) encode(meta map[string]string, n *Network) ([]safetensors.Tensor, error) {
	text, err := json.Marshal(tuning{t.Options, t.Rows, t.Cursor, t.Exponents})
	if err != nil {
		return nil, err
	}
	meta[keyTuning] = string(text)
	var tensors []safetensors.Tensor
	for k, shape := range masterShapes(n) {
		tensors = append(tensors, paramTensors(fmt.Sprintf("finetuning.%d.", k), "_momentum", t.Momenta[k], shape[0], shape[1])...)
	}
	return tensors, nil
}

func decodeTuning(sf *safetensors.File, meta map[string]string, n *Network) (*FineTuning, error) {
	var p tuning
	if err := json.Unmarshal([]byte(meta[keyTuning]), &p); err != nil {
		return nil, fmt.Errorf("%w: %s: %v", ErrFile, keyTuning, err)
	}
	shapes := masterShapes(n)
	if len(p.Exponents) != len(shapes) {
		return nil, fmt.Errorf("%w: %s has %d exponents, expected %d", ErrFile, keyTuning, len(p.Exponents), len(shapes))
	}
	if c := p.Cursor; p.Options.Batch < 1 || !c.Valid(p.Rows, p.Options.Batch, p.Options.Epochs) {
		return nil, fmt.Errorf("%w: fine-tuning stopped behind row %d of %d with %d epochs of %d finished", ErrFile, c.Row, p.Rows, c.Epoch, p.Options.Epochs)
	}
	t := &FineTuning{Options: p.Options, Rows: p.Rows, Cursor: p.Cursor, Exponents: p.Exponents, Momenta: make([]bitdbn.Params, len(shapes))}
	for k, shape := range shapes {
		var err error
		if t.Momenta[k], err = readParams(sf, fmt.Sprintf("finetuning.%d.", k), "_momentum", shape[0], shape[1]); err != nil {
			return nil, err
		}
	}
	return t, nil
}
