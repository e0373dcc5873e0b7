package dbn

import "github.com/bitdbn/bitdbn/rbm"

// Plan is what the defaults of a pretraining depend on.
type Plan struct {
	Rows, Visible int // of the data
	Hidden        []int
	Classes       int                  // of the labels, or 0
	Persistent    func(layer int) bool // the layers, counted from 0, with persistent chains; nil means none
	Tied          bool                 // as in [Options]
	WeightStd     float64              // likewise
}

// tiedRate is the default learning rate of a layer with a tied start: a higher one loses
// what the layers below have learned before it learns more.
const tiedRate = 0.02

// DefaultOptions returns options that suit a plan: for each layer those of
// [rbm.DefaultOptions], or of [rbm.DefaultPersistent]. A layer with a tied start has a
// low rate, and a top layer with labels twice the epochs, for it has more to learn.
func DefaultOptions(p Plan) Options {
	o := Options{Tied: p.Tied, WeightStd: p.WeightStd}
	visible := p.Visible
	for i, hidden := range p.Hidden {
		labelled := p.Classes > 0 && i == len(p.Hidden)-1
		if labelled {
			visible += p.Classes
		}
		defaults := rbm.DefaultOptions
		if p.Persistent != nil && p.Persistent(i) {
			defaults = rbm.DefaultPersistent
		}
		layer := defaults(p.Rows, visible, hidden)
		if labelled {
			layer.Epochs *= 2
		}
		if p.Tied && i > 0 {
			layer.LearningRate = rbm.Falling(tiedRate)
		}
		o.Layer = append(o.Layer, layer)
		visible = hidden
	}
	return o
}
