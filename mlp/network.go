package mlp

import (
	"errors"
	"fmt"
	"math"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/internal/portable"
	"github.com/bitdbn/bitdbn/rbm"
)

// ErrNetwork is wrapped by errors about a network that cannot be used.
var ErrNetwork = errors.New("mlp: invalid network")

// Dense is one layer: weights W, row-major In × Out, and biases B of its units.
type Dense struct {
	In, Out int
	W, B    []float32
}

func newDense(in, out int) *Dense {
	return &Dense{In: in, Out: out, W: make([]float32, in*out), B: make([]float32, out)}
}

// weights returns the weights as a matrix, not a copy.
func (d *Dense) weights() bitdbn.Floats {
	return bitdbn.Floats{Rows: d.In, Cols: d.Out, Data: d.W}
}

// Network is a stack of layers, of which the last is the softmax output.
type Network struct {
	Layers []*Dense
}

// Units returns the number of inputs, of the units of each hidden layer, and of
// classes.
func (n *Network) Units() []int {
	if len(n.Layers) == 0 {
		return nil
	}
	units := []int{n.Layers[0].In}
	for _, l := range n.Layers {
		units = append(units, l.Out)
	}
	return units
}

// Classes returns the number of classes.
func (n *Network) Classes() int { return n.Layers[len(n.Layers)-1].Out }

// Validate returns an error, which wraps [ErrNetwork], unless the layers fit
// each other and every parameter is finite.
func (n *Network) Validate() error {
	if n == nil || len(n.Layers) == 0 {
		return fmt.Errorf("%w: no layers", ErrNetwork)
	}
	for i, l := range n.Layers {
		switch {
		case l == nil || l.In < 1 || l.Out < 1 || len(l.W) != l.In*l.Out || len(l.B) != l.Out:
			return fmt.Errorf("%w: layer %d has no sizes, or not as many parameters as they say", ErrNetwork, i+1)
		case i > 0 && l.In != n.Layers[i-1].Out:
			return fmt.Errorf("%w: layer %d has %d inputs, expected the %d units of the layer below", ErrNetwork, i+1, l.In, n.Layers[i-1].Out)
		}
		for _, v := range [][]float32{l.W, l.B} {
			for k, x := range v {
				if x-x != 0 {
					return fmt.Errorf("%w: layer %d: parameter %d is %v", ErrNetwork, i+1, k, x)
				}
			}
		}
	}
	if n.Classes() < 2 {
		return fmt.Errorf("%w: %d classes, expected 2 or more", ErrNetwork, n.Classes())
	}
	return nil
}

// FromStack returns the network whose hidden layers are those of a stack, on
// their way up. The output starts from the weights of the stack's labels, if it
// has as many, else from zero. Since one of its labels is always on, the biases of
// the top layer begin with the mean of their weights: then the output is, to first
// order in how far each is from that mean, p(y|h) of the top machine. The error
// wraps [dbn.ErrNetwork] or [ErrNetwork].
func FromStack(s *dbn.Network, classes int) (*Network, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if classes < 2 {
		return nil, fmt.Errorf("%w: %d classes, expected 2 or more", ErrNetwork, classes)
	}
	n := new(Network)
	for _, m := range s.Layers {
		d := newDense(m.Visible-m.Labels, m.Hidden)
		copy(d.W, m.W) // labels are the last rows
		copy(d.B, m.C)
		n.Layers = append(n.Layers, d)
	}
	top := s.Layers[len(s.Layers)-1]
	out := newDense(top.Hidden, classes)
	first := top.Visible - top.Labels
	addMeanRow(n.Layers[len(n.Layers)-1].B, top.W[first*top.Hidden:], top.Labels)
	if top.Labels == classes {
		for y := range classes {
			for j := range top.Hidden {
				out.W[j*classes+y] = top.W[(first+y)*top.Hidden+j]
			}
		}
		copy(out.B, top.B[first:])
	}
	n.Layers = append(n.Layers, out)
	return n, nil
}

