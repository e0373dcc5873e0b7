package kernels

import (
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

// randomBits returns rows of bits of which a part is set.
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

// TestProductGo compares the reference with the definition.
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
				blocks := make([]Block, words)
				for w := range blocks {
					b := &blocks[w]
					b.Rows = make([]RowBits, rows)
					b.Bits = sortRowsGo(b.Rows, x[w:], 8, 0)
				}
				productGo(got, nil, blocks, q, nil, s)
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
