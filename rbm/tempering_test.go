package rbm

import (
	"errors"
	"math"
	"slices"
	"testing"
)

// tempered returns the machine whose p(v) is the p_β(v) of m.
func tempered(m *Model, beta float32, base []float32) *Model {
	out := New(m.Visible, m.Hidden)
	for k, w := range m.W {
		out.W[k] = beta * w
	}
	for i, b := range m.B {
		out.B[i] = beta * b
		if base != nil {
			out.B[i] += (1 - beta) * base[i]
		}
	}
	for j, c := range m.C {
		out.C[j] = beta * c
	}
	return out
}

func temper(t testing.TB, p *Packed, n int, o TemperingOptions) *Tempering {
	t.Helper()
	c, err := NewTempering(p, n, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestTemperingKeepsDistributions starts chains at p_β(v) of each temperature,
// drawn exactly, and requires that swaps and steps leave every one as it was.
func TestTemperingKeepsDistributions(t *testing.T) {
	chains := 12000
	if testing.Short() {
		chains = 3000
	}
	ws := workspace(t, 0)
	for _, m := range samplerMachines() {
		base := make([]float32, m.Visible)
		for i := range base {
			base[i] = float32(i%3) - 1
		}
		for _, base := range [][]float32{nil, base} {
			o := TemperingOptions{Betas: []float32{1, 0.8, 0.4, 0}, Base: base, Seed: 7}
			c := temper(t, pack(t, m), chains, o)
			for k, beta := range o.Betas {
				draw(&c.levels[k].v, refer(tempered(m, beta, base)).distribution(), uint64(k))
			}
			done := 0
			for _, n := range []int{1, 4, 16} {
				c.Run(ws, n-done)
				done = n
				for k, beta := range o.Betas {
					if q := chiSquare(counts(&c.levels[k].v), refer(tempered(m, beta, base)).distribution()); q < unlikely {
						t.Errorf("%d×%d: %d steps, β %v: chi-square probability %.2g", m.Visible, m.Hidden, n, beta, q)
					}
				}
			}
			for k, rate := range c.SwapRates() {
				if !(rate > 0.2 && rate < 1) {
					t.Errorf("%d×%d: swap rate %v at temperature %d", m.Visible, m.Hidden, rate, k)
				}
			}
		}
	}
}

// TestTemperingMixes samples a machine with two far modes, from one of which
// plain chains do not find the other.
func TestTemperingMixes(t *testing.T) {
	const visible, hidden, chains, steps = 8, 4, 600, 400
	m := New(visible, hidden)
	for i := range m.W {
		m.W[i] = 4
	}
	for i := range m.B {
		m.B[i] = -4 * hidden / 2
	}
	for j := range m.C {
		m.C[j] = -4 * visible / 2
	}
	ws, p := workspace(t, 0), refer(m).distribution()
	plain := NewSampler(pack(t, m), chains, 1)
	plain.Run(ws, steps)
	if q := chiSquare(counts(plain.V), p); q > unlikely {
		t.Fatalf("plain chains mix: chi-square probability %.2g", q)
	}
	c := temper(t, pack(t, m), chains, TemperingOptions{Betas: FallingBetas(8), Seed: 1})
	c.Run(ws, steps)
	if q := chiSquare(counts(c.V()), p); q < unlikely {
		t.Errorf("chi-square probability %.2g, swap rates %.2f", q, c.SwapRates())
	}
}

// TestTemperingSteps requires the same chains of one call as of many, and at
// one temperature those of a plain sampler in distribution only: streams differ.
func TestTemperingSteps(t *testing.T) {
	p := pack(t, machine(70, 66, 0.2, 5))
	o := TemperingOptions{Betas: FallingBetas(3), Seed: 11}
	var words [][]uint64
	for _, cut := range [][]int{{12}, {5, 7}, {1, 0, 11}} {
		c := temper(t, p, 3, o)
		for i, n := range cut {
			c.Run(workspace(t, 1+i), n)
		}
		words = append(words, c.v.Words())
	}
	if !slices.Equal(words[0], words[1]) || !slices.Equal(words[0], words[2]) {
		t.Error("steps in several calls make other chains than one call")
	}
	c, ws := temper(t, p, 3, o), workspace(t, 2)
	c.Run(ws, 1)
	if n := testing.AllocsPerRun(5, func() { c.Run(ws, 1) }); n != 0 {
		t.Errorf("%v allocations a step", n)
	}
}

func TestTemperingErrors(t *testing.T) {
	p := pack(t, New(4, 3))
	for name, c := range map[string]struct {
		n int
		o TemperingOptions
	}{
		"no chains":     {0, TemperingOptions{Betas: FallingBetas(2)}},
		"no betas":      {1, TemperingOptions{}},
		"not from 1":    {1, TemperingOptions{Betas: []float32{0.9, 0}}},
		"rising":        {1, TemperingOptions{Betas: []float32{1, 0.2, 0.3}}},
		"negative":      {1, TemperingOptions{Betas: []float32{1, -0.1}}},
		"not a number":  {1, TemperingOptions{Betas: []float32{1, float32(math.NaN())}}},
		"short base":    {1, TemperingOptions{Betas: FallingBetas(2), Base: make([]float32, 3)}},
		"no first beta": {1, TemperingOptions{Betas: []float32{float32(math.NaN())}}},
	} {
		if _, err := NewTempering(p, c.n, c.o); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: error %v, expected %v", name, err, ErrOptions)
		}
	}
}

func TestLogUniform(t *testing.T) {
	for _, w := range []uint32{0, 1, 2, 1 << 16, 1<<31 - 1, 1 << 31, 3037000499, 3037000500, 1<<32 - 2, 1<<32 - 1} {
		if got, want := logUniform(w), math.Log((float64(w)+0.5)/(1<<32)); math.Abs(got-want) > 1e-9 {
			t.Errorf("word %d: %v, expected %v", w, got, want)
		}
	}
}
