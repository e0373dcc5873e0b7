package rbm

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/floats"
)

// MaxExactUnits is the largest number of units in the smaller layer for which
// [Model.LogZ] sums over all states.
const MaxExactUnits = 28

// ErrTooLarge is wrapped by errors about machines with too many states to sum
// over.
var ErrTooLarge = errors.New("rbm: too many states to sum over")

// LogZ returns the natural logarithm of the partition function
//
//	Z = Σ_s e^(a·s) Π_j (1 + e^(d_j + Σ_i s_i·W_ij))
//
// over all states s of the smaller layer, with biases a; d are those of the
// larger layer. Label units, of which one is on, have a sum in the place of a
// product over j, or are the states of a layer of their own: of that of their
// number's bits. The weights are the model's own, not packed, and all arithmetic
// is float64: the relative error is below 1e-9.
//
// States come in the order of a Gray code, so that each differs from the one
// before in one unit. The result is the same number for any number of workers; 0
// means one for each processor.
//
// The error wraps [ErrTooLarge] if both layers have more than [MaxExactUnits]
// units, [ErrModel], or that of ctx.
func (m *Model) LogZ(ctx context.Context, workers int) (float64, error) {
	if err := m.Validate(); err != nil {
		return 0, err
	}
	if m.ExactUnits() > MaxExactUnits {
		return 0, fmt.Errorf("%w: %d visible units, %d of them labels, and %d hidden ones, expected at most %d in one layer",
			ErrTooLarge, m.Visible, m.Labels, m.Hidden, MaxExactUnits)
	}
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var parts []float64
	for _, e := range m.enumerations() {
		part, err := e.sum(ctx, workers)
		if err != nil {
			return 0, err
		}
		parts = append(parts, e.offset+part)
	}
	return floats.LogSumExp(parts), nil
}

// ExactUnits returns the number of units over whose states [Model.LogZ] sums:
// those of the smaller layer, where labels count as the bits of their number.
func (m *Model) ExactUnits() int { return min(m.visibleBits(), m.Hidden) }

// visibleBits returns how many bits number the states of the visible units.
func (m *Model) visibleBits() int {
	return m.Visible - m.Labels + bits.Len(uint(max(m.Labels, 1)-1))
}

// segmentUnits is how many units run through all their states in one piece of
// the sum, the others being fixed: activations are exact at its start, and
// errors of the changes do not add up beyond it.
const segmentUnits = 12

// enumeration is a sum over all states of one layer.
type enumeration struct {
	offset   float64     // logarithm of a factor of all terms
	bias     []float64   // of the layer that is enumerated
	weights  [][]float64 // from each of its units to the other layer
	others   []float64   // biases of the other layer
	labels   int         // how many of the last of the others are labels
	running  int         // units that run within a segment
	segments int

	// e^±w, if no activation can be so large that a product of 8 factors
	// 1+e^a overflows; else nil, and logarithms are taken one by one.
	factors [2][][]float64
}

// maxProductActivation bounds a so that (1+e^a)^8 < 2^1000.
const maxProductActivation = 85

// enumerations returns the sums that make up Z: one over the hidden states, or,
// for each label, one over the states of the other visible units.
func (m *Model) enumerations() []*enumeration {
	if m.Hidden <= m.visibleBits() {
		weights := make([][]float64, m.Hidden)
		for j := range weights {
			weights[j] = make([]float64, m.Visible)
			for i := range weights[j] {
				weights[j][i] = float64(m.W[i*m.Hidden+j])
			}
		}
		e := &enumeration{bias: widen(m.C), weights: weights, others: widen(m.B), labels: m.Labels}
		return []*enumeration{e.prepared()}
	}
	weights := make([][]float64, m.Visible)
	for i := range weights {
		weights[i] = widen(m.W[i*m.Hidden:][:m.Hidden])
	}
	bias, units := widen(m.B), m.Visible-m.Labels
	if m.Labels == 0 {
		e := &enumeration{bias: bias, weights: weights, others: widen(m.C)}
		return []*enumeration{e.prepared()}
	}
	var all []*enumeration
	for y := units; y < m.Visible; y++ {
		e := &enumeration{offset: bias[y], bias: bias[:units], weights: weights[:units], others: widen(m.C)}
		floats.Add(e.others, weights[y])
		all = append(all, e.prepared())
	}
	return all
}

// prepared sets what follows from the parameters.
func (e *enumeration) prepared() *enumeration {
	bound := make([]float64, len(e.others))
	for j, d := range e.others {
		bound[j] = math.Abs(d)
	}
	for s := range e.weights {
		for j, w := range e.weights[s] {
			bound[j] += math.Abs(w)
		}
	}
	e.running = min(len(e.bias), segmentUnits)
	e.segments = 1 << max(len(e.bias)-segmentUnits, 0)
	if slices.Max(bound) <= maxProductActivation {
		e.factors = [2][][]float64{exponentials(e.weights[:e.running], -1), exponentials(e.weights[:e.running], 1)}
	}
	return e
}

func widen(v []float32) []float64 {
	w := make([]float64, len(v))
	for i, x := range v {
		w[i] = float64(x)
	}
	return w
}

