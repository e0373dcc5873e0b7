package rbm

import (
	"errors"
	"math"
	"slices"
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

// labelledMachines have either layer as the smaller one, and products as well as
// logarithms one by one.
func labelledMachines() []*Model {
	return []*Model{
		labelled(5, 3, 3, 1, 1), labelled(9, 6, 4, 1, 2), labelled(15, 6, 3, 1, 3), labelled(14, 13, 3, 0.5, 4), labelled(7, 9, 2, 1, 5),
		labelled(8, 14, 5, 1, 6), labelled(13, 14, 10, 0.3, 7), labelled(6, 5, 3, 100, 8), labelled(6, 9, 2, 1000, 9),
	}
}

// labelRows returns each state of the units with each label on, by its
// definition.
func labelRows(m *Model) [][]float64 {
	var all [][]float64
	for _, v := range states(m.Visible - m.Labels) {
		for y := range m.Labels {
			one := make([]float64, m.Labels)
			one[y] = 1
			all = append(all, slices.Concat(v, one))
		}
	}
	return all
}

// labelLogZ returns log Z by a sum over all of them.
func labelLogZ(m *Model) float64 {
	r := refer(m)
	var logs []float64
	for _, v := range labelRows(m) {
		logs = append(logs, -r.freeEnergy(v))
	}
	return logSumExp(logs)
}

// TestLabelLogZ compares with the sum over all visible states.
func TestLabelLogZ(t *testing.T) {
	for _, m := range labelledMachines() {
		got, err := m.LogZ(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		want := labelLogZ(m)
		if d := math.Abs(got - want); d > 1e-12*max(1, math.Abs(want)) {
			t.Errorf("%d × %d, %d labels: log Z %v, expected %v", m.Visible, m.Hidden, m.Labels, got, want)
		}
		if again, err := m.LogZ(t.Context(), 3); again != got || err != nil {
			t.Errorf("%d × %d: %v with 3 workers, %v with one (%v)", m.Visible, m.Hidden, again, got, err)
		}
	}
	large := New(40, 29)
	large.Labels = 10 // and 30 units, which 4 bits for the labels make 34
	if _, err := large.LogZ(t.Context(), 1); !errors.Is(err, ErrTooLarge) {
		t.Errorf("30 units and 10 labels × 29: %v", err)
	}
	for _, c := range []struct{ visible, labels, hidden, want int }{
		{40, 10, 29, 29}, {20, 10, 29, 14}, {18, 8, 29, 13}, {12, 2, 29, 11}, {12, 0, 29, 12}, {12, 0, 5, 5},
	} {
		m := New(c.visible, c.hidden)
		m.Labels = c.labels
		if got := m.ExactUnits(); got != c.want {
			t.Errorf("%+v: %d units", c, got)
		}
	}
}

// TestLabelAIS estimates log Z of machines with labels from both ends.
func TestLabelAIS(t *testing.T) {
	const chains = 500
	ws := workspace(t, 2)
	for _, m := range labelledMachines()[:3] {
		p, want := pack(t, m), labelLogZ(m)
		o := AISOptions{Chains: chains, Betas: UniformBetas(500), Base: make([]float32, m.Visible), Seed: 1}
		for i, b := range m.B {
			o.Base[i] = b / 2
		}
		forward, err := p.AIS(t.Context(), ws, o)
		if err != nil {
			t.Fatal(err)
		}
		checkEstimate(t, m, "labels", forward, want)
		start := bitdbn.NewBitMatrix(chains, m.Visible)
		draw(start, labelDistribution(m), 1)
		reverse, err := p.ReverseAIS(t.Context(), ws, start, o)
		if err != nil {
			t.Fatal(err)
		}
		checkEstimate(t, m, "labels in reverse", reverse, want)
	}
}

// TestLabelPseudoLikelihood compares with the definition, the label one factor,
// and refuses rows without one label.
func TestLabelPseudoLikelihood(t *testing.T) {
	for _, m := range labelledMachines() {
		r, units := refer(m), m.Visible-m.Labels
		rows := labelRows(m)
		if len(rows) > 200 {
			rows = rows[len(rows)-200:]
		}
		got := make([]float64, len(rows))
		if err := m.PseudoLikelihood(t.Context(), 2, got, bitRows(rows).BitMatrix); err != nil {
			t.Fatal(err)
		}
		for k, v := range rows {
			own, want := -r.freeEnergy(v), 0.0
			for i := range units {
				flipped := slices.Clone(v)
				flipped[i] = 1 - v[i]
				want += own - logSumExp([]float64{own, -r.freeEnergy(flipped)})
			}
			var logs []float64
			for y := range m.Labels {
				other := append(slices.Clone(v[:units]), make([]float64, m.Labels)...)
				other[units+y] = 1
				logs = append(logs, -r.freeEnergy(other))
			}
			want += own - logSumExp(logs)
			if d := math.Abs(got[k] - want); !(d <= 1e-10*max(1, math.Abs(want))) {
				t.Errorf("%d × %d, %d labels, row %d: %v, expected %v", m.Visible, m.Hidden, m.Labels, k, got[k], want)
			}
		}
	}
	m := labelled(5, 3, 3, 1, 1)
	for _, labels := range []string{"000", "110", "111", "101"} {
		if err := m.PseudoLikelihood(t.Context(), 1, make([]float64, 2), bitRows(text("01010", "01"+labels)).BitMatrix); !errors.Is(err, ErrData) {
			t.Errorf("labels %s: %v", labels, err)
		}
	}
}

// TestLabelLogs compares with free energies of rows with each label.
func TestLabelLogs(t *testing.T) {
	ws := workspace(t, 1)
	for _, m := range labelledMachines()[:3] {
		r, rows, units := refer(m), labelRows(m), m.Visible-m.Labels
		x := bitRows(states(units))
		got := make([]float64, len(rows))
		pack(t, m).LabelLogs(ws, got, x.BitMatrix)
		for k, v := range rows {
			if want := -r.freeEnergy(v); math.Abs(got[k]-want) > 1e-5 {
				t.Errorf("%d × %d, row %v: %v, expected %v", m.Visible, m.Hidden, v, got[k], want)
			}
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
