package rbm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/bitdbn/bitdbn"
	"gonum.org/v1/gonum/stat/distuv"
)

// A reference is a machine in float64, evaluated by the formulas of the package
// documentation as they stand there, by enumeration where they have a sum over
// states. States are rows of 0 and 1; state number s of n units has unit i on
// if bit i of s is set.
type reference struct {
	v, h int
	w    [][]float64
	b, c []float64
}

// refer returns m, whose float32 parameters are float64 numbers too.
func refer(m *Model) *reference {
	r := &reference{v: m.Visible, h: m.Hidden, b: widen(m.B), c: widen(m.C)}
	for i := range m.Visible {
		r.w = append(r.w, widen(m.W[i*m.Hidden:][:m.Hidden]))
	}
	return r
}

// sigma is the logistic function, accurate at both ends.
func sigma(a float64) float64 {
	if a < 0 {
		return math.Exp(a) / (1 + math.Exp(a))
	}
	return 1 / (1 + math.Exp(-a))
}

// bernoulli returns the probability that units of probabilities p are in state x.
func bernoulli(p, x []float64) float64 {
	product := 1.0
	for i, q := range p {
		if x[i] == 0 {
			q = 1 - q
		}
		product *= q
	}
	return product
}

func logSumExp(a []float64) float64 {
	top := slices.Max(a)
	var sum float64
	for _, x := range a {
		sum += math.Exp(x - top)
	}
	return top + math.Log(sum)
}

// states returns all 2^n states of n units.
func states(n int) [][]float64 {
	all := make([][]float64, 1<<n)
	for s := range all {
		all[s] = make([]float64, n)
		for i := range n {
			all[s][i] = float64(s >> i & 1)
		}
	}
	return all
}

// number returns the number of a state.
func number(x []float64) int {
	s := 0
	for i, on := range x {
		s |= int(on) << i
	}
	return s
}

// hiddenInput returns c_j + Σ_i v_i·W_ij.
func (r *reference) hiddenInput(v []float64) []float64 {
	a := slices.Clone(r.c)
	for i, x := range v {
		for j := range a {
			a[j] += x * r.w[i][j]
		}
	}
	return a
}

// visibleInput returns b_i + Σ_j W_ij·h_j.
func (r *reference) visibleInput(h []float64) []float64 {
	a := slices.Clone(r.b)
	for i := range a {
		for j, x := range h {
			a[i] += r.w[i][j] * x
		}
	}
	return a
}

func sigmas(a []float64) []float64 {
	p := make([]float64, len(a))
	for i, x := range a {
		p[i] = sigma(x)
	}
	return p
}

func (r *reference) hiddenProbs(v []float64) []float64  { return sigmas(r.hiddenInput(v)) }
func (r *reference) visibleProbs(h []float64) []float64 { return sigmas(r.visibleInput(h)) }

// freeEnergy returns F(v) = −bᵀv − Σ_j log(1+e^a_j).
func (r *reference) freeEnergy(v []float64) float64 { return -energySum(r.b, v, r.hiddenInput(v)) }

// energySum returns biasᵀx + Σ log(1+e^input).
func energySum(bias, x, input []float64) float64 {
	var sum float64
	for i, b := range bias {
		sum += b * x[i]
	}
	for _, a := range input {
		sum += max(a, 0) + math.Log1p(math.Exp(-math.Abs(a)))
	}
	return sum
}

// logZ returns log Σ_v e^−F(v), summed over the states of the smaller side.
func (r *reference) logZ() float64 {
	if r.v <= r.h {
		return r.logZVisible()
	}
	return r.logZHidden()
}

func (r *reference) logZVisible() float64 {
	var terms []float64
	for _, v := range states(r.v) {
		terms = append(terms, energySum(r.b, v, r.hiddenInput(v)))
	}
	return logSumExp(terms)
}

func (r *reference) logZHidden() float64 {
	var terms []float64
	for _, h := range states(r.h) {
		terms = append(terms, energySum(r.c, h, r.visibleInput(h)))
	}
	return logSumExp(terms)
}

// logLikelihood returns the mean of log p(v) over rows.
func (r *reference) logLikelihood(rows [][]float64) float64 {
	var sum float64
	for _, v := range rows {
		sum -= r.freeEnergy(v)
	}
	return sum/float64(len(rows)) - r.logZ()
}

// pseudoLikelihood returns Σ_i log p(v_i | the other units).
func (r *reference) pseudoLikelihood(v []float64) float64 {
	own := -r.freeEnergy(v)
	var sum float64
	for i := range v {
		flipped := slices.Clone(v)
		flipped[i] = 1 - v[i]
		sum += own - logSumExp([]float64{own, -r.freeEnergy(flipped)})
	}
	return sum
}

