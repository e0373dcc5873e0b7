package rbm

import (
	"fmt"
	"math"

	"github.com/bitdbn/bitdbn"
)

// TemperingOptions say at which temperatures chains run.
type TemperingOptions struct {
	Betas []float32 // inverse temperatures, falling from 1 to 0 or more
	// Base holds the visible biases of the base-rate model at β = 0; nil means
	// zeros, and that only energies are scaled.
	Base []float32
	Seed uint64
}

// FallingBetas returns n ≥ 1 inverse temperatures at equal distances, from 1 to 0.
func FallingBetas(n int) []float32 {
	betas := make([]float32, n)
	for k := range betas {
		betas[k] = 1 - float32(k)/float32(max(n-1, 1))
	}
	return betas
}

func (o *TemperingOptions) validate(visible int) error {
	if o.Base != nil && len(o.Base) != visible {
		return fmt.Errorf("%w: %d base-rate biases for %d visible units", ErrOptions, len(o.Base), visible)
	}
	if len(o.Betas) == 0 || o.Betas[0] != 1 {
		return fmt.Errorf("%w: inverse temperatures %v, expected to fall from 1", ErrOptions, o.Betas)
	}
	for k := range o.Betas[1:] {
		if !(o.Betas[k+1] < o.Betas[k] && o.Betas[k+1] >= 0) {
			return fmt.Errorf("%w: inverse temperature %d is %v behind %v, expected less, and not below 0", ErrOptions, k+1, o.Betas[k+1], o.Betas[k])
		}
	}
	return nil
}

// Tempering runs each of a number of chains at several temperatures and swaps
// the states of neighbours, so that chains at β = 1 come from mode to mode by
// way of temperatures at which modes are shallow (Desjardins, Courville, Bengio,
// Vincent and Delalleau, "Tempered Markov chain Monte Carlo for training of
// restricted Boltzmann machines", AISTATS 2010). The distributions are those of
// [Packed.AIS],
//
//	p_β(v) ∝ e^((1−β)·base·v + β·b·v) Π_j (1 + e^(β·(c_j + Σ_i v_i·W_ij))).
//
// A step draws the hidden and then the visible units at every temperature, and
// then offers a swap to the pairs (0,1), (2,3), … or, every other step, (1,2),
// (3,4), …: the visible units v of β and v' of β' change places with
// probability min(1, p_β(v')·p_β'(v) / p_β(v)·p_β'(v')). A step allocates nothing.
type Tempering struct {
	p      *Packed
	betas  []float32
	base   []float32
	chains int
	v, h   *bitdbn.BitMatrix // temperatures × chains
	levels []level
	step   uint64
	swaps  []swapCount // with the next temperature

	offset                   []float32    // (1−β)·base
	gain                     [2][]float64 // log p at the colder less that at the warmer of two temperatures
	hidden, visible, uniform *bitdbn.Stream
}

// level is the chains at one temperature.
type level struct{ v, h bitdbn.BitMatrix }

// swapCount counts how often a swap was offered and accepted.
type swapCount struct{ offered, accepted int }

// NewTempering returns n chains of p, all units off at the start. The error
// wraps [ErrOptions].
func NewTempering(p *Packed, n int, o TemperingOptions) (*Tempering, error) {
	if n < 1 {
		return nil, fmt.Errorf("%w: %d chains, expected 1 or more", ErrOptions, n)
	}
	if err := o.validate(p.Up.In()); err != nil {
		return nil, err
	}
	return newTempering(p, n, o, 0), nil
}

// newTempering returns the chains of valid options, with the streams of a
// layer.
func newTempering(p *Packed, n int, o TemperingOptions, layer int) *Tempering {
	rows := n * len(o.Betas)
	t := &Tempering{
		p: p, betas: o.Betas, base: o.Base, chains: n,
		v: bitdbn.NewBitMatrix(rows, p.Up.In()), h: bitdbn.NewBitMatrix(rows, p.Up.Out()),
		levels: make([]level, len(o.Betas)), swaps: make([]swapCount, len(o.Betas)-1),
		offset: make([]float32, p.Up.In()),
		gain:   [2][]float64{make([]float64, n), make([]float64, n)},
		hidden: streamFor(o.Seed, layer, temperHidden), visible: streamFor(o.Seed, layer, temperVisible),
		uniform: streamFor(o.Seed, layer, temperSwap),
	}
	if t.base == nil {
		t.base = make([]float32, p.Up.In())
	}
	for k := range t.levels {
		t.levels[k] = level{t.v.Slice(k*n, (k+1)*n), t.h.Slice(k*n, (k+1)*n)}
	}
	return t
}

