package dbn

import (
	"math"
	"testing"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
)

// TestIndependent compares with the sum over columns, in plain words, and with a
// machine of zero weights; a constant column must leave the number finite, and labels
// must not count.
func TestIndependent(t *testing.T) {
	ws := workspace(t, 1)
	base, src := rows(40, 9), rbm.Bits{BitMatrix: bitdbn.NewBitMatrix(30, 9)}
	for i := range 30 {
		for j := range 9 {
			src.Set(i, j, j == 8 || (i*j)%5 == 1)
		}
	}
	for r := range 40 {
		base.Set(r, 8, false) // a column that the held-out rows contradict
	}
	var sums []float64
	means := base.Means(ws)
	for r := range 20 {
		var sum float64
		for i, p := range means {
			rate := (40*p + 0.5) / 41
			if !src.At(r, i) {
				rate = 1 - rate
			}
			sum += math.Log(rate)
		}
		sums = append(sums, sum)
	}
	want := NewTerm(sums)
	for _, s := range []rbm.Source{src, Labelled{src, make([]int, 30), 2}} {
		got := Independent(ws, base, s, 20)
		if math.Abs(got.Mean-want.Mean) > 1e-5 || math.Abs(got.StandardError-want.StandardError) > 1e-5 {
			t.Errorf("%+v, expected %+v", got, want)
		}
	}
	n := New(9, 4)
	n.Layers[0].InitVisibleBiases(means, 40)
	logZ, err := n.Layers[0].LogZ(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	b, err := n.Bound(t.Context(), ws, src, BoundOptions{Rows: 20, Draws: 1, LogZ: logZ})
	if err != nil || math.Abs(b.Bound.Mean-want.Mean) > 1e-4 {
		t.Errorf("a machine of zero weights has %+v, %v, expected %+v", b, err, want)
	}
}
