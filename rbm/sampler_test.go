package rbm

import (
	"fmt"
	"math"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// unlikely is the probability under which a chi-square test fails.
const unlikely = 1e-4

// samplerMachines have p(v) that are far from uniform and yet mix.
func samplerMachines() []*Model {
	return []*Model{machine(3, 2, 2, 2), machine(6, 8, 1, 3), machine(8, 4, 0.7, 4)}
}

// TestSamplerKeepsDistribution starts chains at p(v), drawn exactly, and
// requires that they do not drift, however slowly they mix.
func TestSamplerKeepsDistribution(t *testing.T) {
	chains := 12000
	if testing.Short() {
		chains = 3000
	}
	ws := workspace(t, 0)
	for _, m := range samplerMachines() {
		p := refer(m).distribution()
		s := NewSampler(pack(t, m), chains, 7)
		draw(s.V, p, 8)
		done := 0
		for _, n := range []int{1, 4, 16} {
			s.Run(ws, n-done)
			done = n
			if q := chiSquare(counts(s.V), p); q < unlikely {
				t.Errorf("%d×%d: %d steps from p(v): chi-square probability %.2g", m.Visible, m.Hidden, n, q)
			}
		}
	}
}

// TestSamplerReachesDistribution starts chains at zero.
func TestSamplerReachesDistribution(t *testing.T) {
	chains, steps := 6000, 40
	if testing.Short() {
		chains = 1500
	}
	ws := workspace(t, 0)
	for _, m := range samplerMachines() {
		r := refer(m)
		p := r.distribution()
		// The distance that is left after the steps cannot be seen in so many chains.
		start := make([]float64, len(p))
		start[0] = 1
		for v, q := range r.transition().steps(start, steps) {
			if math.Abs(q-p[v]) > 0.01*math.Sqrt(p[v]/float64(chains)) {
				t.Fatalf("%d×%d does not mix in %d steps", m.Visible, m.Hidden, steps)
			}
		}
		s := NewSampler(pack(t, m), chains, 9)
		if s.V.Count() != 0 {
			t.Fatalf("%d×%d: chains do not start at zero", m.Visible, m.Hidden)
		}
		s.Run(ws, steps)
		if q := chiSquare(counts(s.V), p); q < unlikely {
			t.Errorf("%d×%d: chi-square probability %.2g", m.Visible, m.Hidden, q)
		}
		// H are the units from which V were drawn: the pair is from p(v,h).
		hidden := (&reference{v: r.h, h: r.v, w: transposed(r.w), b: r.c, c: r.b}).distribution()
		if q := chiSquare(counts(s.H), hidden); q < unlikely {
			t.Errorf("%d×%d: hidden units: chi-square probability %.2g", m.Visible, m.Hidden, q)
		}
	}
}

func transposed(w [][]float64) [][]float64 {
	out := make([][]float64, len(w[0]))
	for j := range out {
		for i := range w {
			out[j] = append(out[j], w[i][j])
		}
	}
	return out
}

// TestSamplerStepsAddUp requires that n calls for one step, and any other cut,
// make the chains of one call for n steps, and that no state is repeated.
func TestSamplerStepsAddUp(t *testing.T) {
	m := machine(70, 66, 0.2, 5)
	p := pack(t, m)
	ws := workspace(t, 2)
	whole := NewSampler(p, 3, 11)
	whole.Run(ws, 12)
	for _, cut := range [][]int{{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {5, 7}, {0, 11, 0, 1}} {
		s := NewSampler(p, 3, 11)
		for _, n := range cut {
			s.Run(ws, n)
		}
		if !s.V.Equal(whole.V) || !s.H.Equal(whole.H) {
			t.Errorf("steps in calls of %v make other chains than one call", cut)
		}
	}
	other := NewSampler(p, 3, 12)
	other.Run(ws, 12)
	if other.V.Equal(whole.V) {
		t.Error("another seed makes the same chains")
	}
	seen := map[string]bool{}
	s := NewSampler(p, 1, 13)
	for range 500 {
		s.Run(ws, 1)
		key := fmt.Sprint(s.V.Words())
		if seen[key] {
			t.Fatal("a state of 70 units comes again within 500 steps")
		}
		seen[key] = true
	}
}

// TestSamplerVisits runs one chain and compares how often each unit and each
// pair of units is on with the exact moments, within 4.5 standard errors of a
// mean over states that depend on each other:
//
//	n·var(mean f) = Σ_k cov(f(v_0), f(v_k)), k from −∞ to ∞,
//
// by enumeration.
func TestSamplerVisits(t *testing.T) {
	steps := 20000
	if testing.Short() {
		steps = 4000
	}
	const n = 8
	m := machine(n, n, 0.8, 6)
	r := refer(m)
	p, move := r.distribution(), r.transition()

	ws := workspace(t, 1)
	s := NewSampler(pack(t, m), 1, 14)
	s.Run(ws, 500)
	visits := make([]float64, len(p))
	for range steps {
		s.Run(ws, 1)
		visits[s.V.Row(0)[0]]++
	}
	all := states(n)
	for i := range n {
		for j := range i + 1 {
			on := func(state int) float64 { return all[state][i] * all[state][j] }
			var want, got float64
			for v, q := range p {
				want += q * on(v)
				got += visits[v] / float64(steps) * on(v)
			}
			se := math.Sqrt(longRunVariance(p, move, on, want) / float64(steps))
			if math.Abs(got-want) > 4.5*se {
				t.Errorf("units %d and %d are on in %.4f of the steps, expected %.4f ± %.4f", i, j, got, want, se)
			}
		}
	}
}

// longRunVariance returns Σ_k cov(f(v_0), f(v_k)) for a chain in equilibrium.
func longRunVariance(p []float64, move transition, f func(state int) float64, mean float64) float64 {
	g := make([]float64, len(p)) // E[f(v_k) − mean | v_0]
	for v := range g {
		g[v] = f(v) - mean
	}
	var sum float64
	for k := 0; ; k++ {
		var cov float64
		for v, q := range p {
			cov += q * (f(v) - mean) * g[v]
		}
		if k > 0 {
			cov *= 2
		}
		sum += cov
		if k > 0 && cov < 1e-6*sum {
			return sum
		}
		g = pull(pull(g, move.down), move.up)
	}
}

// pull returns the expectation of f behind a move, for each state before it.
func pull(f []float64, m [][]float64) []float64 {
	out := make([]float64, len(m))
	for s, to := range m {
		for x, q := range to {
			out[s] += q * f[x]
		}
	}
	return out
}

// TestSamplerPadding requires that the bits beyond the last unit stay zero.
func TestSamplerPadding(t *testing.T) {
	ws := workspace(t, 2)
	for _, units := range []int{1, 63, 64, 65, 511, 512, 513} {
		m := New(units, units)
		for i := range units {
			m.B[i], m.C[i] = 5, 5
		}
		s := NewSampler(pack(t, m), 3, 1)
		s.Run(ws, 2)
		if !s.V.PaddingZero() || !s.H.PaddingZero() || s.V.Count() > 3*units {
			t.Errorf("%d units: bits beyond the last are set", units)
		}
	}
}

// TestSamplerRates requires that a unit without weights is on as often as its
// bias says, at probabilities that include exact binary fractions and both
// ends.
func TestSamplerRates(t *testing.T) {
	probs := []float64{0.25, 1.0 / 3, 0.5, 0.75, 0.999, 0.001, 1 - 1.0/(1<<16)}
	m := New(len(probs)+2, 1)
	for i, p := range probs {
		m.B[i] = float32(math.Log(p / (1 - p)))
	}
	never, always := len(probs), len(probs)+1
	m.B[never], m.B[always] = -100, 100
	const chains, steps = 1000, 60
	s := NewSampler(pack(t, m), chains, 15)
	ws := workspace(t, 0)
	on, part := make([]int, m.Visible), make([]int, m.Visible)
	for range steps {
		s.Run(ws, 1)
		s.V.ColumnCounts(part)
		for i, n := range part {
			on[i] += n
		}
	}
	const n = chains * steps
	for i, p := range probs {
		if d := float64(on[i]) - n*p; math.Abs(d) > 4.5*math.Sqrt(n*p*(1-p)) {
			t.Errorf("probability %v: on in %d of %d draws", p, on[i], n)
		}
	}
	if on[never] != 0 || on[always] != n {
		t.Errorf("impossible unit on in %d draws, certain unit in %d of %d", on[never], on[always], n)
	}
}

// TestSamplersShareMachine runs samplers of one machine at once, each with its
// own workspace.
func TestSamplersShareMachine(t *testing.T) {
	p := pack(t, machine(70, 30, 0.3, 7))
	want := NewSampler(p, 20, 1)
	want.Run(workspace(t, 1), 10)
	done := make(chan *bitdbn.BitMatrix)
	for range 4 {
		ws := workspace(t, 2)
		go func() {
			s := NewSampler(p, 20, 1)
			s.Run(ws, 10)
			done <- s.V
		}()
	}
	for range 4 {
		if v := <-done; !v.Equal(want.V) {
			t.Error("a sampler beside others makes other chains")
		}
	}
}
