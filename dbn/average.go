package dbn

import (
	"iter"
	"slices"

	"github.com/bitdbn/bitdbn/rbm"
)

// average is the mean of a network over ends of epochs (Polyak and Juditsky,
// "Acceleration of stochastic approximation by averaging", SIAM Journal on Control
// and Optimization 30, 1992). At a learning rate that does not fall to zero it has
// less of the gradients' noise than any one state, and persistent chains still mix.
type average struct {
	n    int      // ends of epochs in it
	mean *Network // nil while n is 0
}

// add takes the network at the end of one more epoch into the mean. Every
// operation is rounded once to float32, on any machine.
func (a *average) add(n *Network) {
	a.n++
	if a.mean == nil {
		a.mean = n.clone()
		return
	}
	next, stop := iter.Pull(n.parameters())
	defer stop()
	for mean := range a.mean.parameters() {
		now, _ := next()
		for i, m := range mean {
			mean[i] = m + (now[i]-m)/float32(a.n)
		}
	}
}

// parameters yields all weights and biases, layer by layer.
func (n *Network) parameters() iter.Seq[[]float32] {
	return func(yield func([]float32) bool) {
		for _, l := range slices.Concat(n.Layers, n.Generative) {
			if !yield(l.W) || !yield(l.B) || !yield(l.C) {
				return
			}
		}
	}
}

// fits reports whether the parameters of both valid networks have the same shapes.
func (n *Network) fits(o *Network) bool {
	return slices.Equal(n.Units(), o.Units()) && n.Classes() == o.Classes() && len(n.Generative) == len(o.Generative)
}

// clone returns a network that shares nothing with n.
func (n *Network) clone() *Network {
	return &Network{Layers: cloneModels(n.Layers), Generative: cloneModels(n.Generative)}
}

func cloneModels(models []*rbm.Model) (c []*rbm.Model) {
	for _, m := range models {
		d := rbm.New(m.Visible, m.Hidden)
		d.Labels = m.Labels
		copy(d.W, m.W)
		copy(d.B, m.B)
		copy(d.C, m.C)
		c = append(c, d)
	}
	return c
}
