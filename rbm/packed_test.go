package rbm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// kinds are machines of every kind that arithmetic could treat apart: sizes
// about those of a word, a panel and a padded row, parameters all zero, nearly
// zero, and so large that every unit is saturated.
func kinds() []*Model {
	return []*Model{
		machine(1, 1, 1, 1),
		machine(3, 2, 1, 2),
		machine(2, 3, 1, 3),
		machine(8, 8, 1, 4),
		machine(16, 12, 0.7, 5),
		machine(16, 8, 3, 6),
		machine(10, 4, 60, 7),
		machine(20, 5, 1e-4, 8),
		machine(63, 6, 0.3, 9),
		machine(64, 6, 0.3, 10),
		machine(65, 6, 0.3, 11),
		machine(127, 7, 0.3, 12),
		machine(5, 65, 0.3, 13),
		machine(513, 5, 0.1, 14),
		machine(784, 6, 0.1, 15),
		New(6, 3),
	}
}

func kindName(m *Model) string { return fmt.Sprintf("%d×%d", m.Visible, m.Hidden) }

// sampleRows returns no units on, all units on, and rows in between.
func sampleRows(units int) [][]float64 {
	rows := [][]float64{constant(units, 0), constant(units, 1)}
	for _, density := range []float64{0.1, 0.5, 0.9} {
		rows = append(rows, rowsOf(randomRows(3, units, density).BitMatrix)...)
	}
	return rows
}

// inputError returns the bound on the distance of a fixed-point input from the
// one of the float32 weights, (number of bits set + 1)·2^-(s+1): each weight
// and the bias are rounded to a multiple of 2^-s.
func inputError(v []float64, exponent int) float64 {
	n := 1.0
	for _, on := range v {
		n += on
	}
	return math.Ldexp(n, -exponent-1)
}

// unitError is what a probability or a softplus may be off by, given its input.
const unitError = 1.0 / (1 << 22)

// checkProbs compares probabilities with those of the exact inputs. The slope
// of the logistic function is at most ¼.
func checkProbs(t *testing.T, what string, got []float32, input, x []float64, exponent int) (worst float64) {
	t.Helper()
	bound := inputError(x, exponent)/4 + unitError
	for j, p := range got {
		d := math.Abs(float64(p) - sigma(input[j]))
		worst = max(worst, d)
		if !(d <= bound) {
			t.Errorf("%s: unit %d: probability %v, expected %v ± %.2g", what, j, p, sigma(input[j]), bound)
		}
	}
	return worst
}

// TestConditionals compares p(h|v) and p(v|h) with the float64 reference.
func TestConditionals(t *testing.T) {
	ws := workspace(t, 2)
	for _, m := range kinds() {
		t.Run(kindName(m), func(t *testing.T) {
			r, p := refer(m), pack(t, m)
			up, down := make([]float32, m.Hidden), make([]float32, m.Visible)
			var worst float64
			for _, v := range sampleRows(m.Visible) {
				p.Up.Probs(ws, up, bitRows([][]float64{v}).BitMatrix)
				worst = max(worst, checkProbs(t, "p(h|v)", up, r.hiddenInput(v), v, p.Up.Exponent()))
			}
			for _, h := range sampleRows(m.Hidden) {
				p.Down.Probs(ws, down, bitRows([][]float64{h}).BitMatrix)
				worst = max(worst, checkProbs(t, "p(v|h)", down, r.visibleInput(h), h, p.Down.Exponent()))
			}
			t.Logf("largest deviation %.2g", worst)
		})
	}
}

// TestFreeEnergy compares F(v) with the float64 reference. Softplus has a slope
// of at most 1, so each hidden unit adds the error of its input and its own.
func TestFreeEnergy(t *testing.T) {
	ws := workspace(t, 2)
	for _, m := range kinds() {
		t.Run(kindName(m), func(t *testing.T) {
			r, p := refer(m), pack(t, m)
			rows := sampleRows(m.Visible)
			got := make([]float64, len(rows))
			p.FreeEnergy(ws, got, bitRows(rows).BitMatrix)
			var worst float64
			for k, v := range rows {
				want := r.freeEnergy(v)
				bound := float64(m.Hidden)*(inputError(v, p.Up.Exponent())+unitError) + 1e-12*math.Abs(want)
				d := math.Abs(got[k] - want)
				worst = max(worst, d)
				if !(d <= bound) {
					t.Errorf("row %d: F(v) is %v, expected %v ± %.2g", k, got[k], want, bound)
				}
				if relative := d / max(1, math.Abs(want)); relative > 1e-6 {
					t.Errorf("row %d: F(v) is %v, expected %v: relative error %.2g", k, got[k], want, relative)
				}
			}
			t.Logf("largest deviation %.2g", worst)
		})
	}
}

