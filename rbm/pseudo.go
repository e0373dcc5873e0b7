package rbm

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/bitdbn/bitdbn"
	"gonum.org/v1/gonum/floats"
)

// PseudoLikelihood writes Σ_i log p(v_i | the other units), in nats, for each
// row v of x into dst (Besag, "Statistical analysis of non-lattice data",
// 1975). It is exact: all units are visited. Label units, of which one is on, are
// one factor log p(y | the other units). The weights are the model's own,
// not packed, and all arithmetic is float64. Rows are shared by so many
// workers, 0 meaning one for each processor, which changes no bit of the
// result. It panics if a length does not fit. The error wraps [ErrModel],
// or [ErrData], or is that of ctx.
func (m *Model) PseudoLikelihood(ctx context.Context, workers int, dst []float64, x *bitdbn.BitMatrix) error {
	if err := m.Validate(); err != nil {
		return err
	}
	if x.Cols() != m.Visible {
		return fmt.Errorf("%w: rows of %d units, expected %d", ErrData, x.Cols(), m.Visible)
	}
	if len(dst) != x.Rows() {
		panic(fmt.Sprintf("rbm: PseudoLikelihood: slice of %d elements for %d rows", len(dst), x.Rows()))
	}
	if err := m.checkLabels(x); err != nil {
		return err
	}
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			c := newConditionals(m)
			for ctx.Err() == nil {
				lo := int(next.Add(pseudoRows)) - pseudoRows
				if lo >= len(dst) {
					return
				}
				hi := min(lo+pseudoRows, len(dst))
				rows := x.Slice(lo, hi)
				c.sum(dst[lo:hi], &rows)
			}
		})
	}
	group.Wait()
	return ctx.Err()
}

// pseudoRows is how many rows share the exponentials of a unit's weights.
const pseudoRows = 32

// conditionals is one worker's state: for each row, the inputs z of the hidden
// units, and their probabilities of being on and off.
type conditionals struct {
	m       *Model
	z       [pseudoRows][]float64
	on, off [pseudoRows][]float64
	weights []float64 // of one visible unit
	powers  []float64 // e^weights
}

func newConditionals(m *Model) *conditionals {
	c := &conditionals{m: m, weights: make([]float64, m.Hidden), powers: make([]float64, m.Hidden)}
	for r := range pseudoRows {
		c.z[r], c.on[r], c.off[r] = make([]float64, m.Hidden), make([]float64, m.Hidden), make([]float64, m.Hidden)
	}
	return c
}

// sum sets dst to Σ_i log p(v_i|rest) of each row. That is −log(1+e^d), d being
// F(v) less the free energy with unit i flipped.
func (c *conditionals) sum(dst []float64, x *bitdbn.BitMatrix) {
	for r := range dst {
		c.start(r, x.Row(r))
		dst[r] = 0
	}
	for i, b := range c.m.B[:c.m.Visible-c.m.Labels] {
		total, largest := c.unit(i)
		for r := range dst {
			sign := 1.0
			if x.At(r, i) {
				sign = -1
			}
			var change float64
			if largest <= maxProductActivation {
				change = c.change(r, sign, total)
			} else {
				change = c.changeBySoftplus(r, sign)
			}
			dst[r] -= softplus(sign*float64(b) + change)
		}
	}
	if c.m.Labels > 0 {
		for r := range dst {
			dst[r] += c.label(r, x.Row(r))
		}
	}
}

// label returns log p(y|rest) of a row: the negative free energy with its label
// y, less the logarithm of the sum of e^ that of all labels.
func (c *conditionals) label(r int, row []uint64) float64 {
	first := c.m.Visible - c.m.Labels
	y := c.m.label(row)
	own := c.m.W[(first+y)*c.m.Hidden:][:c.m.Hidden]
	logs := make([]float64, c.m.Labels)
	for k := range logs {
		logs[k] = float64(c.m.B[first+k])
		for j, w := range c.m.W[(first+k)*c.m.Hidden:][:c.m.Hidden] {
			logs[k] += softplus(c.z[r][j] - float64(own[j]) + float64(w))
		}
	}
	return logs[y] - floats.LogSumExp(logs)
}

// start computes the hidden units of a row.
func (c *conditionals) start(r int, row []uint64) {
	z := c.z[r]
	for j, b := range c.m.C {
		z[j] = float64(b)
	}
	for w, word := range row {
		for ; word != 0; word &= word - 1 {
			i := w*64 + bits.TrailingZeros64(word)
			for j, v := range c.m.W[i*c.m.Hidden:][:c.m.Hidden] {
				z[j] += float64(v)
			}
		}
	}
	for j, a := range z {
		c.on[r][j], c.off[r][j] = logistic(a), logistic(-a)
	}
}

func logistic(a float64) float64 { return 1 / (1 + math.Exp(-a)) }

// unit makes i the current visible unit, and returns the sum of its weights and
// their largest magnitude.
func (c *conditionals) unit(i int) (total, largest float64) {
	for j, w := range c.m.W[i*c.m.Hidden:][:c.m.Hidden] {
		c.weights[j] = float64(w)
		c.powers[j] = math.Exp(c.weights[j])
		total += c.weights[j]
		largest = max(largest, math.Abs(c.weights[j]))
	}
	return total, largest
}

// change returns by how much the softplus of the hidden inputs of row r grows
// if sign times the current weights w is added to them:
//
//	Σ_j log((1+e^(z_j±w_j))/(1+e^z_j)) = log Π_j (off_j + on_j·e^±w_j),
//
// a logarithm for all units together. For a weight that is taken off, e^w_j is
// moved out of the product.
func (c *conditionals) change(r int, sign, total float64) float64 {
	fixed, scaled := c.off[r], c.on[r]
	if sign < 0 {
		fixed, scaled = scaled, fixed
	}
	powers := c.powers
	product, exponent := 1.0, 0
	for len(powers) >= 8 {
		f, s, e := (*[8]float64)(fixed), (*[8]float64)(scaled), (*[8]float64)(powers)
		p := ((f[0] + float64(s[0]*e[0])) * (f[1] + float64(s[1]*e[1]))) * ((f[2] + float64(s[2]*e[2])) * (f[3] + float64(s[3]*e[3])))
		p *= ((f[4] + float64(s[4]*e[4])) * (f[5] + float64(s[5]*e[5]))) * ((f[6] + float64(s[6]*e[6])) * (f[7] + float64(s[7]*e[7])))
		product, exponent = normalise(product*p, exponent)
		fixed, scaled, powers = fixed[8:], scaled[8:], powers[8:]
	}
	for j, e := range powers {
		product, exponent = normalise(product*(fixed[j]+float64(scaled[j]*e)), exponent)
	}
	grown := math.Log(product) + float64(exponent)*math.Ln2
	if sign < 0 {
		grown -= total
	}
	return grown
}

// changeBySoftplus is change for weights whose exponentials are out of range.
func (c *conditionals) changeBySoftplus(r int, sign float64) float64 {
	var sum float64
	for j, w := range c.weights {
		sum += softplus(c.z[r][j]+float64(sign*w)) - softplus(c.z[r][j])
	}
	return sum
}
