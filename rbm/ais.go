package rbm

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/bitdbn/bitdbn"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// AISOptions say how annealed importance sampling goes from the base-rate
// model, whose units are independent, to the machine.
type AISOptions struct {
	Chains int       // independent runs
	Betas  []float32 // inverse temperatures of the path, rising from 0 to 1
	Base   []float32 // visible biases of the base-rate model: the data's log-odds are good ones
	Seed   uint64

	// Progress, if not nil, is called after each temperature.
	Progress func(done, total int)
}

// DefaultAISOptions returns 100 chains on the path of [StandardBetas].
func DefaultAISOptions(base []float32) AISOptions {
	return AISOptions{Chains: 100, Betas: StandardBetas(), Base: base}
}

// StandardBetas returns the 14,500 temperatures of Salakhutdinov and Murray,
// "On the quantitative analysis of deep belief networks" (ICML 2008): 0 to ½ in
// steps of 1/1000, to 0.9 in steps of 1/10,000, to 1 in steps of 1/100,000.
func StandardBetas() []float32 {
	var betas []float32
	for k := range 500 {
		betas = append(betas, float32(k)/1000)
	}
	for k := range 4000 {
		betas = append(betas, float32(5000+k)/10000)
	}
	for k := range 10001 {
		betas = append(betas, float32(90000+k)/100000)
	}
	return betas
}

// UniformBetas returns n+1 temperatures at equal distances.
func UniformBetas(n int) []float32 {
	betas := make([]float32, n+1)
	for k := range betas {
		betas[k] = float32(k) / float32(n)
	}
	return betas
}

// LogZEstimate is an estimate of log Z from weights w_r of independent chains.
type LogZEstimate struct {
	LogZ              float64
	Low, High         float64 // log of Z ± three standard errors and rounding; Low may be -Inf
	EffectiveChains   float64 // (Σw)² / Σw²: how many equal weights would be as good
	LogWeightVariance float64
	Chains, Betas     int

	// V holds the last visible units of each chain, LogWeights their log-weights.
	V          *bitdbn.BitMatrix
	LogWeights []float64
}

// Resample returns n of the chains' last visible units, each chosen about as
// often as its weight says, evenly spread (Kitagawa, "Monte Carlo filter and
// smoother for non-Gaussian nonlinear state space models", 1996). Behind
// [Packed.AIS] they follow the machine's distribution nearly: better starts
// for [Packed.ReverseAIS] than the chains themselves.
func (e *LogZEstimate) Resample(n int, seed uint64) *bitdbn.BitMatrix {
	total := floats.LogSumExp(e.LogWeights)
	v := bitdbn.NewBitMatrix(n, e.V.Cols())
	u := float64(streamFor(seed, 0, resample).Uint64(0, 0, 0)>>11) / (1 << 53)
	chain, behind := 0, math.Exp(e.LogWeights[0]-total)
	for i := range n {
		for at := (float64(i) + u) / float64(n); at > behind && chain < len(e.LogWeights)-1; {
			chain++
			behind += math.Exp(e.LogWeights[chain] - total)
		}
		v.CopyRow(i, e.V, chain)
	}
	return v
}

// Doubt returns why the estimate should not be trusted, or nothing. Few
// effective chains mean that the mean weight rests on a few chains, and that
// the standard error does not know what the others missed.
func (e *LogZEstimate) Doubt() string {
	const least = 0.1
	if e.EffectiveChains >= least*float64(e.Chains) {
		return ""
	}
	return fmt.Sprintf("only %.1f of %d chains count (log-weight variance %.1f): use more temperatures", e.EffectiveChains, e.Chains, e.LogWeightVariance)
}

// AIS estimates log Z by annealed importance sampling (Neal, "Annealed
// importance sampling", Statistics and Computing 11, 2001) along
//
//	p_β(v) ∝ e^((1−β)·base·v + β·b·v) Π_j (1 + e^(β·(c_j + Σ_i v_i·W_ij)))
//
// with one Gibbs step at each β. The mean weight is an unbiased estimate of Z,
// so log Z is underestimated on average. The same options give the same number
// with any number of workers and at every kernel level, but for the last bits
// of logarithms. The error wraps [ErrOptions], or that of ctx.
func (p *Packed) AIS(ctx context.Context, ws *bitdbn.Workspace, o AISOptions) (*LogZEstimate, error) {
	if err := p.checkAIS(&o); err != nil {
		return nil, err
	}
	a := p.newAnnealing(ws, &o, annealForward)
	p.Down.SampleTempered(ws, a.v, a.h, streamFor(o.Seed, 0, annealStart).At(0), bitdbn.Temper{Beta: 0, Offset: o.Base})
	if err := a.run(ctx, o.Betas); err != nil {
		return nil, err
	}
	return a.estimate(p.baseLogZ(o.Base), 1), nil
}

// ReverseAIS estimates log Z on the same path from the other end: from chains
// that follow the machine's own distribution, as the rows of start do. Log Z is
// overestimated on average if they do (Burda, Grosse and Salakhutdinov,
// "Accurate and conservative estimates of MRF log-likelihood using reverse
// annealing", AISTATS 2015), so that the two estimates are a bracket. Chains is
// the number of rows of start. Errors are those of [Packed.AIS].
func (p *Packed) ReverseAIS(ctx context.Context, ws *bitdbn.Workspace, start *bitdbn.BitMatrix, o AISOptions) (*LogZEstimate, error) {
	if start.Cols() != p.Up.In() {
		return nil, fmt.Errorf("%w: chains of %d visible units, expected %d", ErrOptions, start.Cols(), p.Up.In())
	}
	o.Chains = start.Rows()
	if err := p.checkAIS(&o); err != nil {
		return nil, err
	}
	a := p.newAnnealing(ws, &o, annealReverse)
	for r := range start.Rows() {
		a.v.CopyRow(r, start, r)
	}
	betas := slices.Clone(o.Betas)
	slices.Reverse(betas)
	if err := a.run(ctx, betas); err != nil {
		return nil, err
	}
	return a.estimate(p.baseLogZ(o.Base), -1), nil
}

