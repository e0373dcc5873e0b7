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

// Exact sums over all states of the hidden layers of a small network, and over
// its labels, in float64: the log-probability of each row of x, the bound, and
// the divergence by which it is below. The error wraps [ErrNetwork],
// [rbm.ErrData] or [rbm.ErrTooLarge], or is that of ctx.
func (n *Network) Exact(ctx context.Context, x *bitdbn.BitMatrix) ([]ExactRow, error) {
	logZ, err := n.exactLogZ(ctx, x)
	if err != nil {
		return nil, err
	}
	every := make([]int, n.Classes())
	for y := range every {
		every[y] = y
	}
	of, err := n.exactRow(ctx, logZ, every)
	if err != nil {
		return nil, err
	}
	rows := make([]ExactRow, x.Rows())
	for r := range rows {
		rows[r] = of(x.Row(r))
	}
	return rows, ctx.Err()
}

// ExactJoint is [Network.Exact] for rows x with labels y: log p(x,y), the bound on
// it, and KL(q(h|x) ‖ p(h|x,y)). The error may wrap [ErrNoLabels] too.
func (n *Network) ExactJoint(ctx context.Context, x *bitdbn.BitMatrix, labels []int) ([]ExactRow, error) {
	logZ, err := n.exactLogZ(ctx, x)
	if err != nil {
		return nil, err
	}
	if n.Classes() == 0 {
		return nil, ErrNoLabels
	}
	if err := (Labelled{rbm.Bits{BitMatrix: x}, labels, n.Classes()}).check(); err != nil {
		return nil, err
	}
	rows := make([]ExactRow, x.Rows())
	for y := range n.Classes() {
		of, err := n.exactRow(ctx, logZ, []int{y})
		if err != nil {
			return nil, err
		}
		for r, label := range labels {
			if label == y {
				rows[r] = of(x.Row(r))
			}
		}
	}
	return rows, ctx.Err()
}

// exactLogZ returns log Z of the top machine, or an error unless n can be summed
// over for the rows of x.
func (n *Network) exactLogZ(ctx context.Context, x *bitdbn.BitMatrix) (float64, error) {
	if err := n.Validate(); err != nil {
		return 0, err
	}
	if want := n.Units()[0]; x.Cols() != want {
		return 0, fmt.Errorf("%w: rows of %d units, expected %d", rbm.ErrData, x.Cols(), want)
	}
	logZ, err := n.Layers[len(n.Layers)-1].LogZ(ctx, 0)
	if err != nil {
		return 0, err
	}
	return logZ, n.enumerable()
}

// exactRow returns what says all of a row, with any of the given labels, which are
// of no use unless n has some. It goes down from the top machine, layer by layer.
func (n *Network) exactRow(ctx context.Context, logZ float64, labels []int) (func(v []uint64) ExactRow, error) {
	top := len(n.Layers) - 1
	of := func(v []uint64) ExactRow { return topRow(n.Layers[top], v, labels, logZ) }
	for i := top - 1; i >= 0; i-- {
		above := make([]ExactRow, 1<<n.Layers[i].Hidden) // of each state of the hidden units
		for h := range above {
			above[h] = of([]uint64{uint64(h)})
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		l := newDirected(n.Layers[i], n.Downwards(i))
		of = func(v []uint64) ExactRow { return l.row(v, above) }
	}
	return of, nil
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

// topRow returns log p(v) = −F(v) − log Z, which is its own bound. With label units
// it is log Σ_y p(v,y) over the given labels y.
func topRow(m *rbm.Model, v []uint64, labels []int, logZ float64) ExactRow {
	inputs, soft := conditional(m, weightsFrom(m, v))
	if m.Labels > 0 {
		soft = withAnyLabel(m, inputs, labels)
	}
	p := biasOf(m, v) + soft - logZ
	return ExactRow{LogProbability: p, Bound: p}
}

// withAnyLabel returns log Σ_y e^(b_y + Σ_j log(1+e^(input_j + W_yj))) over the
// given labels y.
func withAnyLabel(m *rbm.Model, inputs []float64, labels []int) float64 {
	logs := make([]float64, len(labels))
	with := make([]float64, len(inputs))
	for k, y := range labels {
		i := m.Visible - m.Labels + y
		for j, w := range m.W[i*m.Hidden:][:m.Hidden] {
			with[j] = inputs[j] + float64(w)
		}
		logs[k] = float64(m.B[i]) + softplusSum(with)
	}
	return floats.LogSumExp(logs)
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
