package rbm

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// recorder is a source that notes which rows were asked for.
type recorder struct {
	Source
	index []int
	step  uint64
}

func (r *recorder) Fill(ws *bitdbn.Workspace, dst *bitdbn.BitMatrix, index []int, step uint64) {
	r.index, r.step = slices.Clone(index), step
	r.Source.Fill(ws, dst, index, step)
}

// A variant is a way to train.
type variant struct {
	name string
	Options
}

// variants cover every branch of a step.
func variants() []variant {
	var all []variant
	add := func(name string, change func(o *Options)) {
		o := basic()
		o.Epochs, o.Batch, o.Seed = 3, 10, 5
		o.LearningRate, o.Momentum = Schedule{[]stage{{0, 0.3, 0.1}}}, Schedule{[]stage{{0, 0.5, 0.5}, {1, 0.9, 0.9}}}
		change(&o)
		all = append(all, variant{name, o})
	}
	add("CD-1", func(o *Options) {})
	add("CD growing to 3", func(o *Options) { o.GibbsSteps = Schedule{[]stage{{0, 1, 3}}} })
	add("PCD-1", func(o *Options) { o.Persistent, o.Chains = true, 17 })
	add("PCD-2", func(o *Options) { o.Persistent, o.GibbsSteps = true, Constant(2) })
	add("costs", func(o *Options) { o.L1, o.L2 = 0.001, 0.01 })
	add("sparse", func(o *Options) { o.SparsityTarget, o.SparsityCost, o.SparsityDecay = 0.1, 2, 0.9 })
	add("centred", func(o *Options) { o.Center, o.CenterRate = true, 0.05 })
	add("centred sparse PCD", func(o *Options) {
		o.Center, o.CenterRate, o.Persistent, o.Chains = true, 0.05, true, 9
		o.SparsityTarget, o.SparsityCost, o.SparsityDecay = 0.1, 2, 0.9
	})
	add("another layer", func(o *Options) { o.Layer = 3 })
	add("tempered PCD-2", func(o *Options) {
		o.Persistent, o.Chains, o.GibbsSteps, o.Temperatures = true, 7, Constant(2), 4
	})
	add("tempered centred PCD", func(o *Options) { o.Persistent, o.Temperatures, o.Center = true, 3, true })
	return all
}

// TestStepDefinition makes every step of a training a second time with plain
// loops over units, as the documentation defines it: which streams are drawn
// from, sums of integers, float32 operations in their order. All numbers have
// to be the same to the bit, except that centred biases are sums of floats.
func TestStepDefinition(t *testing.T) {
	ws := workspace(t, 3)
	for _, c := range variants() {
		if c.Options.temperatures() > 1 {
			continue // TestTemperingKeepsDistributions and TestExpectedStep are about these
		}
		t.Run(c.name, func(t *testing.T) {
			o := c.Options
			data := randomRows(23, 70, 0.3) // two batches of 10 and one of 3
			src := &recorder{Source: data}
			tr := trainer(t, ws, machine(70, 66, 0.1, 1), src, o)
			for tr.Cursor().Epoch < o.Epochs {
				before := tr.State()
				same, err := Resume(ws, before, data, o) // keeps the packed weights of before
				if err != nil {
					t.Fatal(err)
				}
				step(t, tr, 1)
				if src.step != before.Cursor.Step {
					t.Fatalf("data of step %d drawn with %d", before.Cursor.Step, src.step)
				}
				want := plainStep(ws, before, same.Packed(), Drawn(ws, data, 0), src.index, o)
				compareStates(t, tr.State(), want, o.Center)
				if t.Failed() {
					t.Fatalf("step %d", before.Cursor.Step)
				}
			}
		})
	}
}

