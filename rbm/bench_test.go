package rbm

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// randomRows returns rows × cols bits of the given density.
func randomRows(rows, cols int, density float64) Bits {
	rng := rand.New(rand.NewPCG(3, 4))
	m := bitdbn.NewBitMatrix(rows, cols)
	for i := range rows {
		for j := range cols {
			m.Set(i, j, rng.Float64() < density)
		}
	}
	return Bits{m}
}

// BenchmarkGibbs measures Gibbs steps of many chains: unit updates are draws of
// one unit, visible or hidden.
func BenchmarkGibbs(b *testing.B) {
	start := bitdbn.Level()
	defer bitdbn.SetLevel(start)
	const chains, visible, hidden = 10000, 784, 500
	p := pack(b, machine(visible, hidden, 0.1, 1))
	var want *bitdbn.BitMatrix // of pure Go
	for _, level := range bitdbn.Levels() {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("level=%s/b=%d/v=%d/h=%d/threads=%d", level, chains, visible, hidden, threads), func(b *testing.B) {
				if err := bitdbn.SetLevel(level); err != nil {
					b.Fatal(err)
				}
				ws := workspace(b, threads)
				check := NewSampler(p, 100, 1)
				check.Run(ws, 3)
				if want == nil {
					want = check.V
				} else if !check.V.Equal(want) {
					b.Fatal("other states than those of pure Go")
				}
				s := NewSampler(p, chains, 1)
				s.Run(ws, 1)
				b.ReportAllocs()
				for b.Loop() {
					s.Run(ws, 1)
				}
				b.ReportMetric(float64(b.N)*chains*(visible+hidden)/b.Elapsed().Seconds()/1e6, "Munit/s")
			})
		}
	}
}

func BenchmarkEpoch(b *testing.B) {
	start := bitdbn.Level()
	defer bitdbn.SetLevel(start)
	var want []float32 // weights of pure Go
	for _, level := range bitdbn.Levels() {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("level=%s/b=100/v=784/h=500/threads=%d", level, threads), func(b *testing.B) {
				if err := bitdbn.SetLevel(level); err != nil {
					b.Fatal(err)
				}
				benchmarkEpoch(b, threads, &want)
			})
		}
	}
}

// benchmarkEpoch measures epochs, once the first steps have led to the weights of
// pure Go, which the first call leaves in want.
func benchmarkEpoch(b *testing.B, threads int, want *[]float32) {
	const rows, visible, hidden = 2000, 784, 500
	src := randomRows(rows, visible, 0.13)
	ws, err := bitdbn.NewWorkspace(threads)
	if err != nil {
		b.Fatal(err)
	}
	defer ws.Close()
	m := New(visible, hidden)
	m.InitWeights(0.01, bitdbn.NewStream(1, 0))
	opt := basic()
	opt.Epochs = 1 << 30
	t, err := NewTrainer(ws, m, src, opt)
	if err != nil {
		b.Fatal(err)
	}
	for range 3 {
		if err := t.Step(); err != nil {
			b.Fatal(err)
		}
	}
	if got := t.Model().W; *want == nil {
		*want = got
	} else if !slices.Equal(got, *want) {
		b.Fatal("other weights than those of pure Go")
	}
	b.ReportAllocs()
	for b.Loop() {
		for range rows / opt.Batch {
			if err := t.Step(); err != nil {
				b.Fatal(err)
			}
		}
	}
	images := float64(b.N) * rows / b.Elapsed().Seconds()
	b.ReportMetric(images, "images/s")
	b.ReportMetric(images/float64(opt.Batch)*visible*hidden, "weight-updates/s")
}
