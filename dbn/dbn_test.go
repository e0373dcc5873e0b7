package dbn

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/internal/safetensors"
	"github.com/bitdbn/bitdbn/rbm"
)

func workspace(t testing.TB, workers int) *bitdbn.Workspace {
	t.Helper()
	ws, err := bitdbn.NewWorkspace(workers)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ws.Close)
	return ws
}

func rows(n, cols int) rbm.Bits {
	rng := rand.New(rand.NewPCG(3, 4))
	x := bitdbn.NewBitMatrix(n, cols)
	for i := range n {
		for j := range cols {
			x.Set(i, j, rng.Float64() < 0.3)
		}
	}
	return rbm.Bits{BitMatrix: x}
}

func options(batch, epochs int) rbm.Options {
	o := rbm.DefaultOptions(100, 10, 10)
	o.Batch, o.Epochs, o.Chains, o.Center, o.L2 = batch, epochs, 0, false, 0.0002
	o.LearningRate, o.Momentum = rbm.Constant(0.1), rbm.Constant(0.5)
	return o
}

func encode(t testing.TB, f *File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(b []byte) (*File, error) { return Read(bytes.NewReader(b), int64(len(b)), "model") }

// TestResume trains with several numbers of workers, and from the file of every
// step, and expects the same file.
func TestResume(t *testing.T) {
	src := rows(95, 70)
	persistent := options(10, 3)
	persistent.Persistent, persistent.Chains, persistent.Center = true, 13, true
	sparse := options(50, 3)
	sparse.SparsityTarget, sparse.SparsityCost = 0.1, 0.5
	for name, o := range map[string]rbm.Options{"CD": options(20, 3), "PCD": persistent, "sparse": sparse} {
		train := func(workers int, interrupt bool) []byte {
			ws := workspace(t, workers)
			p, err := NewPretraining(ws, src, []int{65, 30}, Options{Layer: []rbm.Options{o}})
			if err != nil {
				t.Fatal(err)
			}
			for !p.Done() {
				if err := p.Step(); err != nil {
					t.Fatal(err)
				}
				if !interrupt {
					continue
				}
				b := encode(t, p.File(nil))
				f, err := read(b)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(encode(t, f), b) {
					t.Fatalf("%s: a file that is read and written again differs", name)
				}
				if p, err = Resume(ws, f, src, 0); err != nil {
					t.Fatal(err)
				}
			}
			return encode(t, p.File(nil))
		}
		want := train(1, false)
		for _, workers := range []int{2, 3, 7} {
			if !bytes.Equal(train(workers, false), want) {
				t.Errorf("%s: %d workers give another file", name, workers)
			}
		}
		if !bytes.Equal(train(2, true), want) {
			t.Errorf("%s: interrupted at every step it gives another file", name)
		}
		procs := runtime.GOMAXPROCS(1)
		if !bytes.Equal(train(2, false), want) {
			t.Errorf("%s: one processor gives another file", name)
		}
		runtime.GOMAXPROCS(procs)
	}
}

func TestExtend(t *testing.T) {
	src, ws := rows(50, 12), workspace(t, 1)
	train := func(epochs int) *Pretraining {
		p, err := NewPretraining(ws, src, []int{8}, Options{Layer: []rbm.Options{options(20, epochs)}})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		return p
	}
	p, err := Resume(ws, train(2).File(nil), src, 4)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(encode(t, p.File(nil)), encode(t, train(4).File(nil))) {
		t.Error("two epochs and two more give another file than four")
	}
	if _, err := Resume(ws, train(3).File(nil), src, 2); !errors.Is(err, ErrOptions) {
		t.Errorf("fewer epochs than are finished: %v, expected ErrOptions", err)
	}
	if _, err := Resume(ws, train(1).File(nil), rows(51, 12), 0); !errors.Is(err, rbm.ErrData) {
		t.Errorf("other rows: %v, expected rbm.ErrData", err)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Pretrain(ctx, workspace(t, 1), rows(20, 5), []int{3}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, expected context.Canceled", err)
	}
}

// TestLayers trains stacks of several heights: a layer below stays as it is
// while the next is trained, on the means that it has.
func TestLayers(t *testing.T) {
	src, ws := rows(200, 16), workspace(t, 1)
	for _, hidden := range [][]int{{8}, {8, 4}, {8, 4, 2}, {8, 8, 8, 8}} {
		p, err := NewPretraining(ws, src, hidden, Options{Layer: []rbm.Options{options(50, 2)}})
		if err != nil {
			t.Fatal(err)
		}
		var first []float32
		for !p.Done() {
			if err := p.Step(); err != nil {
				t.Fatal(err)
			}
			if p.Progress().Layer == 0 {
				first = p.Network().Layers[0].W
			}
		}
		n := p.Network()
		for i, w := range first {
			if n.Layers[0].W[i] != w {
				t.Fatalf("layers %v: training above changed the first layer", hidden)
			}
		}
		if err := n.Validate(); err != nil {
			t.Error(err)
		}
		input, err := n.Hidden(src, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		packed, err := n.Layers[0].Pack()
		if err != nil {
			t.Fatal(err)
		}
		probs := make([]float32, 200*8)
		packed.Up.Probs(ws, probs, src.BitMatrix)
		for j, m := range input.Means(ws) {
			want := 0.0
			for r := range 200 {
				want += float64(probs[r*8+j]) / 200
			}
			if math.Abs(m-want) > 4*0.5/math.Sqrt(200) {
				t.Errorf("mean of unit %d is %v in the input of layer 2, expected %v", j, m, want)
			}
		}
	}
}

// logP returns log p*(x) of every visible state of a machine by enumeration,
// unnormalised, in float64.
func logP(m *rbm.Model) []float64 {
	out := make([]float64, 1<<m.Visible)
	for x := range out {
		for i := range m.Visible {
			if x>>i&1 != 0 {
				out[x] += float64(m.B[i])
			}
		}
		for j := range m.Hidden {
			a := float64(m.C[j])
			for i := range m.Visible {
				if x>>i&1 != 0 {
					a += float64(m.W[i*m.Hidden+j])
				}
			}
			out[x] += math.Log1p(math.Exp(a))
		}
	}
	return out
}

// normalise turns unnormalised log probabilities into probabilities.
func normalise(l []float64) []float64 {
	sum := 0.0
	p := make([]float64, len(l))
	for i, v := range l {
		p[i] = math.Exp(v)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// down returns p(x) = Σ_h p(h)·p(x|h) for the directed layer m.
func down(m *rbm.Model, prior []float64) []float64 {
	out := make([]float64, 1<<m.Visible)
	for h, ph := range prior {
		for x := range out {
			p := ph
			for i := range m.Visible {
				a := float64(m.B[i])
				for j := range m.Hidden {
					if h>>j&1 != 0 {
						a += float64(m.W[i*m.Hidden+j])
					}
				}
				q := 1 / (1 + math.Exp(-a))
				if x>>i&1 == 0 {
					q = 1 - q
				}
				p *= q
			}
			out[x] += p
		}
	}
	return out
}

// TestTied expects the stack at a tied start to be the model that the first
// layer is, also with more units on top than the data have: those begin with
// hardly any weights.
func TestTied(t *testing.T) {
	ws := workspace(t, 1)
	o := options(10, 3)
	o.LearningRate = rbm.Constant(1)
	for _, top := range []int{5, 8} {
		p, err := NewPretraining(ws, rows(60, 5), []int{4, top}, Options{Layer: []rbm.Options{o}, Tied: true, WeightStd: 1e-9})
		if err != nil {
			t.Fatal(err)
		}
		for p.Progress().Layer == 0 && !p.train.Done() {
			if err := p.Step(); err != nil {
				t.Fatal(err)
			}
		}
		p.net.Layers[0] = p.train.Model()
		if err := p.startLayer(1); err != nil {
			t.Fatal(err)
		}
		n := p.Network()
		want := normalise(logP(n.Layers[0]))
		got := down(n.Layers[0], normalise(logP(n.Layers[1])))
		for x := range want {
			if math.Abs(got[x]-want[x]) > 1e-8 {
				t.Errorf("%d units on top: p(%05b) is %v at the tied start, expected %v", top, x, got[x], want[x])
			}
		}
	}
	if _, err := NewPretraining(ws, rows(60, 5), []int{6, 4}, Options{Tied: true}); !errors.Is(err, ErrOptions) {
		t.Errorf("layers that cannot be tied: %v, expected ErrOptions", err)
	}
}

// TestSampler compares samples of a small stack with its exact distribution.
func TestSampler(t *testing.T) {
	const chains = 20000
	n, ws := New(4, 3, 3), workspace(t, 1)
	rng := rand.New(rand.NewPCG(9, 9))
	for _, l := range n.Layers {
		for _, p := range [][]float32{l.W, l.B, l.C} {
			for i := range p {
				p[i] = float32(rng.NormFloat64())
			}
		}
	}
	s, err := NewSampler(n, chains, 5)
	if err != nil {
		t.Fatal(err)
	}
	s.Run(ws, 200)
	x := s.Down(ws, nil)
	chi2 := chiSquare(x, down(n.Layers[0], normalise(logP(n.Layers[1]))))
	if chi2 > 44 { // 15 degrees of freedom: exceeded once in 10,000
		t.Errorf("chi-square %v of the samples", chi2)
	}
}

func TestTransform(t *testing.T) {
	ws, src, n := workspace(t, 1), rows(1203, 6), New(6, 4, 3)
	n.Layers[0].InitWeights(1, rbm.InitStream(1, 0))
	packed, err := n.Layers[0].Pack()
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float32, 1203*4)
	packed.Up.Probs(ws, want, src.BitMatrix)
	var got []float32
	err = n.Transform(ws, src, 1, 1, func(p []float32) error { got = append(got, p...); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%d features, expected %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("feature %d is %v, expected %v", i, got[i], want[i])
		}
	}
	none := func([]float32) error { return nil }
	for _, layer := range []int{-1, 0, 3} {
		if err := n.Transform(ws, src, layer, 1, none); !errors.Is(err, ErrNetwork) {
			t.Errorf("layer %d: %v, expected ErrNetwork", layer, err)
		}
	}
	if err := n.Transform(ws, rows(3, 7), 1, 1, none); !errors.Is(err, rbm.ErrData) {
		t.Errorf("rows of another width: %v, expected rbm.ErrData", err)
	}
	if err := new(Network).Transform(ws, src, 1, 1, none); !errors.Is(err, ErrNetwork) {
		t.Errorf("no layers: %v, expected ErrNetwork", err)
	}
	if _, err := NewSampler(new(Network), 1, 1); !errors.Is(err, ErrNetwork) {
		t.Errorf("sampler of no layers: %v, expected ErrNetwork", err)
	}
}

// model returns the bytes of a file with all that a file can hold.
func model(t testing.TB) []byte {
	t.Helper()
	o := options(10, 2)
	o.Persistent, o.Chains = true, 3
	ws := workspace(t, 1)
	p, err := NewPretraining(ws, rows(20, 5), []int{4, 3}, Options{Layer: []rbm.Options{o}})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := p.Step(); err != nil {
			t.Fatal(err)
		}
	}
	return encode(t, p.File(map[string]string{"data": "x"}))
}

// rewrite returns the file b with its metadata and tensors changed by f, and the
// checksum made right again.
func rewrite(t *testing.T, b []byte, f func(meta map[string]string, tensors map[string]*safetensors.Tensor)) []byte {
	t.Helper()
	sf, err := safetensors.Read(bytes.NewReader(b), int64(len(b)), "model")
	if err != nil {
		t.Fatal(err)
	}
	meta, byName := sf.Metadata(), map[string]*safetensors.Tensor{}
	for _, name := range sf.Names() {
		tensor := &safetensors.Tensor{Name: name}
		if name == "training.chains" {
			tensor.Data, tensor.Shape, err = anyOf(sf.Uint64s(name))
		} else {
			tensor.Data, tensor.Shape, err = anyOf(sf.Float32s(name))
		}
		if err != nil {
			t.Fatal(err)
		}
		byName[name] = tensor
	}
	f(meta, byName)
	var tensors []safetensors.Tensor
	for _, name := range sf.Names() {
		if tensor := byName[name]; tensor != nil {
			tensors = append(tensors, *tensor)
		}
	}
	var out bytes.Buffer
	if err := safetensors.Write(&out, tensors, meta); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func anyOf[T any](v []T, shape []int, err error) (any, []int, error) { return v, shape, err }

func TestReadErrors(t *testing.T) {
	good := model(t)
	if _, err := read(good); err != nil {
		t.Fatal(err)
	}
	type tensors = map[string]*safetensors.Tensor
	for _, c := range []struct {
		name, want string
		edit       func(meta map[string]string, ts tensors)
	}{
		{"no version", "bitdbn.version", func(m map[string]string, _ tensors) { delete(m, keyVersion) }},
		{"newer", "newer", func(m map[string]string, _ tensors) { m[keyVersion] = "999" }},
		{"version text", "bitdbn.version", func(m map[string]string, _ tensors) { m[keyVersion] = "x" }},
		{"no units", "bitdbn.units", func(m map[string]string, _ tensors) { delete(m, keyUnits) }},
		{"huge units", "expected", func(m map[string]string, _ tensors) { m[keyUnits] = "1000000000,1000000000" }},
		{"other units", "shape", func(m map[string]string, _ tensors) { m[keyUnits] = "5,3,4" }},
		{"missing tensor", "layers.1.weights", func(_ map[string]string, ts tensors) { delete(ts, "layers.1.weights") }},
		{"missing momentum", "training.weights_momentum", func(_ map[string]string, ts tensors) { delete(ts, "training.weights_momentum") }},
		{"options", "bitdbn.options", func(m map[string]string, _ tensors) { m[keyOptions] = "{" }},
		{"training", "bitdbn.training", func(m map[string]string, _ tensors) { m[keyTraining] = "[]" }},
		{"layer", "layer 8", func(m map[string]string, _ tensors) {
			m[keyTraining] = strings.Replace(m[keyTraining], `"layer":0`, `"layer":7`, 1)
		}},
		{"chains", "training.chains", func(m map[string]string, _ tensors) {
			m[keyTraining] = strings.Replace(m[keyTraining], `[3,5]`, `[1000000000000,5]`, 1)
		}},
		{"dirty padding", "beyond column", func(_ map[string]string, ts tensors) { ts["training.chains"].Data.([]uint64)[0] |= 1 << 40 }},
	} {
		_, err := read(rewrite(t, good, c.edit))
		if !errors.Is(err, ErrFile) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "model") {
			t.Errorf("%s: %v, expected ErrFile that mentions the file and %q", c.name, err, c.want)
		}
	}
	step := 1
	if testing.Short() {
		step = 37
	}
	for cut := 0; cut < len(good); cut += step {
		if _, err := read(good[:cut]); err == nil {
			t.Fatalf("cut to %d of %d bytes, the file is read", cut, len(good))
		}
	}
	altered := bytes.Clone(good)
	altered[len(altered)-1] ^= 1
	if _, err := read(altered); !errors.Is(err, ErrFile) {
		t.Errorf("an altered byte: %v, expected ErrFile", err)
	}
}

// TestHostileState resumes files whose numbers are absurd.
func TestHostileState(t *testing.T) {
	ws, src := workspace(t, 1), rows(20, 5)
	for _, change := range [][2]string{
		{`"Epoch":1`, `"Epoch":-1`}, {`"Epoch":1`, `"Epoch":99`}, {`"Row":10`, `"Row":7`}, {`"Row":10`, `"Row":-10`}, {`"Row":10`, `"Row":1000`},
		{`"exponent":`, `"exponent":9`}, {`"exponent":`, `"exponent":-9`}, {`"rows":20`, `"rows":21`}, {`"Batch":10`, `"Batch":0`}, {`"Batch":10`, `"Batch":99999999`},
		{`"Chains":3`, `"Chains":4`}, {`"Persistent":true`, `"Persistent":false`}, {`"Seed":1`, `"Seed":1,"Epochs":-5`},
	} {
		changed := false
		b := rewrite(t, model(t), func(meta map[string]string, _ map[string]*safetensors.Tensor) {
			for _, k := range []string{keyTraining, keyOptions} {
				changed = changed || strings.Contains(meta[k], change[0])
				meta[k] = strings.Replace(meta[k], change[0], change[1], 1)
			}
		})
		if !changed {
			t.Fatalf("%s does not occur", change[0])
		}
		f, err := read(b)
		if err == nil {
			_, err = Resume(ws, f, src, 0)
		}
		if err == nil {
			t.Errorf("%s in the place of %s is resumed", change[1], change[0])
		}
	}
}

func FuzzModelFile(f *testing.F) {
	f.Add(model(f))
	f.Add(tunedModel(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := read(b)
		if err != nil {
			return
		}
		if err := file.Network.Validate(); err != nil {
			t.Error(err)
		}
	})
}

// TestTemper compares tempered samples of a small stack with its exact
// distribution.
func TestTemper(t *testing.T) {
	const chains = 5000
	n, ws := randomNetwork(2, 9, 4, 3, 3), workspace(t, 1)
	s, err := NewSampler(n, chains, 5)
	if err != nil {
		t.Fatal(err)
	}
	rates, err := s.Temper(ws, 200, rbm.TemperingOptions{Betas: rbm.FallingBetas(4), Seed: 3})
	if err != nil || len(rates) != 3 || !(slices.Min(rates) > 0.1) {
		t.Fatalf("swap rates %v, error %v", rates, err)
	}
	if chi2 := chiSquare(s.Down(ws, nil), down(n.Layers[0], normalise(logP(n.Layers[1])))); chi2 > 44 { // as in TestSampler
		t.Errorf("chi-square %v of the samples", chi2)
	}
	if _, err := s.Temper(ws, 1, rbm.TemperingOptions{}); !errors.Is(err, rbm.ErrOptions) {
		t.Errorf("no temperatures: %v", err)
	}
}

// chiSquare returns the statistic of the rows of x, of few units, against the
// probabilities of their states.
func chiSquare(x *bitdbn.BitMatrix, probabilities []float64) float64 {
	counts := make([]float64, len(probabilities))
	for r := range x.Rows() {
		counts[x.Row(r)[0]]++
	}
	var chi2 float64
	for v, p := range probabilities {
		expected := float64(x.Rows()) * p
		chi2 += (counts[v] - expected) * (counts[v] - expected) / expected
	}
	return chi2
}

// TestPretrainDivergence requires the error to say in which layer.
func TestPretrainDivergence(t *testing.T) {
	fine, wild := options(10, 1), options(10, 1)
	wild.LearningRate = rbm.Constant(1e6)
	_, err := Pretrain(t.Context(), workspace(t, 1), rows(30, 8), []int{5, 4}, Options{Layer: []rbm.Options{fine, wild}})
	if !errors.Is(err, bitdbn.ErrDiverged) || !strings.Contains(err.Error(), "layer 2, epoch 1") {
		t.Errorf("a learning rate of a million in the second layer: %v", err)
	}
}
