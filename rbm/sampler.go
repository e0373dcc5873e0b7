package rbm

import "github.com/bitdbn/bitdbn"

// Sampler runs independent Gibbs chains: each step draws the hidden units
// given the visible, then the visible given the hidden. Two calls of Run make
// the same chains as one call with the sum of their steps.
type Sampler struct {
	V, H *bitdbn.BitMatrix // states, one chain a row
	p    *Packed
	step uint64
	h, v *bitdbn.Stream
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
		s.step++
	}
}

// Packed returns the machine that the chains sample.
func (s *Sampler) Packed() *Packed { return s.p }
