package dbn

import (
	"fmt"
	"slices"
	"testing"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
)

// BenchmarkUpDown measures fine-tuning of the network of Hinton, Osindero and
// Teh (2006), with three Gibbs steps in the top machine.
func BenchmarkUpDown(b *testing.B) {
	start := bitdbn.Level()
	defer bitdbn.SetLevel(start)
	n := labelledNetwork(0.05, 1, 10, 784, 500, 500, 2000)
	src := stripes(2000, 784, 10)
	var want []float32 // weights of pure Go
	for _, level := range bitdbn.Levels() {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("level=%s/b=100/k=3/threads=%d", level, threads), func(b *testing.B) {
				if err := bitdbn.SetLevel(level); err != nil {
					b.Fatal(err)
				}
				o := upDownOptions(100, 1<<30)
				o.GibbsSteps = rbm.Constant(3)
				u := upDown(b, workspace(b, threads), n, src, o)
				steps(b, u, 1)
				if got := u.Network().Layers[0].W; want == nil {
					want = got
				} else if !slices.Equal(got, want) {
					b.Fatal("other weights than those of pure Go")
				}
				b.ReportAllocs()
				for b.Loop() {
					steps(b, u, 1)
				}
				b.ReportMetric(float64(b.N*o.Batch)/b.Elapsed().Seconds(), "images/s")
			})
		}
	}
}
