package rbm

import (
	"context"
	"errors"
	"math"
	"math/bits"
	"slices"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// bars returns the bars-and-stripes patterns of side × side, 2·2^side − 2 of
// them.
func bars(side int) [][]float64 {
	var rows [][]float64
	for _, on := range states(side) {
		stripes, bars := make([]float64, side*side), make([]float64, side*side)
		for i := range stripes {
			stripes[i], bars[i] = on[i/side], on[i%side]
		}
		rows = append(rows, stripes)
		if !slices.Equal(stripes, bars) { // all off or all on are both
			rows = append(rows, bars)
		}
	}
	return rows
}

// evenParity returns the states of n units of which an even number is on. All
// sets of fewer than n units are independent.
func evenParity(n int) [][]float64 {
	var rows [][]float64
	for s, v := range states(n) {
		if bits.OnesCount(uint(s))%2 == 0 {
			rows = append(rows, v)
		}
	}
	return rows
}

// TestLearning trains on distributions that are known, and looks at the exact
// mean log-likelihood, which at best is −ln(number of different rows).
func TestLearning(t *testing.T) {
	ws := workspace(t, 1)
	for _, c := range []struct {
		name    string
		rows    [][]float64
		hidden  int
		std     float64
		long    bool
		options func(o *Options)
		least   float64
	}{
		{"bars and stripes, PCD-2", bars(3), 12, 0.1, true, func(o *Options) {
			o.Persistent, o.Chains, o.Batch, o.Epochs, o.Center = true, 128, 14, 6000, true
			o.LearningRate = Schedule{[]stage{{0, 0.2, 0.005}}}
			o.GibbsSteps = Constant(2)
		}, -2.9}, // the best is -2.64
		{"two modes, CD-5", repeat(text("0000", "1111"), 100), 4, 0.1, false, func(o *Options) {
			o.Batch, o.Epochs, o.Center = 20, 400, true
			o.LearningRate = Schedule{[]stage{{0, 0.2, 0.02}}}
			o.GibbsSteps = Constant(5)
		}, -0.75}, // the best is -0.69
		// Independent units reach -2.77 and -5.55, and so does any machine that
		// knows less than all units of a row.
		{"parity of 4 units, CD-2", evenParity(4), 8, 1, false, func(o *Options) {
			o.Batch, o.Epochs, o.Center = 8, 5000, true
			o.LearningRate, o.Momentum = Schedule{[]stage{{0, 0.1, 0.01}}}, Constant(0.9)
			o.GibbsSteps = Constant(2)
		}, -2.3}, // the best is -2.08
		{"parity of 8 units, CD-1", evenParity(8), 32, 2, true, func(o *Options) {
			o.Batch, o.Epochs, o.Center = 32, 3000, true
			o.LearningRate, o.Momentum = Schedule{[]stage{{0, 0.1, 0.01}}}, Constant(0.9)
		}, -5.3}, // the best is -4.85
	} {
		if c.long && testing.Short() {
			continue
		}
		o := plain(0.1)
		c.options(&o)
		src := bitRows(c.rows)
		m := New(src.Visible(), c.hidden)
		m.InitWeights(float32(c.std), InitStream(1, 0))
		r := refer(finish(t, trainer(t, ws, m, src, o)))
		got := r.logLikelihood(c.rows)
		t.Logf("%s: mean log-likelihood %.3f", c.name, got)
		if !(got >= c.least) {
			t.Errorf("%s: mean log-likelihood %v, expected at least %v", c.name, got, c.least)
		}
	}
}

// TestChainsAndBatches trains with a number of persistent chains that has
// nothing to do with the size of a batch. Were the two phases not each a mean
// over their own rows, the moments of the model would not become those of the
// data.
func TestChainsAndBatches(t *testing.T) {
	ws := workspace(t, 1)
	src := Bits{bitdbn.NewBitMatrix(102, 4)}
	draw(src.BitMatrix, refer(machine(4, 3, 1.5, 2)).distribution(), 1) // which a machine can learn, and mixes
	want := pairs(rowsOf(src.BitMatrix), constant(102, 1.0/102))
	batches := []int{10, 13, 102}
	if testing.Short() {
		batches = batches[1:2]
	}
	for _, batch := range batches {
		o := plain(0.1)
		o.Persistent, o.Chains, o.Batch = true, 64, batch
		o.Epochs = 1500 * batch / 102 // the same number of steps
		o.LearningRate = Schedule{[]stage{{0, 0.2, 0.002}}}
		m := New(4, 6)
		m.InitWeights(0.1, InitStream(1, 0))
		r := refer(finish(t, trainer(t, ws, m, src, o)))
		got := pairs(states(4), r.distribution())
		for k := range want {
			if math.Abs(got[k]-want[k]) > 0.04 {
				t.Errorf("batches of %d: units %d and %d are both on with probability %.3f, in the data %.3f", batch, k/4, k%4, got[k], want[k])
			}
		}
	}
}

// pairs returns the probability that each pair of units is on.
func pairs(rows [][]float64, p []float64) []float64 {
	n := len(rows[0])
	out := make([]float64, n*n)
	for r, v := range rows {
		for i := range n {
			for j := range n {
				out[i*n+j] += p[r] * v[i] * v[j]
			}
		}
	}
	return out
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

// TestRate requires that the learning rate is one of the mean gradient: after
// as many updates, batches of any size have led about as far.
func TestRate(t *testing.T) {
	ws, src := workspace(t, 1), randomRows(1000, 20, 0.3)
	largest := func(batch int) (weight, bias float64) {
		o := plain(0.05)
		o.Batch, o.Epochs = batch, batch*100/1000
		m := New(20, 10)
		m.InitWeights(0.1, InitStream(1, 0))
		m = finish(t, trainer(t, ws, m, src, o))
		return slices.Max(magnitudes(m.W)), slices.Max(magnitudes(m.B))
	}
	w10, b10 := largest(10)
	w1000, b1000 := largest(1000)
	if w10 > 2*w1000 || w1000 > 2*w10 || b10 > 2*b1000 || b1000 > 2*b10 {
		t.Errorf("after 100 updates the largest weight and bias are %.3f and %.3f with batches of 10, %.3f and %.3f with 1000", w10, b10, w1000, b1000)
	}
}

func magnitudes(v []float32) []float64 {
	out := widen(v)
	for i, x := range out {
		out[i] = math.Abs(x)
	}
	return out
}

// TestFewHiddenUnits requires finite parameters for every choice of draws.
func TestFewHiddenUnits(t *testing.T) {
	ws, src := workspace(t, 1), randomRows(40, 16, 0.4)
	seeds := uint64(20)
	if testing.Short() {
		seeds = 3
	}
	for _, hidden := range []int{1, 2} {
		for seed := range seeds {
			o := plain(0.1)
			o.Epochs, o.Seed = 200, seed
			if err := finish(t, trainer(t, ws, New(16, hidden), src, o)).Validate(); err != nil {
				t.Errorf("%d hidden units, seed %d: %v", hidden, seed, err)
			}
		}
	}
}

// TestDivergence requires an error that says where, and what to do, at a
// parameter beyond the limit and at an overflow of float32.
func TestDivergence(t *testing.T) {
	ws, src := workspace(t, 1), randomRows(40, 16, 0.4)
	for _, c := range []struct {
		name   string
		change func(o *Options)
		expect []string
	}{
		{"first step", func(o *Options) { o.LearningRate = Constant(1e6) },
			[]string{"epoch 1", "step 1", "learning rate (now 1e+06)", "momentum (now 0)", "limit 1000"}},
		{"third epoch", func(o *Options) { o.LearningRate = Schedule{[]stage{{0, 0.01, 0.01}, {2, 1e6, 1e6}}} },
			[]string{"epoch 3", "step 9", "now 1e+06"}},
		{"overflow", func(o *Options) { o.LearningRate, o.L2, o.Limit = Constant(1e9), 1e9, math.MaxFloat32 },
			[]string{"epoch 1", "step 3"}}, // each step multiplies the weights by −1e18
	} {
		o := plain(0.1)
		o.Epochs, o.Batch = 5, 10
		c.change(&o)
		err := trainer(t, ws, machine(16, 4, 0.1, 1), src, o).Run(t.Context(), nil)
		if !errors.Is(err, bitdbn.ErrDiverged) {
			t.Errorf("%s: error %v", c.name, err)
			continue
		}
		for _, want := range c.expect {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %q does not mention %q", c.name, err, want)
			}
		}
	}
}

// TestRunStops requires that Run stops between steps when its context or the
// caller's function says so, and can go on.
func TestRunStops(t *testing.T) {
	ws, src := workspace(t, 1), randomRows(40, 16, 0.4)
	o := plain(0.1)
	o.Batch, o.Epochs = 10, 3
	tr := trainer(t, ws, New(16, 4), src, o)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tr.Run(ctx, nil); !errors.Is(err, context.Canceled) || tr.Cursor().Step != 0 {
		t.Errorf("cancelled: error %v behind step %d", err, tr.Cursor().Step)
	}
	enough := errors.New("enough")
	if err := tr.Run(t.Context(), func() error {
		if tr.Cursor().Step == 5 {
			return enough
		}
		return nil
	}); err != enough || tr.Cursor().Step != 5 {
		t.Errorf("error %v behind step %d, expected %v behind 5", err, tr.Cursor().Step, enough)
	}
	finish(t, tr)
	if c := tr.Cursor(); !tr.Done() || c.Step != 12 || c.Epoch != 3 || c.Row != 40 {
		t.Errorf("finished at %+v", c)
	}
	before := tr.State()
	step(t, tr, 3) // does nothing
	compareStates(t, tr.State(), before, false)
	if tr.Cursor() != before.Cursor {
		t.Errorf("a step behind the last moved on to %+v", tr.Cursor())
	}
}

// TestTrainerCopies requires that a trainer leaves the model it starts from, the
// data and what it has handed out as they were.
func TestTrainerCopies(t *testing.T) {
	ws, src, m := workspace(t, 1), randomRows(40, 16, 0.4), machine(16, 4, 0.1, 1)
	data := Drawn(ws, src, 0)
	o := plain(0.1)
	o.Persistent = true
	tr := trainer(t, ws, m, src, o)
	state, model := tr.State(), tr.Model()
	step(t, tr, 5)
	same := machine(16, 4, 0.1, 1)
	for _, c := range []struct {
		name string
		got  *Model
	}{{"model", m}, {"copy", model}, {"model of the state", state.Model}} {
		if !slices.Equal(c.got.W, same.W) || !slices.Equal(c.got.B, same.B) || !slices.Equal(c.got.C, same.C) {
			t.Errorf("training changed the %s", c.name)
		}
	}
	if state.Cursor.Step != 0 || slices.Max(magnitudes(state.Momentum.W)) != 0 {
		t.Error("training changed a state it has handed out")
	}
	if !src.Equal(data.BitMatrix) {
		t.Error("training changed the data")
	}
	if slices.Equal(tr.Model().W, m.W) {
		t.Error("training changed nothing")
	}
}

// TestPackedFollows requires that the packed weights are those of the model
// after every step, also after steps that need another exponent.
func TestPackedFollows(t *testing.T) {
	ws, src := workspace(t, 2), randomRows(30, 70, 0.4)
	o := plain(0.1)
	o.Batch, o.Epochs = 10, 30
	o.LearningRate = Schedule{[]stage{{0, 0.1, 3}}} // weights grow and grow
	tr := trainer(t, ws, New(70, 66), src, o)
	x := randomRows(3, 70, 0.5)
	h := randomRows(3, 66, 0.5)
	exponents := map[int]bool{}
	for !tr.Done() {
		step(t, tr, 1)
		r, p := refer(tr.Model()), tr.Packed()
		exponents[tr.State().Exponent] = true
		up, down := probsOf(ws, p.Up, x.BitMatrix), probsOf(ws, p.Down, h.BitMatrix)
		for k := range 3 {
			v, h := row(x.BitMatrix, k), row(h.BitMatrix, k)
			checkProbs(t, "p(h|v)", up[k*66:][:66], r.hiddenInput(v), v, tr.State().Exponent)
			checkProbs(t, "p(v|h)", down[k*70:][:70], r.visibleInput(h), h, tr.State().Exponent)
		}
		if t.Failed() {
			t.Fatalf("step %d", tr.Cursor().Step)
		}
	}
	if len(exponents) < 3 {
		t.Errorf("only exponents %v were needed", exponents)
	}
}

// TestRates requires the rates of the epoch that the last step was in.
func TestRates(t *testing.T) {
	ws := workspace(t, 1)
	o := plain(0.1)
	o.Batch, o.Epochs = 10, 3
	o.LearningRate, o.Momentum = Schedule{[]stage{{0, 0.3, 0.1}}}, Schedule{[]stage{{0, 0, 0}, {2, 0.5, 0.5}}}
	tr := trainer(t, ws, New(16, 4), randomRows(20, 16, 0.4), o)
	for _, want := range [][2]float64{{0.3, 0}, {0.3, 0}, {0.3, 0}, {0.2, 0}, {0.2, 0}, {0.1, 0.5}, {0.1, 0.5}} {
		lr, momentum := tr.Rates()
		if math.Abs(lr-want[0]) > 1e-12 || momentum != want[1] {
			t.Errorf("behind step %d: rates %v and %v, expected %v", tr.Cursor().Step, lr, momentum, want)
		}
		step(t, tr, 1)
	}
}

// TestReconstructionError compares the monitor with the expectation of one
// reconstruction, and requires that it starts anew in each epoch.
func TestReconstructionError(t *testing.T) {
	ws := workspace(t, 1)
	m := machine(5, 4, 1, 1)
	r := refer(m)
	data := rowsOf(randomRows(8, 5, 0.5).BitMatrix)
	const rows = 8000
	var want float64
	for _, v := range data {
		start := make([]float64, 1<<5)
		start[number(v)] = 1
		for s, p := range r.transition().steps(start, 1) {
			for i, on := range states(5)[s] {
				want += p * math.Abs(on-v[i]) / (5 * float64(len(data)))
			}
		}
	}
	o := plain(1e-9)
	o.Epochs, o.Batch = 2, 3000
	tr := trainer(t, ws, m, bitRows(repeat(data, rows)), o)
	for _, n := range []int{3000, 6000, 8000, 3000, 6000, 8000} {
		step(t, tr, 1)
		c := tr.Cursor()
		if c.TotalBits != 5*n {
			t.Errorf("behind row %d: %d bits seen, expected %d", c.Row, c.TotalBits, 5*n)
		}
		// The bits of a row go together, so 5 times the variance is enough.
		if se := math.Sqrt(want * (1 - want) / float64(n)); math.Abs(c.ReconstructionError()-want) > 4*se {
			t.Errorf("behind row %d: error %.4f, expected %.4f ± %.4f", c.Row, c.ReconstructionError(), want, se)
		}
	}
}

// TestCenteringIsInvariant compares the expected first step of a machine with
// the one of the machine whose visible and hidden units mean the opposite, on
// data flipped alike: with offsets the second is the first, flipped. Plain
// contrastive divergence fails this.
func TestCenteringIsInvariant(t *testing.T) {
	ws := workspace(t, 0)
	m := machine(4, 3, 1, 1)
	data := text("0001", "0011", "1011", "0010", "0001", "0111", "1001", "0000")
	flipped := flip(m)
	opposite := make([][]float64, len(data))
	for k, v := range data {
		for _, x := range v {
			opposite[k] = append(opposite[k], 1-x)
		}
	}
	for _, s := range states(4) { // flip keeps p(v)
		o := make([]float64, 4)
		for i, x := range s {
			o[i] = 1 - x
		}
		a, b := refer(m), refer(flipped)
		if d := a.freeEnergy(s) + a.logZ() - b.freeEnergy(o) - b.logZ(); math.Abs(d) > 1e-5 {
			t.Fatalf("log p differs by %v", d)
		}
	}
	for _, center := range []bool{true, false} {
		c := gradientCase{k: 1, center: center}
		a := c.firstStep(t, ws, m, data, bitdbn.MaxRows, 1)
		b := c.firstStep(t, ws, flipped, opposite, bitdbn.MaxRows, 2)
		// Moved by that much, the second machine flipped back is the first.
		const small = 1e-3
		moved := New(4, 3)
		for k, p := range flat(flipped.Params) {
			set(moved, k, p+small*b[k])
		}
		var largest float64
		back, start := flat(flip(moved).Params), flat(m.Params)
		for k := range a {
			largest = max(largest, math.Abs((back[k]-start[k])/small-a[k]))
		}
		if center && largest > 0.05 || !center && largest < 0.1 {
			t.Errorf("centred %v: the step of the flipped machine differs by %.3f", center, largest)
		}
	}
}

// flip returns the machine of the units v' = 1−v and h' = 1−h: E(v,h) in terms
// of v' and h', but for a constant.
func flip(m *Model) *Model {
	f := New(m.Visible, m.Hidden)
	copy(f.W, m.W)
	for i, b := range m.B {
		f.B[i] = -b
	}
	for j, c := range m.C {
		f.C[j] = -c
	}
	for i := range m.Visible {
		for j := range m.Hidden {
			w := m.W[i*m.Hidden+j]
			f.B[i] -= w
			f.C[j] -= w
		}
	}
	return f
}

// set sets element k of the parameters as one vector.
func set(m *Model, k int, v float64) {
	switch {
	case k < len(m.W):
		m.W[k] = float32(v)
	case k < len(m.W)+len(m.B):
		m.B[k-len(m.W)] = float32(v)
	default:
		m.C[k-len(m.W)-len(m.B)] = float32(v)
	}
}

// TestCosts expects costs to do what they are for.
func TestCosts(t *testing.T) {
	ws, src := workspace(t, 1), bitRows(repeat(bars(3), 10))
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

// TestStepAllocatesNothing goes through short batches and new epochs too.
func TestStepAllocatesNothing(t *testing.T) {
	for _, c := range variants() {
		for _, src := range []Source{randomRows(100, 256, 0.3), greyRamp(100)} {
			for _, workers := range []int{1, 2} {
				o := c.Options
				o.Epochs, o.Batch = 1000, 30
				tr := trainer(t, workspace(t, workers), New(256, 40), src, o)
				step(t, tr, 5)
				// Together: of a mean, what is below 1 would be dropped.
				if n := testing.AllocsPerRun(1, func() { step(t, tr, 12) }); n != 0 {
					t.Errorf("%s on %T with %d workers: %v allocations in 12 steps", c.name, src, workers, n)
				}
			}
		}
	}
}
