package bitdbn_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// reference is a layer that is trained by the documented sequence of float32
// operations, written as plainly as can be.
type reference struct {
	visible, hidden int
	value, momentum bitdbn.Params
	meanV, meanH    []float32 // of the last data phase
}

// step moves the parameters as Master.Step does without offsets.
func (f *reference) step(pos, neg bitdbn.Phase, u *bitdbn.Update) {
	lr := u.LearningRate
	rate := func(p bitdbn.Phase) float32 { return lr / (float32(p.X.Rows()) * bitdbn.FixedOne) }
	ratePos, rateNeg, l2, l1 := rate(pos), rate(neg), lr*u.L2, lr*u.L1
	dPos, dNeg := correlations(pos), correlations(neg)
	for k, w := range f.value.W {
		g := float32(float32(dPos[k])*ratePos) - float32(float32(dNeg[k])*rateNeg)
		m := float32(u.Momentum*f.momentum.W[k]) + g
		m -= float32(l2 * w)
		switch {
		case w > 0:
			m -= l1
		case w < 0:
			m += l1
		}
		f.momentum.W[k] = m
		f.value.W[k] = w + m
	}
	posV, posH := means(pos)
	negV, negH := means(neg)
	f.meanV, f.meanH = posV, posH
	for i := range f.value.B {
		g := float32(lr * (posV[i] - negV[i]))
		f.momentum.B[i] = float32(u.Momentum*f.momentum.B[i]) + g
		f.value.B[i] += f.momentum.B[i]
	}
	for j := range f.value.C {
		d := posH[j] - negH[j]
		if u.HiddenPull != nil {
			d += u.HiddenPull[j]
		}
		g := float32(lr * d)
		f.momentum.C[j] = float32(u.Momentum*f.momentum.C[j]) + g
		f.value.C[j] += f.momentum.C[j]
	}
}

// means returns the means of the units over the rows of a phase.
func means(p bitdbn.Phase) (visible, hidden []float32) {
	rows := float32(p.X.Rows())
	visible, hidden = make([]float32, p.X.Cols()), make([]float32, p.H.Cols())
	counts := make([]int, p.X.Cols())
	p.X.ColumnCounts(counts)
	for i, n := range counts {
		visible[i] = float32(n) / rows
	}
	for j := range hidden {
		sum := 0
		for r := range p.H.Rows() {
			sum += int(p.H.At(r, j))
		}
		hidden[j] = float32(sum) / (rows * bitdbn.FixedOne)
	}
	return visible, hidden
}

func clone(p bitdbn.Params) bitdbn.Params {
	return bitdbn.Params{W: slices.Clone(p.W), B: slices.Clone(p.B), C: slices.Clone(p.C)}
}

// randomParams returns normal parameters, an eighth of the weights zero.
func randomParams(rng *rand.Rand, visible, hidden int, sigma float64) bitdbn.Params {
	p := bitdbn.Params{
		W: normals(rng, visible*hidden, sigma), B: normals(rng, visible, sigma), C: normals(rng, hidden, sigma),
	}
	for k := 0; k < len(p.W); k += 8 {
		p.W[k] = 0
	}
	return p
}

func load(t testing.TB, ws *bitdbn.Workspace, visible, hidden int, p, momentum bitdbn.Params) *bitdbn.Master {
	t.Helper()
	m := bitdbn.NewMaster(visible, hidden)
	if err := m.Load(ws, p, momentum, bitdbn.AutoExponent); err != nil {
		t.Fatal(err)
	}
	return m
}

func store(m *bitdbn.Master) (p, momentum bitdbn.Params) {
	visible, hidden := m.Up().In(), m.Up().Out()
	p, momentum = bitdbn.NewParams(visible, hidden), bitdbn.NewParams(visible, hidden)
	m.Store(p, momentum)
	return p, momentum
}

