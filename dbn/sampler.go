package dbn

import (
	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
)

// Sampler draws from a network: Gibbs chains in the top machine, then one pass
// down through the directed layers.
type Sampler struct {
	Top   *rbm.Sampler // set its V to start the chains elsewhere than at zero
	below []*rbm.Packed
	draws []*bitdbn.Stream // of the units of each layer below the top
	x     []*bitdbn.BitMatrix
	pass  uint64
}

// NewSampler returns n chains of a network. The error wraps [ErrNetwork].
func NewSampler(net *Network, n int, seed uint64) (*Sampler, error) {
	packed, err := net.pack(len(net.Layers))
	if err != nil {
		return nil, err
	}
	top := len(packed) - 1
	s := &Sampler{Top: rbm.NewSampler(packed[top], n, seed), below: packed[:top]}
	for i, p := range s.below {
		s.draws = append(s.draws, rbm.DownStream(seed, i))
		s.x = append(s.x, bitdbn.NewBitMatrix(n, p.Up.In()))
	}
	return s, nil
}

// Run makes Gibbs steps in the top machine.
func (s *Sampler) Run(ws *bitdbn.Workspace, steps int) { s.Top.Run(ws, steps) }

// Temper moves the chains by steps of parallel tempering in the top machine, each
// chain at every temperature, and then makes a Gibbs step. It returns the rates
// at which neighbouring temperatures swapped states. All temperatures start
// where the chains are. The error wraps [rbm.ErrOptions].
func (s *Sampler) Temper(ws *bitdbn.Workspace, steps int, o rbm.TemperingOptions) ([]float64, error) {
	t, err := rbm.NewTempering(s.Top.Packed(), s.Top.V.Rows(), o)
	if err != nil {
		return nil, err
	}
	t.Start(s.Top.V)
	t.Run(ws, steps)
	for r := range s.Top.V.Rows() {
		s.Top.V.CopyRow(r, t.V(), r)
	}
	s.Top.Run(ws, 1) // whose hidden units belong to the visible ones
	return t.SwapRates(), nil
}

// Down draws the visible units of the network from the state of the chains,
// and, unless probs is nil, writes the probabilities they were drawn with into
// it, row-major chains × visible units. The result is the sampler's own, and
// changes with the next call.
func (s *Sampler) Down(ws *bitdbn.Workspace, probs []float32) *bitdbn.BitMatrix {
	if len(s.below) == 0 {
		if probs != nil {
			s.Top.Packed().Down.Probs(ws, probs, s.Top.H)
		}
		return s.Top.V
	}
	state := s.Top.V
	for i := len(s.below) - 1; i >= 0; i-- {
		down := s.below[i].Down
		down.Sample(ws, s.x[i], nil, state, s.draws[i].At(s.pass))
		if i == 0 && probs != nil {
			down.Probs(ws, probs, state)
		}
		state = s.x[i]
	}
	s.pass++
	return state
}
