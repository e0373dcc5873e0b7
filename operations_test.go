package bitdbn_test

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"sync"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// scene holds what operations read. Its shape gives every product several
// panels, several chunks of rows, and tails.
type scene struct {
	x, h       *bitdbn.BitMatrix
	up, down   *bitdbn.Weights
	pos, neg   bitdbn.Phase
	start      bitdbn.Params
	stream     *bitdbn.Stream
	floats     []float32 // the size of x, 0 and 1
	bools      []bool
	bytes      []byte
	mu, lambda []float32
}

const (
	sceneRows    = 130
	sceneVisible = 530
	sceneHidden  = 70
)

func newScene(t testing.TB) *scene {
	rng := newRand(1)
	ws := newWorkspace(t, 1)
	const n = sceneRows * sceneVisible
	s := &scene{
		x:      randomBits(rng, sceneRows, sceneVisible, 0.2),
		h:      randomBits(rng, sceneRows, sceneHidden, 0.5),
		up:     bitdbn.NewWeights(sceneVisible, sceneHidden),
		down:   bitdbn.NewWeights(sceneHidden, sceneVisible),
		start:  randomParams(rng, sceneVisible, sceneHidden, 0.2),
		stream: bitdbn.NewStream(1, 2),
		floats: make([]float32, n), bools: make([]bool, n), bytes: make([]byte, n),
		mu: uniforms(rng, sceneVisible), lambda: uniforms(rng, sceneHidden),
	}
	s.x.Floats(s.floats)
	s.x.Bools(s.bools)
	s.x.Bytes(s.bytes)
	if err := s.up.Pack(s.start.W, s.start.C); err != nil {
		t.Fatal(err)
	}
	if err := s.down.PackTransposed(s.start.W, s.start.B); err != nil {
		t.Fatal(err)
	}
	s.pos = randomPhase(t, ws, rng, 140, sceneVisible, sceneHidden)
	s.neg = randomPhase(t, ws, rng, 70, sceneVisible, sceneHidden)
	return s
}

// operation is one thing that the package does. prepare allocates what it
// writes to, and returns what does it and what tells the results.
type operation struct {
	name    string
	prepare func(t testing.TB, s *scene) (run func(ws *bitdbn.Workspace), results func() []any)
}

// floatsOf is an operation whose result is a float32 for each row of the scene
// and each of so many units.
func floatsOf(units int, f func(s *scene, ws *bitdbn.Workspace, dst []float32)) func(testing.TB, *scene) (func(*bitdbn.Workspace), func() []any) {
	return func(_ testing.TB, s *scene) (func(*bitdbn.Workspace), func() []any) {
		dst := make([]float32, sceneRows*units)
		return func(ws *bitdbn.Workspace) { f(s, ws, dst) }, func() []any { return []any{dst} }
	}
}

// bitsOf is an operation whose result are the scene's rows of so many bits.
func bitsOf(cols int, f func(t testing.TB, s *scene, ws *bitdbn.Workspace, dst *bitdbn.BitMatrix)) func(testing.TB, *scene) (func(*bitdbn.Workspace), func() []any) {
	return func(t testing.TB, s *scene) (func(*bitdbn.Workspace), func() []any) {
		dst := ones(sceneRows, cols)
		return func(ws *bitdbn.Workspace) { f(t, s, ws, dst) }, func() []any { return []any{dst.Words()} }
	}
}

// stepOf is two steps of a training.
func stepOf(u func(s *scene) bitdbn.Update) func(testing.TB, *scene) (func(*bitdbn.Workspace), func() []any) {
	return func(t testing.TB, s *scene) (func(*bitdbn.Workspace), func() []any) {
		m := load(t, newWorkspace(t, 1), sceneVisible, sceneHidden, s.start, bitdbn.NewParams(sceneVisible, sceneHidden))
		update := u(s)
		run := func(ws *bitdbn.Workspace) {
			for range 2 {
				check(t, m.Step(ws, s.pos, s.neg, &update))
			}
		}
		return run, func() []any {
			p, momentum := store(m)
			inputs := make([]float32, sceneRows*sceneHidden)
			m.Up().Activations(newWorkspace(t, 1), inputs, s.x)
			return []any{p.W, p.B, p.C, momentum.W, momentum.B, momentum.C, inputs, int64(m.Exponent())}
		}
	}
}

