package bitdbn_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// workspace returns a workspace that the test closes.
func workspace(t testing.TB, workers int) *bitdbn.Workspace {
	t.Helper()
	ws, err := bitdbn.NewWorkspace(workers)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ws.Close)
	return ws
}

func randomBits(rng *rand.Rand, rows, cols int, density float64) *bitdbn.BitMatrix {
	m := bitdbn.NewBitMatrix(rows, cols)
	for i := range rows {
		for j := range cols {
			m.Set(i, j, rng.Float64() < density)
		}
	}
	return m
}

func randomFloats(rng *rand.Rand, n int, scale float32) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(rng.NormFloat64()) * scale
	}
	return v
}

func pack(t testing.TB, in, out int, w, b []float32) *bitdbn.Weights {
	t.Helper()
	p := bitdbn.NewWeights(in, out)
	if err := p.Pack(w, b); err != nil {
		t.Fatal(err)
	}
	return p
}

var shapes = [][3]int{ // rows, in, out
	{1, 1, 1}, {2, 3, 5}, {7, 63, 64}, {65, 64, 63}, {3, 65, 129}, {100, 513, 70}, {600, 70, 511}, {13, 784, 500},
}

// TestProducts compares activations with the bound that Weights states, and
// everything else with the activations.
func TestProducts(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	ws := workspace(t, 2)
	for _, s := range shapes {
		rows, in, out := s[0], s[1], s[2]
		for _, density := range []float64{0.02, 0.5, 1} {
			x := randomBits(rng, rows, in, density)
			w, b := randomFloats(rng, in*out, 0.3), randomFloats(rng, out, 1)
			p := pack(t, in, out, w, b)
			act, probs := make([]float32, rows*out), make([]float32, rows*out)
			p.Activations(ws, act, x)
			p.Probs(ws, probs, x)
			fixed, drawn := bitdbn.NewFixedMatrix(rows, out), bitdbn.NewBitMatrix(rows, out)
			stream := bitdbn.NewStream(9, 8)
			p.Sample(ws, drawn, fixed, x, stream.At(3))
			softplus := make([]float64, rows)
			p.Softplus(ws, softplus, x)
			half := math.Ldexp(0.5, -p.Exponent())
			for i := range rows {
				want, bound := 0.0, 0.0
				for j := range out {
					z, set := float64(b[j]), 1.0
					for k := range in {
						if x.At(i, k) {
							z += float64(w[k*out+j])
							set++
						}
					}
					at := i*out + j
					if e := math.Abs(float64(act[at]) - z); e > set*half+math.Abs(z)/(1<<24) {
						t.Fatalf("%v: activation (%d, %d) is off by %g, bound %g", s, i, j, e, set*half)
					}
					if e := math.Abs(float64(probs[at]) - 1/(1+math.Exp(-z))); e > 1.0/(1<<22)+set*half {
						t.Fatalf("%v: probability (%d, %d) is off by %g", s, i, j, e)
					}
					if got, want := float64(fixed.At(i, j)), min(65535, math.RoundToEven(float64(probs[at])*65536)); got != want {
						t.Fatalf("%v: fixed probability (%d, %d) is %v, expected %v", s, i, j, got, want)
					}
					u := (float64(stream.Word(3, uint32(i), uint32(j))>>9) + 0.5) / (1 << 23)
					if drawn.At(i, j) != (u < float64(probs[at])) {
						t.Fatalf("%v: unit (%d, %d) drawn %v for word %v and probability %v", s, i, j, drawn.At(i, j), u, probs[at])
					}
					want += max(z, 0) + math.Log1p(math.Exp(-math.Abs(z)))
					bound += 1.0/(1<<22) + set*half
				}
				if e := math.Abs(softplus[i] - want); e > bound {
					t.Fatalf("%v: softplus of row %d is off by %g, bound %g", s, i, e, bound)
				}
			}
			if !drawn.PaddingZero() {
				t.Fatalf("%v: draws set padding bits", s)
			}
		}
	}
}

