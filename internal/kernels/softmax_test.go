package kernels

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestDrawOne counts draws at evenly spread words, and expects the softmax.
func TestDrawOne(t *testing.T) {
	const n = 1 << 16
	rng := rand.New(rand.NewPCG(1, 2))
	for _, units := range []int{1, 2, 3, 10, 300} {
		for _, scale := range []float32{0, 1, 5, 1e3, 1e30} {
			y, p, total := make([]float32, units), make([]float64, units), 0.0
			top := math.Inf(-1)
			for k := range y {
				y[k] = float32(rng.NormFloat64()) * scale
				top = max(top, float64(y[k]))
			}
			for k, v := range y {
				p[k] = math.Exp2(float64(v) - top)
				total += p[k]
			}
			counts := make([]float64, units)
			for i := range n {
				counts[DrawOne(y, uint64(i)<<48|1<<47)]++
			}
			for k, c := range counts {
				if want := n * p[k] / total; math.Abs(c-want) > 1.5 {
					t.Errorf("%d units of scale %v: unit %d drawn %v times, expected %.1f", units, scale, k, c, want)
				}
			}
		}
	}
	y := []float32{0, -1000, -1000, 0} // words at the ends
	if DrawOne(y, 0) != 0 || DrawOne(y, math.MaxUint64) != 3 {
		t.Error("the first and last word do not draw the first and last unit")
	}
}
