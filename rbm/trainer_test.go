package rbm

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// bars returns the 14 bars-and-stripes patterns of 3 × 3.
func bars() [][]float64 {
	var rows []string
	seen := map[string]bool{}
	for s := range 8 {
		for _, across := range []bool{false, true} {
			var b strings.Builder
			for i := range 9 {
				at := i % 3
				if across {
					at = i / 3
				}
				b.WriteByte('0' + byte(s>>at&1))
			}
			if !seen[b.String()] {
				seen[b.String()] = true
				rows = append(rows, b.String())
			}
		}
	}
	return text(rows...)
}

// TestLearning trains on distributions that are known, and looks at the exact
// log-likelihood, in nats a row.
func TestLearning(t *testing.T) {
	ws := workspace(t, 1)
	for _, c := range []struct {
		name    string
		rows    [][]float64
		hidden  int
		options func(o *Options)
		least   float64
	}{
		{"bars and stripes, PCD", bars(), 12, func(o *Options) {
			o.Persistent, o.Chains, o.Batch, o.Epochs, o.Center = true, 128, 14, 6000, true
			o.LearningRate = Schedule{[]stage{{0, 0.2, 0.005}}}
			o.GibbsSteps = Constant(2)
		}, -2.9}, // the best is -ln 14 = -2.64
		{"two modes", repeat(text("0000", "1111"), 100), 4, func(o *Options) {
			o.Batch, o.Epochs, o.Center = 20, 400, true
			o.LearningRate = Schedule{[]stage{{0, 0.2, 0.02}}}
			o.GibbsSteps = Constant(5)
		}, -0.75}, // the best is -ln 2 = -0.69
	} {
		if testing.Short() && len(c.rows) == 14 {
			continue // takes seconds
		}
		o := plain(0.1)
		c.options(&o)
		src := bitRows(c.rows)
		m := New(src.Visible(), c.hidden)
		m.InitWeights(0.1, InitStream(1, 0))
		r := refer(finish(t, trainer(t, ws, m, src, o)))
		got := r.logLikelihood(c.rows)
		t.Logf("%s: mean log-likelihood %.3f", c.name, got)
		if !(got >= c.least) {
			t.Errorf("%s: mean log-likelihood %v, expected at least %v", c.name, got, c.least)
		}
	}
}

// TestBatches uses every row once an epoch, whatever the size of a batch.
func TestBatches(t *testing.T) {
	ws := workspace(t, 1)
	for _, n := range []int{1, 13} {
		src := randomRows(n, 6, 0.5)
		for _, batch := range []int{1, 10, 13, 14, 1000} {
			o := plain(0.1)
			o.Batch, o.Epochs = batch, 3
			tr := trainer(t, ws, New(6, 4), src, o)
			steps := uint64(0)
			for !tr.Done() {
				step(t, tr, 1)
				steps++
				if c := tr.Cursor(); c.TotalBits != c.Row*6 {
					t.Fatalf("%d rows in batches of %d: %d bits seen at row %d", n, batch, c.TotalBits, c.Row)
				}
			}
			if want := uint64(3 * ((n + batch - 1) / batch)); steps != want || tr.Cursor().Step != want {
				t.Errorf("%d rows in batches of %d: %d steps, expected %d", n, batch, steps, want)
			}
		}
	}
}

// TestRate expects the learning rate not to depend on the size of a batch.
func TestRate(t *testing.T) {
	ws, src := workspace(t, 1), randomRows(1000, 20, 0.3)
	largest := func(batch int) float64 {
		o := plain(0.05)
		o.Batch, o.Epochs = batch, batch*100/1000
		m := New(20, 10)
		m.InitWeights(0.01, InitStream(1, 0))
		top := 0.0
		for _, w := range finish(t, trainer(t, ws, m, src, o)).B {
			top = max(top, math.Abs(float64(w)))
		}
		return top
	}
	if a, b := largest(10), largest(1000); a > 2*b || b > 2*a {
		t.Errorf("largest bias after 100 updates is %v with batches of 10, %v with 1000", a, b)
	}
}

