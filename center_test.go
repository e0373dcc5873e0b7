package bitdbn_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// TestCenteredStep compares steps with the centred gradient as it is defined:
// dense, row by row, in float64.
func TestCenteredStep(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, units := range [][2]int{{1, 1}, {64, 5}, {65, 63}, {130, 70}} {
			visible, hidden := units[0], units[1]
			t.Run(fmt.Sprintf("%dx%d", visible, hidden), func(t *testing.T) { checkCenteredSteps(t, visible, hidden) })
		}
	})
}

func checkCenteredSteps(t *testing.T, visible, hidden int) {
	rng := newRand(1)
	ws := newWorkspace(t, 2)
	p, momentum := randomParams(rng, visible, hidden, 0.1), randomParams(rng, visible, hidden, 0.01)
	m := load(t, ws, visible, hidden, p, momentum)
	for range 3 {
		u := bitdbn.Update{LearningRate: 0.1, Momentum: 0.5, L2: 0.01, HiddenPull: normals(rng, hidden, 0.1)}
		u.VisibleOffset, u.HiddenOffset = uniforms(rng, visible), uniforms(rng, hidden)
		pos, neg := randomPhase(t, ws, rng, 9, visible, hidden), randomPhase(t, ws, rng, 70, visible, hidden)
		before, change := store(m)
		if err := m.Step(ws, pos, neg, &u); err != nil {
			t.Fatal(err)
		}
		after, _ := store(m)
		checkPacked(t, ws, m)

		gW, gB, gC := centeredGradient(pos, neg, u.VisibleOffset, u.HiddenOffset)
		lr, mu := float64(u.LearningRate), float64(u.Momentum)
		for k := range gW {
			gW[k] = float64(before.W[k]) + mu*float64(change.W[k]) + lr*(gW[k]-float64(u.L2)*float64(before.W[k]))
		}
		for i := range gB {
			gB[i] = float64(before.B[i]) + mu*float64(change.B[i]) + lr*gB[i]
		}
		for j := range gC {
			gC[j] = float64(before.C[j]) + mu*float64(change.C[j]) + lr*(gC[j]+float64(u.HiddenPull[j]))
		}
		checkNear(t, "W", after.W, gW, 1e-6)
		checkNear(t, "B", after.B, gB, 1e-5)
		checkNear(t, "C", after.C, gC, 1e-5)
	}
	// The next step without offsets is as if there had been none.
	pos, neg := randomPhase(t, ws, rng, 9, visible, hidden), randomPhase(t, ws, rng, 9, visible, hidden)
	f := &reference{visible: visible, hidden: hidden}
	f.value, f.momentum = store(m)
	u := bitdbn.Update{LearningRate: 0.1, Momentum: 0.5}
	f.step(pos, neg, &u)
	if err := m.Step(ws, pos, neg, &u); err != nil {
		t.Fatal(err)
	}
	after, _ := store(m)
	checkParams(t, "without offsets", after, f.value)
}

// centeredGradient returns the differences of the means over rows of
// (v−μ)(h−λ), of v less g_W·λ, and of h less g_Wᵀ·μ.
func centeredGradient(pos, neg bitdbn.Phase, mu, lambda []float32) (gW, gB, gC []float64) {
	visible, hidden := len(mu), len(lambda)
	gW, gB, gC = make([]float64, visible*hidden), make([]float64, visible), make([]float64, hidden)
	for k, p := range []bitdbn.Phase{pos, neg} {
		part := float64(1-2*k) / float64(p.X.Rows())
		for r := range p.X.Rows() {
			for i := range visible {
				v := 0.0
				if p.X.At(r, i) {
					v = 1
				}
				gB[i] += part * v
				for j := range hidden {
					h := float64(p.H.At(r, j)) / bitdbn.FixedOne
					gW[i*hidden+j] += part * (v - float64(mu[i])) * (h - float64(lambda[j]))
				}
			}
			for j := range hidden {
				gC[j] += part * float64(p.H.At(r, j)) / bitdbn.FixedOne
			}
		}
	}
	for i := range visible {
		for j := range hidden {
			gB[i] -= gW[i*hidden+j] * float64(lambda[j])
			gC[j] -= gW[i*hidden+j] * float64(mu[i])
		}
	}
	return gW, gB, gC
}

