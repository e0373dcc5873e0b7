package dbn

import (
	"slices"

	"github.com/bitdbn/bitdbn/internal/average"
	"github.com/bitdbn/bitdbn/rbm"
)

// mean is the mean of networks at ends of epochs.
type mean struct {
	n       int // of them
	network *Network
}

// add takes the network at the end of one more epoch into the mean.
func (a *mean) add(n *Network) {
	if a.n++; a.n == 1 {
		a.network = n.clone()
		return
	}
	now := n.parameters()
	for i, p := range a.network.parameters() {
		average.Add(p, now[i], a.n)
	}
}

// parameters returns all weights and biases of n, layer by layer.
func (n *Network) parameters() (all [][]float32) {
	for _, l := range slices.Concat(n.Layers, n.Generative) {
		all = append(all, l.W, l.B, l.C)
	}
	return all
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