func TestFewHiddenUnits(t *testing.T) {
	ws, src := workspace(t, 1), randomRows(40, 16, 0.4)
	for _, hidden := range []int{1, 2} {
		for seed := range uint64(20) {
			o := plain(0.1)
			o.Epochs, o.Seed = 50, seed
			if err := finish(t, trainer(t, ws, New(16, hidden), src, o)).Validate(); err != nil {
				t.Errorf("%d hidden units, seed %d: %v", hidden, seed, err)
			}
		}
	}
}

func TestDivergence(t *testing.T) {
	o := plain(1e6)
	o.Epochs = 100
	o.Layer = 2
	tr, err := NewTrainer(workspace(t, 1), New(16, 4), randomRows(40, 16, 0.4), o)
	if err != nil {
		t.Fatal(err)
	}
	err = tr.Run(context.Background(), nil)
	if !errors.Is(err, bitdbn.ErrDiverged) {
		t.Fatalf("%v, expected ErrDiverged", err)
	}
	for _, want := range []string{"layer 3", "epoch 1", "step 1", "learning rate"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not mention %q", err, want)
		}
	}
}

// TestCosts expects costs to do what they are for.
func TestCosts(t *testing.T) {
	ws, src := workspace(t, 1), bitRows(repeat(bars(), 10))
	train := func(f func(o *Options)) (size, mean float64) {
		o := plain(0.1)
		o.Epochs, o.Batch = 60, 20
		f(&o)
		m := New(9, 8)
		m.InitWeights(0.1, InitStream(1, 0))
		m = finish(t, trainer(t, ws, m, src, o))
		for _, w := range m.W {
			size += math.Abs(float64(w))
		}
		for _, p := range probsOf(ws, pack(t, m).Up, src.BitMatrix) {
			mean += float64(p) / float64(src.Rows()*8)
		}
		return size, mean
	}
	free, mean := train(func(*Options) {})
	if l2, _ := train(func(o *Options) { o.L2 = 0.05 }); l2 > 0.9*free {
		t.Errorf("with an L2 cost the weights add up to %v, without to %v", l2, free)
	}
	if l1, _ := train(func(o *Options) { o.L1 = 0.02 }); l1 > 0.9*free {
		t.Errorf("with an L1 cost the weights add up to %v, without to %v", l1, free)
	}
	_, sparse := train(func(o *Options) { o.SparsityTarget, o.SparsityCost = 0.1, 2; o.SparsityDecay = 0.9 })
	if math.Abs(sparse-0.1) > 0.05 || math.Abs(mean-0.1) < 0.1 {
		t.Errorf("mean probability %v with a target of 0.1, %v without", sparse, mean)
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	src := randomRows(100, 70, 0.3)
	grey := Grey{Pixels: make([]uint8, 100*70), Width: 70, Draws: PresentationStream(1, 0)}
	for i := range grey.Pixels {
		grey.Pixels[i] = uint8(i)
	}
	for name, o := range variants() {
		for _, s := range []Source{src, grey} {
			for _, workers := range []int{1, 2} {
				o.Epochs, o.Batch = 1000, 30 // short batches and new epochs included
				tr := trainer(t, workspace(t, workers), New(70, 40), s, o)
				step(t, tr, 10)
				if n := testing.AllocsPerRun(20, func() { step(t, tr, 1) }); n != 0 {
					t.Errorf("%s on %T with %d workers: %v allocations in a step", name, s, workers, n)
				}
			}
		}
	}
}

func TestResumeErrors(t *testing.T) {
	ws, src := workspace(t, 1), randomRows(40, 16, 0.4)
	o := plain(0.1)
	tr := trainer(t, ws, New(16, 4), src, o)
	step(t, tr, 1)
	for name, edit := range map[string]func(s *State){
		"momenta":  func(s *State) { s.Momentum.W = s.Momentum.W[1:] },
		"offsets":  func(s *State) { s.HiddenOffset = nil },
		"chains":   func(s *State) { s.Chains = bitdbn.NewBitMatrix(3, 16) },
		"row":      func(s *State) { s.Cursor.Row = 41 },
		"epoch":    func(s *State) { s.Cursor.Epoch = -1 },
		"exponent": func(s *State) { s.Exponent = 127 },
		"weights":  func(s *State) { s.Model.W[0] = float32(math.NaN()) },
	} {
		s := tr.State()
		edit(s)
		if _, err := Resume(ws, s, src, o); err == nil {
			t.Errorf("a state with wrong %s is resumed", name)
		}
	}
}
