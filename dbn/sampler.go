package dbn

import (
	"fmt"

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
	units *bitdbn.BitMatrix // the visible units of the top machine, if it has labels too
	pass  uint64
	up    []*bitdbn.Stream // of the hidden units of each layer below the top, on the way up
}

// NewSampler returns n chains of a network. The error wraps [ErrNetwork].
func NewSampler(net *Network, n int, seed uint64) (*Sampler, error) {
	packed, err := net.pack(len(net.Layers))
	if err != nil {
		return nil, err
	}
	top := len(packed) - 1
	s := &Sampler{Top: rbm.NewSampler(packed[top], n, seed), below: packed[:top]}
	if net.Classes() > 0 {
		s.units = bitdbn.NewBitMatrix(n, packed[top].Up.In()-net.Classes())
	}
	for i, p := range s.below {
		s.draws = append(s.draws, rbm.DownStream(seed, i))
		s.up = append(s.up, rbm.BoundStream(seed, i))
		s.x = append(s.x, bitdbn.NewBitMatrix(n, p.Up.In()))
	}
	return s, nil
}

// Visible returns the number of visible units of the network.
func (s *Sampler) Visible() int {
	if len(s.below) > 0 {
		return s.below[0].Up.In()
	}
	return s.Top.V.Cols() - s.Top.Packed().Down.Group()
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
	state := s.Top.V
	if s.units != nil {
		s.units.CopyColumns(state)
		state = s.units
	}
	if len(s.below) == 0 {
		if probs != nil {
			s.topProbs(ws, probs)
		}
		return state
	}
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

// Complete fills in visible units, given the others: those whose bit is set in
// mask, a single row, are held at the bits of values, a row for each chain. Each
// round draws the hidden layers upwards, makes steps in the top machine, and draws
// downwards; of a network with one layer this is Gibbs sampling with the units
// held. Values of the units that are not held are where the chains start. The
// result, and probs, are as those of [Sampler.Down], with the held units at
// their values.
func (s *Sampler) Complete(ws *bitdbn.Workspace, mask, values *bitdbn.BitMatrix, rounds, steps int, probs []float32) *bitdbn.BitMatrix {
	x := bitdbn.NewBitMatrix(values.Rows(), values.Cols())
	x.CopyColumns(values)
	for range rounds {
		s.enter(ws, x)
		s.Top.Run(ws, steps)
		x.CopyColumns(s.Down(ws, probs))
		hold(x, mask, values, probs)
	}
	return x
}

// enter sets the chains to what the hidden layers draw for x, their labels left
// as they are.
func (s *Sampler) enter(ws *bitdbn.Workspace, x *bitdbn.BitMatrix) {
	for i, p := range s.below {
		h := bitdbn.NewBitMatrix(x.Rows(), p.Up.Out())
		p.Up.Sample(ws, h, nil, x, s.up[i].At(s.pass))
		x = h
	}
	labels := make([]int, x.Rows())
	s.Labels(labels)
	s.Top.V.CopyColumns(x)
	for r, y := range labels {
		if y >= 0 {
			s.Top.V.Set(r, x.Cols()+y, true)
		}
	}
}

// hold sets the units of x, and their probabilities, that are set in mask to
// their values.
func hold(x, mask, values *bitdbn.BitMatrix, probs []float32) {
	for i := range units(mask.Row(0)) {
		for r := range x.Rows() {
			on := values.At(r, i)
			x.Set(r, i, on)
			if probs == nil {
				continue
			}
			probs[r*x.Cols()+i] = 0
			if on {
				probs[r*x.Cols()+i] = 1
			}
		}
	}
}

// topProbs writes the probabilities of the top machine's visible units, labels
// left out.
func (s *Sampler) topProbs(ws *bitdbn.Workspace, probs []float32) {
	down := s.Top.Packed().Down
	all := make([]float32, s.Top.V.Rows()*down.Out())
	down.Probs(ws, all, s.Top.H)
	n := down.Out() - down.Group()
	for r := range s.Top.V.Rows() {
		copy(probs[r*n:][:n], all[r*down.Out():])
	}
}

// Labels writes the class whose label is on in each chain into dst, or -1
// before the first step.
func (s *Sampler) Labels(dst []int) {
	classes := s.Top.Packed().Down.Group()
	first := s.Top.V.Cols() - classes
	for r := range dst {
		dst[r] = -1
		for y := range classes {
			if s.Top.V.At(r, first+y) {
				dst[r] = y
			}
		}
	}
}

// ClampLabels holds the label of each chain at a class while it runs. The error
// wraps [ErrNoLabels] or [ErrOptions].
func (s *Sampler) ClampLabels(labels []int) error {
	classes := s.Top.Packed().Down.Group()
	if classes == 0 {
		return ErrNoLabels
	}
	v := s.Top.V
	if len(labels) != v.Rows() {
		return fmt.Errorf("%w: %d labels for %d chains", ErrOptions, len(labels), v.Rows())
	}
	mask, values := bitdbn.NewBitMatrix(1, v.Cols()), bitdbn.NewBitMatrix(v.Rows(), v.Cols())
	for y := range classes {
		mask.Set(0, v.Cols()-classes+y, true)
	}
	for r, y := range labels {
		if y < 0 || y >= classes {
			return fmt.Errorf("%w: label %d, expected 0 to %d", ErrOptions, y, classes-1)
		}
		values.Set(r, v.Cols()-classes+y, true)
	}
	s.Top.Clamp(mask, values)
	return nil
}