func exponentials(weights [][]float64, sign float64) [][]float64 {
	all := make([][]float64, len(weights))
	for s, row := range weights {
		all[s] = make([]float64, len(row))
		for j, w := range row {
			all[s][j] = math.Exp(sign * w)
		}
	}
	return all
}

// sum adds up the segments, each a task, in their order.
func (e *enumeration) sum(ctx context.Context, workers int) (float64, error) {
	parts := make([]float64, e.segments)
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(workers, e.segments) {
		group.Go(func() {
			w := newEnumerator(e)
			for ctx.Err() == nil {
				s := int(next.Add(1)) - 1
				if s >= e.segments {
					return
				}
				parts[s] = w.segment(s)
			}
		})
	}
	group.Wait()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return floats.LogSumExp(parts), nil
}

// enumerator is one worker's state.
type enumerator struct {
	*enumeration
	activation []float64 // of the other layer
	odds       []float64 // e^activation, where products are used
}

func newEnumerator(e *enumeration) *enumerator {
	return &enumerator{e, make([]float64, len(e.others)), make([]float64, len(e.others))}
}

// segment returns the logarithm of the sum over the states whose units beyond
// the first ones are the bits of s.
func (w *enumerator) segment(s int) float64 {
	linear := 0.0
	copy(w.activation, w.others)
	for ; s != 0; s &= s - 1 {
		unit := w.running + bits.TrailingZeros(uint(s))
		linear += w.bias[unit]
		for j, x := range w.weights[unit] {
			w.activation[j] += x
		}
	}
	for j, a := range w.activation {
		w.odds[j] = math.Exp(a)
	}
	var sum logSum
	sum.add(linear + w.logSumOfOthers())
	on := 0
	for k := 1; k < 1<<w.running; k++ {
		unit := bits.TrailingZeros(uint(k)) // the one that a Gray code changes
		on ^= 1 << unit
		now := on >> unit & 1
		linear += float64(2*now-1) * w.bias[unit]
		if w.factors[now] != nil {
			sum.add(linear + w.changeByFactors(w.factors[now][unit]))
		} else {
			sum.add(linear + w.change(w.weights[unit], float64(2*now-1)))
		}
	}
	return sum.value()
}

// logSumOfOthers returns the logarithm of the sum over the states of the other
// layer: Σ_j log(1+e^a_j), and log Σ_y e^a_y of labels.
func (w *enumerator) logSumOfOthers() float64 {
	units := len(w.activation) - w.labels
	var sum float64
	for _, a := range w.activation[:units] {
		sum += softplus(a)
	}
	if w.labels > 0 {
		sum += floats.LogSumExp(w.activation[units:])
	}
	return sum
}

// change adds sign times the weights of a unit to the activations and returns
// logSumOfOthers.
func (w *enumerator) change(weights []float64, sign float64) float64 {
	for j, x := range weights {
		w.activation[j] += float64(sign * x)
	}
	return w.logSumOfOthers()
}

// changeByFactors multiplies the odds by factors and returns logSumOfOthers,
// log Π_j (1+odds_j) and that of the sum of the labels' odds: a logarithm for all
// of them together. The product keeps its exponent apart; it is at least 1 and so
// never underflows.
func (w *enumerator) changeByFactors(factors []float64) float64 {
	units := len(factors) - w.labels
	odds, labels := w.odds[:units], w.odds[units:len(factors)]
	factors, ofLabels := factors[:units], factors[units:]
	product, exponent := 1.0, 0
	for len(odds) >= 8 {
		o, f := (*[8]float64)(odds), (*[8]float64)(factors)
		for j := range o {
			o[j] *= f[j]
		}
		p := ((1 + o[0]) * (1 + o[1])) * ((1 + o[2]) * (1 + o[3]))
		p *= ((1 + o[4]) * (1 + o[5])) * ((1 + o[6]) * (1 + o[7]))
		product, exponent = normalise(product*p, exponent)
		odds, factors = odds[8:], factors[8:]
	}
	for j, f := range factors {
		odds[j] *= f
		product *= 1 + odds[j]
	}
	if len(labels) > 0 {
		var sum float64
		for y, f := range ofLabels {
			labels[y] *= f
			sum += labels[y]
		}
		product *= sum
	}
	return math.Log(product) + float64(exponent)*math.Ln2
}

// normalise returns x, a normal positive number, as a number in [1, 2) and an
// exponent of two, which it adds to the one given.
func normalise(x float64, exponent int) (float64, int) {
	const mantissa, one = 1<<52 - 1, 1023
	b := math.Float64bits(x)
	return math.Float64frombits(b&mantissa | one<<52), exponent + int(b>>52) - one
}

// logSum is the logarithm of a sum of numbers given by their logarithms.
type logSum struct {
	top, sum float64 // the sum is sum·e^top
	any      bool
}

func (l *logSum) add(v float64) {
	switch {
	case !l.any:
		l.top, l.sum, l.any = v, 1, true
	case v <= l.top:
		l.sum += math.Exp(v - l.top)
	default:
		l.sum = float64(l.sum*math.Exp(l.top-v)) + 1
		l.top = v
	}
}

func (l *logSum) value() float64 { return l.top + math.Log(l.sum) }