// TestExtremes fills every sum to the brim.
func TestExtremes(t *testing.T) {
	ws := workspace(t, 1)
	for _, in := range []int{1, 4, 64, 784, 4096} {
		for _, sign := range []float32{1, -1} {
			for _, top := range []float32{1e-30, 0.37, 1, 1e30} {
				w, b := make([]float32, in*3), []float32{sign * top, 0, sign * top}
				for i := range w {
					w[i] = sign * top
				}
				p := pack(t, in, 3, w, b)
				x := bitdbn.NewBitMatrix(70, in) // enough rows for the tables
				for r := range 70 {
					for i := range in {
						x.Set(r, i, true)
					}
				}
				act, probs := make([]float32, 70*3), make([]float32, 70*3)
				p.Activations(ws, act, x)
				p.Probs(ws, probs, x)
				want := float64(in+1) * float64(sign) * float64(top)
				for _, a := range act[:1] {
					// The largest exponent leaves the weights at least the
					// bits that the bound allows.
					if e := math.Abs(float64(a) - want); e > float64(in+1)*math.Ldexp(0.5, -p.Exponent())+math.Abs(want)/(1<<24) {
						t.Errorf("%d weights of %v: activation %v, expected %v", in, sign*top, a, want)
					}
				}
				for _, q := range probs {
					if !(q >= 0 && q <= 1) || top == 1e30 && q != (sign+1)/2 {
						t.Errorf("%d weights of %v: probability %v", in, sign*top, q)
					}
				}
				s := p.Exponent()
				most := (float64(in)*float64(top)+float64(top))*math.Ldexp(1, s) + float64(in+1)/2
				if most >= 1<<31 {
					t.Errorf("%d weights of %v: exponent %d lets sums reach %g", in, top, s, most)
				}
				if s < 30 && 2*most-float64(in+1)/2 < 1<<31 {
					t.Errorf("%d weights of %v: exponent %d is not the largest", in, top, s)
				}
			}
		}
	}
}

func TestPackErrors(t *testing.T) {
	p := pack(t, 2, 1, []float32{1, 2}, []float32{3})
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
		for i := range 3 {
			v := []float32{1, 2, 3}
			v[i] = bad
			if err := p.Pack(v[:2], v[2:]); !errors.Is(err, bitdbn.ErrWeights) {
				t.Errorf("Pack of %v: %v, expected ErrWeights", v, err)
			}
		}
	}
	x, act := bitdbn.NewBitMatrix(1, 2), make([]float32, 1)
	x.Set(0, 1, true)
	if p.Activations(workspace(t, 1), act, x); act[0] != 5 {
		t.Errorf("after refused packs the activation is %v, expected 5", act[0])
	}
}

// TestStep compares steps of a Master with the documented float32 sequence.
func TestStep(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	ws := workspace(t, 3)
	for _, s := range shapes {
		rows, v, h := min(s[0], 200), s[1], s[2]
		m := bitdbn.NewMaster(v, h)
		p, mom := bitdbn.NewParams(v, h), bitdbn.NewParams(v, h)
		copy(p.W, randomFloats(rng, v*h, 0.1))
		copy(p.B, randomFloats(rng, v, 0.1))
		copy(p.C, randomFloats(rng, h, 0.1))
		if err := m.Load(ws, p, mom, bitdbn.AutoExponent); err != nil {
			t.Fatal(err)
		}
		u := bitdbn.Update{LearningRate: 0.3, Momentum: 0.5, L2: 0.01, L1: 0.001, HiddenPull: randomFloats(rng, h, 0.1)}
		for range 3 {
			phase := func(n int) bitdbn.Phase {
				x, f := randomBits(rng, n, v, 0.4), bitdbn.NewFixedMatrix(n, h)
				m.Up().Fixed(ws, f, x)
				return bitdbn.Phase{X: x, H: f}
			}
			pos, neg := phase(rows), phase(rows+1)
			reference(p, mom, pos, neg, &u)
			if err := m.Step(ws, pos, neg, &u); err != nil {
				t.Fatal(err)
			}
			got, gotMom := bitdbn.NewParams(v, h), bitdbn.NewParams(v, h)
			m.Store(got, gotMom)
			for _, c := range []struct {
				name      string
				got, want []float32
			}{{"weights", got.W, p.W}, {"visible biases", got.B, p.B}, {"hidden biases", got.C, p.C}, {"momenta", gotMom.W, mom.W}} {
				if !slices.Equal(c.got, c.want) {
					t.Fatalf("%v: %s differ from the reference", s, c.name)
				}
			}
			checkCopies(t, ws, m, p)
		}
	}
}

