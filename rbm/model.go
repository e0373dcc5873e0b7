package rbm

import (
	"errors"
	"fmt"
	"math"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/internal/portable"
)

// ErrModel is wrapped by errors about a model that cannot be used: its sizes
// contradict each other, or a parameter is not finite.
var ErrModel = errors.New("rbm: invalid model")

// Model holds the parameters of a machine: W row-major Visible × Hidden, the
// visible biases B and the hidden biases C. It is read by any number of
// goroutines at once.
type Model struct {
	Visible, Hidden int
	bitdbn.Params
	// Labels, if not 0, is how many of the last visible units are labels: a softmax
	// group, of which exactly one is on.
	Labels int
}

// New returns a model of visible × hidden units whose parameters are zero. It
// panics if a number is not positive.
func New(visible, hidden int) *Model {
	if visible <= 0 || hidden <= 0 {
		panic(fmt.Sprintf("rbm: New(%d, %d): number of units not positive", visible, hidden))
	}
	return &Model{Visible: visible, Hidden: hidden, Params: bitdbn.NewParams(visible, hidden)}
}

// Validate returns an error, which wraps [ErrModel], unless sizes agree and
// all parameters are finite.
func (m *Model) Validate() error {
	if m.Visible <= 0 || m.Hidden <= 0 {
		return fmt.Errorf("%w: %d visible and %d hidden units", ErrModel, m.Visible, m.Hidden)
	}
	if m.Labels < 0 || m.Labels == 1 || m.Labels >= m.Visible {
		return fmt.Errorf("%w: %d of %d visible units are labels", ErrModel, m.Labels, m.Visible)
	}
	for _, v := range []struct {
		name   string
		values []float32
		want   int
	}{
		{"weights", m.W, m.Visible * m.Hidden},
		{"visible biases", m.B, m.Visible},
		{"hidden biases", m.C, m.Hidden},
	} {
		if len(v.values) != v.want {
			return fmt.Errorf("%w: %d %s for %d × %d units, expected %d", ErrModel, len(v.values), v.name, m.Visible, m.Hidden, v.want)
		}
		if err := checkFinite(v.name, v.values); err != nil {
			return err
		}
	}
	return nil
}

// checkFinite returns an error for the first value that is not finite.
func checkFinite(name string, values []float32) error {
	for i, x := range values {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return fmt.Errorf("%w: number %d of the %s is %v", ErrModel, i, name, x)
		}
	}
	return nil
}

// InitWeights draws the weights from a bell-shaped distribution of mean 0 and
// the given standard deviation: sums of eight uniform numbers, which every
// machine computes alike. The biases stay.
func (m *Model) InitWeights(std float32, d *bitdbn.Stream) {
	// Each of the eight 16-bit parts has variance (2^32-1)/12.
	scale := float64(std) / math.Sqrt(8*(1<<32-1)/12.0)
	words := make([]uint32, 4*m.Hidden)
	for i := range m.Visible {
		d.Words(words, 0, uint32(i), 0)
		for j := range m.Hidden {
			var sum int64
			for _, w := range words[4*j:][:4] {
				sum += int64(w&0xffff) + int64(w>>16)
			}
			m.W[i*m.Hidden+j] = float32(float64(sum-4*0xffff) * scale)
		}
	}
}

// InitVisibleBiases sets each visible bias to the log-odds of the mean of its
// column, smoothed by half a row of ones and half a row of zeros so that it
// is finite for a constant column: ln((n·mean+½)/(n·(1−mean)+½)) for n rows. With zero
// weights the model is then the best one of independent units, so smoothed.
func (m *Model) InitVisibleBiases(means []float64, rows int) {
	n := float64(rows)
	for i, p := range means {
		m.B[i] = float32(portable.Log((float64(n*p) + 0.5) / (float64(n*(1-p)) + 0.5)))
	}
}
