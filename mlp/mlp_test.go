package mlp

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/rbm"
)

// floatRows are rows of numbers.
type floatRows struct {
	values []float32
	width  int
}

func (f floatRows) Rows() int  { return len(f.values) / f.width }
func (f floatRows) Width() int { return f.width }
func (f floatRows) Fill(dst []float32, index []int) {
	for r, i := range index {
		copy(dst[r*f.width:], f.values[i*f.width:][:f.width])
	}
}

// circles returns points in a square, and whether each is near its middle: no
// linear classifier tells them apart.
func circles(n int) (floatRows, []int) {
	rng := rand.New(rand.NewPCG(1, 2))
	f, labels := floatRows{width: 2}, make([]int, n)
	for r := range n {
		x, y := rng.Float32(), rng.Float32()
		f.values = append(f.values, x, y)
		if (x-0.5)*(x-0.5)+(y-0.5)*(y-0.5) < 0.12 {
			labels[r] = 1
		}
	}
	return f, labels
}

func options(batch, epochs int) Options {
	o := Options{LearningRate: rbm.Constant(0.1), Momentum: rbm.Constant(0.9), Epochs: 30, Batch: 100, Seed: 1}
	o.Batch, o.Epochs = batch, epochs
	return o
}

func workspace(t testing.TB) *bitdbn.Workspace {
	t.Helper()
	ws, err := bitdbn.NewWorkspace(2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ws.Close)
	return ws
}

