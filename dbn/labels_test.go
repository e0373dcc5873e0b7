package dbn

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
)

// stripes returns rows of noisy stripes whose place is their class.
func stripes(n, cols, classes int) Labelled {
	x := rows(n, cols)
	l := Labelled{Source: x, Labels: make([]int, n), Classes: classes}
	for r := range n {
		l.Labels[r] = r * 7 % classes
		for i := range cols {
			if i*classes/cols == l.Labels[r] {
				x.Set(r, i, !x.At(r, i)) // on with 0.7, others with 0.3
			}
		}
	}
	return l
}

// labelledNetwork returns a network of normal parameters with labels.
func labelledNetwork(std float64, seed uint64, classes int, units ...int) *Network {
	n := randomNetwork(std, seed, units...)
	top := len(units) - 2
	wide := randomNetwork(std, seed+100, units[top]+classes, units[top+1]).Layers[0]
	wide.Labels = classes
	n.Layers[top] = wide
	return n
}

// posterior returns p(y|x) under q(h|x) and the top machine, by enumeration.
func posterior(n *Network, x int) []float64 {
	m := n.Layers[0]
	if len(n.Layers) == 1 {
		logs := logP(m)
		p := make([]float64, m.Labels)
		for y := range p {
			p[y] = logs[x|1<<(m.Visible-m.Labels+y)]
		}
		return normalise(p)
	}
	p := make([]float64, n.Classes())
	q := upwards(m, x)
	for h := range 1 << m.Hidden {
		for y, v := range posterior(&Network{Layers: n.Layers[1:]}, h) {
			p[y] += math.Exp(stateLog(q, h)) * v
		}
	}
	return p
}