// reference makes one step in the documented order.
func reference(p, mom bitdbn.Params, pos, neg bitdbn.Phase, u *bitdbn.Update) {
	lr, v, h := u.LearningRate, len(p.B), len(p.C)
	np, nn := float32(pos.X.Rows()), float32(neg.X.Rows())
	sum := func(f bitdbn.Phase, i, j int) float32 {
		var n int32
		for r := range f.X.Rows() {
			if f.X.At(r, i) {
				n += int32(f.H.At(r, j))
			}
		}
		return float32(n)
	}
	for i := range v {
		for j := range h {
			k := i*h + j
			g := float32(sum(pos, i, j)*(lr/(np*65536))) - float32(sum(neg, i, j)*(lr/(nn*65536)))
			m := float32(u.Momentum*mom.W[k]) + g
			m -= float32(lr * u.L2 * p.W[k])
			switch {
			case p.W[k] > 0:
				m -= lr * u.L1
			case p.W[k] < 0:
				m += lr * u.L1
			}
			mom.W[k] = m
			p.W[k] += m
		}
	}
	mean := func(f bitdbn.Phase, i int, hidden bool) float32 {
		var n int32
		for r := range f.X.Rows() {
			switch {
			case hidden:
				n += int32(f.H.At(r, i))
			case f.X.At(r, i):
				n++
			}
		}
		if hidden {
			return float32(n) / (float32(f.X.Rows()) * 65536)
		}
		return float32(n) / float32(f.X.Rows())
	}
	for i := range v {
		g := float32(lr * (mean(pos, i, false) - mean(neg, i, false)))
		mom.B[i] = float32(u.Momentum*mom.B[i]) + g
		p.B[i] += mom.B[i]
	}
	for j := range h {
		d := mean(pos, j, true) - mean(neg, j, true)
		d += u.HiddenPull[j]
		mom.C[j] = float32(u.Momentum*mom.C[j]) + float32(lr*d)
		p.C[j] += mom.C[j]
	}
}

// checkCopies fails unless both packed copies of m are p rounded to its
// exponent, which shows in the activations of single bits.
func checkCopies(t *testing.T, ws *bitdbn.Workspace, m *bitdbn.Master, p bitdbn.Params) {
	t.Helper()
	v, h := len(p.B), len(p.C)
	quantum := math.Ldexp(1, m.Exponent())
	round := func(w float32) float64 { return math.RoundToEven(float64(w) * quantum) }
	for _, d := range []struct {
		w      *bitdbn.Weights
		bias   []float32
		weight func(i, j int) float32
	}{
		{m.Up(), p.C, func(i, j int) float32 { return p.W[i*h+j] }},
		{m.Down(), p.B, func(i, j int) float32 { return p.W[j*h+i] }},
	} {
		n := min(d.w.In(), 40)
		x, act := bitdbn.NewBitMatrix(n, d.w.In()), make([]float32, n*d.w.Out())
		for i := range n {
			x.Set(i, d.w.In()-1-i, true)
		}
		d.w.Activations(ws, act, x)
		for i := range n {
			for j := range d.w.Out() {
				want := float32((round(d.bias[j]) + round(d.weight(d.w.In()-1-i, j))) / quantum)
				if got := act[i*d.w.Out()+j]; got != want {
					t.Fatalf("%d × %d: copy of weight (%d, %d) gives %v, expected %v", v, h, d.w.In()-1-i, j, got, want)
				}
			}
		}
	}
}

func TestStepErrors(t *testing.T) {
	ws := workspace(t, 1)
	m := bitdbn.NewMaster(3, 2)
	phase := func(n int) bitdbn.Phase {
		x := bitdbn.NewBitMatrix(n, 3)
		for i := range n {
			x.Set(i, 0, true)
		}
		f := bitdbn.NewFixedMatrix(n, 2)
		m.Up().Fixed(ws, f, x)
		return bitdbn.Phase{X: x, H: f}
	}
	zero := bitdbn.Phase{X: bitdbn.NewBitMatrix(1, 3), H: bitdbn.NewFixedMatrix(1, 2)}
	for _, n := range []int{0, bitdbn.MaxRows + 1} {
		if err := m.Step(ws, phase(n), zero, &bitdbn.Update{}); !errors.Is(err, bitdbn.ErrRows) {
			t.Errorf("%d rows: %v, expected ErrRows", n, err)
		}
	}
	if err := m.Step(ws, phase(bitdbn.MaxRows), zero, &bitdbn.Update{LearningRate: 1, Limit: 2}); err != nil {
		t.Error(err)
	}
	for range 3 {
		if err := m.Step(ws, phase(2), zero, &bitdbn.Update{LearningRate: 100, Limit: 1e9}); err != nil {
			t.Fatal(err) // the exponent follows the weights
		}
		p := bitdbn.NewParams(3, 2)
		m.Store(p, bitdbn.Params{})
		checkCopies(t, ws, m, p)
	}
	for _, u := range []bitdbn.Update{{LearningRate: 1, Limit: 2}, {LearningRate: math.MaxFloat32, Momentum: math.MaxFloat32}} {
		if err := m.Step(ws, phase(2), zero, &u); !errors.Is(err, bitdbn.ErrDiverged) {
			t.Errorf("%+v: %v, expected ErrDiverged", u, err)
		}
	}
}