// everyOther has the even rows of the scene, then the odd ones.
var everyOther = func() (index [sceneRows]int) {
	for i := range index {
		index[i] = (2*i + 2*i/sceneRows) % sceneRows
	}
	return index
}()

func check(t testing.TB, err error) {
	if err != nil {
		t.Error(err)
	}
}

var operations = []operation{
	{"Activations", floatsOf(sceneHidden, func(s *scene, ws *bitdbn.Workspace, dst []float32) { s.up.Activations(ws, dst, s.x) })},
	{"Probs", floatsOf(sceneVisible, func(s *scene, ws *bitdbn.Workspace, dst []float32) { s.down.Probs(ws, dst, s.h) })},
	{"Fixed", func(_ testing.TB, s *scene) (func(*bitdbn.Workspace), func() []any) {
		p, floats := bitdbn.NewFixedMatrix(sceneRows, sceneVisible), make([]float32, sceneRows*sceneVisible)
		run := func(ws *bitdbn.Workspace) {
			s.down.Fixed(ws, p, s.h)
			p.Floats(floats)
		}
		return run, func() []any { return []any{floats} }
	}},
	{"Sample", func(_ testing.TB, s *scene) (func(*bitdbn.Workspace), func() []any) {
		b, p := ones(sceneRows, sceneHidden), bitdbn.NewFixedMatrix(sceneRows, sceneHidden)
		floats := make([]float32, sceneRows*sceneHidden)
		run := func(ws *bitdbn.Workspace) {
			s.up.Sample(ws, b, p, s.x, s.stream.At(3))
			p.Floats(floats)
		}
		return run, func() []any { return []any{b.Words(), floats} }
	}},
	{"Sample of bits alone", bitsOf(sceneVisible, func(_ testing.TB, s *scene, ws *bitdbn.Workspace, dst *bitdbn.BitMatrix) {
		s.down.Sample(ws, dst, nil, s.h, s.stream.At(3))
	})},
	{"Sample of a group", func(t testing.TB, s *scene) (func(*bitdbn.Workspace), func() []any) {
		w, b := bitdbn.NewWeights(sceneHidden, sceneVisible), ones(sceneRows, sceneVisible)
		check(t, w.PackTransposed(s.start.W, s.start.B))
		w.SetGroup(30) // in two panels
		return func(ws *bitdbn.Workspace) { w.Sample(ws, b, nil, s.h, s.stream.At(3)) }, func() []any { return []any{b.Words()} }
	}},
	{"SampleTempered", bitsOf(sceneVisible, func(_ testing.TB, s *scene, ws *bitdbn.Workspace, dst *bitdbn.BitMatrix) {
		s.down.SampleTempered(ws, dst, s.h, s.stream.At(3), bitdbn.Temper{Beta: 0.3, Offset: s.mu})
	})},
	{"Anneal", func(_ testing.TB, s *scene) (func(*bitdbn.Workspace), func() []any) {
		b, work := ones(sceneRows, sceneHidden), make([]float64, sceneRows)
		run := func(ws *bitdbn.Workspace) {
			clear(work)
			s.up.Anneal(ws, b, work, s.x, s.stream.At(3), 0.2, 0.7)
		}
		return run, func() []any { return []any{b.Words(), work} }
	}},
	{"Softplus", func(_ testing.TB, s *scene) (func(*bitdbn.Workspace), func() []any) {
		dst := make([]float64, sceneRows)
		return func(ws *bitdbn.Workspace) { s.up.Softplus(ws, dst, s.x) }, func() []any { return []any{dst} }
	}},
	{"Correlations", func(t testing.TB, s *scene) (func(*bitdbn.Workspace), func() []any) {
		dst := make([]int32, sceneVisible*sceneHidden)
		return func(ws *bitdbn.Workspace) { check(t, s.pos.Correlations(ws, dst)) }, func() []any { return []any{dst} }
	}},
	{"Step", stepOf(func(*scene) bitdbn.Update {
		return bitdbn.Update{LearningRate: 0.01, Momentum: 0.9, L2: 1e-4}
	})},
	{"Step that lowers the exponent", stepOf(func(*scene) bitdbn.Update {
		return bitdbn.Update{LearningRate: 1, L2: 3} // weights turn over and double
	})},
	{"Step, centred", stepOf(func(s *scene) bitdbn.Update {
		return bitdbn.Update{LearningRate: 0.01, Momentum: 0.9, VisibleOffset: s.mu, HiddenOffset: s.lambda, HiddenPull: s.lambda}
	})},
	{"Transpose", func(_ testing.TB, s *scene) (func(*bitdbn.Workspace), func() []any) {
		dst := ones(sceneVisible, sceneRows)
		return func(*bitdbn.Workspace) { s.x.Transpose(dst) }, func() []any { return []any{dst.Words()} }
	}},
	{"counts", func(_ testing.TB, s *scene) (func(*bitdbn.Workspace), func() []any) {
		columns := make([]int, sceneVisible)
		var total, hamming int64
		run := func(*bitdbn.Workspace) {
			s.x.ColumnCounts(columns)
			a, b := s.x.Slice(0, sceneRows/2), s.x.Slice(sceneRows/2, sceneRows)
			total, hamming = int64(s.x.Count()), int64(bitdbn.Hamming(&a, &b))
		}
		results := func() []any {
			wide := []int64{total, hamming}
			for _, n := range columns {
				wide = append(wide, int64(n))
			}
			return []any{wide}
		}
		return run, results
	}},
	{"CopyRow", bitsOf(sceneVisible, func(_ testing.TB, s *scene, _ *bitdbn.Workspace, dst *bitdbn.BitMatrix) {
		for i := range sceneRows {
			dst.CopyRow(i, s.x, sceneRows-1-i)
		}
	})},
	{"CopyRows", bitsOf(sceneVisible, func(_ testing.TB, s *scene, ws *bitdbn.Workspace, dst *bitdbn.BitMatrix) {
		dst.CopyRows(ws, s.x, everyOther[:])
	})},
	{"PackBools", bitsOf(sceneVisible, func(_ testing.TB, s *scene, _ *bitdbn.Workspace, dst *bitdbn.BitMatrix) { dst.PackBools(s.bools) })},
	{"PackBytes", bitsOf(sceneVisible, func(_ testing.TB, s *scene, _ *bitdbn.Workspace, dst *bitdbn.BitMatrix) { dst.PackBytes(s.bytes) })},
	{"PackFloats", bitsOf(sceneVisible, func(t testing.TB, s *scene, _ *bitdbn.Workspace, dst *bitdbn.BitMatrix) {
		check(t, dst.PackFloats(s.floats))
	})},
	{"ThresholdFloats", bitsOf(sceneVisible, func(t testing.TB, s *scene, _ *bitdbn.Workspace, dst *bitdbn.BitMatrix) {
		check(t, dst.ThresholdFloats(s.floats, 0.5))
	})},
	{"DrawFloats", bitsOf(sceneVisible, func(t testing.TB, s *scene, _ *bitdbn.Workspace, dst *bitdbn.BitMatrix) {
		check(t, dst.DrawFloats(s.floats, s.stream.At(1)))
	})},
	{"DrawGrey", bitsOf(sceneVisible, func(_ testing.TB, s *scene, _ *bitdbn.Workspace, dst *bitdbn.BitMatrix) {
		for i := range sceneRows {
			dst.DrawGrey(i, s.bytes[i*sceneVisible:][:sceneVisible], s.stream.At(1))
		}
	})},
	{"DrawGreyRows", bitsOf(sceneVisible, func(_ testing.TB, s *scene, ws *bitdbn.Workspace, dst *bitdbn.BitMatrix) {
		dst.DrawGreyRows(ws, s.bytes, everyOther[:], s.stream.At(1))
	})},
	{"unpacking", func(_ testing.TB, s *scene) (func(*bitdbn.Workspace), func() []any) {
		const n = sceneRows * sceneVisible
		bools, bytes, floats := make([]bool, n), make([]byte, n), make([]float32, n)
		run := func(*bitdbn.Workspace) {
			s.x.Bools(bools)
			s.x.Bytes(bytes)
			s.x.Floats(floats)
		}
		return run, func() []any { return []any{bools, bytes, floats} }
	}},
	{"Pack", func(t testing.TB, s *scene) (func(*bitdbn.Workspace), func() []any) {
		w, inputs := bitdbn.NewWeights(sceneHidden, sceneVisible), make([]float32, sceneRows*sceneVisible)
		run := func(ws *bitdbn.Workspace) {
			check(t, w.PackTransposed(s.start.W, s.start.B))
			w.Activations(ws, inputs, s.h)
		}
		return run, func() []any { return []any{inputs} }
	}},
}