// TestPredict compares probabilities of classes with their exact values.
func TestPredict(t *testing.T) {
	const draws = 3000
	ws := workspace(t, 2)
	for _, n := range []*Network{
		labelledNetwork(1, 1, 3, 4, 5), labelledNetwork(1, 2, 2, 4, 3, 5), labelledNetwork(1.5, 3, 4, 3, 4, 2, 6),
	} {
		src := allStates(n.Units()[0])
		var got []float64
		err := n.Predict(t.Context(), ws, src, draws, 1, func(probs []float64) error {
			got = append(got, probs...)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for x := range src.Rows() {
			for y, want := range posterior(n, x) {
				p := got[x*n.Classes()+y]
				if d := math.Abs(p - want); d > 4.5*0.5/math.Sqrt(draws)+1e-5 || len(n.Layers) == 1 && d > 1e-5 {
					t.Errorf("%v, x=%b: class %d has probability %v, expected %v", n.Units(), x, y, p, want)
				}
			}
		}
	}
}

// TestLabelledTraining trains stacks with labels, of one layer and more, to tell classes apart, to
// the same bits when resumed from its file.
func TestLabelledTraining(t *testing.T) {
	ws, src := workspace(t, 2), stripes(600, 40, 3)
	for _, hidden := range [][]int{{20}, {30, 20}} {
		o := options(20, 8)
		p, err := NewPretraining(ws, src, hidden, Options{Layer: []rbm.Options{o}, WeightStd: 0.05})
		if err != nil {
			t.Fatal(err)
		}
		var middle []byte
		steps := 0
		err = p.Run(t.Context(), func() error {
			if steps++; steps == len(hidden)*120 {
				middle = encode(t, p.File(nil))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		f, err := read(middle)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Resume(ws, f, src, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(encode(t, p.File(nil)), encode(t, again.File(nil))) {
			t.Errorf("%v: resumed training differs", hidden)
		}
		n := p.Network()
		if n.Classes() != 3 || !slices.Equal(n.Units(), append([]int{40}, hidden...)) {
			t.Fatalf("network of units %v and %d classes", n.Units(), n.Classes())
		}
		test, wrong, row := stripes(300, 40, 3), 0, 0
		err = n.Predict(t.Context(), ws, test, 5, 1, func(probs []float64) error {
			for ; len(probs) > 0; probs = probs[3:] {
				best := 0
				for y := range 3 {
					if probs[y] > probs[best] {
						best = y
					}
				}
				if best != test.Labels[row] {
					wrong++
				}
				row++
			}
			return nil
		})
		if err != nil || row != 300 {
			t.Fatalf("%d rows predicted, error %v", row, err)
		}
		if wrong > 30 {
			t.Errorf("%v: %d of 300 rows wrong", hidden, wrong)
		}
	}
}

// TestClampLabels holds labels and compares what is drawn of the rest with
// p(x|y).
func TestClampLabels(t *testing.T) {
	const chains = 9000
	ws := workspace(t, 1)
	for _, n := range []*Network{labelledNetwork(1, 1, 3, 4, 5), labelledNetwork(1, 2, 2, 4, 3, 5)} {
		classes, top := n.Classes(), n.Layers[len(n.Layers)-1]
		for y := range classes {
			s, err := NewSampler(n, chains, uint64(y))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.ClampLabels(slices.Repeat([]int{y}, chains)); err != nil {
				t.Fatal(err)
			}
			s.Run(ws, 100)
			labels := make([]int, chains)
			s.Labels(labels)
			if slices.ContainsFunc(labels, func(l int) bool { return l != y }) {
				t.Fatal("a clamped label is another")
			}
			units := top.Visible - classes
			var prior []float64 // unnormalised, of the top machine's units with label y
			for h := range 1 << units {
				prior = append(prior, logP(top)[h|1<<(units+y)])
			}
			p := normalise(prior)
			for i := len(n.Layers) - 2; i >= 0; i-- {
				p = down(n.Layers[i], p)
			}
			if chi2 := chiSquare(s.Down(ws, nil), p); chi2 > 44 { // 15 degrees of freedom
				t.Errorf("%v, label %d: chi-square %v", n.Units(), y, chi2)
			}
		}
	}
}

// TestComplete holds some units of a machine and compares what is drawn of the
// others with p(rest|held). Of a stack it requires that held units stay.
func TestComplete(t *testing.T) {
	const chains = 6000
	ws := workspace(t, 1)
	m := randomNetwork(1, 3, 4, 5)
	p := normalise(logP(m.Layers[0]))
	mask, values := bitdbn.NewBitMatrix(1, 4), bitdbn.NewBitMatrix(chains, 4)
	mask.Set(0, 1, true)
	mask.Set(0, 3, true)
	for r := range chains {
		values.Set(r, 3, true) // and unit 1 off
	}
	total := 0.0
	for v := range p {
		if v>>1&1 == 1 || v>>3&1 == 0 {
			p[v] = 0
		}
		total += p[v]
	}
	s, err := NewSampler(m, chains, 1)
	if err != nil {
		t.Fatal(err)
	}
	probs := make([]float32, chains*4)
	x := s.Complete(ws, mask, values, 60, 1, probs)
	counts := map[uint64]float64{}
	for r := range chains {
		counts[x.Row(r)[0]]++
		if probs[r*4+1] != 0 || probs[r*4+3] != 1 {
			t.Fatalf("row %d: probabilities %v of held units", r, probs[r*4:][:4])
		}
	}
	var chi2 float64
	for v, q := range p {
		want := chains * q / total
		if q == 0 && counts[uint64(v)] > 0 {
			t.Errorf("a held unit of state %04b is another", v)
		}
		if q > 0 {
			chi2 += (counts[uint64(v)] - want) * (counts[uint64(v)] - want) / want
		}
	}
	if chi2 > 21 { // 3 degrees of freedom: exceeded once in 10,000
		t.Errorf("chi-square %v", chi2)
	}
	deep := labelledNetwork(1, 2, 3, 6, 4, 5)
	ds, err := NewSampler(deep, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	mask, values = bitdbn.NewBitMatrix(1, 6), rows(3, 6).BitMatrix
	mask.Set(0, 0, true)
	mask.Set(0, 5, true)
	got := ds.Complete(ws, mask, values, 5, 2, nil)
	for r := range 3 {
		if got.At(r, 0) != values.At(r, 0) || got.At(r, 5) != values.At(r, 5) {
			t.Errorf("row %d: a held unit is another", r)
		}
	}
}

func TestLabelErrors(t *testing.T) {
	ws, src := workspace(t, 1), stripes(30, 6, 3)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	with, without := labelledNetwork(1, 1, 3, 6, 5), New(6, 5)
	none := func([]float64) error { return nil }
	own := errors.New("own")
	for _, c := range []struct {
		what string
		err  error
		want error
	}{
		{"no labels", without.Predict(t.Context(), ws, src, 1, 1, none), ErrNoLabels},
		{"no draws", with.Predict(t.Context(), ws, src, 0, 1, none), ErrOptions},
		{"other width", with.Predict(t.Context(), ws, rows(3, 7), 1, 1, none), rbm.ErrData},
		{"cancelled", with.Predict(cancelled, ws, src, 1, 1, none), context.Canceled},
		{"own", with.Predict(t.Context(), ws, src, 1, 1, func([]float64) error { return own }), own},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("Predict, %s: %v, expected %v", c.what, c.err, c.want)
		}
	}
	for what, l := range map[string]Labelled{
		"too few":       {src.Source, src.Labels[1:], 3},
		"one class":     {src.Source, src.Labels, 1},
		"no such class": {src.Source, src.Labels, 2},
		"negative":      {src.Source, append([]int{-1}, src.Labels[1:]...), 3},
	} {
		if _, err := NewPretraining(ws, l, []int{4}, Options{}); !errors.Is(err, rbm.ErrData) {
			t.Errorf("labels, %s: %v", what, err)
		}
	}
	if _, err := with.Hidden(Labelled{src.Source, src.Labels, 4}, 0, 1); !errors.Is(err, rbm.ErrData) {
		t.Errorf("labels of more classes: %v", err)
	}
	below := New(6, 5, 4)
	below.Layers[0] = labelledNetwork(1, 1, 2, 4, 5).Layers[0]
	if err := below.Validate(); !errors.Is(err, ErrNetwork) {
		t.Errorf("labels below the top: %v", err)
	}
	s, err := NewSampler(with, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, labels := range [][]int{{0}, {0, 3}, {-1, 0}} {
		if err := s.ClampLabels(labels); !errors.Is(err, ErrOptions) {
			t.Errorf("ClampLabels(%v): %v", labels, err)
		}
	}
	plain, err := NewSampler(without, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := plain.ClampLabels([]int{0}); !errors.Is(err, ErrNoLabels) {
		t.Errorf("ClampLabels without labels: %v", err)
	}
}
