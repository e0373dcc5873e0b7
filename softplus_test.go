package bitdbn_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/bitdbn/bitdbn"
)

func softplus(z float64) float64 { return max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) }

func TestSoftplus(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		ws := newWorkspace(t, 2)
		rng := newRand(1)
		for _, l := range layers {
			for name, values := range map[string][]float32{
				"normal":    normals(rng, l.in*l.out, 0.7),
				"saturated": signs(rng, l.in*l.out, 60),
			} {
				t.Run(fmt.Sprintf("%dx%dx%d/%s", l.rows, l.in, l.out, name), func(t *testing.T) {
					bias := normals(rng, l.out, 1)
					w, x := pack(t, l.in, l.out, values, bias), randomBits(rng, l.rows, l.in, 0.3)
					got := make([]float64, l.rows)
					w.Softplus(ws, got, x)
					checkSoftplus(t, got, x, w, values, bias)
				})
			}
		}
	})
}

// checkSoftplus compares sums with those of the fixed-point inputs, and with
// those of the float32 weights, in float64.
func checkSoftplus(t *testing.T, got []float64, x *bitdbn.BitMatrix, w *bitdbn.Weights, values, bias []float32) {
	t.Helper()
	out, s := w.Out(), w.Exponent()
	exact := exactInputs(x, out, values, bias, s)
	for r := range x.Rows() {
		var fixed, float, bound float64
		for j := range out {
			fixed += softplus(math.Ldexp(float64(exact[r*out+j]), -s))
			z, n := float64(bias[j]), 1.0
			for i := range x.Cols() {
				if x.At(r, i) {
					z += float64(values[i*out+j])
					n++
				}
			}
			float += softplus(z)
			bound += n * math.Ldexp(1, -s-1)
		}
		tolerance := float64(out)/(1<<22) + math.Abs(float)*1e-14
		if !(math.Abs(got[r]-fixed) <= tolerance) {
			t.Fatalf("row %d: %v, of the fixed-point inputs %v, tolerance %g", r, got[r], fixed, tolerance)
		}
		if !(math.Abs(got[r]-float) <= tolerance+bound) {
			t.Fatalf("row %d: %v, of the float32 weights %v, tolerance %g", r, got[r], float, tolerance+bound)
		}
	}
}

// TestSoftplusIsExact sums rows that differ in units whose order is reversed:
// sums of integers do not care.
func TestSoftplusIsExact(t *testing.T) {
	const in, out = 40, 200
	rng := newRand(3)
	ws := newWorkspace(t, 1)
	values, bias := normals(rng, in*out, 2), normals(rng, out, 2)
	reversed, reversedBias := make([]float32, in*out), make([]float32, out)
	for j := range out {
		reversedBias[j] = bias[out-1-j]
		for i := range in {
			reversed[i*out+j] = values[i*out+out-1-j]
		}
	}
	x := randomBits(rng, 50, in, 0.5)
	a, b := make([]float64, 50), make([]float64, 50)
	pack(t, in, out, values, bias).Softplus(ws, a, x)
	pack(t, in, out, reversed, reversedBias).Softplus(ws, b, x)
	checkSame(t, "units in reverse", b, a)
}

// signs returns n numbers ±size.
func signs(rng interface{ Uint32() uint32 }, n int, size float32) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = size * float32(1-2*int(rng.Uint32()&1))
	}
	return v
}