// plainStep returns the state behind the step from s on the given rows.
func plainStep(ws *bitdbn.Workspace, s *State, p *Packed, data Bits, index []int, o Options) *State {
	at := func(purpose purpose, step uint64) func(row, unit int) float32 {
		stream := streamFor(o.Seed, o.Layer, purpose)
		return func(row, unit int) float32 {
			w := stream.Word(step, uint32(row), uint32(unit))
			return (float32(w>>9) + 0.5) / (1 << 23)
		}
	}
	epoch := s.Cursor.Epoch
	k := int(o.GibbsSteps.At(epoch, o.Epochs))
	first := s.Cursor.Step << 20

	v := bitdbn.NewBitMatrix(len(index), data.Cols())
	data.Fill(ws, v, index, 0)
	pos := phaseOf(ws, p, v)

	chains := s.Chains
	h := drawUnits(pos.probs, v.Rows(), p.Up.Out(), at(dataHidden, s.Cursor.Step))
	costVisible, costHidden := make([]float32, v.Cols()), make([]float32, p.Up.Out())
	if s.Cursor.Step%costSteps == 0 {
		costVisible, costHidden = costPull(ws, p.Down, s.Model.B, h), costPull(ws, p.Up, s.Model.C, v)
	}
	for i := range uint64(k) {
		if i > 0 || chains != nil {
			if i == 0 {
				v = chains
			}
			h = drawUnits(probsOf(ws, p.Up, v), v.Rows(), p.Up.Out(), at(modelHidden, first+i))
		}
		v = drawUnits(probsOf(ws, p.Down, h), h.Rows(), p.Up.In(), at(modelVisible, first+i))
	}
	neg := phaseOf(ws, p, v)

	next := &State{
		Model: &Model{Visible: s.Model.Visible, Hidden: s.Model.Hidden, Params: bitdbn.Params{
			W: slices.Clone(s.Model.W), B: slices.Clone(s.Model.B), C: slices.Clone(s.Model.C)}},
		Momentum: bitdbn.Params{
			W: slices.Clone(s.Momentum.W), B: slices.Clone(s.Momentum.B), C: slices.Clone(s.Momentum.C)},
		VisibleOffset: follow(s.VisibleOffset, pos.visible, float32(o.CenterRate)),
		HiddenOffset:  follow(s.HiddenOffset, pos.hidden, float32(o.CenterRate)),
		HiddenAverage: follow(s.HiddenAverage, pos.hidden, float32(1-o.SparsityDecay)),
	}
	if chains != nil {
		next.Chains = v
	}
	u := plainUpdate{
		lr: float32(o.LearningRate.At(epoch, o.Epochs)), momentum: float32(o.Momentum.At(epoch, o.Epochs)),
		l1: float32(o.L1), l2: float32(o.L2),
		mu: make([]float32, s.Model.Visible), lambda: make([]float32, s.Model.Hidden), pullB: make([]float32, s.Model.Visible), pullC: make([]float32, s.Model.Hidden),
	}
	if o.Center {
		u.mu, u.lambda = s.VisibleOffset, s.HiddenOffset
		for i, input := range costVisible {
			u.pullB[i] = costSteps * u.l2 * input
		}
		for j, input := range costHidden {
			u.pullC[j] = costSteps * u.l2 * input
		}
	}
	if o.SparsityCost > 0 {
		for j, a := range s.HiddenAverage {
			u.pullC[j] += float32(o.SparsityCost) * (float32(o.SparsityTarget) - a)
		}
	}
	u.apply(next, pos, neg)
	return next
}

// costPull returns the mean over the first rows of x of the inputs of the units of
// w, without their biases.
func costPull(ws *bitdbn.Workspace, w *bitdbn.Weights, bias []float32, x *bitdbn.BitMatrix) []float32 {
	n := min(costRows, x.Rows())
	rows, inputs, means := x.Slice(0, n), make([]float32, n*w.Out()), make([]float32, w.Out())
	w.Activations(ws, inputs, &rows)
	for k, a := range inputs {
		means[k%w.Out()] += (a - bias[k%w.Out()]) / float32(n)
	}
	return means
}

// plainPhase holds the states of a phase and their means.
type plainPhase struct {
	v               [][]float64
	probs           []float32 // rows × hidden
	fixed           []int64   // the same, in units of 2^-16
	visible, hidden []float32 // means
}

func phaseOf(ws *bitdbn.Workspace, p *Packed, v *bitdbn.BitMatrix) plainPhase {
	rows, hidden := v.Rows(), p.Up.Out()
	ph := plainPhase{v: rowsOf(v), probs: probsOf(ws, p.Up, v)}
	for _, q := range ph.probs {
		ph.fixed = append(ph.fixed, min(bitdbn.FixedOne-1, int64(math.RoundToEven(float64(q)*bitdbn.FixedOne))))
	}
	for i := range v.Cols() {
		var n float32
		for _, row := range ph.v {
			n += float32(row[i])
		}
		ph.visible = append(ph.visible, n/float32(rows))
	}
	for j := range hidden {
		var n int64
		for r := range rows {
			n += ph.fixed[r*hidden+j]
		}
		ph.hidden = append(ph.hidden, float32(n)/(float32(rows)*bitdbn.FixedOne))
	}
	return ph
}

// correlation returns Σ_r v_ri·P_rj.
func (p plainPhase) correlation(i, j int) float32 {
	var n int64
	for r, v := range p.v {
		if v[i] == 1 {
			n += p.fixed[r*len(p.hidden)+j]
		}
	}
	return float32(n)
}

func probsOf(ws *bitdbn.Workspace, w *bitdbn.Weights, x *bitdbn.BitMatrix) []float32 {
	p := make([]float32, x.Rows()*w.Out())
	w.Probs(ws, p, x)
	return p
}

// drawUnits sets a unit if its uniform number is less than its probability.
func drawUnits(p []float32, rows, units int, uniform func(row, unit int) float32) *bitdbn.BitMatrix {
	x := bitdbn.NewBitMatrix(rows, units)
	for r := range rows {
		for j := range units {
			x.Set(r, j, uniform(r, j) < p[r*units+j])
		}
	}
	return x
}

// follow returns averages that have moved towards values.
func follow(average, values []float32, rate float32) []float32 {
	out := slices.Clone(average)
	for k, v := range values {
		out[k] += float32(rate * (v - out[k]))
	}
	return out
}

