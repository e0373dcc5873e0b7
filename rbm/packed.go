package rbm

import (
	"math"
	"math/bits"

	"github.com/bitdbn/bitdbn"
)

// Packed is a model in the form that products use. Its results are those of
// the fixed-point weights, whose distance from the float32 ones
// [bitdbn.Weights] states.
type Packed struct {
	Up, Down *bitdbn.Weights // visible to hidden, hidden to visible
	B        []float32       // visible biases
}

// Pack returns m packed, with its own copy of the parameters. The error wraps
// [ErrModel].
func (m *Model) Pack() (*Packed, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	p := &Packed{
		Up:   bitdbn.NewWeights(m.Visible, m.Hidden),
		Down: bitdbn.NewWeights(m.Hidden, m.Visible),
		B:    append([]float32(nil), m.B...),
	}
	if err := p.Up.Pack(m.W, m.C); err != nil {
		return nil, err
	}
	p.Down.SetGroup(m.Labels)
	return p, p.Down.PackTransposed(m.W, m.B)
}

// FreeEnergy writes F(v) = −bᵀv − Σ_j log(1+e^(c_j + Σ_i v_i·W_ij)), in nats,
// for each row v of x into dst.
func (p *Packed) FreeEnergy(ws *bitdbn.Workspace, dst []float64, x *bitdbn.BitMatrix) {
	p.Up.Softplus(ws, dst, x)
	for r := range dst {
		dst[r] = -dotBits(x.Row(r), p.B) - dst[r]
	}
}

// dotBits returns the sum of values over the bits of a row that are set.
func dotBits[T float32 | float64](row []uint64, values []T) float64 {
	var sum float64
	for w, word := range row {
		for ; word != 0; word &= word - 1 {
			sum += float64(values[w*64+bits.TrailingZeros64(word)])
		}
	}
	return sum
}

// softplus returns log(1+e^z).
func softplus(z float64) float64 { return max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) }
