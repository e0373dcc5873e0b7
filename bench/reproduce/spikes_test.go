package main

import (
	"testing"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
	"gonum.org/v1/gonum/stat"
)

// TestSpikesCovariances trains a machine on the correlated spikes with the defaults alone, and
// compares the covariances of its samples with those of held-out bins: what a model
// of spikes is asked for, and what samples of a machine that was trained at a constant
// rate get wrong.
func TestSpikesCovariances(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for some seconds")
	}
	ws, err := bitdbn.NewWorkspace(1) // a small machine
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	all := spikes()
	train, held := matrixOf(all[:30000]), matrixOf(all[30000:])
	m := rbm.New(train.Cols(), 30)
	m.InitWeights(0.01, rbm.InitStream(1, 0))
	src := rbm.Bits{BitMatrix: train}
	m.InitVisibleBiases(src.Means(ws), src.Rows())
	o := rbm.DefaultPersistent(src.Rows(), m.Visible, m.Hidden)
	tr, err := rbm.NewTrainer(ws, m, src, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	p, err := tr.Model().Pack()
	if err != nil {
		t.Fatal(err)
	}
	samples := rbm.NewSampler(p, train.Rows(), 1)
	for r := range train.Rows() {
		samples.V.CopyRow(r, tr.Fantasies(), r%tr.Fantasies().Rows())
	}
	samples.Run(ws, 200)
	got := stat.Correlation(covariances(samples.V), covariances(held), nil)
	t.Logf("covariances of samples and of held-out bins correlate by %.4f; those of training bins by %.4f", got, stat.Correlation(covariances(train), covariances(held), nil))
	if !(got >= 0.985) {
		t.Errorf("covariances correlate by %.4f, expected 0.985", got)
	}
}

// matrixOf packs rows of 0 and 1.
func matrixOf(rows [][]uint8) *bitdbn.BitMatrix {
	x := bitdbn.NewBitMatrix(len(rows), len(rows[0]))
	for r, row := range rows {
		for i, v := range row {
			x.Set(r, i, v == 1)
		}
	}
	return x
}

// covariances returns those of each pair of columns.
func covariances(x *bitdbn.BitMatrix) []float64 {
	n := x.Cols()
	both, one := make([]float64, n*n), make([]float64, n)
	on := make([]int, 0, n)
	for r := range x.Rows() {
		on = on[:0]
		for i := range n {
			if x.At(r, i) {
				on = append(on, i)
				one[i]++
			}
		}
		for k, i := range on {
			for _, j := range on[:k] {
				both[i*n+j]++
			}
		}
	}
	rows := float64(x.Rows())
	var out []float64
	for i := range n {
		for j := range i {
			out = append(out, both[i*n+j]/rows-one[i]/rows*one[j]/rows)
		}
	}
	return out
}
