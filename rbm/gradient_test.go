package rbm

import (
	"fmt"
	"math"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// TestReferenceSums requires that both ways to log Z agree, that probabilities
// add up to 1, and that a Gibbs step keeps p(v).
func TestReferenceSums(t *testing.T) {
	for _, m := range []*Model{machine(3, 2, 1, 1), machine(2, 3, 2, 2), machine(8, 6, 1, 3), New(4, 4)} {
		r := refer(m)
		if a, b := r.logZVisible(), r.logZHidden(); math.Abs(a-b) > 1e-12*math.Abs(a) {
			t.Errorf("%d×%d: log Z over visible states %v, over hidden states %v", r.v, r.h, a, b)
		}
		p := r.distribution()
		var sum float64
		for s, q := range r.transition().steps(p, 1) {
			sum += p[s]
			if math.Abs(q-p[s]) > 1e-13 {
				t.Errorf("%d×%d: p(v) of state %d is %v, a step later %v", r.v, r.h, s, p[s], q)
			}
		}
		if math.Abs(sum-1) > 1e-12 {
			t.Errorf("%d×%d: probabilities add up to %v", r.v, r.h, sum)
		}
	}
}

// TestGradientOfLogLikelihood compares the difference of the correlations of
// data and model, by enumeration, with central differences of the exact
// log-likelihood. It makes the enumeration fit to be what trainers are
// compared with.
func TestGradientOfLogLikelihood(t *testing.T) {
	for _, m := range []*Model{machine(1, 1, 1, 1), machine(3, 2, 1, 2), machine(2, 3, 1, 3), machine(5, 4, 2, 4), machine(8, 8, 0.5, 5), machine(10, 8, 1, 6)} {
		r := refer(m)
		data := rowsOf(randomRows(7, r.v, 0.4).BitMatrix)
		got := statistic(r.correlations).mean(data)
		model, _ := statistic(r.correlations).moments(r.v, r.distribution())
		addScaled(got, model, -1)
		for k, g := range got {
			const h = 1e-4
			p := r.parameter(k)
			at := *p
			*p = at + h
			above := r.logLikelihood(data)
			*p = at - h
			below := r.logLikelihood(data)
			*p = at
			if want := (above - below) / (2 * h); math.Abs(g-want) > 2e-8 {
				t.Errorf("%d×%d: derivative by %s is %v, by differences %v", r.v, r.h, r.component(k), g, want)
			}
		}
	}
}

// gradientCase is a step whose expectation is known: n rows of data against
// chains of the model phase, which start at the data or at given states.
type gradientCase struct {
	name   string
	k      int
	start  []float64 // distribution from which persistent chains are drawn, or nil for CD
	chains int
	center bool
	// temperatures, if not 0, is of tempered chains, which all start at their own p_β(v).
	temperatures int
}

// TestExpectedStep compares the mean of first steps from the same parameters
// with the enumerated expectation, for every component, within 4 standard
// errors of the enumerated variance.
//
// The momentum after a first step with momentum 0 and learning rate 1 is the
// gradient itself, free of the rounding of the weights. The seeds are fixed,
// so the test has one outcome; of 1464 components one would be beyond 4 standard
// errors in one choice of seeds out of ten.
func TestExpectedStep(t *testing.T) {
	machines, seeds := []*Model{machine(3, 2, 1.5, 1), machine(8, 6, 1, 2), machine(10, 8, 0.5, 3)}, 4
	if testing.Short() {
		machines, seeds = machines[:2], 1
	}
	ws := workspace(t, 0)
	for _, m := range machines {
		r := refer(m)
		exact := r.distribution()
		uniform := constant(len(exact), 1/float64(len(exact)))
		for _, c := range []gradientCase{
			{name: "CD-1", k: 1},
			{name: "CD-3", k: 3},
			{name: "centred CD-1", k: 1, center: true},
			{name: "PCD-1 from uniform states", k: 1, start: uniform, chains: bitdbn.MaxRows},
			{name: "PCD-2 from uniform states", k: 2, start: uniform, chains: 5000},
			// Chains that start at p(v) stay there: the expectation is the
			// gradient of the log-likelihood, CD with k = ∞.
			{name: "PCD-1 from p(v)", k: 1, start: exact, chains: bitdbn.MaxRows},
			{name: "PCD-4 from p(v)", k: 4, start: exact, chains: 9000},
			{name: "tempered PCD-1 from p(v)", k: 1, start: exact, chains: 9000, temperatures: 3},
			{name: "tempered PCD-2 from p(v)", k: 2, start: exact, chains: 9000, temperatures: 4},
			{name: "centred PCD-1 from p(v)", k: 1, start: exact, chains: bitdbn.MaxRows, center: true},
		} {
			t.Run(fmt.Sprintf("%d×%d/%s", r.v, r.h, c.name), func(t *testing.T) {
				c.check(t, ws, m, seeds)
			})
		}
	}
}

// check compares the mean over steps of different seeds with the expectation.
func (c gradientCase) check(t *testing.T, ws *bitdbn.Workspace, m *Model, seeds int) {
	r := refer(m)
	data := rowsOf(randomRows(8, r.v, 0.5).BitMatrix)
	f := statistic(r.correlations)
	if c.center { // the first offsets are the means of the data, and a half
		f = r.centred(bitRows(data).Means(nil), constant(r.h, 0.5))
	}
	samples := c.chains
	if c.start == nil {
		samples = bitdbn.MaxRows
	}
	var got []float64
	for seed := range seeds {
		got = addScaled(got, c.firstStep(t, ws, m, data, samples, uint64(seed+1)), 1/float64(seeds))
	}
	model, variance := c.modelPhase(r, f, data)
	want := addScaled(f.mean(data), model, -1)

	worst := 0.0
	for k := range got {
		se := math.Sqrt(variance[k] / float64(samples*seeds))
		// Probabilities in the gradient are rounded to 16 bits, or down to
		// 1−2^-16; both phases may be off by one unit.
		const rounding = 2.0 / bitdbn.FixedOne
		d := math.Abs(got[k] - want[k])
		worst = max(worst, (d-rounding)/se)
		if d > 4*se+rounding {
			t.Errorf("%s: mean step %.6f, expected %.6f ± %.6f", r.component(k), got[k], want[k], se)
		}
	}
	t.Logf("worst of %d components: %.2f standard errors", len(got), worst)
}

// firstStep returns the gradient of the first step of a trainer.
func (c gradientCase) firstStep(t *testing.T, ws *bitdbn.Workspace, m *Model, data [][]float64, samples int, seed uint64) []float64 {
	o := plain(1)
	o.Epochs, o.Seed, o.Center = 1, seed, c.center
	o.GibbsSteps = Constant(float64(c.k))
	if c.start != nil { // more chains than rows: each phase has its own mean
		o.Persistent, o.Chains, o.Temperatures = true, samples, c.temperatures
		tr := trainer(t, ws, m, bitRows(data), o)
		s := tr.State()
		if tr.temper == nil {
			draw(s.Chains, c.start, seed)
		} else {
			for k, beta := range tr.temper.betas {
				chains := s.Chains.Slice(k*samples, (k+1)*samples)
				draw(&chains, refer(tempered(m, beta, tr.temper.base)).distribution(), seed<<8|uint64(k))
			}
		}
		tr, err := Resume(ws, s, bitRows(data), o)
		if err != nil {
			t.Fatal(err)
		}
		step(t, tr, 1)
		return flat(tr.State().Momentum)
	}
	o.Batch = samples
	tr := trainer(t, ws, m, bitRows(repeat(data, samples)), o)
	step(t, tr, 1)
	return flat(tr.State().Momentum)
}

// modelPhase returns the expectation of f over the model phase, and its
// variance for one chain.
func (c gradientCase) modelPhase(r *reference, f statistic, data [][]float64) (mean, variance []float64) {
	move := r.transition()
	if c.start != nil {
		return f.moments(r.v, move.steps(c.start, c.k))
	}
	for _, x := range data { // each row has as many chains as any other
		start := make([]float64, 1<<r.v)
		start[number(x)] = 1
		e, v := f.moments(r.v, move.steps(start, c.k))
		mean = addScaled(mean, e, 1/float64(len(data)))
		variance = addScaled(variance, v, 1/float64(len(data)))
	}
	return mean, variance
}

func constant(n int, v float64) []float64 {
	all := make([]float64, n)
	for i := range all {
		all[i] = v
	}
	return all
}