func checkParams(t testing.TB, what string, got, want bitdbn.Params) {
	t.Helper()
	checkSame(t, what+" W", got.W, want.W)
	checkSame(t, what+" B", got.B, want.B)
	checkSame(t, what+" C", got.C, want.C)
}

// checkPacked fails the test unless both packed copies of m are its weights at
// its exponent, which is a safe one: rows of at most one bit show each weight.
func checkPacked(t testing.TB, ws *bitdbn.Workspace, m *bitdbn.Master) {
	t.Helper()
	p, _ := store(m)
	visible, hidden, s := m.Up().In(), m.Up().Out(), m.Exponent()
	for _, c := range []struct {
		what         string
		w            *bitdbn.Weights
		values, bias []float32
	}{
		{"Up", m.Up(), p.W, p.C},
		{"Down", m.Down(), transposed(p.W, visible, hidden), p.B},
	} {
		if c.w.Exponent() != s {
			t.Fatalf("%s has exponent %d, the master %d", c.what, c.w.Exponent(), s)
		}
		in, out := c.w.In(), c.w.Out()
		x := bitdbn.NewBitMatrix(in+1, in)
		for i := range in {
			x.Set(i, i, true)
		}
		got, want := make([]float32, (in+1)*out), make([]float32, (in+1)*out)
		c.w.Activations(ws, got, x)
		for k, sum := range exactInputs(x, out, c.values, c.bias, s) {
			want[k] = activation(sum, s)
		}
		checkSame(t, "packed "+c.what, got, want)
	}
	if largestSum(max(visible, hidden), largest(p.W), max(largest(p.B), largest(p.C)), s).MantExp(nil) > 31 {
		t.Fatalf("exponent %d is not safe", s)
	}
}

func largest(values []float32) float32 {
	var top float32
	for _, v := range values {
		top = max(top, v, -v)
	}
	return top
}

func randomPhase(t testing.TB, ws *bitdbn.Workspace, rng *rand.Rand, rows, visible, hidden int) bitdbn.Phase {
	t.Helper()
	return bitdbn.Phase{
		X: randomBits(rng, rows, visible, 0.1+0.8*rng.Float64()),
		H: randomFixed(t, ws, rng, rows, hidden),
	}
}

// TestStep compares several steps with the reference, bit for bit.
func TestStep(t *testing.T) {
	updates := map[string]bitdbn.Update{
		"plain":    {LearningRate: 0.1},
		"momentum": {LearningRate: 0.1, Momentum: 0.9},
		"L2":       {LearningRate: 0.3, L2: 0.02},
		"L1":       {LearningRate: 0.3, L1: 0.01},
		"all":      {LearningRate: 0.05, Momentum: 0.5, L2: 0.001, L1: 0.003, Limit: 100},
	}
	eachLevel(t, func(t *testing.T) {
		ws := newWorkspace(t, 2)
		for _, units := range [][2]int{{1, 1}, {5, 3}, {64, 64}, {65, 63}, {130, 70}, {3, 200}, {600, 2}} {
			for name, u := range updates {
				if testing.Short() && name != "all" {
					continue
				}
				visible, hidden := units[0], units[1]
				t.Run(fmt.Sprintf("%dx%d/%s", visible, hidden, name), func(t *testing.T) {
					rng := newRand(1)
					checkSteps(t, ws, rng, visible, hidden, u)
					u.HiddenPull = normals(rng, hidden, 0.1)
					checkSteps(t, ws, rng, visible, hidden, u)
				})
			}
		}
	})
}