// distribution returns p(v) for all visible states.
func (r *reference) distribution() []float64 {
	logZ := r.logZ()
	var p []float64
	for _, v := range states(r.v) {
		p = append(p, math.Exp(-r.freeEnergy(v)-logZ))
	}
	return p
}

// A transition is a Gibbs step: up[v][h] = p(h|v) and down[h][v] = p(v|h) for
// all states.
type transition struct{ up, down [][]float64 }

func (r *reference) transition() transition {
	var t transition
	visible, hidden := states(r.v), states(r.h)
	for _, v := range visible {
		t.up = append(t.up, productDistribution(r.hiddenProbs(v), hidden))
	}
	for _, h := range hidden {
		t.down = append(t.down, productDistribution(r.visibleProbs(h), visible))
	}
	return t
}

func productDistribution(p []float64, all [][]float64) []float64 {
	d := make([]float64, len(all))
	for s, x := range all {
		d[s] = bernoulli(p, x)
	}
	return d
}

// push returns the distribution of what m makes of a state drawn from d.
func push(d []float64, m [][]float64) []float64 {
	out := make([]float64, len(m[0]))
	for s, p := range d {
		if p == 0 {
			continue
		}
		for to, q := range m[s] {
			out[to] += p * q
		}
	}
	return out
}

// steps returns the distribution of visible states k Gibbs steps after one
// drawn from d.
func (t transition) steps(d []float64, k int) []float64 {
	for range k {
		d = push(push(d, t.up), t.down)
	}
	return d
}

// A statistic is what the gradient takes the mean of in either phase, a
// function of the visible state: the coefficients of W row-major, b and c.
type statistic func(v []float64) []float64

// correlations is the statistic of the plain gradient: v_i·p(h_j=1|v), v_i
// and p(h_j=1|v).
func (r *reference) correlations(v []float64) []float64 {
	return r.centred(make([]float64, r.v), make([]float64, r.h))(v)
}

// centred returns the statistic of the gradient with offsets μ and λ: that of
// W is (v−μ)(p−λ), but for terms that cancel between the phases, and the
// biases take up what the offsets of the other side leave.
func (r *reference) centred(mu, lambda []float64) statistic {
	return func(v []float64) []float64 {
		p := r.hiddenProbs(v)
		var w []float64
		b, c := slices.Clone(v), slices.Clone(p)
		for i, x := range v {
			for j, q := range p {
				g := x*q - mu[i]*q - x*lambda[j]
				w = append(w, g)
				b[i] -= g * lambda[j]
				c[j] -= g * mu[i]
			}
		}
		return slices.Concat(w, b, c)
	}
}

// mean returns the mean of f over rows.
func (f statistic) mean(rows [][]float64) []float64 {
	var sum []float64
	for _, v := range rows {
		sum = addScaled(sum, f(v), 1/float64(len(rows)))
	}
	return sum
}

// moments returns the mean and the variance of f over a distribution of
// visible states of n units.
func (f statistic) moments(n int, d []float64) (mean, variance []float64) {
	all := states(n)
	for s, p := range d {
		mean = addScaled(mean, f(all[s]), p)
	}
	for s, p := range d {
		if p == 0 {
			continue
		}
		x := f(all[s])
		for k := range x {
			x[k] = (x[k] - mean[k]) * (x[k] - mean[k])
		}
		variance = addScaled(variance, x, p)
	}
	return mean, variance
}

// addScaled returns a + scale·b; nil counts as zeros.
func addScaled(a, b []float64, scale float64) []float64 {
	if a == nil {
		a = make([]float64, len(b))
	}
	for i, x := range b {
		a[i] += scale * x
	}
	return a
}

// flat returns parameters as one vector, W row-major, then b, then c.
func flat(p bitdbn.Params) []float64 {
	return slices.Concat(widen(p.W), widen(p.B), widen(p.C))
}

// component names element k of such a vector.
func (r *reference) component(k int) string {
	switch n := r.v * r.h; {
	case k < n:
		return fmt.Sprintf("W[%d,%d]", k/r.h, k%r.h)
	case k < n+r.v:
		return fmt.Sprintf("b[%d]", k-n)
	default:
		return fmt.Sprintf("c[%d]", k-n-r.v)
	}
}

// parameter returns the address of element k of that vector.
func (r *reference) parameter(k int) *float64 {
	switch n := r.v * r.h; {
	case k < n:
		return &r.w[k/r.h][k%r.h]
	case k < n+r.v:
		return &r.b[k-n]
	default:
		return &r.c[k-n-r.v]
	}
}

// machine returns a model whose weights are normal with the given standard
// deviation, and whose biases are normal with half of it.
func machine(visible, hidden int, std float64, seed uint64) *Model {
	rng := rand.New(rand.NewPCG(seed, 1))
	m := New(visible, hidden)
	for i := range m.W {
		m.W[i] = float32(std * rng.NormFloat64())
	}
	for _, bias := range [][]float32{m.B, m.C} {
		for i := range bias {
			bias[i] = float32(std / 2 * rng.NormFloat64())
		}
	}
	return m
}