func (p *Packed) checkAIS(o *AISOptions) error {
	if o.Chains < 1 {
		return fmt.Errorf("%w: %d chains, expected 1 or more", ErrOptions, o.Chains)
	}
	if len(o.Base) != p.Up.In() {
		return fmt.Errorf("%w: %d base-rate biases for %d visible units", ErrOptions, len(o.Base), p.Up.In())
	}
	if n := len(o.Betas); n < 2 || o.Betas[0] != 0 || o.Betas[n-1] != 1 {
		return fmt.Errorf("%w: %d temperatures, expected 0 to 1", ErrOptions, n)
	}
	for k := range len(o.Betas) - 1 {
		if !(o.Betas[k] < o.Betas[k+1]) {
			return fmt.Errorf("%w: temperature %d is %v behind %v, expected more", ErrOptions, k+1, o.Betas[k+1], o.Betas[k])
		}
	}
	return nil
}

// baseLogZ returns log Z of the base-rate model, whose hidden units are on half
// of the time.
func (p *Packed) baseLogZ(base []float32) float64 {
	z := float64(p.Up.Out()) * math.Ln2
	labels := p.Down.Group()
	for _, b := range base[:len(base)-labels] {
		z += softplus(float64(b))
	}
	if labels > 0 {
		z += floats.LogSumExp(widen(base[len(base)-labels:]))
	}
	return z
}

// annealing is a set of chains on their way from one distribution to another.
type annealing struct {
	p        *Packed
	ws       *bitdbn.Workspace
	base     []float32
	pull     []float64 // b − base, by which the visible biases grow with β
	offset   []float32 // (1−β)·base
	v, h     *bitdbn.BitMatrix
	work     []float64 // log-weights
	hidden   *bitdbn.Stream
	visible  *bitdbn.Stream
	betas    int
	progress func(done, total int)
}

// newAnnealing returns chains whose hidden units are drawn from the stream of a
// direction, and whose visible units from the one behind it.
func (p *Packed) newAnnealing(ws *bitdbn.Workspace, o *AISOptions, direction purpose) *annealing {
	a := &annealing{
		p: p, ws: ws, base: o.Base, offset: make([]float32, len(o.Base)), pull: make([]float64, len(o.Base)),
		v: bitdbn.NewBitMatrix(o.Chains, p.Up.In()), h: bitdbn.NewBitMatrix(o.Chains, p.Up.Out()), work: make([]float64, o.Chains),
		hidden: streamFor(o.Seed, 0, direction), visible: streamFor(o.Seed, 0, direction+1),
		betas: len(o.Betas), progress: o.Progress,
	}
	for i, b := range p.B {
		a.pull[i] = float64(b) - float64(o.Base[i])
	}
	return a
}

// run goes through the temperatures. A log-weight grows by the difference of
// the row's log-probabilities at this one and the one before; then one Gibbs
// step at this one moves the row.
func (a *annealing) run(ctx context.Context, betas []float32) error {
	for k := 1; k < len(betas); k++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		from, to := betas[k-1], betas[k]
		for r := range a.work {
			a.work[r] += (float64(to) - float64(from)) * dotBits(a.v.Row(r), a.pull)
		}
		a.p.Up.Anneal(a.ws, a.h, a.work, a.v, a.hidden.At(uint64(k)), from, to)
		if k < len(betas)-1 {
			for i, b := range a.base {
				a.offset[i] = (1 - to) * b
			}
			a.p.Down.SampleTempered(a.ws, a.v, a.h, a.visible.At(uint64(k)), bitdbn.Temper{Beta: to, Offset: a.offset})
		}
		if a.progress != nil {
			a.progress(k, len(betas)-1)
		}
	}
	return nil
}

// softplusError bounds what rounding adds to a log-weight for each hidden unit:
// that of [bitdbn.Weights.Softplus] at either end of the path, as what is added
// at one temperature is taken off at the next.
const softplusError = 2.0 / (1 << 22)

// estimate returns log Z from the weights: of the machine over the base-rate
// model if sign is 1, of the base-rate model over the machine if it is −1.
func (a *annealing) estimate(baseLogZ, sign float64) *LogZEstimate {
	n := float64(len(a.work))
	logMean := floats.LogSumExp(a.work) - math.Log(n)
	var squares float64 // Σ(w−1)² of weights in units of their mean, so Σw² is n more
	for _, w := range a.work {
		d := math.Exp(w-logMean) - 1
		squares += d * d
	}
	deviation := 3 * math.Sqrt(squares/max(n-1, 1)/n)
	e := &LogZEstimate{
		LogZ:            baseLogZ + sign*logMean,
		EffectiveChains: n * n / (n + squares),
		Chains:          len(a.work), Betas: a.betas, V: a.v, LogWeights: a.work,
	}
	if n > 1 {
		e.LogWeightVariance = stat.Variance(a.work, nil)
	}
	less, more := -math.Log1p(-min(deviation, 1)), math.Log1p(deviation)
	if sign < 0 {
		less, more = more, less
	}
	rounding := softplusError * float64(a.p.Up.Out())
	e.Low, e.High = e.LogZ-less-rounding, e.LogZ+more+rounding
	return e
}
