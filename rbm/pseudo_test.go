package rbm

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// TestPseudoLikelihood compares Σ_i log p(v_i|rest) with the float64 reference.
func TestPseudoLikelihood(t *testing.T) {
	for _, m := range kinds() {
		t.Run(kindName(m), func(t *testing.T) {
			r, rows := refer(m), sampleRows(m.Visible)
			got := make([]float64, len(rows))
			if err := m.PseudoLikelihood(t.Context(), 2, got, bitRows(rows).BitMatrix); err != nil {
				t.Fatal(err)
			}
			for k, v := range rows {
				want := r.pseudoLikelihood(v)
				if d := math.Abs(got[k] - want); !(d <= 1e-10*max(1, math.Abs(want))) {
					t.Errorf("row %d: pseudo-likelihood is %v, expected %v", k, got[k], want)
				}
			}
		})
	}
}

// TestPseudoLikelihoodByEitherWay requires the same of products of
// exponentials as of one logarithm for each weight, up to the size of weights
// where the one gives way to the other, with rows that saturate.
func TestPseudoLikelihoodByEitherWay(t *testing.T) {
	for _, std := range []float64{0.1, 3, 20, maxProductActivation / 4.0} {
		m := machine(70, 37, std, 3)
		x := randomRows(5, m.Visible, 0.4)
		c := newConditionals(m)
		for r := range x.Rows() {
			c.start(r, x.Row(r))
		}
		for i := range m.Visible {
			total, largest := c.unit(i)
			if largest > maxProductActivation {
				continue
			}
			for r := range x.Rows() {
				for _, sign := range []float64{1, -1} {
					got, want := c.change(r, sign, total), c.changeBySoftplus(r, sign)
					if !(math.Abs(got-want) <= 1e-11*max(1, math.Abs(want), math.Abs(total))) {
						t.Errorf("weights %v, unit %d, row %d, sign %v: %v by products, %v by logarithms", std, i, r, sign, got, want)
					}
				}
			}
		}
	}
}

// TestPseudoLikelihoodOfLargeBatch requires the same bits for a batch as for
// each of its rows alone, with any number of workers.
func TestPseudoLikelihoodOfLargeBatch(t *testing.T) {
	m := machine(70, 9, 0.3, 1)
	x := randomRows(150, 70, 0.4)
	one := make([]float64, 1)
	for _, workers := range []int{0, 1, 3} {
		all := make([]float64, x.Rows())
		if err := m.PseudoLikelihood(t.Context(), workers, all, x.BitMatrix); err != nil {
			t.Fatal(err)
		}
		for r := range all {
			alone := x.Slice(r, r+1)
			if err := m.PseudoLikelihood(t.Context(), 1, one, &alone); err != nil {
				t.Fatal(err)
			}
			if one[0] != all[r] {
				t.Errorf("%d workers, row %d: %v in a batch, %v alone", workers, r, all[r], one[0])
			}
		}
	}
}

func TestPseudoLikelihoodErrors(t *testing.T) {
	m, dst := machine(6, 3, 1, 1), make([]float64, 2)
	if err := m.PseudoLikelihood(t.Context(), 1, dst, bitdbn.NewBitMatrix(2, 5)); !errors.Is(err, ErrData) {
		t.Errorf("rows of 5 units: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.PseudoLikelihood(ctx, 1, dst, bitdbn.NewBitMatrix(2, 6)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	m.W[1] = float32(math.NaN())
	if err := m.PseudoLikelihood(t.Context(), 1, dst, bitdbn.NewBitMatrix(2, 6)); !errors.Is(err, ErrModel) {
		t.Errorf("NaN: %v", err)
	}
}