// bitRows returns rows of 0 and 1 as a source.
func bitRows(rows [][]float64) Bits {
	m := bitdbn.NewBitMatrix(len(rows), len(rows[0]))
	for r, v := range rows {
		for i, x := range v {
			m.Set(r, i, x == 1)
		}
	}
	return Bits{m}
}

// row returns row r of x as 0 and 1.
func row(x *bitdbn.BitMatrix, r int) []float64 {
	v := make([]float64, x.Cols())
	for i := range v {
		if x.At(r, i) {
			v[i] = 1
		}
	}
	return v
}

// rowsOf returns all rows of x.
func rowsOf(x *bitdbn.BitMatrix) [][]float64 {
	var rows [][]float64
	for r := range x.Rows() {
		rows = append(rows, row(x, r))
	}
	return rows
}

// text returns a row of 0 and 1 for each string of these digits.
func text(rows ...string) [][]float64 {
	var out [][]float64
	for _, s := range rows {
		var v []float64
		for _, d := range s {
			v = append(v, float64(d-'0'))
		}
		out = append(out, v)
	}
	return out
}

// repeat returns n rows that go through rows again and again.
func repeat(rows [][]float64, n int) [][]float64 {
	var out [][]float64
	for r := range n {
		out = append(out, rows[r%len(rows)])
	}
	return out
}

// draw fills x with independent draws from a distribution over states.
func draw(x *bitdbn.BitMatrix, p []float64, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 2))
	sums := slices.Clone(p)
	for s := 1; s < len(sums); s++ {
		sums[s] += sums[s-1]
	}
	for r := range x.Rows() {
		s, _ := slices.BinarySearch(sums, rng.Float64()*sums[len(sums)-1])
		x.Row(r)[0] = uint64(s)
	}
}

// counts returns how many rows of x are in each state.
func counts(x *bitdbn.BitMatrix) []float64 {
	n := make([]float64, 1<<x.Cols())
	for r := range x.Rows() {
		n[x.Row(r)[0]]++
	}
	return n
}

// chiSquare returns the probability that independent draws from p differ from
// it at least as much as the observed counts do. Cells that expect fewer than
// five are one.
func chiSquare(observed, p []float64) float64 {
	var n float64
	for _, o := range observed {
		n += o
	}
	var sum, restSeen, restExpected float64
	cells := -1.0
	add := func(o, e float64) {
		sum += (o - e) * (o - e) / e
		cells++
	}
	for s, o := range observed {
		if e := n * p[s]; e >= 5 {
			add(o, e)
		} else {
			restSeen, restExpected = restSeen+o, restExpected+e
		}
	}
	if restExpected > 0 {
		add(restSeen, restExpected)
	}
	return distuv.ChiSquared{K: cells}.Survival(sum)
}

// workspace returns a workspace that is closed when the test ends.
func workspace(tb testing.TB, workers int) *bitdbn.Workspace {
	tb.Helper()
	ws, err := bitdbn.NewWorkspace(workers)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(ws.Close)
	return ws
}

// pack returns m packed.
func pack(tb testing.TB, m *Model) *Packed {
	tb.Helper()
	p, err := m.Pack()
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// basic returns options of CD-1 that depend on no data, not centred.
func basic() Options {
	return Options{
		Epochs: 10, Batch: 100, LearningRate: Constant(0.05), Momentum: Schedule{[]stage{{0, 0.5, 0.5}, {5, 0.9, 0.9}}},
		GibbsSteps: Constant(1), L2: 0.0002, CenterRate: 0.01, SparsityDecay: 0.99, Limit: 1000, Seed: 1,
	}
}

// plain returns options of the bare gradient: no momentum and no costs.
func plain(learningRate float64) Options {
	o := basic()
	o.LearningRate, o.Momentum, o.L2 = Constant(learningRate), Constant(0), 0
	return o
}

// trainer returns a new trainer.
func trainer(tb testing.TB, ws *bitdbn.Workspace, m *Model, src Source, o Options) *Trainer {
	tb.Helper()
	t, err := NewTrainer(ws, m, src, o)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// step makes n steps.
func step(tb testing.TB, t *Trainer, n int) {
	tb.Helper()
	for range n {
		if err := t.Step(); err != nil {
			tb.Fatal(err)
		}
	}
}

// finish makes all steps that are left.
func finish(tb testing.TB, t *Trainer) *Model {
	tb.Helper()
	if err := t.Run(tb.Context(), nil); err != nil {
		tb.Fatal(err)
	}
	return t.Model()
}
