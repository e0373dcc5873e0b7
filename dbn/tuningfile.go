package dbn

import (
	"encoding/json"
	"fmt"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/internal/safetensors"
)

// tuning is the part of a fine-tuning that is not tensors, as it stands in the
// metadata.
type tuning struct {
	Options   UpDownOptions `json:"options"`
	Rows      int           `json:"rows"`
	Exponents []int         `json:"exponents"`
	Top       stateNumbers  `json:"top"`
	Averaged  int           `json:"averaged,omitempty"`
}

// directedShapes returns the shapes of the weights below the top machine that
// fine-tuning trains, in the order of [FineTuning].
func directedShapes(n *Network) [][2]int {
	var shapes [][2]int
	for _, l := range n.Layers[:len(n.Layers)-1] {
		shapes = append(shapes, [2]int{l.Visible, l.Hidden}, [2]int{l.Hidden, l.Visible})
	}
	return shapes
}

// lastPrefix starts the names of the tensors of the last state beside a mean.
const lastPrefix = "finetuning.last."

// encode adds the fine-tuning to the metadata and returns its tensors.
func (t *FineTuning) encode(meta map[string]string, n *Network) ([]safetensors.Tensor, error) {
	numbers, tensors := encodeState(t.Top, "finetuning.top.")
	text, err := json.Marshal(tuning{t.Options, t.Rows, t.Exponents, numbers, t.Averaged})
	if err != nil {
		return nil, err
	}
	meta[keyTuning] = string(text)
	for k, shape := range directedShapes(n) {
		tensors = append(tensors, paramTensors(fmt.Sprintf("finetuning.%d.", k), "_momentum", t.Momenta[k], shape[0], shape[1])...)
	}
	if t.Averaged > 0 {
		tensors = append(tensors, networkTensors(lastPrefix, t.Last)...)
	}
	return tensors, nil
}

func decodeTuning(sf *safetensors.File, meta map[string]string, n *Network) (*FineTuning, error) {
	var p tuning
	if err := json.Unmarshal([]byte(meta[keyTuning]), &p); err != nil {
		return nil, fmt.Errorf("%w: %s: %v", ErrFile, keyTuning, err)
	}
	shapes := directedShapes(n)
	if len(p.Exponents) != len(shapes) {
		return nil, fmt.Errorf("%w: %s has %d exponents, expected %d", ErrFile, keyTuning, len(p.Exponents), len(shapes))
	}
	if c := p.Top.Cursor; p.Options.Batch < 1 || !c.Valid(p.Rows, p.Options.Batch, p.Options.Epochs) {
		return nil, fmt.Errorf("%w: fine-tuning stopped behind row %d of %d with %d epochs of %d finished", ErrFile, c.Row, p.Rows, c.Epoch, p.Options.Epochs)
	}
	t := &FineTuning{Options: p.Options, Rows: p.Rows, Exponents: p.Exponents, Momenta: make([]bitdbn.Params, len(shapes)), Averaged: p.Averaged}
	if most := p.Top.Cursor.Epoch - p.Options.AverageFrom + 1; t.Averaged < 0 || t.Averaged > 0 && (p.Options.AverageFrom < 1 || t.Averaged > most) {
		return nil, fmt.Errorf("%w: %s has a mean over %d epochs, from epoch %d to %d", ErrFile, keyTuning, t.Averaged, p.Options.AverageFrom, p.Top.Cursor.Epoch)
	}
	last, err := n, error(nil)
	if t.Averaged > 0 {
		if last, err = readNetwork(sf, lastPrefix, n.Units(), n.Classes(), true); err != nil {
			return nil, err
		}
		t.Last = last
	}
	for k, shape := range shapes {
		if t.Momenta[k], err = readParams(sf, fmt.Sprintf("finetuning.%d.", k), "_momentum", shape[0], shape[1]); err != nil {
			return nil, err
		}
	}
	t.Top, err = decodeState(sf, p.Top, last.Layers[len(n.Layers)-1], "finetuning.top.")
	return t, err
}
