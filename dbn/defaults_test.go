package dbn

import (
	"errors"
	"testing"

	"github.com/bitdbn/bitdbn/rbm"
)

// TestDefaultOptions requires of each layer what the documentation says, and that a
// pretraining without options has these.
func TestDefaultOptions(t *testing.T) {
	src := Labelled{rows(200, 8), make([]int, 200), 3}
	plan := Plan{Rows: 200, Visible: 8, Hidden: []int{6, 8}, Classes: 3, Tied: true, WeightStd: 0.1, Persistent: func(i int) bool { return i == 1 }}
	o := DefaultOptions(plan)
	below, top := rbm.DefaultOptions(200, 8, 6), rbm.DefaultPersistent(200, 6+3, 8)
	top.Epochs *= 2
	top.LearningRate = rbm.Falling(tiedRate)
	for i, want := range []rbm.Options{below, top} {
		got := o.Layer[i]
		if got.Epochs != want.Epochs || got.LearningRate.String() != want.LearningRate.String() || got.L2 != want.L2 ||
			got.Persistent != want.Persistent || got.Chains != want.Chains || got.Temperatures != want.Temperatures {
			t.Errorf("layer %d: %+v, expected %+v", i+1, got, want)
		}
	}
	if !o.Tied || o.WeightStd != 0.1 {
		t.Errorf("tied %v, standard deviation %v", o.Tied, o.WeightStd)
	}
	p, err := NewPretraining(workspace(t, 1), src, plan.Hidden, Options{Tied: true, WeightStd: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	plan.Persistent = nil
	for i, want := range DefaultOptions(plan).Layer {
		if got := p.File(nil).Training.Options.forLayer(i); got.Epochs != want.Epochs || got.LearningRate.String() != want.LearningRate.String() || got.Persistent {
			t.Errorf("layer %d without options: %+v, expected %+v", i+1, got, want)
		}
	}
}

// TestFirst requires the layers below, which a network was before others were added.
func TestFirst(t *testing.T) {
	n := New(5, 4, 3, 2)
	n.Generative = []*rbm.Model{rbm.New(5, 4), rbm.New(4, 3)}
	for layers := 1; layers <= 3; layers++ {
		f, err := n.First(layers)
		if err != nil || f.Validate() != nil || len(f.Layers) != layers || len(f.Generative) != layers-1 {
			t.Errorf("%d layers: %+v, %v", layers, f, err)
		}
	}
	for _, layers := range []int{-1, 0, 4} {
		if _, err := n.First(layers); !errors.Is(err, ErrNetwork) {
			t.Errorf("%d layers: error %v", layers, err)
		}
	}
}