// image returns the bytes of an operation's results.
func image(t testing.TB, results []any) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, r := range results {
		if err := binary.Write(&b, binary.LittleEndian, r); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// TestSameBits makes every operation with different numbers of workers and
// processors, at every level: the results are those of one worker in pure Go.
func TestSameBits(t *testing.T) {
	s := newScene(t)
	want := make(map[string][]byte)
	eachLevel(t, func(t *testing.T) {
		for _, c := range []struct{ workers, processors int }{{1, 2}, {7, 2}, {3, 1}, {2, 2}, {3, 2}, {7, 1}} {
			if testing.Short() && c.processors == 2 && c.workers < 7 && want[operations[0].name] != nil {
				continue
			}
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(c.processors))
			ws := newWorkspace(t, c.workers)
			if ws.Workers() != c.workers {
				t.Fatalf("%d workers, want %d", ws.Workers(), c.workers)
			}
			for _, op := range operations {
				run, results := op.prepare(t, s)
				run(ws)
				got := image(t, results())
				if want[op.name] == nil {
					want[op.name] = got
				}
				if !bytes.Equal(got, want[op.name]) {
					t.Errorf("%s: other bits with %d workers on %d processors", op.name, c.workers, c.processors)
				}
			}
		}
	})
	// Results that do not depend on the input would be equal too.
	seen := make(map[string]string)
	for name, b := range want {
		if other, ok := seen[string(b)]; ok && !sameResult[name] {
			t.Errorf("%s has the results of %s", name, other)
		}
		seen[string(b)] = name
	}
}

