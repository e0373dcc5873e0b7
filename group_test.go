package bitdbn_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// TestGroup draws softmax groups of all places and sizes, with packed weights
// and with those of a master turned around: exactly one unit of each row's group is
// on, as often as e^z says, and all other units are as without a group.
func TestGroup(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, c := range []struct{ in, out, group int }{{3, 2, 2}, {5, 9, 3}, {70, 74, 10}, {9, 128, 64}, {3, 140, 13}, {4, 5, 5}, {3, 65, 1}} {
			t.Run(fmt.Sprintf("%dx%d/%d", c.in, c.out, c.group), func(t *testing.T) { checkGroup(t, c.in, c.out, c.group) })
		}
	})
}

func checkGroup(t *testing.T, in, out, group int) {
	const rows = 6000 // all alike
	rng, ws := newRand(4), newWorkspace(t, 2)
	p := randomParams(rng, out, in, 0.7) // a machine whose visible units are driven
	m := load(t, ws, out, in, p, bitdbn.NewParams(out, in))
	packed := bitdbn.NewWeights(in, out)
	check(t, packed.PackTransposed(p.W, p.B))
	row := randomBits(rng, 1, in, 0.5)
	x := bitdbn.NewBitMatrix(rows, in)
	for r := range rows {
		x.CopyRow(r, row, 0)
	}
	inputs := make([]float32, out)
	packed.Activations(ws, inputs, row)
	for _, w := range []*bitdbn.Weights{packed, m.Down()} {
		plain, got := bitdbn.NewBitMatrix(rows, out), ones(rows, out)
		w.Sample(ws, plain, nil, x, bitdbn.NewStream(1, 2).At(3))
		w.SetGroup(group)
		if w.Group() != group {
			t.Fatalf("group of %d, expected %d", w.Group(), group)
		}
		w.Sample(ws, got, nil, x, bitdbn.NewStream(1, 2).At(3))
		if !got.PaddingZero() {
			t.Error("bits in the padding")
		}
		counts := make([]float64, group)
		for r := range rows {
			on := 0
			for j := range out {
				switch {
				case j < out-group:
					if got.At(r, j) != plain.At(r, j) {
						t.Fatalf("row %d: unit %d outside of the group is another", r, j)
					}
				case got.At(r, j):
					counts[j-out+group]++
					on++
				}
			}
			if on != 1 {
				t.Fatalf("row %d: %d units of the group are on", r, on)
			}
		}
		var total, chi2 float64
		for _, z := range inputs[out-group:] {
			total += math.Exp(float64(z))
		}
		for k, n := range counts {
			want := rows * math.Exp(float64(inputs[out-group+k])) / total
			chi2 += (n - want) * (n - want) / want
		}
		if n := float64(group - 1); chi2 > n+5*math.Sqrt(2*n)+10 { // beyond it once in 10,000, and less
			t.Errorf("chi-square %.1f of %d units", chi2, group)
		}
		w.SetGroup(0)
		w.Sample(ws, got, nil, x, bitdbn.NewStream(1, 2).At(3))
		if !got.Equal(plain) {
			t.Error("without the group again, units are others")
		}
	}
}
