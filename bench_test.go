package bitdbn_test

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// A layerBenchmark is one operation between the units of a layer.
type layerBenchmark struct {
	ws      *bitdbn.Workspace
	up      *bitdbn.Weights
	x       *bitdbn.BitMatrix
	floats  []float32
	h       *bitdbn.BitMatrix
	p       *bitdbn.FixedMatrix
	draws   bitdbn.Draws
	sums    []int32
	machine *bitdbn.Master
}

// benchmarkLayers measures run at every level, on one thread, for layers of
// which the given part of the bits that come in is set. GMAC/s counts every
// multiplication of the dense products.
func benchmarkLayers(b *testing.B, products int, run func(l *layerBenchmark)) {
	start := bitdbn.Level()
	defer bitdbn.SetLevel(start)
	for _, s := range []struct{ rows, visible, hidden, density int }{
		{128, 784, 512, 50}, {128, 784, 512, 13}, {512, 784, 512, 50}, {512, 784, 512, 13},
		{128, 784, 2000, 50}, {128, 784, 2000, 13}, {128, 784, 500, 50}, {128, 500, 784, 30},
	} {
		l := newLayerBenchmark(b, s.rows, s.visible, s.hidden, float64(s.density)/100)
		if err := bitdbn.SetLevel(bitdbn.Levels()[0]); err != nil {
			b.Fatal(err)
		}
		want := l.result(b, run)
		for _, level := range bitdbn.Levels() {
			b.Run(fmt.Sprintf("level=%s/b=%d/v=%d/h=%d/density=%d", level, s.rows, s.visible, s.hidden, s.density), func(b *testing.B) {
				if err := bitdbn.SetLevel(level); err != nil {
					b.Fatal(err)
				}
				if l.result(b, run) != want {
					b.Fatal("other results than those of pure Go")
				}
				b.ReportAllocs()
				for b.Loop() {
					run(l)
				}
				macs := float64(products*s.rows*s.visible*s.hidden) * float64(b.N)
				b.ReportMetric(macs/float64(b.Elapsed().Nanoseconds()), "GMAC/s")
			})
		}
	}
}

func newLayerBenchmark(b *testing.B, rows, visible, hidden int, density float64) *layerBenchmark {
	rng := newRand(1)
	l := &layerBenchmark{
		ws: newWorkspace(b, 1),
		up: pack(b, visible, hidden, normals(rng, visible*hidden, 0.1), normals(rng, hidden, 0.1)),
		x:  randomBits(rng, rows, visible, density), floats: make([]float32, rows*hidden),
		h: bitdbn.NewBitMatrix(rows, hidden), p: bitdbn.NewFixedMatrix(rows, hidden),
		draws: bitdbn.NewStream(1, 0).At(0), sums: make([]int32, visible*hidden),
		machine: bitdbn.NewMaster(visible, hidden),
	}
	l.up.Fixed(l.ws, l.p, l.x)
	return l
}

// result runs the operation once, from a machine of zeros, and returns a hash of
// all that it may have written.
func (l *layerBenchmark) result(b *testing.B, run func(l *layerBenchmark)) uint64 {
	b.Helper()
	p := bitdbn.NewParams(l.machine.Up().In(), l.machine.Up().Out())
	if err := l.machine.Load(l.ws, p, bitdbn.NewParams(l.machine.Up().In(), l.machine.Up().Out()), bitdbn.AutoExponent); err != nil {
		b.Fatal(err)
	}
	run(l)
	l.machine.Store(p, bitdbn.Params{})
	h := fnv.New64a()
	write := func(v any) {
		if err := binary.Write(h, binary.LittleEndian, v); err != nil {
			b.Fatal(err)
		}
	}
	for _, v := range []any{l.floats, l.h.Words(), l.sums, p.W, p.B, p.C} {
		write(v)
	}
	for i := range l.p.Rows() {
		for j := range l.p.Cols() {
			write(l.p.At(i, j))
		}
	}
	return h.Sum64()
}

func BenchmarkActivations(b *testing.B) {
	benchmarkLayers(b, 1, func(l *layerBenchmark) { l.up.Activations(l.ws, l.floats, l.x) })
}

func BenchmarkProbs(b *testing.B) {
	benchmarkLayers(b, 1, func(l *layerBenchmark) { l.up.Probs(l.ws, l.floats, l.x) })
}

func BenchmarkSample(b *testing.B) {
	benchmarkLayers(b, 1, func(l *layerBenchmark) { l.up.Sample(l.ws, l.h, nil, l.x, l.draws) })
}

func BenchmarkSampleAndFixed(b *testing.B) {
	benchmarkLayers(b, 1, func(l *layerBenchmark) { l.up.Sample(l.ws, l.h, l.p, l.x, l.draws) })
}

func BenchmarkCorrelations(b *testing.B) {
	benchmarkLayers(b, 1, func(l *layerBenchmark) {
		if err := (bitdbn.Phase{X: l.x, H: l.p}).Correlations(l.ws, l.sums); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkStep measures both halves of a gradient and the update.
func BenchmarkStep(b *testing.B) {
	u := bitdbn.Update{LearningRate: 1e-6, Momentum: 0.9}
	benchmarkLayers(b, 2, func(l *layerBenchmark) {
		phase := bitdbn.Phase{X: l.x, H: l.p}
		if err := l.machine.Step(l.ws, phase, phase, &u); err != nil {
			b.Fatal(err)
		}
	})
}