func checkSteps(t *testing.T, ws *bitdbn.Workspace, rng *rand.Rand, visible, hidden int, u bitdbn.Update) {
	t.Helper()
	f := &reference{
		visible: visible, hidden: hidden,
		value: randomParams(rng, visible, hidden, 0.1), momentum: randomParams(rng, visible, hidden, 0.01),
	}
	m := load(t, ws, visible, hidden, f.value, f.momentum)
	for step, rows := range [][2]int{{10, 10}, {65, 1}, {1, 130}} {
		pos, neg := randomPhase(t, ws, rng, rows[0], visible, hidden), randomPhase(t, ws, rng, rows[1], visible, hidden)
		f.step(pos, neg, &u)
		if err := m.Step(ws, pos, neg, &u); err != nil {
			t.Fatal(err)
		}
		what := fmt.Sprint("step ", step)
		p, momentum := store(m)
		checkParams(t, what, p, f.value)
		checkParams(t, what+" momentum", momentum, f.momentum)
		meanV, meanH := m.Means()
		checkSame(t, what+" means of visible", meanV, f.meanV)
		checkSame(t, what+" means of hidden", meanH, f.meanH)
		checkPacked(t, ws, m)
	}
}

// TestFirstStepOfZeros trains a master that was never loaded: small weights
// must show in the packed copies.
func TestFirstStepOfZeros(t *testing.T) {
	rng := newRand(2)
	ws := newWorkspace(t, 1)
	m := bitdbn.NewMaster(6, 5)
	pos, neg := randomPhase(t, ws, rng, 4, 6, 5), randomPhase(t, ws, rng, 4, 6, 5)
	if err := m.Step(ws, pos, neg, &bitdbn.Update{LearningRate: 0.001}); err != nil {
		t.Fatal(err)
	}
	checkPacked(t, ws, m)
	p, _ := store(m)
	x := ones(1, 6)
	got := make([]float32, 5)
	m.Up().Activations(ws, got, x)
	for j := range got {
		want := float64(p.C[j])
		for i := range 6 {
			want += float64(p.W[i*5+j])
		}
		if math.Abs(float64(got[j])-want) > 1e-6 {
			t.Errorf("unit %d: input %v, want %v", j, got[j], want)
		}
	}
}

// TestExponentFollowsWeights lets weights grow beyond what the exponent leaves
// room for.
func TestExponentFollowsWeights(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		const visible, hidden = 70, 66
		rng := newRand(3)
		ws := newWorkspace(t, 2)
		m := load(t, ws, visible, hidden, randomParams(rng, visible, hidden, 0.01), bitdbn.NewParams(visible, hidden))
		pos, neg := randomPhase(t, ws, rng, 9, visible, hidden), randomPhase(t, ws, rng, 9, visible, hidden)
		lowered := 0
		for _, lr := range []float32{1e-4, 1e-3, 1, 1e-3, 1000, 1e6, 1e12} {
			before := m.Exponent()
			if err := m.Step(ws, pos, neg, &bitdbn.Update{LearningRate: lr}); err != nil {
				t.Fatal(err)
			}
			checkPacked(t, ws, m)
			p, _ := store(m)
			room := largestSum(visible, largest(p.W), max(largest(p.B), largest(p.C)), before)
			outgrown := room.MantExp(nil) > 31
			if outgrown != (m.Exponent() < before) || m.Exponent() > before {
				t.Errorf("rate %v: exponent from %d to %d, outgrown: %v", lr, before, m.Exponent(), outgrown)
			}
			if outgrown {
				lowered++
				// A factor of two is left, and no more.
				checkExponent(t, visible, 2*largest(p.W), 2*max(largest(p.B), largest(p.C)), m.Exponent())
			}
		}
		if lowered != 4 {
			t.Errorf("the exponent was lowered %d times", lowered)
		}
	})
}

