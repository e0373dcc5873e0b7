package mlp

import (
	"testing"

	"github.com/bitdbn/bitdbn/rbm"
)

// BenchmarkStep measures backprop through the network of Hinton and Salakhutdinov
// (2006) on one batch.
func BenchmarkStep(b *testing.B) {
	rows := floatRows{make([]float32, 100*784), 784}
	for i := range rows.values {
		rows.values[i] = float32(i%7) / 7
	}
	o := Options{LearningRate: rbm.Constant(0.1), Momentum: rbm.Constant(0.9), Epochs: 30, Batch: 100, Seed: 1}
	o.Epochs, o.LearningRate = 1<<40, rbm.Constant(1e-3)
	t := trainer(b, New(1, 784, 500, 500, 2000, 10), rows, make([]int, 100), o)
	b.ReportAllocs()
	for b.Loop() {
		if err := t.Step(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(100*b.N)/b.Elapsed().Seconds(), "images/s")
}

func TestStepAllocatesNothing(t *testing.T) {
	rows, labels := circles(40)
	o := Options{LearningRate: rbm.Constant(0.1), Momentum: rbm.Constant(0.9), Epochs: 30, Batch: 100, Seed: 1}
	o.Batch, o.Epochs, o.Dropout = 16, 1000, 0.5
	tr := trainer(t, New(1, 2, 20, 2), rows, labels, o)
	steps := func() { // with the ends of epochs, of three steps each
		for range 20 {
			if err := tr.Step(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := testing.AllocsPerRun(1, steps); n != 0 {
		t.Errorf("%v allocations in 20 steps", n)
	}
}
