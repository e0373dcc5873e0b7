package dbn

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/internal/safetensors"
	"github.com/bitdbn/bitdbn/rbm"
)

func upDownOptions(batch, epochs int) UpDownOptions {
	o := DefaultUpDownOptions(1000)
	o.Batch, o.Epochs, o.Momentum, o.L2 = batch, epochs, rbm.Constant(0), 0
	o.Persistent, o.Chains, o.Contrastive, o.Center = false, 0, false, false
	o.LearningRate, o.Directed = rbm.Constant(0.01), rbm.Constant(0.01)
	o.GibbsSteps, _ = rbm.ParseSchedule("3..10")
	return o
}

func upDown(t testing.TB, ws *bitdbn.Workspace, n *Network, src rbm.Source, o UpDownOptions) *UpDown {
	t.Helper()
	u, err := NewUpDown(ws, n, src, o)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func steps(t testing.TB, u *UpDown, n int) {
	t.Helper()
	for range n {
		if err := u.Step(); err != nil {
			t.Fatal(err)
		}
	}
}

// product returns the probabilities of the states of independent units.
func product(p []float64) []float64 {
	all := make([]float64, 1<<len(p))
	for s := range all {
		all[s] = math.Exp(stateLog(p, s))
	}
	return all
}

// TestUpDownGradients makes one step with many samples on tiny networks, and
// compares how each weight moved with finite differences, in float64, of what
// it should raise: the log-probability of each layer given the one above, in the
// states of the way up, for generative weights; and that of each layer given the
// one below, in the states of the way down, for recognition weights. The top
// machine's step is compared with its enumerated expectation.
func TestUpDownGradients(t *testing.T) {
	o := upDownOptions(bitdbn.MaxRows, 1)
	o.LearningRate, o.Directed, o.GibbsSteps = rbm.Constant(0.5), rbm.Constant(0.5), rbm.Constant(2)
	testUpDownGradients(t, o)
}

// TestContrastiveGradients does the same where the top machine has persistent
// chains and the way down starts one Gibbs step from the data. The machine hardly
// moves, since it does so before that step.
func TestContrastiveGradients(t *testing.T) {
	o := upDownOptions(bitdbn.MaxRows, 1)
	o.LearningRate, o.Directed, o.GibbsSteps = rbm.Constant(1e-9), rbm.Constant(0.5), rbm.Constant(1)
	o.Persistent, o.Chains, o.Contrastive = true, 10, true
	testUpDownGradients(t, o)
}

func testUpDownGradients(t *testing.T, o UpDownOptions) {
	const samples = bitdbn.MaxRows
	for _, n := range []*Network{
		untied(randomNetwork(1, 1, 3, 2, 2), 1), untied(randomNetwork(1, 2, 2, 3, 2, 2), 2), untied(labelledNetwork(1, 3, 2, 3, 2, 3), 3),
	} {
		ws := workspace(t, 2)
		visible := n.Units()[0]
		data := allStates(visible)
		all := rbm.Bits{BitMatrix: bitdbn.NewBitMatrix(samples, visible)}
		labels := make([]int, samples)
		for r := range samples {
			all.CopyRow(r, data.BitMatrix, r%(1<<visible))
			labels[r] = r >> visible % max(n.Classes(), 1)
		}
		var src rbm.Source = all
		if n.Classes() > 0 {
			src = Labelled{all, labels, n.Classes()}
		}
		const seeds = 4
		mean := map[*float32]float64{} // movement of each parameter by its place in n
		for seed := range uint64(seeds) {
			o.Seed = seed + 1
			u := upDown(t, ws, n, src, o)
			steps(t, u, 1)
			got := u.Network()
			for i, l := range n.Layers {
				addMovement(mean, l.W, got.Layers[i].W)
				addMovement(mean, l.B, got.Layers[i].B)
				addMovement(mean, l.C, got.Layers[i].C)
			}
			for i, l := range n.Generative {
				addMovement(mean, l.W, got.Generative[i].W)
				addMovement(mean, l.B, got.Generative[i].B)
			}
		}
		checkDirectedGradients(t, n, mean, int(o.GibbsSteps.At(0, 1)), 0.5*seeds, math.Sqrt(samples*seeds))
		if !o.Persistent {
			checkTopGradient(t, n, mean, 0.5*seeds, math.Sqrt(samples*seeds))
		}
	}
}

func addMovement(mean map[*float32]float64, before, after []float32) {
	for k := range before {
		mean[&before[k]] += float64(after[k]) - float64(before[k])
	}
}

// wakeStates returns the joint distribution of each layer's units and those of
// the layer above it, on the way up from uniform data; and that of the top
// machine's visible units.
func wakeStates(n *Network) (pairs [][][]float64, top []float64) {
	v := make([]float64, 1<<n.Units()[0])
	for x := range v {
		v[x] = 1 / float64(len(v))
	}
	for _, l := range n.Layers[:len(n.Layers)-1] {
		joint := make([][]float64, len(v))
		next := make([]float64, 1<<l.Hidden)
		for x, p := range v {
			joint[x] = product(upwards(l, x))
			for h := range joint[x] {
				joint[x][h] *= p
				next[h] += joint[x][h]
			}
		}
		pairs, v = append(pairs, joint), next
	}
	if c := n.Classes(); c > 0 { // labels are independent of the data here
		units := len(v)
		with := make([]float64, 1<<(n.Layers[len(n.Layers)-1].Visible))
		for x, p := range v {
			for y := range c {
				with[x+units<<y] = p / float64(c)
			}
		}
		v = with
	}
	return pairs, v
}

// topStep returns the distribution of the top machine's visible units behind a
// Gibbs step.
func topStep(m *rbm.Model, v []float64) []float64 {
	next := make([]float64, len(v))
	hidden := make([]float64, 1<<m.Hidden)
	for x, p := range v {
		for h, q := range product(upwards(m, x)) {
			hidden[h] += p * q
		}
	}
	for h, p := range hidden {
		down := product(downwards(m, h))
		total := 0.0
		for x := range down {
			if !oneLabel(m, x) {
				down[x] = 0
			}
			total += down[x]
		}
		for x, q := range down {
			next[x] += p * q / total
		}
	}
	return next
}

// oneLabel reports whether exactly one label of x is on, if there are labels.
func oneLabel(m *rbm.Model, x int) bool {
	labels := x >> (m.Visible - m.Labels)
	return m.Labels == 0 || labels != 0 && labels&(labels-1) == 0
}

// checkDirectedGradients compares movements with finite differences. The way down
// starts the given number of Gibbs steps from the data.
func checkDirectedGradients(t *testing.T, n *Network, mean map[*float32]float64, gibbs int, scale, root float64) {
	t.Helper()
	wake, v := wakeStates(n)
	for range gibbs {
		v = topStep(n.Layers[len(n.Layers)-1], v)
	}
	y := make([]float64, 1<<n.Layers[len(n.Layers)-2].Hidden) // labels summed out
	for x, p := range v {
		y[x%len(y)] += p
	}
	for i := len(n.Layers) - 2; i >= 0; i-- {
		up, down := n.Layers[i], n.Generative[i]
		dream := make([][]float64, 1<<up.Visible) // joint of visible and hidden on the way down
		next := make([]float64, 1<<up.Visible)
		for x := range dream {
			dream[x] = make([]float64, len(y))
		}
		for h, p := range y {
			for x, q := range product(downwards(down, h)) {
				dream[x][h] = p * q
				next[x] += p * q
			}
		}
		generative := func() (sum float64) {
			for x, row := range wake[i] {
				for h, p := range row {
					sum += p * stateLog(downwards(down, h), x)
				}
			}
			return sum
		}
		recognition := func() (sum float64) {
			for x, row := range dream {
				for h, p := range row {
					sum += p * stateLog(upwards(up, x), h)
				}
			}
			return sum
		}
		for _, c := range []struct {
			name   string
			params [][]float32
			value  func() float64
		}{
			{"generative", [][]float32{down.W, down.B}, generative},
			{"recognition", [][]float32{up.W, up.C}, recognition},
		} {
			for _, params := range c.params {
				for k := range params {
					want := difference(&params[k], c.value)
					got := mean[&params[k]] / scale
					// A sample's gradient is at most 1.
					if d := math.Abs(got - want); d > 5/root*0.5 {
						t.Errorf("%v, layer %d, %s parameter %d: moved by %.5f, expected %.5f", n.Units(), i+1, c.name, k, got, want)
					}
				}
			}
		}
		y = next
	}
}

// difference returns the derivative of f in a parameter.
func difference(p *float32, f func() float64) float64 {
	const h = 1.0 / 256
	was := *p
	*p = was + h
	up, high := f(), float64(*p)
	*p = was - h
	down, low := f(), float64(*p)
	*p = was
	return (up - down) / (high - low)
}

func checkTopGradient(t *testing.T, n *Network, mean map[*float32]float64, scale, root float64) {
	t.Helper()
	m := n.Layers[len(n.Layers)-1]
	_, data := wakeStates(n)
	model := data
	for range 2 {
		model = topStep(m, model)
	}
	w, b, c := make([]float64, len(m.W)), make([]float64, len(m.B)), make([]float64, len(m.C))
	for x := range data {
		d := data[x] - model[x]
		p := upwards(m, x)
		for j := range c {
			c[j] += d * p[j]
		}
		for i := range b {
			if x>>i&1 != 0 {
				b[i] += d
				for j := range c {
					w[i*m.Hidden+j] += d * p[j]
				}
			}
		}
	}
	for _, v := range []struct {
		params []float32
		want   []float64
	}{{m.W, w}, {m.B, b}, {m.C, c}} {
		for k, want := range v.want {
			if got := mean[&v.params[k]] / scale; math.Abs(got-want) > 5/root*0.7 {
				t.Errorf("%v, top machine, parameter %d: moved by %.5f, expected %.5f", n.Units(), k, got, want)
			}
		}
	}
}

// TestUpDownKeeps requires that nothing changes at a learning rate of zero, and
// that tied weights come back tied.
func TestUpDownKeeps(t *testing.T) {
	n, src := randomNetwork(1, 1, 70, 20, 30, 10), rows(50, 70)
	o := upDownOptions(20, 9)
	var err error
	if o.LearningRate, err = rbm.ParseSchedule("0,0.1@8"); err != nil {
		t.Fatal(err)
	}
	o.Directed = o.LearningRate
	u := upDown(t, workspace(t, 2), n, src, o)
	steps(t, u, 3*8)
	got := u.Network()
	for i, l := range n.Layers {
		if !slices.Equal(l.W, got.Layers[i].W) || !slices.Equal(l.B, got.Layers[i].B) || !slices.Equal(l.C, got.Layers[i].C) {
			t.Errorf("layer %d changed", i+1)
		}
		if i < 2 && (!slices.Equal(l.W, got.Generative[i].W) || !slices.Equal(l.B, got.Generative[i].B)) {
			t.Errorf("layer %d is not tied", i+1)
		}
	}
	steps(t, u, 1)
	if slices.Equal(u.Network().Layers[0].W, n.Layers[0].W) {
		t.Error("nothing changes at a learning rate of 0.1")
	}
}

// TestUpDownLearns fine-tunes small stacks, and expects them to model their data
// better, and to tell classes apart better.
func TestUpDownLearns(t *testing.T) {
	ws := workspace(t, 2)
	src := stripes(400, 8, 2).Source.(rbm.Bits)
	p, err := Pretrain(t.Context(), ws, src, []int{6, 6}, Options{Layer: []rbm.Options{options(20, 1)}})
	if err != nil {
		t.Fatal(err)
	}
	o := upDownOptions(20, 150)
	o.LearningRate, o.Directed = rbm.Constant(0.05), rbm.Constant(0.05)
	u := upDown(t, ws, p, src, o)
	if err := u.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	before, after := meanLog(t, p, src), meanLog(t, u.Network(), src)
	if !(after > before+0.05) {
		t.Errorf("log-probability %.3f behind fine-tuning, %.3f before", after, before)
	}
}

func meanLog(t *testing.T, n *Network, src rbm.Bits) float64 {
	t.Helper()
	rows, err := n.Exact(t.Context(), src.BitMatrix)
	if err != nil {
		t.Fatal(err)
	}
	var sum float64
	for _, r := range rows {
		sum += r.LogProbability / float64(len(rows))
	}
	return sum
}

// TestResumeUpDown trains with several numbers of workers, and from the file of
// every step, and expects the same file.
func TestResumeUpDown(t *testing.T) {
	o := upDownOptions(20, 3)
	o.Momentum, o.L2 = rbm.Constant(0.5), 0.001
	testResumeUpDown(t, o)
	o.Persistent, o.Center, o.SparsityTarget, o.SparsityCost = true, true, 0.1, 0.1
	for _, chains := range []int{0, 7, 120} { // more than there are rows
		o.Chains = chains
		testResumeUpDown(t, o)
	}
	o.Chains, o.Contrastive = 7, true
	testResumeUpDown(t, o)
	for _, o.AverageFrom = range []int{1, 3} {
		testResumeUpDown(t, o)
	}
}

func testResumeUpDown(t *testing.T, o UpDownOptions) {
	t.Helper()
	src := stripes(95, 70, 3)
	n := labelledNetwork(0.3, 1, 3, 70, 20, 30)
	u := upDown(t, workspace(t, 2), n, src, o)
	var files [][]byte
	files = append(files, encode(t, u.File(map[string]string{"a": "b"})))
	err := u.Run(t.Context(), func() error {
		files = append(files, encode(t, u.File(map[string]string{"a": "b"})))
		return nil
	})
	if err != nil || len(files) != 16 {
		t.Fatalf("%d files, error %v", len(files), err)
	}
	for k, file := range files {
		f, err := read(file)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ResumeUpDown(workspace(t, 1+k%3), f, src, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(encode(t, again.File(f.Info)), files[len(files)-1]) {
			t.Errorf("resumed behind step %d: other bits", k)
		}
	}
	f, err := read(files[len(files)-1])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ResumeUpDown(workspace(t, 1), f, src, 2); !errors.Is(err, ErrOptions) {
		t.Errorf("fewer epochs than are done: %v", err)
	}
	if _, err := ResumeUpDown(workspace(t, 1), f, stripes(90, 70, 3), 0); !errors.Is(err, rbm.ErrData) {
		t.Errorf("other rows: %v", err)
	}
	if _, err := ResumeUpDown(workspace(t, 1), &File{Network: n}, src, 0); !errors.Is(err, ErrFile) {
		t.Errorf("nothing to resume: %v", err)
	}
}

// TestUpDownAverages compares the network of a fine-tuning with the mean of those
// that one without a mean has at the ends of its epochs.
func TestUpDownAverages(t *testing.T) {
	src, start := stripes(45, 20, 3), labelledNetwork(0.3, 1, 3, 20, 7, 5)
	const epochs, from = 6, 3
	o := upDownOptions(20, epochs)
	o.LearningRate, o.Directed, o.Persistent = rbm.Constant(0.1), rbm.Constant(0.1), true
	plain := upDown(t, workspace(t, 1), start, src, o)
	o.AverageFrom = from
	u := upDown(t, workspace(t, 2), start, src, o)
	var sums [][]float64
	for epoch := 1; epoch <= epochs; epoch++ {
		steps(t, plain, 3)
		steps(t, u, 2)
		if epoch < from && !slices.Equal(encode(t, &File{Network: u.last()}), encode(t, &File{Network: u.Network()})) {
			t.Fatalf("within epoch %d, the network is not the last state", epoch)
		}
		steps(t, u, 1)
		last := plain.Network()
		if !slices.Equal(encode(t, &File{Network: u.last()}), encode(t, &File{Network: last})) {
			t.Fatalf("the mean changes the training in epoch %d", epoch)
		}
		if epoch < from {
			continue
		}
		for i, p := range last.parameters() {
			if len(sums) == i {
				sums = append(sums, make([]float64, len(p)))
			}
			for k, x := range p {
				sums[i][k] += float64(x)
			}
		}
		for i, p := range u.Network().parameters() {
			for k, x := range p {
				if want := sums[i][k] / float64(epoch-from+1); math.Abs(float64(x)-want) > 1e-6 {
					t.Fatalf("epoch %d: number %d of vector %d is %v, expected the mean %v", epoch, k, i, x, want)
				}
			}
		}
	}
	if got, want := u.Network(), u.last(); slices.Equal(got.Layers[1].W, want.Layers[1].W) || slices.Equal(got.Generative[0].W, want.Generative[0].W) {
		t.Error("the mean is the last state")
	}
	f := u.File(nil)
	f.Network = labelledNetwork(0.3, 1, 3, 20, 8, 5)
	if _, err := ResumeUpDown(workspace(t, 1), f, src, 0); !errors.Is(err, ErrNetwork) {
		t.Errorf("a mean of other units: %v", err)
	}
	f.FineTuning.Last = nil
	if _, err := ResumeUpDown(workspace(t, 1), f, src, 0); !errors.Is(err, ErrNetwork) {
		t.Errorf("no last state: %v", err)
	}
}

// tunedModel returns the file of a fine-tuning that has stopped within an epoch.
func tunedModel(t testing.TB) []byte {
	o := upDownOptions(10, 2)
	o.AverageFrom = 1
	u := upDown(t, workspace(t, 1), labelledNetwork(1, 1, 3, 5, 4, 3), stripes(20, 5, 3), o)
	steps(t, u, 3)
	return encode(t, u.File(nil))
}

// TestReadTuningErrors alters the file of a fine-tuning in every way that its
// checksum does not tell.
func TestReadTuningErrors(t *testing.T) {
	good := tunedModel(t)
	if f, err := read(good); err != nil || f.FineTuning == nil || f.Network.Classes() != 3 || f.Network.Generative == nil {
		t.Fatalf("file %+v, error %v", f, err)
	}
	type tensors = map[string]*safetensors.Tensor
	replace := func(key, from, to string) func(map[string]string, tensors) {
		return func(m map[string]string, _ tensors) {
			if !strings.Contains(m[key], from) {
				t.Fatalf("%s is %s, without %s", key, m[key], from)
			}
			m[key] = strings.Replace(m[key], from, to, 1)
		}
	}
	for _, c := range []struct {
		name, want string
		edit       func(meta map[string]string, ts tensors)
	}{
		{"labels text", "bitdbn.labels", replace(keyLabels, "3", "x")},
		{"one label", "bitdbn.labels", replace(keyLabels, "3", "1")},
		{"other labels", "shape", replace(keyLabels, "3", "4")},
		{"huge labels", "shape", replace(keyLabels, "3", "1000000000")},
		{"tuning", "bitdbn.finetuning", func(m map[string]string, _ tensors) { m[keyTuning] = "[]" }},
		{"exponents", "exponents", replace(keyTuning, `"exponents":[`, `"exponents":[1,`)},
		{"row within a batch", "row", replace(keyTuning, `"Row":10`, `"Row":11`)},
		{"row beyond", "row", replace(keyTuning, `"Row":10`, `"Row":30`)},
		{"negative epoch", "epochs", replace(keyTuning, `"Epoch":1`, `"Epoch":-1`)},
		{"too many epochs", "epochs", replace(keyTuning, `"Epoch":1`, `"Epoch":9`)},
		{"no batch", "row", replace(keyTuning, `"Batch":10`, `"Batch":0`)},
		{"too long a mean", "mean", replace(keyTuning, `"averaged":1`, `"averaged":2`)},
		{"negative mean", "mean", replace(keyTuning, `"averaged":1`, `"averaged":-1`)},
		{"a mean from nowhere", "mean", replace(keyTuning, `"AverageFrom":1`, `"AverageFrom":0`)},
		{"missing last weights", "finetuning.last.layers.1.weights", func(_ map[string]string, ts tensors) { delete(ts, "finetuning.last.layers.1.weights") }},
		{"missing last generative bias", "finetuning.last.layers.0.generative_bias", func(_ map[string]string, ts tensors) { delete(ts, "finetuning.last.layers.0.generative_bias") }},
		{"missing generative weights", "layers.0.generative_weights", func(_ map[string]string, ts tensors) { delete(ts, "layers.0.generative_weights") }},
		{"missing generative bias", "layers.0.generative_bias", func(_ map[string]string, ts tensors) { delete(ts, "layers.0.generative_bias") }},
		{"missing momentum", "finetuning.1.hidden_bias_momentum", func(_ map[string]string, ts tensors) { delete(ts, "finetuning.1.hidden_bias_momentum") }},
		{"missing offsets", "finetuning.top.visible_offset", func(_ map[string]string, ts tensors) { delete(ts, "finetuning.top.visible_offset") }},
	} {
		_, err := read(rewrite(t, good, c.edit))
		if !errors.Is(err, ErrFile) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected ErrFile that mentions %q", c.name, err, c.want)
		}
	}
	// What only the data or the arithmetic can tell is refused when it is resumed.
	for _, exponent := range []string{"99", "-999"} {
		f, err := read(rewrite(t, good, func(m map[string]string, _ tensors) {
			at := strings.Index(m[keyTuning], `"exponents":[`) + len(`"exponents":[`)
			end := at + strings.Index(m[keyTuning][at:], ",")
			m[keyTuning] = m[keyTuning][:at] + exponent + m[keyTuning][end:]
		}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ResumeUpDown(workspace(t, 1), f, stripes(20, 5, 3), 0); !errors.Is(err, ErrNetwork) {
			t.Errorf("exponent %s: %v, expected %v", exponent, err, ErrNetwork)
		}
	}
}

func TestUpDownAllocatesNothing(t *testing.T) {
	src := stripes(300, 256, 3)
	for _, n := range []*Network{labelledNetwork(0.1, 1, 3, 256, 40, 50, 60), randomNetwork(0.1, 1, 256, 40, 50)} {
		for _, workers := range []int{1, 2} {
			for kind := range 3 {
				o := upDownOptions(30, 1000)
				o.Persistent, o.Contrastive = kind > 0, kind > 1
				u := upDown(t, workspace(t, workers), n, src, o)
				steps(t, u, 12)
				if allocs := testing.AllocsPerRun(1, func() { steps(t, u, 12) }); allocs != 0 {
					t.Errorf("%v with %d workers, persistent chains %v, contrastive %v: %v allocations in 12 steps", n.Units(), workers, o.Persistent, o.Contrastive, allocs)
				}
			}
		}
	}
}

func TestUpDownErrors(t *testing.T) {
	ws, src := workspace(t, 1), stripes(30, 6, 3)
	with, without := labelledNetwork(1, 1, 3, 6, 5, 4), New(6, 5, 4)
	bad, late, early := upDownOptions(0, 1), upDownOptions(10, 1), upDownOptions(10, 1)
	late.AverageFrom, early.AverageFrom = 2, -1
	broken := New(6, 5, 4)
	broken.Generative = []*rbm.Model{rbm.New(5, 6)}
	for _, c := range []struct {
		what string
		net  *Network
		src  rbm.Source
		o    UpDownOptions
		want error
	}{
		{"no batch", without, src, bad, rbm.ErrOptions},
		{"a mean that does not begin", without, src, late, rbm.ErrOptions},
		{"a mean from before the first epoch", without, src, early, rbm.ErrOptions},
		{"one layer", New(6, 5), src, upDownOptions(10, 1), ErrNetwork},
		{"no network", new(Network), src, upDownOptions(10, 1), ErrNetwork},
		{"generative weights of another shape", broken, src, upDownOptions(10, 1), ErrNetwork},
		{"no labels", with, src.Source, upDownOptions(10, 1), rbm.ErrData},
		{"other classes", with, Labelled{src.Source, src.Labels, 4}, upDownOptions(10, 1), rbm.ErrData},
		{"label out of range", with, Labelled{src.Source, slices.Repeat([]int{3}, 30), 3}, upDownOptions(10, 1), rbm.ErrData},
		{"other width", without, rows(3, 7), upDownOptions(10, 1), rbm.ErrData},
	} {
		if _, err := NewUpDown(ws, c.net, c.src, c.o); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, expected %v", c.what, err, c.want)
		}
	}
	u := upDown(t, ws, without, src, upDownOptions(10, 5))
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := u.Run(cancelled, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	o := upDownOptions(10, 5)
	o.LearningRate, o.Directed, o.Limit = rbm.Constant(1e6), rbm.Constant(1e6), 20
	for layer, o := range map[string]UpDownOptions{"layer 1": o, "layer 2": o} {
		if layer == "layer 1" {
			o.LearningRate = rbm.Constant(0.01) // and only the directed layer diverges
		}
		err := upDown(t, ws, without, src, o).Run(t.Context(), nil)
		if !errors.Is(err, bitdbn.ErrDiverged) || !strings.Contains(err.Error(), layer) {
			t.Errorf("a learning rate of a million in %s: %v", layer, err)
		}
	}
}