// TestTemper compares products at other temperatures with those of weights that
// are scaled instead: by powers of two, which change no bit but the exponent.
func TestTemper(t *testing.T) {
	rng := newRand(12)
	const in, out, rows = 70, 130, 20
	values, bias := normals(rng, in*out, 0.5), normals(rng, out, 0.5)
	scaled := func(by float32) *bitdbn.Weights {
		v, b := make([]float32, len(values)), make([]float32, len(bias))
		for i := range v {
			v[i] = by * values[i]
		}
		for i := range b {
			b[i] = by * bias[i]
		}
		return pack(t, in, out, v, b)
	}
	x, draws := randomBits(rng, rows, in, 0.3), bitdbn.NewStream(1, 2).At(3)
	eachLevel(t, func(t *testing.T) {
		ws, w := newWorkspace(t, 2), pack(t, in, out, values, bias)
		got, want := bitdbn.NewBitMatrix(rows, out), bitdbn.NewBitMatrix(rows, out)
		w.SampleTempered(ws, got, x, draws, bitdbn.Temper{Beta: 0.25})
		scaled(0.25).Sample(ws, want, nil, x, draws)
		if !got.Equal(want) {
			t.Error("other draws at a quarter than of a quarter of the weights")
		}
		work, before, after := make([]float64, rows), make([]float64, rows), make([]float64, rows)
		for r := range work {
			work[r] = float64(r)
		}
		w.Anneal(ws, got, work, x, draws, 0.125, 0.25)
		scaled(0.125).Softplus(ws, before, x)
		scaled(0.25).Softplus(ws, after, x)
		if !got.Equal(want) {
			t.Error("annealing draws otherwise")
		}
		for r := range work {
			if want := float64(r) + (after[r] - before[r]); work[r] != want {
				t.Errorf("row %d: work %v, expected %v", r, work[r], want)
			}
		}
		zero, offset := bitdbn.NewWeights(in, out), make([]float32, out)
		for j := range offset {
			offset[j] = 0.25 * bias[j]
		}
		noBias := make([]float32, out)
		if err := zero.Pack(make([]float32, in*out), noBias); err != nil {
			t.Fatal(err)
		}
		zero.SampleTempered(ws, got, x, draws, bitdbn.Temper{Beta: 1, Offset: offset})
		var empty = bitdbn.NewBitMatrix(rows, in)
		scaled(0.25).Sample(ws, want, nil, empty, draws)
		if d := bitdbn.Hamming(got, want); d > 1 { // rounding of the bias
			t.Errorf("offsets draw %d of %d units otherwise than biases", d, rows*out)
		}
	})
}