// addMeanRow adds to dst the mean of the first rows of w, if there are any.
func addMeanRow(dst, w []float32, rows int) {
	for j := range dst {
		var sum float32
		for r := range rows {
			sum += w[r*len(dst)+j]
		}
		dst[j] += sum / float32(max(rows, 1))
	}
}

// New returns a network of the given units, inputs first and classes last, whose
// weights are drawn for sigmoid units (Glorot and Bengio, "Understanding the
// difficulty of training deep feedforward neural networks", 2010): with a variance
// of 16·2/(in+out), and for the output without the 16.
func New(seed uint64, units ...int) *Network {
	n := new(Network)
	for i, in := range units[:len(units)-1] {
		out := units[i+1]
		m := rbm.New(in, out) // for its normal draws
		gain := 4.0
		if i == len(units)-2 {
			gain = 1
		}
		m.InitWeights(float32(gain*math.Sqrt(2/float64(in+out))), rbm.InitStream(seed, i))
		n.Layers = append(n.Layers, &Dense{In: in, Out: out, W: m.W, B: make([]float32, out)})
	}
	return n
}

// clone returns a copy of n.
func (n *Network) clone() *Network {
	c := new(Network)
	for _, l := range n.Layers {
		d := newDense(l.In, l.Out)
		copy(d.W, l.W)
		copy(d.B, l.B)
		c.Layers = append(c.Layers, d)
	}
	return c
}

// inputs sets z to a·W + b for the rows of a.
func (d *Dense) inputs(ws *bitdbn.Workspace, z, a bitdbn.Floats) {
	for r := range z.Rows {
		copy(z.Row(r), d.B)
	}
	z.MulAdd(ws, a, d.weights())
}

// sigmoid replaces each z by 1/(1+e^-z), which is e^z/(1+e^z) below 0.
func sigmoid(z []float32) {
	for i, v := range z {
		e := portable.ExpNegative(-math.Abs(float64(v)))
		if v < 0 {
			z[i] = float32(e / (1 + e))
		} else {
			z[i] = float32(1 / (1 + e))
		}
	}
}

// softmax replaces each row of z by e^z over its sum.
func softmax(z bitdbn.Floats) {
	for r := range z.Rows {
		row := z.Row(r)
		top := row[0]
		for _, v := range row {
			top = max(top, v)
		}
		var sum float64
		for k, v := range row {
			e := portable.ExpNegative(float64(v - top))
			row[k] = float32(e)
			sum += e
		}
		for k := range row {
			row[k] = float32(float64(row[k]) / sum)
		}
	}
}

// Rows are inputs for a network.
type Rows interface {
	Rows() int
	Width() int
	// Fill sets row r of dst, row-major, to the row number index[r].
	Fill(dst []float32, index []int)
}

// RowsOf returns the rows of a source as numbers from 0 to 1: grey ones as they
// are, not drawn.
func RowsOf(ws *bitdbn.Workspace, src rbm.Source) Rows {
	switch s := src.(type) {
	case dbn.Labelled:
		return RowsOf(ws, s.Source)
	case rbm.Grey:
		return greyRows{s}
	case rbm.Bits:
		return bitRows{s.BitMatrix}
	}
	return bitRows{rbm.Drawn(ws, src, rbm.EvaluationStep).BitMatrix}
}

type greyRows struct{ rbm.Grey }

func (g greyRows) Width() int { return g.Grey.Width }

func (g greyRows) Fill(dst []float32, index []int) {
	for r, i := range index {
		for k, v := range g.Pixels[i*g.Grey.Width:][:g.Grey.Width] {
			dst[r*g.Grey.Width+k] = float32(v) / 255
		}
	}
}

type bitRows struct{ *bitdbn.BitMatrix }

func (b bitRows) Width() int { return b.Cols() }

func (b bitRows) Fill(dst []float32, index []int) {
	for r, i := range index {
		row := b.Slice(i, i+1)
		row.Floats(dst[r*b.Cols():][:b.Cols()])
	}
}