// plainUpdate moves parameters along a gradient, each operation rounded once.
type plainUpdate struct {
	lr, momentum, l1, l2 float32
	mu, lambda           []float32
	pullB, pullC         []float32
}

func (u plainUpdate) apply(s *State, pos, neg plainPhase) {
	ratePos := u.lr / (float32(len(pos.v)) * bitdbn.FixedOne)
	rateNeg := u.lr / (float32(len(neg.v)) * bitdbn.FixedOne)
	b, c := make([]float32, len(u.mu)), make([]float32, len(u.lambda)) // what offsets take from the biases
	for i := range u.mu {
		dv := u.lr * (pos.visible[i] - neg.visible[i])
		for j := range u.lambda {
			dh := u.lr * (pos.hidden[j] - neg.hidden[j])
			g := float32(pos.correlation(i, j)*ratePos) - float32(neg.correlation(i, j)*rateNeg)
			g -= float32(u.mu[i]*dh) + float32(dv*u.lambda[j])
			b[i] += float32(g * u.lambda[j])
			c[j] += float32(g * u.mu[i])
			w, m := &s.Model.W[i*len(u.lambda)+j], &s.Momentum.W[i*len(u.lambda)+j]
			*m = float32(u.momentum**m) + g
			*m -= float32(float32(u.lr*u.l2) * *w)
			*m -= float32(float32(u.lr*u.l1) * sign(*w))
			*w += *m
		}
	}
	for i := range b {
		g := float32(u.lr * (pos.visible[i] - neg.visible[i] + u.pullB[i]))
		s.Momentum.B[i] = float32(u.momentum*s.Momentum.B[i]) + (g - b[i])
		s.Model.B[i] += s.Momentum.B[i]
	}
	for j := range c {
		g := float32(u.lr * (pos.hidden[j] - neg.hidden[j] + u.pullC[j]))
		s.Momentum.C[j] = float32(u.momentum*s.Momentum.C[j]) + (g - c[j])
		s.Model.C[j] += s.Momentum.C[j]
	}
}

func sign(x float32) float32 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

// compareStates requires the same numbers, but for biases if loose, which may
// differ by the rounding of a sum.
func compareStates(t *testing.T, got, want *State, loose bool) {
	t.Helper()
	for _, c := range []struct {
		name      string
		got, want []float32
		loose     bool
	}{
		{"weights", got.Model.W, want.Model.W, false},
		{"visible biases", got.Model.B, want.Model.B, loose},
		{"hidden biases", got.Model.C, want.Model.C, loose},
		{"weight momenta", got.Momentum.W, want.Momentum.W, false},
		{"visible bias momenta", got.Momentum.B, want.Momentum.B, loose},
		{"hidden bias momenta", got.Momentum.C, want.Momentum.C, loose},
		{"visible offsets", got.VisibleOffset, want.VisibleOffset, false},
		{"hidden offsets", got.HiddenOffset, want.HiddenOffset, false},
		{"hidden averages", got.HiddenAverage, want.HiddenAverage, false},
	} {
		for k, w := range c.want {
			if d := math.Abs(float64(c.got[k] - w)); d > 0 && !(c.loose && d < 2e-6) {
				t.Errorf("number %d of the %s is %v, expected %v", k, c.name, c.got[k], w)
				break
			}
		}
	}
	if want.Chains != nil && !got.Chains.Equal(want.Chains) {
		t.Error("chains differ")
	}
}

// TestEpochOrder requires that every epoch presents every row once, in an order
// of its own in which each row is as likely in each place, and the rows that
// are left over as a short batch.
func TestEpochOrder(t *testing.T) {
	ws := workspace(t, 1)
	const rows, batch, epochs = 13, 5, 600
	o := plain(1e-6)
	o.Batch, o.Epochs = batch, epochs
	src := &recorder{Source: randomRows(rows, 4, 0.5)}
	tr := trainer(t, ws, New(4, 2), src, o)
	places := make([][]float64, rows)
	orders := map[string]bool{}
	for range epochs {
		var order []int
		for _, n := range []int{5, 5, 3} {
			step(t, tr, 1)
			if len(src.index) != n {
				t.Fatalf("batch of %d rows, expected %d", len(src.index), n)
			}
			order = append(order, src.index...)
		}
		orders[fmt.Sprint(order)] = true
		for place, r := range order {
			if places[r] == nil {
				places[r] = make([]float64, rows)
			}
			places[r][place]++
		}
		slices.Sort(order)
		for r, i := range order {
			if r != i {
				t.Fatalf("an epoch presents rows %v", order)
			}
		}
	}
	if !tr.Done() {
		t.Error("not done")
	}
	if len(orders) != epochs {
		t.Errorf("%d orders in %d epochs", len(orders), epochs)
	}
	for r, n := range places {
		if p := chiSquare(n, constant(rows, 1.0/rows)); p < unlikely {
			t.Errorf("places of row %d: chi-square probability %.2g", r, p)
		}
	}
}
