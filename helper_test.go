package bitdbn_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// widths are the numbers of columns at which packing could go wrong: around a
// word, around a padded row, and that of a digit.
var widths = []int{0, 1, 63, 64, 65, 511, 512, 513, 784}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

func newWorkspace(t testing.TB, workers int) *bitdbn.Workspace {
	t.Helper()
	ws, err := bitdbn.NewWorkspace(workers)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ws.Close)
	return ws
}

// randomBits returns rows × cols bits, each set with the given probability.
func randomBits(rng *rand.Rand, rows, cols int, density float64) *bitdbn.BitMatrix {
	m := bitdbn.NewBitMatrix(rows, cols)
	for i := range rows {
		for j := range cols {
			m.Set(i, j, rng.Float64() < density)
		}
	}
	return m
}

// ones returns rows × cols bits, all set.
func ones(rows, cols int) *bitdbn.BitMatrix {
	return randomBits(newRand(0), rows, cols, 2)
}

// normals returns n normal float32 numbers of the given standard deviation.
func normals(rng *rand.Rand, n int, sigma float64) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(rng.NormFloat64() * sigma)
	}
	return v
}

// randomFixed returns rows × cols probabilities that spread over 0 to 1.
func randomFixed(t testing.TB, ws *bitdbn.Workspace, rng *rand.Rand, rows, cols int) *bitdbn.FixedMatrix {
	t.Helper()
	const in = 24
	p := bitdbn.NewFixedMatrix(rows, cols)
	pack(t, in, cols, normals(rng, in*cols, 1), normals(rng, cols, 1)).Fixed(ws, p, randomBits(rng, rows, in, 0.5))
	return p
}

func pack(t testing.TB, in, out int, values, bias []float32) *bitdbn.Weights {
	t.Helper()
	w := bitdbn.NewWeights(in, out)
	if err := w.Pack(values, bias); err != nil {
		t.Fatal(err)
	}
	return w
}

func transposed(values []float32, rows, cols int) []float32 {
	out := make([]float32, len(values))
	for i := range rows {
		for j := range cols {
			out[j*rows+i] = values[i*cols+j]
		}
	}
	return out
}

// quantised returns w·2^s rounded half to even.
func quantised(w float32, s int) int64 { return int64(math.RoundToEven(math.Ldexp(float64(w), s))) }

// exactInputs returns the inputs of the units in units of 2^-s, row-major, from
// the definition: integers, wide enough for any sum.
func exactInputs(x *bitdbn.BitMatrix, out int, values, bias []float32, s int) []int64 {
	q := make([]int64, len(values))
	for k, v := range values {
		q[k] = quantised(v, s)
	}
	t := make([]int64, x.Rows()*out)
	for r := range x.Rows() {
		sums := t[r*out:][:out]
		for j := range sums {
			sums[j] = quantised(bias[j], s)
		}
		for i := range x.Cols() {
			if !x.At(r, i) {
				continue
			}
			for j, v := range q[i*out:][:out] {
				sums[j] += v
			}
		}
	}
	return t
}

// activation returns an exact sum in units of 2^-s as Activations does: rounded
// once to float32.
func activation(t int64, s int) float32 { return float32(math.Ldexp(float64(float32(t)), -s)) }

// checkPadding fails the test if a bit beyond the last column is set.
func checkPadding(t testing.TB, what string, m *bitdbn.BitMatrix) {
	t.Helper()
	for i := range m.Rows() {
		row := m.Row(i)
		for j := m.Cols(); j < len(row)*64; j++ {
			if row[j/64]>>(j%64)&1 != 0 {
				t.Fatalf("%s: padding bit %d of row %d of a %d × %d matrix is set", what, j, i, m.Rows(), m.Cols())
			}
		}
	}
}

// checkSame fails the test at the first element in which two slices differ,
// bit for bit.
func checkSame[T int | int32 | int64 | uint16 | float32 | float64 | byte | bool](t testing.TB, what string, got, want []T) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d elements, want %d", what, len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%s: element %d of %d is %v, want %v", what, i, len(got), got[i], want[i])
		}
	}
}

// checkNear fails the test at the first element that is further than tolerance
// from the one wanted.
func checkNear(t testing.TB, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	for i := range want {
		if d := math.Abs(float64(got[i]) - want[i]); !(d <= tolerance) {
			t.Fatalf("%s: element %d is %v, want %v within %g", what, i, got[i], want[i], tolerance)
		}
	}
}