// sameResult are the operations that give the matrix of the scene.
var sameResult = map[string]bool{
	"PackBools": true, "PackBytes": true, "PackFloats": true, "ThresholdFloats": true, "DrawFloats": true,
}

// TestNoAllocation repeats every operation in a workspace that has seen it.
func TestNoAllocation(t *testing.T) {
	s := newScene(t)
	eachLevel(t, func(t *testing.T) {
		for _, workers := range []int{3, 1} {
			if testing.Short() && workers == 1 {
				break
			}
			ws := newWorkspace(t, workers)
			for _, op := range operations {
				run, _ := op.prepare(t, s)
				if n := testing.AllocsPerRun(2, func() { run(ws) }); n != 0 {
					t.Errorf("%s with %d workers: %v allocations", op.name, workers, n)
				}
			}
		}
	})
}

// TestNoAllocationForSmaller gives a workspace fewer rows than it has seen.
func TestNoAllocationForSmaller(t *testing.T) {
	s := newScene(t)
	ws := newWorkspace(t, 2)
	dst := make([]float64, sceneRows)
	m := load(t, ws, sceneVisible, sceneHidden, s.start, bitdbn.NewParams(sceneVisible, sceneHidden))
	u := bitdbn.Update{LearningRate: 0.01}
	s.up.Softplus(ws, dst, s.x)
	check(t, m.Step(ws, s.pos, s.neg, &u))
	posX, posH := s.pos.X.Slice(0, 100), s.pos.H.Head(100)
	negX, negH := s.neg.X.Slice(0, 9), s.neg.H.Head(9)
	two := s.x.Slice(0, 2)
	if n := testing.AllocsPerRun(2, func() {
		s.up.Softplus(ws, dst[:2], &two)
		check(t, m.Step(ws, bitdbn.Phase{X: &posX, H: &posH}, bitdbn.Phase{X: &negX, H: &negH}, &u))
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestSharedWeights uses weights, rows and streams from two workspaces at once.
func TestSharedWeights(t *testing.T) {
	s := newScene(t)
	for _, op := range operations {
		var group sync.WaitGroup
		var results [2]func() []any
		for k := range results {
			ws := newWorkspace(t, 2)
			var run func(*bitdbn.Workspace)
			run, results[k] = op.prepare(t, s)
			group.Go(func() { run(ws) })
		}
		group.Wait()
		if !bytes.Equal(image(t, results[0]()), image(t, results[1]())) {
			t.Errorf("%s: other bits in another workspace at the same time", op.name)
		}
	}
}

// TestWorkspaceOfOtherSizes mixes operations of all sizes in one workspace.
func TestWorkspaceOfOtherSizes(t *testing.T) {
	rng := newRand(9)
	mixed := newWorkspace(t, 3)
	for range 2 {
		for _, l := range layers {
			values, bias := normals(rng, l.in*l.out, 0.5), normals(rng, l.out, 0.5)
			w, x := pack(t, l.in, l.out, values, bias), randomBits(rng, l.rows, l.in, rng.Float64())
			checkProducts(t, mixed, w, x, values, bias)
			got := make([]float64, l.rows)
			w.Softplus(mixed, got, x)
			checkSoftplus(t, got, x, w, values, bias)
			if l.rows > 0 {
				checkCorrelations(t, mixed, "mixed", bitdbn.Phase{X: x, H: randomFixed(t, mixed, rng, l.rows, l.out)})
			}
		}
	}
}