func uniforms(rng interface{ Float32() float32 }, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = rng.Float32()
	}
	return v
}

// TestCenteredStepIsInvariant flips all visible bits. A machine with weights −W
// and biases −b and c + Σ_i W_i gives flipped rows the probabilities that the
// first gives the rows; the centred gradient, unlike the plain one, keeps the two
// alike.
func TestCenteredStepIsInvariant(t *testing.T) {
	const rows, visible, hidden = 12, 30, 20
	rng := newRand(2)
	ws := newWorkspace(t, 1)
	start := randomParams(rng, visible, hidden, 0.3)
	x, reconstruction := randomBits(rng, rows, visible, 0.2), randomBits(rng, rows, visible, 0.4)
	mu, lambda := uniforms(rng, visible), uniforms(rng, hidden)
	flippedMu := make([]float32, visible)
	for i := range mu {
		flippedMu[i] = 1 - mu[i]
	}
	train := func(p bitdbn.Params, x, reconstruction *bitdbn.BitMatrix, mu, lambda []float32) bitdbn.Params {
		m := load(t, ws, visible, hidden, p, bitdbn.NewParams(visible, hidden))
		for range 4 {
			pos := bitdbn.Phase{X: x, H: bitdbn.NewFixedMatrix(rows, hidden)}
			neg := bitdbn.Phase{X: reconstruction, H: bitdbn.NewFixedMatrix(rows, hidden)}
			m.Up().Fixed(ws, pos.H, pos.X)
			m.Up().Fixed(ws, neg.H, neg.X)
			u := bitdbn.Update{LearningRate: 0.2, Momentum: 0.5, VisibleOffset: mu, HiddenOffset: lambda}
			if err := m.Step(ws, pos, neg, &u); err != nil {
				t.Fatal(err)
			}
		}
		p, _ = store(m)
		return p
	}
	for _, centered := range []bool{true, false} {
		offsets := [3][]float32{mu, flippedMu, lambda}
		if !centered {
			offsets = [3][]float32{}
		}
		a := flippedParams(train(start, x, reconstruction, offsets[0], offsets[2]), visible, hidden)
		b := train(flippedParams(start, visible, hidden), flippedBits(x), flippedBits(reconstruction), offsets[1], offsets[2])
		var worst float64
		for _, pair := range [][2][]float32{{a.W, b.W}, {a.B, b.B}, {a.C, b.C}} {
			for k := range pair[0] {
				worst = max(worst, math.Abs(float64(pair[0][k]-pair[1][k])))
			}
		}
		// 16-bit probabilities of inputs that differ by rounding may differ by one.
		if centered != (worst < 1e-4) {
			t.Errorf("centred %v: parameters differ by up to %g", centered, worst)
		}
	}
}

// flippedParams returns the machine whose visible units mean the opposite.
func flippedParams(p bitdbn.Params, visible, hidden int) bitdbn.Params {
	f := clone(p)
	for i := range visible {
		f.B[i] = -p.B[i]
		for j := range hidden {
			f.W[i*hidden+j] = -p.W[i*hidden+j]
			f.C[j] += p.W[i*hidden+j]
		}
	}
	return f
}

func flippedBits(x *bitdbn.BitMatrix) *bitdbn.BitMatrix {
	f := bitdbn.NewBitMatrix(x.Rows(), x.Cols())
	for r := range x.Rows() {
		for i := range x.Cols() {
			f.Set(r, i, !x.At(r, i))
		}
	}
	return f
}