// Start sets the visible units of the chains, at every temperature, to the rows
// of v, one a chain.
func (t *Tempering) Start(v *bitdbn.BitMatrix) {
	for k := range t.levels {
		for r := range t.chains {
			t.levels[k].v.CopyRow(r, v, r)
		}
	}
}

// V returns the visible units of the chains at β = 1, one chain a row. They are
// t's own.
func (t *Tempering) V() *bitdbn.BitMatrix { return &t.levels[0].v }

// SwapRates returns, for each temperature but the last, the part of the swaps
// offered with the next that were accepted since the last call.
func (t *Tempering) SwapRates() []float64 {
	rates := make([]float64, len(t.swaps))
	for k, s := range t.swaps {
		rates[k] = float64(s.accepted) / float64(max(s.offered, 1))
		t.swaps[k] = swapCount{}
	}
	return rates
}

// Run makes the given number of steps.
func (t *Tempering) Run(ws *bitdbn.Workspace, steps int) {
	for range steps {
		t.gibbs(ws, t.step, int(t.step%2))
		t.step++
	}
}

// gibbs makes a step with the draws of step at, and offers swaps to the pairs
// from first on.
func (t *Tempering) gibbs(ws *bitdbn.Workspace, at uint64, first int) {
	for k := range t.levels {
		t.draw(ws, k, at)
	}
	for k := first; k+1 < len(t.levels); k += 2 {
		t.offer(ws, k, at)
	}
}

// draw makes a Gibbs step at temperature k.
func (t *Tempering) draw(ws *bitdbn.Workspace, k int, at uint64) {
	l, beta, row := &t.levels[k], t.betas[k], uint32(k*t.chains)
	t.p.Up.SampleTempered(ws, &l.h, &l.v, t.hidden.At(at).FromRow(row), bitdbn.Temper{Beta: beta})
	for i, b := range t.base {
		t.offset[i] = (1 - beta) * b
	}
	t.p.Down.SampleTempered(ws, &l.v, &l.h, t.visible.At(at).FromRow(row), bitdbn.Temper{Beta: beta, Offset: t.offset})
}

// offer offers each chain at temperature k a swap with that at k+1.
func (t *Tempering) offer(ws *bitdbn.Workspace, k int, at uint64) {
	warm, cold := t.betas[k+1], t.betas[k]
	for i := range t.gain {
		l, gain := &t.levels[k+i], t.gain[i]
		clear(gain)
		// The hidden units that this draws are of no use: the next step draws anew.
		t.p.Up.Anneal(ws, &l.h, gain, &l.v, t.hidden.At(at).FromRow(uint32((k+i)*t.chains)), warm, cold)
		for r := range gain {
			gain[r] += float64((float64(cold) - float64(warm)) * t.pull(l.v.Row(r)))
		}
	}
	here, there := &t.levels[k].v, &t.levels[k+1].v
	for r := range t.chains {
		t.swaps[k].offered++
		if logUniform(t.uniform.Word(at, uint32(r), uint32(k))) < t.gain[1][r]-t.gain[0][r] {
			t.swaps[k].accepted++
			swapWords(here.Row(r), there.Row(r))
		}
	}
}

// pull returns (b − base)·v of a row.
func (t *Tempering) pull(row []uint64) float64 { return dotBits(row, t.p.B) - dotBits(row, t.base) }

func swapWords(a, b []uint64) {
	for i := range a {
		a[i], b[i] = b[i], a[i]
	}
}

// logUniform returns the logarithm of (w+½)/2^32, within 1e-9, with operations
// that round alike on every machine, as those of package math do not.
func logUniform(w uint32) float64 {
	x, e := math.Frexp((float64(w) + 0.5) / (1 << 32)) // ½ ≤ x < 1
	if x < math.Sqrt2/2 {
		x, e = 2*x, e-1
	}
	// log x = 2·artanh s, s = (x−1)/(x+1), |s| < 0.172.
	s := (x - 1) / (x + 1)
	square, power, sum := float64(s*s), s, s
	for n := 3.0; n < 13; n += 2 {
		power = float64(power * square)
		sum += power / n
	}
	return float64(2*sum) + float64(float64(e)*math.Ln2)
}
