package kernels

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// productNaive is the definition of Product.
func productNaive(sums []int32, x []uint64, stride, words int, q []int32) {
	for r := range len(sums) / Lanes {
		for i := range words * 64 {
			if x[r*stride+i/64]>>(i%64)&1 != 0 {
				for j := range Lanes {
					sums[r*Lanes+j] += q[i*Lanes+j]
				}
			}
		}
	}
}

func randomBits(rng *rand.Rand, rows, stride, words int, density float64) []uint64 {
	x := make([]uint64, rows*stride)
	for r := range rows {
		for i := range words * 64 {
			if rng.Float64() < density {
				x[r*stride+i/64] |= 1 << (i % 64)
			}
		}
	}
	return x
}

func TestProductGo(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	s := NewScratch()
	for _, rows := range []int{1, 2, 3, 17, 100, 256} {
		for _, words := range []int{1, 2, 5} {
			for _, density := range []float64{0, 0.01, 0.13, 0.5, 1} {
				x := randomBits(rng, rows, 8, words, density)
				q := make([]int32, words*TileSize)
				for i := range q {
					q[i] = int32(rng.Uint32()) / int32(64*words)
				}
				got := make([]int32, rows*Lanes)
				for i := range got {
					got[i] = int32(i)
				}
				want := append([]int32(nil), got...)
				counts := make([]int32, words)
				wordCountsGo(counts, x, 8)
				productGo(got, x, 8, counts, q, s)
				productNaive(want, x, 8, words, q)
				for i := range got {
					if got[i] != want[i] {
						t.Fatalf("rows=%d words=%d density=%v: sum %d is %d, want %d", rows, words, density, i, got[i], want[i])
					}
				}
			}
		}
	}
}

func BenchmarkProductGo(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	s := NewScratch()
	for _, density := range []int{5, 13, 20, 30, 50} {
		b.Run(fmt.Sprintf("b=128/v=768/h=64/density=%d", density), func(b *testing.B) {
			x := randomBits(rng, 128, 16, 12, float64(density)/100)
			q := make([]int32, 12*TileSize)
			for i := range q {
				q[i] = int32(rng.Uint32()) / 1024
			}
			sums := make([]int32, 128*Lanes)
			counts := make([]int32, 12)
			wordCountsGo(counts, x, 16)
			for _, f := range []struct {
				n string
				d int32
			}{{"auto", 0}, {"walk", -1000000}, {"table", 100000}} {
				b.Run(f.n, func(b *testing.B) {
					c := append([]int32(nil), counts...)
					for i := range c {
						c[i] += f.d
					}
					for b.Loop() {
						productGo(sums, x, 16, c, q, s)
					}
					b.ReportMetric(float64(b.N)*128*768*64/float64(b.Elapsed().Nanoseconds()), "GMAC/s")
				})
			}
		})
	}
}
