package rbm

import (
	"errors"
	"math"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// labelled returns a machine the last of whose visible units are labels.
func labelled(visible, hidden, labels int, std float64, seed uint64) *Model {
	m := machine(visible, hidden, std, seed)
	m.Labels = labels
	return m
}

// labelDistribution returns p(v) by enumeration: that of a machine without
// labels, of states with exactly one label on.
func labelDistribution(m *Model) []float64 {
	p, total := refer(m).distribution(), 0.0
	for v := range p {
		on := 0
		for k := m.Visible - m.Labels; k < m.Visible; k++ {
			on += v >> k & 1
		}
		if on != 1 {
			p[v] = 0
		}
		total += p[v]
	}
	for v := range p {
		p[v] /= total
	}
	return p
}

// TestLabelSampler starts chains at p(v) of machines with labels, and requires
// that they stay there, plain and tempered.
func TestLabelSampler(t *testing.T) {
	const chains = 12000
	ws := workspace(t, 0)
	for _, m := range []*Model{labelled(5, 3, 3, 1, 1), labelled(7, 4, 2, 1, 2), labelled(8, 5, 7, 0.7, 3)} {
		p := labelDistribution(m)
		s := NewSampler(pack(t, m), chains, 7)
		draw(s.V, p, 8)
		s.Run(ws, 5)
		if q := chiSquare(counts(s.V), p); q < unlikely {
			t.Errorf("%d×%d, %d labels: chi-square probability %.2g", m.Visible, m.Hidden, m.Labels, q)
		}
		c := temper(t, pack(t, m), chains, TemperingOptions{Betas: []float32{1, 0.5, 0}, Seed: 3})
		for k, beta := range c.betas {
			hot := tempered(m, beta, nil)
			hot.Labels = m.Labels
			draw(&c.levels[k].v, labelDistribution(hot), uint64(k))
		}
		c.Run(ws, 5)
		if q := chiSquare(counts(c.V()), p); q < unlikely {
			t.Errorf("%d×%d, %d labels, tempered: chi-square probability %.2g", m.Visible, m.Hidden, m.Labels, q)
		}
	}
}

// TestLabelAIS estimates log Z of machines with labels.
func TestLabelAIS(t *testing.T) {
	ws := workspace(t, 2)
	for _, m := range []*Model{labelled(5, 3, 3, 1, 1), labelled(9, 6, 4, 1, 2)} {
		r := refer(m)
		var logs []float64
		for v, p := range labelDistribution(m) {
			if p > 0 {
				state := make([]float64, m.Visible)
				for i := range state {
					state[i] = float64(v >> i & 1)
				}
				logs = append(logs, -r.freeEnergy(state))
			}
		}
		base := make([]float32, m.Visible)
		copy(base, m.B)
		e, err := pack(t, m).AIS(t.Context(), ws, AISOptions{Chains: 500, Betas: UniformBetas(500), Base: base, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		checkEstimate(t, m, "labels", e, logSumExp(logs))
		if _, err := m.LogZ(t.Context(), 1); !errors.Is(err, ErrLabels) {
			t.Errorf("LogZ: error %v, expected %v", err, ErrLabels)
		}
		if err := m.PseudoLikelihood(t.Context(), 1, nil, bitdbn.NewBitMatrix(0, m.Visible)); !errors.Is(err, ErrLabels) {
			t.Errorf("PseudoLikelihood: error %v, expected %v", err, ErrLabels)
		}
	}
}

// TestLabelStep compares the mean step of persistent chains from p(v) with the
// gradient of the log-likelihood by enumeration.
func TestLabelStep(t *testing.T) {
	const chains = bitdbn.MaxRows
	ws := workspace(t, 0)
	for _, m := range []*Model{labelled(5, 3, 3, 1, 1), labelled(7, 4, 2, 1, 2)} {
		r, p := refer(m), labelDistribution(m)
		data := bitdbn.NewBitMatrix(8, m.Visible)
		draw(data, p, 1)
		o := plain(1)
		o.Epochs, o.Persistent, o.Chains = 1, true, chains
		tr := trainer(t, ws, m, Bits{data}, o)
		s := tr.State()
		draw(s.Chains, p, 2)
		tr, err := Resume(ws, s, Bits{data}, o)
		if err != nil {
			t.Fatal(err)
		}
		step(t, tr, 1)
		got := flat(tr.State().Momentum)
		f := statistic(r.correlations)
		model, variance := f.moments(r.v, p)
		want := addScaled(f.mean(rowsOf(data)), model, -1)
		for k := range got {
			se := math.Sqrt(variance[k] / chains)
			if d := math.Abs(got[k] - want[k]); d > 4*se+2.0/bitdbn.FixedOne {
				t.Errorf("%d×%d, %s: step %.6f, expected %.6f ± %.6f", m.Visible, m.Hidden, r.component(k), got[k], want[k], se)
			}
		}
		if tr.Model().Labels != m.Labels {
			t.Errorf("model with %d labels, expected %d", tr.Model().Labels, m.Labels)
		}
	}
}

func TestLabelValidate(t *testing.T) {
	for labels, ok := range map[int]bool{-1: false, 0: true, 1: false, 2: true, 3: true, 4: false, 5: false} {
		m := New(4, 3)
		m.Labels = labels
		if err := m.Validate(); (err == nil) != ok || err != nil && !errors.Is(err, ErrModel) {
			t.Errorf("%d labels: %v", labels, err)
		}
	}
}