// TestWorkers makes every operation with several numbers of workers.
func TestWorkers(t *testing.T) {
	run := func(workers int) string {
		rng := rand.New(rand.NewPCG(5, 6))
		ws := workspace(t, workers)
		const rows, v, h = 300, 130, 70
		m := bitdbn.NewMaster(v, h)
		p := bitdbn.NewParams(v, h)
		copy(p.W, randomFloats(rng, v*h, 0.1))
		if err := m.Load(ws, p, bitdbn.NewParams(v, h), bitdbn.AutoExponent); err != nil {
			t.Fatal(err)
		}
		x := randomBits(rng, rows, v, 0.3)
		h1, v1, f := bitdbn.NewBitMatrix(rows, h), bitdbn.NewBitMatrix(rows, v), bitdbn.NewFixedMatrix(rows, h)
		s := bitdbn.NewStream(1, 1)
		m.Up().Sample(ws, h1, f, x, s.At(0))
		m.Down().Sample(ws, v1, nil, h1, s.At(1))
		u := bitdbn.Update{LearningRate: 0.1, VisibleOffset: randomFloats(rng, v, 1), HiddenOffset: randomFloats(rng, h, 1)}
		if err := m.Step(ws, bitdbn.Phase{X: x, H: f}, bitdbn.Phase{X: v1, H: f}, &u); err != nil {
			t.Fatal(err)
		}
		m.Store(p, bitdbn.Params{})
		corr, soft := make([]int32, v*h), make([]float64, rows)
		if err := (bitdbn.Phase{X: v1, H: f}).Correlations(ws, corr); err != nil {
			t.Fatal(err)
		}
		m.Up().Softplus(ws, soft, v1)
		return fmt.Sprint(p, corr, soft, v1.Words())
	}
	want := run(1)
	for _, workers := range []int{2, 3, 7} {
		if run(workers) != want {
			t.Errorf("%d workers give other bits than one", workers)
		}
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if run(4) != want {
		t.Error("four workers on one processor give other bits than one")
	}
}

func TestNoAllocations(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, workers := range []int{1, 2} {
		ws := workspace(t, workers)
		const rows, v, h = 100, 130, 70
		m := bitdbn.NewMaster(v, h)
		x, h1, v1 := randomBits(rng, rows, v, 0.3), bitdbn.NewBitMatrix(rows, h), bitdbn.NewBitMatrix(rows, v)
		f, g := bitdbn.NewFixedMatrix(rows, h), bitdbn.NewFixedMatrix(rows, h)
		probs, soft := make([]float32, rows*h), make([]float64, rows)
		s := bitdbn.NewStream(1, 1)
		u := &bitdbn.Update{LearningRate: 0.1, VisibleOffset: make([]float32, v), HiddenOffset: make([]float32, h)}
		step := func() {
			m.Up().Sample(ws, h1, f, x, s.At(0))
			m.Down().Sample(ws, v1, nil, h1, s.At(1))
			m.Up().Fixed(ws, g, v1)
			m.Up().Probs(ws, probs, v1)
			m.Up().Activations(ws, probs, v1)
			m.Up().Softplus(ws, soft, v1)
			if err := m.Step(ws, bitdbn.Phase{X: x, H: f}, bitdbn.Phase{X: v1, H: g}, u); err != nil {
				t.Fatal(err)
			}
		}
		step()
		if n := testing.AllocsPerRun(10, step); n != 0 {
			t.Errorf("%d workers: %v allocations in a step", workers, n)
		}
	}
}