func TestStepDiverges(t *testing.T) {
	const visible, hidden = 5, 66
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	ws := newWorkspace(t, 1)
	rng := newRand(4)
	pos := bitdbn.Phase{X: ones(3, visible), H: randomFixed(t, ws, rng, 3, hidden)}
	neg := bitdbn.Phase{X: bitdbn.NewBitMatrix(3, visible), H: randomFixed(t, ws, rng, 3, hidden)}
	start := randomParams(rng, visible, hidden, 0.5)
	for name, c := range map[string]struct {
		u        bitdbn.Update
		diverges bool
	}{
		"no limit":             {bitdbn.Update{LearningRate: 1e30}, false},
		"infinite limit":       {bitdbn.Update{LearningRate: 1e30, Limit: inf}, false},
		"below the limit":      {bitdbn.Update{LearningRate: 1, Limit: 100}, false},
		"weights beyond":       {bitdbn.Update{L2: 1000, LearningRate: 1, Limit: 100}, true},
		"biases beyond":        {bitdbn.Update{LearningRate: 1, Limit: 100, HiddenPull: pullOf(hidden, 1000)}, true},
		"weights infinite":     {bitdbn.Update{LearningRate: 1e20, L2: 1e20, Limit: inf}, true},
		"last bias infinite":   {bitdbn.Update{LearningRate: 1, HiddenPull: pullOf(hidden, inf)}, true},
		"last bias NaN":        {bitdbn.Update{LearningRate: 1, HiddenPull: pullOf(hidden, nan)}, true},
		"learning rate NaN":    {bitdbn.Update{LearningRate: nan}, true},
		"momentum of zero NaN": {bitdbn.Update{Momentum: nan}, true},
	} {
		m := load(t, ws, visible, hidden, start, bitdbn.NewParams(visible, hidden))
		err := m.Step(ws, pos, neg, &c.u)
		if c.diverges != errors.Is(err, bitdbn.ErrDiverged) || !c.diverges && err != nil {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// pullOf returns zeros but for the last.
func pullOf(n int, last float32) []float32 {
	return append(make([]float32, n-1), last)
}

func TestLoadStore(t *testing.T) {
	rng := newRand(5)
	ws := newWorkspace(t, 2)
	for _, units := range [][2]int{{1, 1}, {64, 63}, {65, 130}} {
		p, momentum := randomParams(rng, units[0], units[1], 1), randomParams(rng, units[0], units[1], 1)
		m := load(t, ws, units[0], units[1], p, momentum)
		checkExponent(t, max(units[0], units[1]), 2*largest(p.W), 2*max(largest(p.B), largest(p.C)), m.Exponent())
		gotP, gotM := store(m)
		checkParams(t, "stored", gotP, p)
		checkParams(t, "stored momentum", gotM, momentum)
		checkPacked(t, ws, m)

		only := bitdbn.NewParams(units[0], units[1])
		m.Store(bitdbn.Params{}, only)
		checkParams(t, "momentum alone", only, momentum)
		m.Store(only, bitdbn.Params{})
		checkParams(t, "parameters alone", only, p)
	}
}

func TestLoadExponent(t *testing.T) {
	const visible, hidden = 65, 30
	rng := newRand(6)
	ws := newWorkspace(t, 1)
	p, zero := randomParams(rng, visible, hidden, 1), bitdbn.NewParams(visible, hidden)
	m := load(t, ws, visible, hidden, p, zero)
	most := m.Exponent() + 1 // one bit is kept to spare
	for _, e := range []int{most, most - 5, -100} {
		if err := m.Load(ws, p, zero, e); err != nil {
			t.Fatal(err)
		}
		if m.Exponent() != e {
			t.Errorf("exponent %d after Load with %d", m.Exponent(), e)
		}
		checkPacked(t, ws, m)
	}
	for _, e := range []int{most + 1, 1000, -1000} {
		if err := m.Load(ws, zero, zero, bitdbn.AutoExponent); err != nil {
			t.Fatal(err)
		}
		err := m.Load(ws, p, zero, e)
		if !errors.Is(err, bitdbn.ErrWeights) || !strings.Contains(err.Error(), fmt.Sprint("exponent ", e)) {
			t.Errorf("Load with exponent %d: error %v", e, err)
		}
		got, _ := store(m)
		checkParams(t, "after a refused Load", got, zero)
		checkPacked(t, ws, m)
	}
}

func TestLoadRefusesNonFinite(t *testing.T) {
	const visible, hidden = 4, 66
	rng := newRand(7)
	ws := newWorkspace(t, 1)
	p, momentum := randomParams(rng, visible, hidden, 1), randomParams(rng, visible, hidden, 1)
	m := load(t, ws, visible, hidden, p, momentum)
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for k, what := range []string{
			"weight 3", "visible bias 3", "hidden bias 3", "momentum of weight 3", "momentum of visible bias 3", "momentum of hidden bias 3",
		} {
			q := [2]bitdbn.Params{clone(momentum), clone(p)}
			vectors := [][]float32{q[0].W, q[0].B, q[0].C, q[1].W, q[1].B, q[1].C}
			vectors[k][3] = float32(bad)
			err := m.Load(ws, q[0], q[1], bitdbn.AutoExponent)
			if !errors.Is(err, bitdbn.ErrWeights) || !strings.Contains(err.Error(), ": "+what+" is ") {
				t.Errorf("%s = %v: error %v", what, bad, err)
			}
		}
	}
	gotP, gotM := store(m)
	checkParams(t, "after refused Loads", gotP, p)
	checkParams(t, "momentum after refused Loads", gotM, momentum)
}

// TestResume interrupts a training in which the exponent falls: the rest has
// the same bits, the packed copies included.
func TestResume(t *testing.T) {
	const visible, hidden, batch = 40, 30, 20
	ws := newWorkspace(t, 2)
	data := randomBits(newRand(8), batch, visible, 0.3)
	u := bitdbn.Update{LearningRate: 0.5, Momentum: 0.8, L2: 0.01}
	straight := load(t, ws, visible, hidden, randomParams(newRand(9), visible, hidden, 0.001), bitdbn.NewParams(visible, hidden))
	first := straight.Exponent()
	for range 4 {
		contrastiveDivergence(t, ws, straight, data, &u)
	}
	p, momentum := store(straight)
	resumed := bitdbn.NewMaster(visible, hidden)
	if err := resumed.Load(ws, p, momentum, straight.Exponent()); err != nil {
		t.Fatal(err)
	}
	for range 6 {
		contrastiveDivergence(t, ws, straight, data, &u)
		contrastiveDivergence(t, ws, resumed, data, &u)
	}
	wantP, wantM := store(straight)
	gotP, gotM := store(resumed)
	checkParams(t, "resumed", gotP, wantP)
	checkParams(t, "resumed momentum", gotM, wantM)
	if straight.Exponent() != resumed.Exponent() || straight.Exponent() >= first {
		t.Errorf("exponents %d and %d, first %d", straight.Exponent(), resumed.Exponent(), first)
	}
	if largest(gotM.W) == 0 {
		t.Error("nothing was learned")
	}
}

// contrastiveDivergence makes one step of CD-1 on a batch, with draws that are
// the same each time.
func contrastiveDivergence(t testing.TB, ws *bitdbn.Workspace, m *bitdbn.Master, x *bitdbn.BitMatrix, u *bitdbn.Update) {
	t.Helper()
	visible, hidden := m.Up().In(), m.Up().Out()
	h, v := bitdbn.NewBitMatrix(x.Rows(), hidden), bitdbn.NewBitMatrix(x.Rows(), visible)
	data, model := bitdbn.NewFixedMatrix(x.Rows(), hidden), bitdbn.NewFixedMatrix(x.Rows(), hidden)
	m.Up().Sample(ws, h, data, x, bitdbn.NewStream(1, 1).At(0))
	m.Down().Sample(ws, v, nil, h, bitdbn.NewStream(1, 2).At(0))
	m.Up().Fixed(ws, model, v)
	if err := m.Step(ws, bitdbn.Phase{X: x, H: data}, bitdbn.Phase{X: v, H: model}, u); err != nil {
		t.Fatal(err)
	}
}

// TestStepIsAMean compares the step of a batch with the mean of the steps of
// its rows alone, and with the step of the batch a hundred times over.
func TestStepIsAMean(t *testing.T) {
	const rows, copies, visible, hidden = 10, 100, 70, 33
	rng := newRand(10)
	ws := newWorkspace(t, 2)
	start := randomParams(rng, visible, hidden, 0.1)
	xPos, xNeg := randomBits(rng, rows, visible, 0.4), randomBits(rng, rows, visible, 0.6)
	up := pack(t, visible, hidden, start.W, start.C)
	step := func(offsets bool, which ...int) bitdbn.Params {
		u := bitdbn.Update{LearningRate: 0.05}
		phase := func(x *bitdbn.BitMatrix) bitdbn.Phase {
			p := bitdbn.Phase{X: bitdbn.NewBitMatrix(len(which), visible), H: bitdbn.NewFixedMatrix(len(which), hidden)}
			for i, r := range which {
				p.X.CopyRow(i, x, r)
			}
			up.Fixed(ws, p.H, p.X)
			return p
		}
		if offsets {
			u.VisibleOffset, u.HiddenOffset = slices.Repeat([]float32{0.3}, visible), slices.Repeat([]float32{0.6}, hidden)
		}
		m := load(t, ws, visible, hidden, start, bitdbn.NewParams(visible, hidden))
		if err := m.Step(ws, phase(xPos), phase(xNeg), &u); err != nil {
			t.Fatal(err)
		}
		p, _ := store(m)
		return p
	}
	all := make([]int, rows)
	for i := range all {
		all[i] = i
	}
	for _, offsets := range []bool{false, true} {
		want := [3][]float64{make([]float64, visible*hidden), make([]float64, visible), make([]float64, hidden)}
		for _, r := range all {
			p := step(offsets, r)
			for k, values := range [][]float32{p.W, p.B, p.C} {
				for i, v := range values {
					want[k][i] += float64(v) / rows
				}
			}
		}
		for what, got := range map[string]bitdbn.Params{
			"batch":        step(offsets, all...),
			"copied batch": step(offsets, slices.Repeat(all, copies)...),
		} {
			what = fmt.Sprintf("%s, offsets %v", what, offsets)
			checkNear(t, what+", W", got.W, want[0], 1e-6)
			tolerance := 1e-6
			if offsets { // biases sum float32 numbers over the rows
				tolerance = 5e-6
			}
			checkNear(t, what+", B", got.B, want[1], tolerance)
			checkNear(t, what+", C", got.C, want[2], tolerance)
		}
	}
}

// TestDown compares the direction that a master keeps turned with weights that
// were packed for it. Weights of few bits are the same with any exponent.
func TestDown(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		ws, rng := newWorkspace(t, 2), newRand(4)
		for _, units := range [][2]int{{1, 1}, {64, 64}, {70, 130}, {130, 70}, {3, 600}} {
			visible, hidden := units[0], units[1]
			p := randomParams(rng, visible, hidden, 1)
			for _, v := range [][]float32{p.W, p.B, p.C} {
				for i := range v {
					v[i] = float32(math.Round(float64(v[i])*64)) / 64
				}
			}
			m, packed := load(t, ws, visible, hidden, p, bitdbn.NewParams(visible, hidden)), bitdbn.NewWeights(hidden, visible)
			if err := packed.PackTransposed(p.W, p.B); err != nil {
				t.Fatal(err)
			}
			for _, density := range []float64{0.05, 0.5, 1} {
				h := randomBits(rng, 100, hidden, density)
				var got, want [2]any
				for k, w := range []*bitdbn.Weights{m.Down(), packed} {
					inputs, soft := make([]float32, 100*visible), make([]float64, 100)
					w.Activations(ws, inputs, h)
					w.Softplus(ws, soft, h)
					*[]*[2]any{&got, &want}[k] = [2]any{inputs, soft}
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%d × %d, density %v: turned weights give other results", visible, hidden, density)
				}
			}
		}
	})
}
