package dbn

import (
	"context"
	"fmt"
	"iter"
	"math"
	"math/bits"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
	"gonum.org/v1/gonum/floats"
)

// MaxExactUnits is the largest number of units in two neighbouring hidden
// layers below the top one for which [Network.Exact] sums over all states.
const MaxExactUnits = 20

// ExactRow holds what is known of a row x, in nats, once all hidden states are
// summed over.
type ExactRow struct {
	LogProbability float64 // log p(x)
	Bound          float64 // the variational bound
	KL             float64 // KL(q(h|x) ‖ p(h|x)) of all hidden layers below the top one
}

// Exact sums over all states of the hidden layers of a small network, in
// float64: the log-probability of each row of x, the bound, and the divergence
// by which it is below. The error wraps [ErrNetwork], [rbm.ErrData],
// [rbm.ErrLabels] or [rbm.ErrTooLarge], or is that of ctx.
func (n *Network) Exact(ctx context.Context, x *bitdbn.BitMatrix) ([]ExactRow, error) {
	if err := n.Validate(); err != nil {
		return nil, err
	}
	if want := n.Layers[0].Visible; x.Cols() != want {
		return nil, fmt.Errorf("%w: rows of %d units, expected %d", rbm.ErrData, x.Cols(), want)
	}
	top := len(n.Layers) - 1
	logZ, err := n.Layers[top].LogZ(ctx, 0)
	if err != nil {
		return nil, err
	}
	if err := n.enumerable(); err != nil {
		return nil, err
	}
	// For each state of a layer, from the top machine's visible units down, what
	// is known of it.
	known := n.topStates(logZ)
	for i := top - 1; i > 0; i-- {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		l := newDirected(n.Layers[i], n.Downwards(i))
		below := make([]ExactRow, 1<<n.Layers[i].Visible)
		for s := range below {
			below[s] = l.row([]uint64{uint64(s)}, known)
		}
		known = below
	}
	rows := make([]ExactRow, x.Rows())
	if top == 0 {
		for r := range rows {
			rows[r] = topRow(n.Layers[0], x.Row(r), logZ)
		}
		return rows, nil
	}
	l := newDirected(n.Layers[0], n.Downwards(0))
	for r := range rows {
		rows[r] = l.row(x.Row(r), known)
	}
	return rows, ctx.Err()
}

// enumerable returns an error unless the layers below the top one are small.
func (n *Network) enumerable() error {
	below := 0
	for i, l := range n.Layers[:len(n.Layers)-1] {
		if l.Hidden+below > MaxExactUnits {
			return fmt.Errorf("%w: layer %d has %d hidden units, the one below %d, expected at most %d together",
				rbm.ErrTooLarge, i+1, l.Hidden, below, MaxExactUnits)
		}
		below = l.Hidden
	}
	return nil
}

// topStates returns what is known of each state of the visible units of the top
// machine, unless they are the data.
func (n *Network) topStates(logZ float64) []ExactRow {
	top := len(n.Layers) - 1
	if top == 0 {
		return nil
	}
	known := make([]ExactRow, 1<<n.Layers[top].Visible)
	for s := range known {
		known[s] = topRow(n.Layers[top], []uint64{uint64(s)}, logZ)
	}
	return known
}

// topRow returns log p(v) = −F(v) − log Z, which is its own bound.
func topRow(m *rbm.Model, v []uint64, logZ float64) ExactRow {
	_, soft := conditional(m, weightsFrom(m, v))
	p := biasOf(m, v) + soft - logZ
	return ExactRow{LogProbability: p, Bound: p}
}

// directed is a directed layer, its model upwards and that downwards, with
// Σ_i log(1+e^a_i) over the inputs a of its visible units, for each state of its
// hidden ones.
type directed struct {
	up, down *rbm.Model
	soft     []float64
}

func newDirected(up, down *rbm.Model) *directed {
	m := down
	d := &directed{up, down, make([]float64, 1<<m.Hidden)}
	inputs := make([]float64, m.Visible)
	for i, b := range m.B {
		inputs[i] = float64(b)
	}
	state := 0
	d.soft[0] = softplusSum(inputs)
	for k := 1; k < len(d.soft); k++ {
		unit := bits.TrailingZeros(uint(k)) // the one that a Gray code changes
		state ^= 1 << unit
		sign := float64(2*(state>>unit&1) - 1)
		for i := range inputs {
			inputs[i] += sign * float64(m.W[i*m.Hidden+unit])
		}
		d.soft[state] = softplusSum(inputs)
	}
	return d
}

// row returns what is known of the state v of the visible units, given what is
// known of each state h of the hidden ones in the layers above:
//
//	log p(v) = log Σ_h p(v|h)·p(h),
//	bound    = E_q[log p(v|h) + bound(h) − log q(h|v)],
//	KL       = E_q[log q(h|v) − log p(v|h)·p(h)/p(v) + KL(h)].
func (d *directed) row(v []uint64, above []ExactRow) ExactRow {
	inputs, soft := conditional(d.up, weightsFrom(d.up, v))
	bias := biasOf(d.down, v)
	logQ, logP := subsetSums(inputs), subsetSums(weightsFrom(d.down, v))
	joint := make([]float64, len(above))
	for h := range joint {
		logQ[h] -= soft
		logP[h] += bias - d.soft[h]
		joint[h] = logP[h] + above[h].LogProbability
	}
	r := ExactRow{LogProbability: floats.LogSumExp(joint)}
	for h, l := range logQ {
		q := math.Exp(l)
		r.Bound += q * (logP[h] + above[h].Bound - l)
		r.KL += q * (l - (joint[h] - r.LogProbability) + above[h].KL)
	}
	return r
}

// biasOf returns the sum of the visible biases over the units that are on.
func biasOf(m *rbm.Model, v []uint64) float64 {
	var sum float64
	for i := range units(v) {
		sum += float64(m.B[i])
	}
	return sum
}

// weightsFrom returns Σ_i v_i·W_ij for each hidden unit j.
func weightsFrom(m *rbm.Model, v []uint64) []float64 {
	from := make([]float64, m.Hidden)
	for i := range units(v) {
		for j, w := range m.W[i*m.Hidden:][:m.Hidden] {
			from[j] += float64(w)
		}
	}
	return from
}

// conditional returns the inputs of the hidden units, biases included, and
// Σ_j log(1+e^input_j).
func conditional(m *rbm.Model, from []float64) (inputs []float64, soft float64) {
	inputs = make([]float64, len(from))
	for j, w := range from {
		inputs[j] = w + float64(m.C[j])
	}
	return inputs, softplusSum(inputs)
}

// units yields the units of a row that are on.
func units(row []uint64) iter.Seq[int] {
	return func(yield func(int) bool) {
		for k, word := range row {
			for ; word != 0; word &= word - 1 {
				if !yield(k*64 + bits.TrailingZeros64(word)) {
					return
				}
			}
		}
	}
}

// subsetSums returns the sum of values over each subset, whose members are the
// bits of its index.
func subsetSums(values []float64) []float64 {
	sums := make([]float64, 1<<len(values))
	for s := 1; s < len(sums); s++ {
		sums[s] = sums[s&(s-1)] + values[bits.TrailingZeros(uint(s))]
	}
	return sums
}

func softplusSum(inputs []float64) float64 {
	var sum float64
	for _, a := range inputs {
		sum += max(a, 0) + math.Log1p(math.Exp(-math.Abs(a)))
	}
	return sum
}