// TestZeroMachine requires the exact values of independent fair units.
func TestZeroMachine(t *testing.T) {
	ws := workspace(t, 1)
	p := pack(t, New(6, 3))
	rows := sampleRows(6)
	x := bitRows(rows).BitMatrix
	f, pl, up := make([]float64, len(rows)), make([]float64, len(rows)), make([]float32, len(rows)*3)
	p.FreeEnergy(ws, f, x)
	if err := New(6, 3).PseudoLikelihood(t.Context(), 1, pl, x); err != nil {
		t.Fatal(err)
	}
	p.Up.Probs(ws, up, x)
	for k := range rows {
		if math.Abs(f[k]+3*math.Ln2) > 3*unitError || math.Abs(pl[k]+6*math.Ln2) > 1e-12 {
			t.Errorf("row %d: F(v) is %v, pseudo-likelihood %v", k, f[k], pl[k])
		}
	}
	for k, q := range up {
		if q != 0.5 {
			t.Errorf("probability %d is %v", k, q)
		}
	}
}

// TestHugeWeights multiplies saturated weights until float32 is nearly at its
// end. Units are certain then, which of the two the sign of the exact input
// says, and a sum that wrapped would say the opposite.
func TestHugeWeights(t *testing.T) {
	ws := workspace(t, 1)
	for _, size := range [][2]int{{10, 4}, {4, 10}, {784, 6}, {65, 130}} {
		for _, scale := range []float32{1e3, 1e10, 1e30, 1e36} {
			m := machine(size[0], size[1], 60, 7)
			for _, v := range [][]float32{m.W, m.B, m.C} {
				for i := range v {
					v[i] *= scale
				}
			}
			checkCertain(t, ws, m)
		}
	}
}

// TestLargestWeights gives all weights one magnitude, up to the largest
// float32, and one sign, so that sums are as large as they can be.
func TestLargestWeights(t *testing.T) {
	ws := workspace(t, 1)
	for _, size := range [][2]int{{1, 1}, {64, 64}, {65, 3}, {784, 66}} {
		for _, w := range []float32{1, 1e5, 1e20, math.MaxFloat32} {
			for _, sign := range []float32{1, -1} {
				m := New(size[0], size[1])
				for _, v := range [][]float32{m.W, m.B, m.C} {
					for i := range v {
						v[i] = sign * w
					}
				}
				checkCertain(t, ws, m)
			}
		}
	}
}

// checkCertain requires probabilities that agree in the limit with the signs
// of inputs, and finite energies.
func checkCertain(t *testing.T, ws *bitdbn.Workspace, m *Model) {
	t.Helper()
	r, p := refer(m), pack(t, m)
	up := make([]float32, m.Hidden)
	f, pl := make([]float64, 1), make([]float64, 1)
	for _, v := range sampleRows(m.Visible) {
		x := bitRows([][]float64{v}).BitMatrix
		p.Up.Probs(ws, up, x)
		for j, a := range r.hiddenInput(v) {
			if math.Abs(a) <= inputError(v, p.Up.Exponent())+50 {
				continue // the sign is open, or the unit is not certain
			}
			want := float32(0)
			if a > 0 {
				want = 1
			}
			if up[j] != want {
				t.Fatalf("%s: input %v has probability %v, expected %v", kindName(m), a, up[j], want)
			}
		}
		p.FreeEnergy(ws, f, x)
		if err := m.PseudoLikelihood(t.Context(), 1, pl, x); err != nil {
			t.Fatal(err)
		}
		want := r.freeEnergy(v)
		bound := float64(m.Hidden)*(inputError(v, p.Up.Exponent())+unitError) + 1e-9*math.Abs(want)
		if !(math.Abs(f[0]-want) <= bound) {
			t.Errorf("%s: F(v) is %v, expected %v", kindName(m), f[0], want)
		}
		if !(pl[0] <= 0 && !math.IsInf(pl[0], 0)) {
			t.Errorf("%s: pseudo-likelihood is %v", kindName(m), pl[0])
		}
	}
}

// TestInputUntouched requires that evaluation leaves its rows and the model as
// they were, and that a packed machine has its own copy of the model.
func TestInputUntouched(t *testing.T) {
	ws := workspace(t, 2)
	m := machine(70, 9, 0.3, 1)
	p := pack(t, m)
	x := randomRows(5, 70, 0.4)
	was := Drawn(ws, x, 0)
	before, after := make([]float64, 5), make([]float64, 5)
	p.FreeEnergy(ws, before, x.BitMatrix)
	if err := m.PseudoLikelihood(t.Context(), 2, after, x.BitMatrix); err != nil {
		t.Fatal(err)
	}
	if !x.Equal(was.BitMatrix) {
		t.Error("evaluation changed its rows")
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for _, v := range [][]float32{m.W, m.B, m.C} {
		for i := range v {
			v[i] = rng.Float32()
		}
	}
	p.FreeEnergy(ws, after, x.BitMatrix)
	for r := range before {
		if before[r] != after[r] {
			t.Errorf("row %d: F(v) changed from %v to %v with the model behind", r, before[r], after[r])
		}
	}
}
