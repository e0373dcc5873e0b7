package rbm

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn"
)

func TestModelValidate(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		name   string
		change func(m *Model)
		want   string // in the message
	}{
		{"no units", func(m *Model) { *m = Model{} }, "0 visible and 0 hidden units"},
		{"no hidden units", func(m *Model) { m.Hidden = 0 }, "0 hidden units"},
		{"negative", func(m *Model) { m.Visible = -3 }, "-3 visible"},
		{"weights missing", func(m *Model) { m.W = nil }, "0 weights for 3 × 2 units, expected 6"},
		{"a weight too many", func(m *Model) { m.W = append(m.W, 0) }, "7 weights"},
		{"visible biases of the hidden size", func(m *Model) { m.B = m.C }, "2 visible biases"},
		{"hidden biases of the visible size", func(m *Model) { m.C = m.B }, "3 hidden biases"},
		{"NaN weight", func(m *Model) { m.W[4] = nan }, "number 4 of the weights is NaN"},
		{"infinite weight", func(m *Model) { m.W[0] = inf }, "number 0 of the weights is +Inf"},
		{"NaN visible bias", func(m *Model) { m.B[2] = nan }, "number 2 of the visible biases is NaN"},
		{"infinite hidden bias", func(m *Model) { m.C[1] = -inf }, "number 1 of the hidden biases is -Inf"},
	} {
		m := machine(3, 2, 1, 1)
		c.change(m)
		err := m.Validate()
		if !errors.Is(err, ErrModel) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, expected %q", c.name, err, c.want)
		}
		if _, err := m.Pack(); !errors.Is(err, ErrModel) {
			t.Errorf("%s: Pack: error %v", c.name, err)
		}
		if _, err := NewTrainer(workspace(t, 1), m, randomRows(4, 3, 0.5), basic()); !errors.Is(err, ErrModel) {
			t.Errorf("%s: NewTrainer: error %v", c.name, err)
		}
	}
	if err := machine(3, 2, 1, 1).Validate(); err != nil {
		t.Error(err)
	}
	largest := New(1, 1)
	largest.W[0], largest.B[0], largest.C[0] = math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32
	if err := largest.Validate(); err != nil {
		t.Error(err)
	}
}

func TestNewPanics(t *testing.T) {
	for _, size := range [][2]int{{0, 1}, {1, 0}, {-1, 5}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("New(%d, %d) does not panic", size[0], size[1])
				}
			}()
			New(size[0], size[1])
		}()
	}
}

// TestInitWeights checks the moments of the first weights, that neighbours do
// not go together, and that no value is far beyond a sum of eight numbers.
func TestInitWeights(t *testing.T) {
	const visible, hidden, std = 200, 300, 0.01
	m := New(visible, hidden)
	m.B[0], m.C[0] = 7, 8
	m.InitWeights(std, InitStream(1, 0))
	if m.B[0] != 7 || m.C[0] != 8 {
		t.Error("biases changed")
	}
	n := float64(visible * hidden)
	var mean, square, fourth, right, below float64
	distinct := map[float32]bool{}
	for k, w := range widen(m.W) {
		w /= std
		distinct[m.W[k]] = true
		mean += w / n
		square += w * w / n
		fourth += w * w * w * w / n
		if k+hidden < len(m.W) {
			right += w * float64(m.W[k+1]) / std / n
			below += w * float64(m.W[k+hidden]) / std / n
		}
		if math.Abs(w) > 8*math.Sqrt(12.0/8)/2+0.01 {
			t.Fatalf("weight %d is %v standard deviations", k, w)
		}
	}
	se := 1 / math.Sqrt(n)
	// The fourth moment of a sum of eight uniform numbers is 3 − 1.2/8.
	for _, c := range []struct {
		name      string
		got, want float64
		sd        float64 // of one value
	}{
		{"mean", mean, 0, 1},
		{"mean square", square, 1, math.Sqrt(1.85)},
		{"fourth moment", fourth, 2.85, 8.2},
		{"product with the right neighbour", right, 0, 1},
		{"product with the neighbour below", below, 0, 1},
	} {
		if math.Abs(c.got-c.want) > 4*c.sd*se {
			t.Errorf("%s is %v, expected %v ± %.2g", c.name, c.got, c.want, c.sd*se)
		}
	}
	if float64(len(distinct)) < 0.8*n {
		t.Errorf("%d different values among %v", len(distinct), n)
	}
	for _, stream := range []*bitdbn.Stream{InitStream(2, 0), InitStream(1, 1)} {
		other := New(visible, hidden)
		other.InitWeights(std, stream)
		same := 0
		for k := range m.W {
			if m.W[k] == other.W[k] {
				same++
			}
		}
		if same > 50 {
			t.Errorf("%d weights of another seed or layer are the same", same)
		}
	}
}

// TestInitialBiases requires that the model with zero weights and the first
// biases is the one of independent units with the smoothed means of the data,
// constant columns included.
func TestInitialBiases(t *testing.T) {
	ws := workspace(t, 1)
	rows := repeat(text("11010001", "01010011", "11010001", "00010111", "10011001", "01011001", "00010101"), 21)
	src := bitRows(rows)
	m := New(8, 5)
	m.InitVisibleBiases(src.Means(ws), src.Rows())
	if err := m.Validate(); err != nil {
		t.Fatal(err)
	}
	n := float64(len(rows))
	var independent float64
	for i := range 8 {
		on := 0.0
		for _, v := range rows {
			on += v[i]
		}
		p := (on + 0.5) / (n + 1)
		independent += (on*math.Log(p) + (n-on)*math.Log(1-p)) / n
	}
	if got := refer(m).logLikelihood(rows); math.Abs(got-independent) > 1e-6 {
		t.Errorf("mean log-likelihood is %v, of independent units %v", got, independent)
	}
	energies := make([]float64, len(rows))
	pack(t, m).FreeEnergy(ws, energies, src.BitMatrix)
	var got float64
	for _, f := range energies {
		got -= f / n
	}
	got -= refer(m).logZ()
	if math.Abs(got-independent) > 1e-6+5*unitError {
		t.Errorf("packed: mean log-likelihood is %v, of independent units %v", got, independent)
	}
}
