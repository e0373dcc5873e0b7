package dbn

import (
	"fmt"

	"github.com/bitdbn/bitdbn/internal/safetensors"
	"github.com/bitdbn/bitdbn/rbm"
)

// stateNumbers is the part of a machine's training that is not tensors, as it
// stands in the metadata.
type stateNumbers struct {
	Exponent int        `json:"exponent"`
	Cursor   rbm.Cursor `json:"cursor"`
	Chains   [2]int     `json:"chains"` // persistent chains and their units, or 0
}

// encodeState returns a state, but for its model, as numbers and tensors whose
// names start with prefix.
func encodeState(s *rbm.State, prefix string) (stateNumbers, []safetensors.Tensor) {
	n := stateNumbers{Exponent: s.Exponent, Cursor: s.Cursor}
	var tensors []safetensors.Tensor
	if s.Chains != nil { // first, because its elements are the widest
		n.Chains = [2]int{s.Chains.Rows(), s.Chains.Cols()}
		tensors = append(tensors, safetensors.Tensor{
			Name: prefix + "chains", Shape: []int{s.Chains.Rows(), s.Chains.Stride()}, Data: s.Chains.Words(),
		})
	}
	m := s.Model
	tensors = append(tensors, paramTensors(prefix, "_momentum", s.Momentum, m.Visible, m.Hidden)...)
	return n, append(tensors,
		safetensors.Tensor{Name: prefix + "visible_offset", Shape: []int{m.Visible}, Data: s.VisibleOffset},
		safetensors.Tensor{Name: prefix + "hidden_offset", Shape: []int{m.Hidden}, Data: s.HiddenOffset},
		safetensors.Tensor{Name: prefix + "hidden_average", Shape: []int{m.Hidden}, Data: s.HiddenAverage},
	)
}

// decodeState returns the state of the training of m.
func decodeState(sf *safetensors.File, n stateNumbers, m *rbm.Model, prefix string) (*rbm.State, error) {
	s := &rbm.State{Model: m, Exponent: n.Exponent, Cursor: n.Cursor}
	var err error
	if s.Momentum, err = readParams(sf, prefix, "_momentum", m.Visible, m.Hidden); err != nil {
		return nil, err
	}
	for _, v := range []struct {
		name string
		dst  *[]float32
		n    int
	}{
		{"visible_offset", &s.VisibleOffset, m.Visible},
		{"hidden_offset", &s.HiddenOffset, m.Hidden},
		{"hidden_average", &s.HiddenAverage, m.Hidden},
	} {
		if *v.dst, err = readFloats(sf, prefix+v.name, v.n); err != nil {
			return nil, err
		}
	}
	if n.Chains == [2]int{} {
		return s, nil
	}
	if n.Chains[1] != m.Visible {
		return nil, fmt.Errorf("%w: chains of %d units, expected %d", ErrFile, n.Chains[1], m.Visible)
	}
	s.Chains, err = readBits(sf, prefix+"chains", n.Chains[0], m.Visible)
	return s, err
}
