package average

import (
	"math"
	"testing"
)

// TestAdd compares running means with sums in float64.
func TestAdd(t *testing.T) {
	const states = 1000
	mean, x, sums := []float32{9, 9, 9}, make([]float32, 3), make([]float64, 3)
	for n := 1; n <= states; n++ {
		for i := range x {
			x[i] = float32(math.Sin(float64(n*(i+1)))) + 1000*float32(i)
			sums[i] += float64(x[i])
		}
		Add(mean, x, n)
		for i, m := range mean {
			if want := sums[i] / float64(n); math.Abs(float64(m)-want) > 1e-6*(1+want) {
				t.Fatalf("mean %d of %d states is %v, expected %v", i, n, m, want)
			}
		}
	}
}