func trainer(t testing.TB, n *Network, rows Rows, labels []int, o Options) *Trainer {
	t.Helper()
	tr, err := NewTrainer(workspace(t), n, rows, labels, o)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// loss returns the mean −log p(label), in float64, by the definition.
func loss(n *Network, rows floatRows, labels []int) float64 {
	var sum float64
	for r, y := range labels {
		a := make([]float64, rows.width)
		for k := range a {
			a[k] = float64(rows.values[r*rows.width+k])
		}
		for i, l := range n.Layers {
			z := make([]float64, l.Out)
			for j := range z {
				z[j] = float64(l.B[j])
				for k, x := range a {
					z[j] += x * float64(l.W[k*l.Out+j])
				}
				if i < len(n.Layers)-1 {
					z[j] = 1 / (1 + math.Exp(-z[j]))
				}
			}
			a = z
		}
		total := 0.0
		for _, z := range a {
			total += math.Exp(z)
		}
		sum += math.Log(total) - a[y]
	}
	return sum / float64(len(labels))
}

// TestGradient compares the first step of all parameters with finite
// differences of the loss.
func TestGradient(t *testing.T) {
	rows, labels := circles(17)
	for i := range labels {
		labels[i] += i % 2 // three classes
	}
	n := New(3, 2, 5, 4, 3)
	for i, l := range n.Layers {
		for j := range l.B {
			l.B[j] = float32(i+j) / 10
		}
	}
	o := options(17, 1)
	o.LearningRate, o.Momentum, o.L2 = rbm.Constant(1), rbm.Constant(0), 0.1
	tr := trainer(t, n, rows, labels, o)
	if err := tr.Step(); err != nil {
		t.Fatal(err)
	}
	if want := loss(n, rows, labels); math.Abs(tr.Cursor().Loss-want) > 1e-6 {
		t.Errorf("loss %v, expected %v", tr.Cursor().Loss, want)
	}
	got := tr.Network()
	for i, l := range n.Layers {
		for _, p := range []struct {
			before, after []float32
			cost          float64
		}{{l.W, got.Layers[i].W, o.L2}, {l.B, got.Layers[i].B, 0}} {
			for k := range p.before {
				was := p.before[k]
				const h = 1.0 / 1024
				p.before[k] = was + h
				up := loss(n, rows, labels)
				p.before[k] = was - h
				down := loss(n, rows, labels)
				p.before[k] = was
				want := -(up-down)/(2*h) - p.cost*float64(was)
				if moved := float64(p.after[k]) - float64(was); math.Abs(moved-want) > 2e-5 {
					t.Errorf("layer %d, parameter %d moved by %v, expected %v", i+1, k, moved, want)
				}
			}
		}
	}
}

// TestLearns trains what no linear classifier can tell apart, with and without
// dropout.
func TestLearns(t *testing.T) {
	rows, labels := circles(600)
	for _, dropout := range []float64{0, 0.2} {
		o := options(20, 120)
		o.Dropout, o.LearningRate = dropout, rbm.Constant(0.2)
		tr := trainer(t, New(1, 2, 30, 20, 2), rows, labels, o)
		if err := tr.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if wrong := mistakes(t, tr.Network(), rows, labels); wrong > 30 {
			t.Errorf("dropout %v: %d of 600 wrong", dropout, wrong)
		}
	}
}

func mistakes(t *testing.T, n *Network, rows Rows, labels []int) int {
	t.Helper()
	wrong, row, c := 0, 0, n.Classes()
	err := n.Predict(t.Context(), workspace(t), rows, func(probs []float32) error {
		for ; len(probs) > 0; probs = probs[c:] {
			var sum float32
			best := 0
			for y, p := range probs[:c] {
				sum += p
				if p > probs[best] {
					best = y
				}
			}
			if math.Abs(float64(sum)-1) > 1e-5 {
				t.Fatalf("row %d: probabilities sum to %v", row, sum)
			}
			if best != labels[row] {
				wrong++
			}
			row++
		}
		return nil
	})
	if err != nil || row != rows.Rows() {
		t.Fatalf("%d rows predicted, error %v", row, err)
	}
	return wrong
}

// TestDropout requires that units are left out as often as asked, and that what
// is left keeps the mean.
func TestDropout(t *testing.T) {
	values := make([]float32, 4000)
	for i := range values {
		values[i] = 1
	}
	o := options(40, 1)
	o.InputDropout = 0.3
	tr := trainer(t, New(1, 100, 2), floatRows{values, 100}, make([]int, 40), o)
	if err := tr.Step(); err != nil {
		t.Fatal(err)
	}
	out, sum := 0, 0.0
	for _, v := range tr.act[0].Data {
		if v == 0 {
			out++
		}
		sum += float64(v)
	}
	if math.Abs(float64(out)-1200) > 150 || math.Abs(sum-4000) > 200 {
		t.Errorf("%d of 4000 units left out, sum %v", out, sum)
	}
}

// TestAverage compares the network of a training with the mean of those that one
// without a mean has at the ends of its epochs.
func TestAverage(t *testing.T) {
	rows, labels := circles(40)
	const epochs, from = 5, 3
	o := options(10, epochs)
	plain := trainer(t, New(1, 2, 6, 2), rows, labels, o)
	o.AverageFrom = from
	tr := trainer(t, New(1, 2, 6, 2), rows, labels, o)
	sums := make([]float64, 2*6)
	for step := 1; step <= 4*epochs; step++ {
		if err := errors.Join(plain.Step(), tr.Step()); err != nil {
			t.Fatal(err)
		}
		last, got := plain.Network().Layers[0].W, tr.Network().Layers[0].W
		if !slices.Equal(tr.net.Layers[0].W, last) {
			t.Fatalf("step %d: the mean changes the training", step)
		}
		if step < 4*from {
			if !slices.Equal(got, last) {
				t.Fatalf("step %d: not the last state", step)
			}
			continue
		}
		for i, w := range last {
			if step%4 == 0 {
				sums[i] += float64(w)
			}
			if want := sums[i] / float64(step/4-from+1); math.Abs(float64(got[i])-want) > 1e-6 {
				t.Fatalf("step %d: weight %d is %v, expected the mean %v", step, i, got[i], want)
			}
		}
	}
	f := tr.File(nil, nil, nil)
	f.Training.Averaged = 4
	if _, err := Resume(workspace(t), f, rows, labels, 0); !errors.Is(err, ErrFile) {
		t.Errorf("a mean over more epochs than there were: %v", err)
	}
	f.Training.Averaged, f.Training.Mean = 3, New(1, 2, 5, 2)
	if _, err := Resume(workspace(t), f, rows, labels, 0); !errors.Is(err, ErrFile) {
		t.Errorf("a mean of other units: %v", err)
	}
}

// TestResume goes on from the file of every step, and expects the same file.
func TestResume(t *testing.T) {
	rows, labels := circles(45)
	o := options(10, 3)
	o.Dropout, o.L2 = 0.2, 0.001
	var err error
	if o.LearningRate, err = rbm.ParseSchedule("0.2..0.05"); err != nil {
		t.Fatal(err)
	}
	for _, o.AverageFrom = range []int{0, 2} {
		testResume(t, rows, labels, o)
	}
}

func testResume(t *testing.T, rows Rows, labels []int, o Options) {
	t.Helper()
	tr := trainer(t, New(1, 2, 6, 2), rows, labels, o)
	notes := map[string]float64{"best": 0.25}
	files := []*File{tr.File(nil, map[string]string{"a": "b"}, notes)}
	err := tr.Run(t.Context(), func() error {
		files = append(files, tr.File(nil, map[string]string{"a": "b"}, notes))
		return nil
	})
	if err != nil || len(files) != 16 {
		t.Fatalf("%d files, error %v", len(files), err)
	}
	want := encode(t, files[15])
	for k, f := range files {
		path := filepath.Join(t.TempDir(), "m")
		if err := f.Save(path); err != nil {
			t.Fatal(err)
		}
		if !Is(path) {
			t.Errorf("%s is not said to be a file of this package", path)
		}
		loaded, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if loaded.Training.Notes["best"] != 0.25 || loaded.Info["a"] != "b" {
			t.Errorf("notes %v, info %v", loaded.Training.Notes, loaded.Info)
		}
		again, err := Resume(workspace(t), loaded, rows, labels, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(encode(t, again.File(nil, loaded.Info, loaded.Training.Notes)), want) {
			t.Errorf("resumed behind step %d: other bits", k)
		}
	}
}

func encode(t testing.TB, f *File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestFromStack compares the hidden layers with the probabilities of the stack,
// and the output with its labels.
func TestFromStack(t *testing.T) {
	stack := dbn.New(5, 4, 3)
	top := rbm.New(4+2, 3)
	top.Labels = 2
	stack.Layers[1] = top
	for i, m := range stack.Layers {
		m.InitWeights(1, rbm.InitStream(1, i))
		m.C[0], m.B[1] = 0.5, 2
	}
	n, err := FromStack(stack, 2)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(n.Units(), []int{5, 4, 3, 2}) || n.Validate() != nil {
		t.Fatalf("units %v, error %v", n.Units(), n.Validate())
	}
	if !slices.Equal(n.Layers[0].W, stack.Layers[0].W) || !slices.Equal(n.Layers[0].B, stack.Layers[0].C) || !slices.Equal(n.Layers[1].W, top.W[:4*3]) {
		t.Error("hidden layers are not those of the stack")
	}
	for j, b := range n.Layers[1].B {
		if want := top.C[j] + (top.W[4*3+j]+top.W[5*3+j])/2; b != want {
			t.Errorf("bias %d of the top layer is %v, expected %v, with the mean of the labels' weights", j, b, want)
		}
	}
	if n.Layers[2].W[2*2+1] != top.W[5*3+2] || n.Layers[2].B[0] != top.B[4] {
		t.Error("the output is not that of the labels")
	}
	// The machine is the same when a number moves from the hidden biases to the
	// weights of all labels, one of which is on; so are its classes.
	x := floatRows{[]float32{1, 0, 0, 1, 1}, 5}
	for j := range top.C {
		top.C[j] -= 2
		top.W[4*3+j] += 2
		top.W[5*3+j] += 2
	}
	moved, err := FromStack(stack, 2)
	if err != nil {
		t.Fatal(err)
	}
	for y := range 2 {
		if got, want := loss(moved, x, []int{y}), loss(n, x, []int{y}); math.Abs(got-want) > 1e-6 {
			t.Errorf("class %d has −log p %v, expected %v as of the same machine written otherwise", y, got, want)
		}
	}
	other, err := FromStack(stack, 7)
	if err != nil || other.Classes() != 7 || slices.ContainsFunc(other.Layers[2].W, func(w float32) bool { return w != 0 }) {
		t.Errorf("another number of classes: %v, error %v", other.Units(), err)
	}
	if _, err := FromStack(new(dbn.Network), 2); !errors.Is(err, dbn.ErrNetwork) {
		t.Errorf("no layers: %v", err)
	}
	if _, err := FromStack(stack, 1); !errors.Is(err, ErrNetwork) {
		t.Errorf("one class: %v", err)
	}
}

// TestRowsOf compares the rows of sources with what they hold.
func TestRowsOf(t *testing.T) {
	ws, err := bitdbn.NewWorkspace(1)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	grey := rbm.Grey{Pixels: []uint8{0, 51, 255, 102, 0, 204}, Width: 3, Draws: bitdbn.NewStream(1, 1)}
	bits := rbm.Bits{BitMatrix: bitdbn.NewBitMatrix(2, 3)}
	bits.Set(1, 2, true)
	for _, c := range []struct {
		src  rbm.Source
		want []float32
	}{
		{grey, []float32{0.4, 0, 0.8, 0, 0.2, 1}},
		{bits, []float32{0, 0, 1, 0, 0, 0}},
		{dbn.Labelled{Source: bits, Labels: []int{0, 1}, Classes: 2}, []float32{0, 0, 1, 0, 0, 0}},
	} {
		rows, got := RowsOf(ws, c.src), make([]float32, 6)
		rows.Fill(got, []int{1, 0})
		if rows.Rows() != 2 || rows.Width() != 3 || !slices.Equal(got, c.want) {
			t.Errorf("%T: %d × %d, %v, expected %v", c.src, rows.Rows(), rows.Width(), got, c.want)
		}
	}
}

func TestErrors(t *testing.T) {
	rows, labels := circles(20)
	n := New(1, 2, 3, 2)
	broken := n.clone()
	broken.Layers[1].W[2] = float32(math.NaN())
	gap := n.clone()
	gap.Layers[1] = newDense(4, 2)
	bad, late := options(10, 1), options(10, 1)
	bad.Dropout, late.AverageFrom = 1, 2
	for _, c := range []struct {
		what   string
		n      *Network
		rows   Rows
		labels []int
		o      Options
		want   error
	}{
		{"no layers", new(Network), rows, labels, options(10, 1), ErrNetwork},
		{"NaN", broken, rows, labels, options(10, 1), ErrNetwork},
		{"layers that do not fit", gap, rows, labels, options(10, 1), ErrNetwork},
		{"dropout of all", n, rows, labels, bad, rbm.ErrOptions},
		{"a mean that does not begin", n, rows, labels, late, rbm.ErrOptions},
		{"no batch", n, rows, labels, options(0, 1), rbm.ErrOptions},
		{"other width", n, floatRows{rows.values[:18], 3}, labels[:6], options(10, 1), rbm.ErrData},
		{"too few labels", n, rows, labels[1:], options(10, 1), rbm.ErrData},
		{"no rows", n, floatRows{width: 2}, nil, options(10, 1), rbm.ErrData},
		{"no such class", n, rows, slices.Repeat([]int{2}, 20), options(10, 1), rbm.ErrData},
	} {
		if _, err := NewTrainer(workspace(t), c.n, c.rows, c.labels, c.o); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, expected %v", c.what, err, c.want)
		}
	}
	o := options(10, 50)
	o.LearningRate, o.L2 = rbm.Constant(1e6), 1e6
	if err := trainer(t, n, rows, labels, o).Run(t.Context(), nil); !errors.Is(err, ErrDiverged) {
		t.Errorf("a huge cost: %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := trainer(t, n, rows, labels, options(10, 1)).Run(cancelled, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := n.Predict(cancelled, workspace(t), rows, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Predict cancelled: %v", err)
	}
	if err := n.Predict(t.Context(), workspace(t), floatRows{rows.values, 4}, nil); !errors.Is(err, rbm.ErrData) {
		t.Errorf("Predict of another width: %v", err)
	}
	tr := trainer(t, n, rows, labels, options(10, 2))
	f := tr.File(nil, nil, nil)
	for name, edit := range map[string]func(c *Cursor){
		"within a batch": func(c *Cursor) { c.Row = 3 }, "beyond": func(c *Cursor) { c.Row = 30 },
		"negative": func(c *Cursor) { c.Row = -10 }, "too many epochs": func(c *Cursor) { c.Epoch = 3 }, "before the first": func(c *Cursor) { c.Row = 20 },
	} {
		g := *f
		training := *f.Training
		g.Training = &training
		edit(&training.Cursor)
		if _, err := Resume(workspace(t), &g, rows, labels, 0); !errors.Is(err, ErrFile) {
			t.Errorf("cursor %s: %v", name, err)
		}
	}
	if _, err := Resume(workspace(t), &File{Network: n}, rows, labels, 0); !errors.Is(err, ErrFile) {
		t.Errorf("nothing to resume: %v", err)
	}
}

func TestLoadErrors(t *testing.T) {
	dir := t.TempDir()
	stack := filepath.Join(dir, "stack")
	if err := (&dbn.File{Network: dbn.New(3, 2)}).Save(stack); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(stack); !errors.Is(err, ErrFile) || Is(stack) {
		t.Errorf("a file of package dbn: %v", err)
	}
	own := filepath.Join(dir, "own")
	if err := (&File{Network: New(1, 3, 2)}).Save(own); err != nil {
		t.Fatal(err)
	}
	if _, err := dbn.Load(own); !errors.Is(err, dbn.ErrFile) || !strings.Contains(err.Error(), "bitdbn.version") {
		t.Errorf("dbn.Load of a file of this package: %v", err)
	}
	if _, err := Load(filepath.Join(dir, "none")); err == nil || errors.Is(err, ErrFile) {
		t.Errorf("no file: %v", err)
	}
}

// FuzzModelFile requires that what is read is valid, and can be trained on or is
// refused.
func FuzzModelFile(f *testing.F) {
	rows, labels := circles(20)
	tr := trainer(f, New(1, 2, 5, 2), rows, labels, options(10, 2))
	if err := tr.Step(); err != nil {
		f.Fatal(err)
	}
	f.Add(encode(f, tr.File(nil, map[string]string{"a": "b"}, map[string]float64{"c": 1})))
	f.Add(encode(f, &File{Network: New(1, 2, 3, 2)}))
	ws := workspace(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Read(bytes.NewReader(b), int64(len(b)), "fuzz")
		if err != nil {
			if !errors.Is(err, ErrFile) {
				t.Error(err)
			}
			return
		}
		if err := file.Network.Validate(); err != nil {
			t.Error(err)
		}
		if again, err := Resume(ws, file, rows, labels, 0); err == nil {
			_ = again.Step() // which may diverge
		}
	})
}

// TestSameBits trains at every level with several numbers of workers, and expects
// the file that every other machine writes.
func TestSameBits(t *testing.T) {
	const want = "caca783997a6a19631e20863c399be61dad1a3f1912dec90f0f280c82be331b8"
	start := bitdbn.Level()
	defer bitdbn.SetLevel(start)
	rows, labels := circles(50)
	o := options(16, 3)
	o.Dropout, o.L2 = 0.3, 0.001
	for _, level := range bitdbn.Levels() {
		if err := bitdbn.SetLevel(level); err != nil {
			t.Fatal(err)
		}
		for _, workers := range []int{1, 2, 5} {
			ws, err := bitdbn.NewWorkspace(workers)
			if err != nil {
				t.Fatal(err)
			}
			tr, err := NewTrainer(ws, New(1, 2, 37, 20, 2), rows, labels, o)
			if err != nil {
				t.Fatal(err)
			}
			if err := tr.Run(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			ws.Close()
			if got := fmt.Sprintf("%x", sha256.Sum256(encode(t, tr.File(nil, nil, nil)))); got != want {
				t.Errorf("level %s with %d workers: the file has SHA-256 %s, expected %s", level, workers, got, want)
			}
		}
	}
}
