package rbm

import (
	"fmt"

	"github.com/bitdbn/bitdbn"
)

// Sampler runs independent Gibbs chains: each step draws the hidden units
// given the visible, then the visible given the hidden. Two calls of Run make
// the same chains as one call with the sum of their steps.
type Sampler struct {
	V, H *bitdbn.BitMatrix // states, one chain a row
	p    *Packed
	step uint64
	h, v *bitdbn.Stream

	mask, values *bitdbn.BitMatrix // of clamped units, or nil
}

// NewSampler returns n chains of p whose visible units start at zero; set V to
// start them elsewhere.
func NewSampler(p *Packed, n int, seed uint64) *Sampler {
	return &Sampler{
		V: bitdbn.NewBitMatrix(n, p.Up.In()),
		H: bitdbn.NewBitMatrix(n, p.Up.Out()),
		p: p,
		h: streamFor(seed, 0, chainHidden), v: streamFor(seed, 0, chainVisible),
	}
}

// Run makes the given number of steps.
func (s *Sampler) Run(ws *bitdbn.Workspace, steps int) {
	for range steps {
		s.p.Up.Sample(ws, s.H, nil, s.V, s.h.At(s.step))
		s.p.Down.Sample(ws, s.V, nil, s.H, s.v.At(s.step))
		s.hold()
		s.step++
	}
}

// Clamp holds visible units at given values from now on: those whose bit is set
// in mask, a single row, at the bits of values, a row for each chain. It sets
// them at once.
func (s *Sampler) Clamp(mask, values *bitdbn.BitMatrix) {
	if mask.Rows() != 1 || mask.Cols() != s.V.Cols() || values.Rows() != s.V.Rows() || values.Cols() != s.V.Cols() {
		panic(fmt.Sprintf("rbm: Clamp: mask of %d × %d, values of %d × %d, for %d chains of %d units",
			mask.Rows(), mask.Cols(), values.Rows(), values.Cols(), s.V.Rows(), s.V.Cols()))
	}
	s.mask, s.values = mask, values
	s.hold()
}

// hold sets clamped units to their values.
func (s *Sampler) hold() {
	if s.mask == nil {
		return
	}
	mask := s.mask.Row(0)
	for r := range s.V.Rows() {
		v, values := s.V.Row(r), s.values.Row(r)
		for k, m := range mask {
			v[k] = v[k]&^m | values[k]&m
		}
	}
}

// Packed returns the machine that the chains sample.
func (s *Sampler) Packed() *Packed { return s.p }
