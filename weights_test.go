package bitdbn_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// layers are the shapes at which products could go wrong: around a panel,
// around a padded row, of one unit, and of more rows than a worker takes at
// once.
var layers = []struct{ rows, in, out int }{
	{0, 5, 3}, {1, 1, 1}, {3, 1, 64}, {2, 63, 65}, {64, 64, 64}, {65, 65, 63}, {130, 127, 1},
	{100, 200, 130}, {20, 784, 70}, {9, 513, 129}, {600, 9, 5},
}

func TestProducts(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		ws := newWorkspace(t, 2)
		rng := newRand(1)
		for _, l := range layers {
			for _, density := range []float64{0, 0.05, 0.5, 2} {
				values, bias := normals(rng, l.in*l.out, 0.5), normals(rng, l.out, 2)
				w, x := pack(t, l.in, l.out, values, bias), randomBits(rng, l.rows, l.in, density)
				t.Run(fmt.Sprintf("%dx%dx%d/%v", l.rows, l.in, l.out, density), func(t *testing.T) {
					checkProducts(t, ws, w, x, values, bias)
				})
			}
		}
	})
}

// checkProducts compares every product of x and w with its definition.
func checkProducts(t *testing.T, ws *bitdbn.Workspace, w *bitdbn.Weights, x *bitdbn.BitMatrix, values, bias []float32) {
	rows, out, s := x.Rows(), w.Out(), w.Exponent()
	exact := exactInputs(x, out, values, bias, s)
	inputs, probs, fixed := make([]float32, rows*out), make([]float32, rows*out), bitdbn.NewFixedMatrix(rows, out)
	w.Activations(ws, inputs, x)
	w.Probs(ws, probs, x)
	w.Fixed(ws, fixed, x)

	const step, from = 77, 5
	stream := bitdbn.NewStream(1, 2)
	bits, bitsAlone, p := ones(rows, out), ones(rows, out), bitdbn.NewFixedMatrix(rows, out)
	w.Sample(ws, bits, p, x, stream.At(step).FromRow(from))
	w.Sample(ws, bitsAlone, nil, x, stream.At(step).FromRow(from))
	checkPadding(t, "Sample", bits)
	if !bits.Equal(bitsAlone) {
		t.Error("Sample draws other bits without probabilities")
	}
	floats := make([]float32, rows*out)
	fixed.Floats(floats)

	for k, sum := range exact {
		r, j := k/out, k%out
		if want := activation(sum, s); inputs[k] != want {
			t.Fatalf("Activations: row %d, unit %d is %v, want %v", r, j, inputs[k], want)
		}
		if want := logistic(math.Ldexp(float64(sum), -s)); !(math.Abs(float64(probs[k])-want) <= 1.0/(1<<22)) {
			t.Fatalf("Probs: row %d, unit %d is %v, want %v", r, j, probs[k], want)
		}
		want := uint16(min(65535, math.RoundToEven(float64(probs[k])*bitdbn.FixedOne)))
		if fixed.At(r, j) != want || p.At(r, j) != want || floats[k] != float32(want)/bitdbn.FixedOne {
			t.Fatalf("row %d, unit %d: Fixed %d, Sample %d, Floats %v; want %d", r, j, fixed.At(r, j), p.At(r, j), floats[k], want)
		}
		if want := fires(stream.Word(step, uint32(from+r), uint32(j)), probs[k]); bits.At(r, j) != want {
			t.Fatalf("Sample: row %d, unit %d is %v", r, j, bits.At(r, j))
		}
	}
}

func logistic(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// TestSampleIntoPart samples into some rows of larger matrices; the others
// stay as they are.
func TestSampleIntoPart(t *testing.T) {
	const rows, in, out = 9, 30, 513
	rng := newRand(2)
	ws := newWorkspace(t, 2)
	w := pack(t, in, out, normals(rng, in*out, 1), normals(rng, out, 1))
	x := randomBits(rng, rows, in, 0.5)
	d := bitdbn.NewStream(1, 1).At(1)
	all, allP := bitdbn.NewBitMatrix(rows, out), bitdbn.NewFixedMatrix(rows, out)
	w.Sample(ws, all, allP, x, d)

	part, partP := ones(rows, out), bitdbn.NewFixedMatrix(rows, out)
	bits, probs, from := part.Slice(0, 4), partP.Head(4), x.Slice(0, 4)
	w.Sample(ws, &bits, &probs, &from, d)
	checkPadding(t, "Sample", part)
	for i := range rows {
		for j := range out {
			inside := i < 4
			wantBit, wantP := !inside || all.At(i, j), allP.At(i, j)
			if !inside {
				wantP = 0
			}
			if part.At(i, j) != wantBit || partP.At(i, j) != wantP {
				t.Fatalf("row %d, unit %d: bit %v, probability %d; want %v, %d", i, j, part.At(i, j), partP.At(i, j), wantBit, wantP)
			}
		}
	}
}

// TestProbsCurve sweeps the input of a unit over all that matters.
func TestProbsCurve(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		// Weights that are powers of two, and rows that count in binary, give
		// a unit every multiple of 2^-8 from -64 to 64, and another its negative.
		const in = 15
		values := make([]float32, in*2)
		for i := range in {
			values[2*i] = float32(math.Ldexp(1, i-8))
			values[2*i+1] = -values[2*i]
		}
		w := pack(t, in, 2, values, []float32{-64, 64})
		const rows = 1 << in
		x := bitdbn.NewBitMatrix(rows, in)
		for r := range rows {
			x.Row(r)[0] = uint64(r)
		}
		p := make([]float32, rows*2)
		w.Probs(newWorkspace(t, 2), p, x)
		var worst float64
		for r := range rows {
			z := float64(r)/256 - 64
			worst = max(worst, math.Abs(float64(p[2*r])-logistic(z)))
			if p[2*r+1] != 1-p[2*r] && p[2*r] != 1-p[2*r+1] {
				t.Fatalf("p(%v) is %v, p(%v) is %v", z, p[2*r], -z, p[2*r+1])
			}
			if r > 0 && p[2*r] < p[2*r-2] {
				t.Fatalf("p falls at %v", z)
			}
		}
		if worst > 1.0/(1<<22) {
			t.Errorf("off by up to %.3g, want at most 2^-22", worst)
		}
		if p[rows] != 0.5 {
			t.Errorf("p(0) is %v", p[rows])
		}
	})
}

// TestProbsLimits drives units to where 1 + e^-z loses its 1 or overflows, at
// every place of a panel.
func TestProbsLimits(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		const out = 67
		ws := newWorkspace(t, 1)
		x := ones(1, 1)
		for _, z := range []float64{-1e30, -1000, -200, -104, -90, -88.5, -87.5, -45, 0, 45, 88, 89, 200, 1e30, math.MaxFloat32, -math.MaxFloat32} {
			values, bias := make([]float32, out), make([]float32, out)
			for at := range out {
				clear(values)
				values[at] = float32(z)
				w := pack(t, 1, out, values, bias)
				p := make([]float32, out)
				w.Probs(ws, p, x)
				for j := range p {
					want := float32(0.5)
					if j == at {
						want = float32(logistic(z))
						if math.Abs(z) > 44 {
							want = float32(math.Round(logistic(z)))
						}
					}
					if p[j] != want {
						t.Fatalf("input %v at unit %d: probability of unit %d is %v, want %v", z, at, j, p[j], want)
					}
				}
			}
		}
	})
}

// TestErrorBound compares inputs with the exact sums of the float32 weights:
// the documented bound holds, and the errors are of the order of those of
// float32 sums from left to right.
func TestErrorBound(t *testing.T) {
	const rows, in, out = 20, 784, 100
	rng := newRand(3)
	ws := newWorkspace(t, 2)
	for _, sigma := range []float64{0.01, 0.1, 1} {
		values, bias := normals(rng, in*out, sigma), normals(rng, out, 1)
		w, x := pack(t, in, out, values, bias), randomBits(rng, rows, in, 0.2)
		got := make([]float32, rows*out)
		w.Activations(ws, got, x)
		fixed := exactInputs(x, out, values, bias, w.Exponent())
		var squaresFixed, squaresFloat, worstFixed, worstFloat float64
		for k := range got {
			r, j := k/out, k%out
			sum, exact, n := bias[j], float64(bias[j]), 1.0
			for i := range in {
				if x.At(r, i) {
					sum += values[i*out+j]
					exact += float64(values[i*out+j])
					n++
				}
			}
			bound := n * math.Ldexp(1, -w.Exponent()-1)
			if d := math.Abs(math.Ldexp(float64(fixed[k]), -w.Exponent()) - exact); d > bound {
				t.Fatalf("sigma %v: input %v is off by %g, bound %g", sigma, exact, d, bound)
			}
			if d := math.Abs(float64(got[k]) - exact); d > bound+math.Abs(exact)/(1<<24)*1.001 {
				t.Fatalf("sigma %v: Activations of %v off by %g, bound %g", sigma, exact, d, bound)
			}
			dFixed, dFloat := math.Abs(float64(got[k])-exact), math.Abs(float64(sum)-exact)
			squaresFixed += dFixed * dFixed
			squaresFloat += dFloat * dFloat
			worstFixed, worstFloat = max(worstFixed, dFixed), max(worstFloat, dFloat)
		}
		ratio := math.Sqrt(squaresFixed / squaresFloat)
		t.Logf("normal weights, sigma %v, %d inputs: off by up to %.2g, float32 sums by up to %.2g; ratio of rms %.2f",
			sigma, in, worstFixed, worstFloat, ratio)
		if ratio > 4 {
			t.Errorf("sigma %v: %.2f times as far off as float32 sums", sigma, ratio)
		}
	}
}

func TestPackTransposed(t *testing.T) {
	rng := newRand(4)
	ws := newWorkspace(t, 1)
	for _, l := range layers {
		values, bias := normals(rng, l.in*l.out, 1), normals(rng, l.out, 1)
		w, wt := pack(t, l.in, l.out, values, bias), bitdbn.NewWeights(l.in, l.out)
		if err := wt.PackTransposed(transposed(values, l.in, l.out), bias); err != nil {
			t.Fatal(err)
		}
		if w.In() != l.in || w.Out() != l.out || w.Exponent() != wt.Exponent() {
			t.Errorf("%d × %d: In %d, Out %d, exponents %d and %d", l.in, l.out, w.In(), w.Out(), w.Exponent(), wt.Exponent())
		}
		x := randomBits(rng, l.rows, l.in, 0.5)
		a, b := make([]float32, l.rows*l.out), make([]float32, l.rows*l.out)
		w.Activations(ws, a, x)
		wt.Activations(ws, b, x)
		checkSame(t, fmt.Sprintf("%d × %d × %d", l.rows, l.in, l.out), b, a)
	}
}

// maxExponent is the exponent of weights so small that none changes a
// probability.
const maxExponent = 30

// largestSum is the bound on the magnitude of a sum of n weights and a bias in
// units of 2^-s, roundings included: (n·top + bias)·2^s + (n+1)/2.
func largestSum(n int, top, bias float32, s int) *big.Float {
	number := func(v float64) *big.Float { return new(big.Float).SetPrec(400).SetFloat64(v) }
	sum := number(float64(n))
	sum.Mul(sum, number(float64(top)))
	sum.Add(sum, number(float64(bias)))
	sum.SetMantExp(sum, s)
	return sum.Add(sum, number(float64(n+1)/2))
}

// checkExponent fails the test unless s is the largest safe exponent.
func checkExponent(t *testing.T, n int, top, bias float32, s int) {
	t.Helper()
	limit := big.NewFloat(1 << 31)
	if largestSum(n, top, bias, s).Cmp(limit) >= 0 {
		t.Errorf("%d weights of %v, bias %v: with exponent %d a sum can overflow", n, top, bias, s)
	}
	if s < maxExponent && largestSum(n, top, bias, s+1).Cmp(limit) < 0 {
		t.Errorf("%d weights of %v, bias %v: exponent %d, but %d is safe", n, top, bias, s, s+1)
	}
}

// TestExponentAtExtremes sums weights that are all at the maximum.
func TestExponentAtExtremes(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		ws := newWorkspace(t, 2)
		const out = 6
		for _, in := range []int{1, 4, 784, 4096} {
			x := ones(3, in) // enough set bits for sums from tables
			single := bitdbn.NewBitMatrix(1, in)
			single.CopyRow(0, x, 0) // and a row that is walked
			for _, top := range []float32{0, 1, 0.1, 3.7, 1e-30, 1e30, math.MaxFloat32, math.SmallestNonzeroFloat32} {
				for _, share := range []float32{0, 1e-3, 1, -1} {
					bias := slices.Repeat([]float32{share * top}, out)
					values := make([]float32, in*out)
					for i := range in {
						alternate := top * float32(1-2*(i%2))
						copy(values[i*out:], []float32{top, top, -top, -top, alternate, -alternate})
					}
					w := pack(t, in, out, values, bias)
					s := w.Exponent()
					checkExponent(t, in, top, float32(math.Abs(float64(bias[0]))), s)
					for _, x := range []*bitdbn.BitMatrix{x, single} {
						got := make([]float32, x.Rows()*out)
						w.Activations(ws, got, x)
						for k, sum := range exactInputs(x, out, values, bias, s) {
							if sum != int64(int32(sum)) {
								t.Fatalf("%d weights of %v: sum %d wraps", in, top, sum)
							}
							if want := activation(sum, s); got[k] != want {
								t.Fatalf("%d weights of %v, unit %d: input %v, want %v", in, top, k%out, got[k], want)
							}
						}
					}
				}
			}
		}
	})
}

func TestSmallWeights(t *testing.T) {
	const rows, in, out = 5, 70, 66
	ws := newWorkspace(t, 1)
	for _, size := range []float32{0, 1e-30} {
		w := pack(t, in, out, slices.Repeat([]float32{size}, in*out), make([]float32, out))
		p, a := make([]float32, rows*out), make([]float32, rows*out)
		w.Probs(ws, p, ones(rows, in))
		w.Activations(ws, a, ones(rows, in))
		checkSame(t, "Probs", p, slices.Repeat([]float32{0.5}, len(p)))
		checkSame(t, "Activations", a, make([]float32, len(a)))
	}
}

func TestPackRefusesNonFinite(t *testing.T) {
	const in, out = 5, 66
	rng := newRand(5)
	ws := newWorkspace(t, 1)
	values, bias := normals(rng, in*out, 1), normals(rng, out, 1)
	w, x := pack(t, in, out, values, bias), ones(1, in)
	before, after := make([]float32, out), make([]float32, out)
	w.Activations(ws, before, x)
	exponent := w.Exponent()
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for _, at := range []int{0, in*out - 1} {
			for _, c := range []struct {
				what         string
				values, bias []float32
			}{
				{fmt.Sprintf("weight %d is %v", at, bad), with(values, at, bad), bias},
				{fmt.Sprintf("bias %d is %v", at%out, bad), values, with(bias, at%out, bad)},
			} {
				for name, pack := range map[string]func(v, b []float32) error{"Pack": w.Pack, "PackTransposed": w.PackTransposed} {
					err := pack(c.values, c.bias)
					if !errors.Is(err, bitdbn.ErrWeights) || !strings.Contains(err.Error(), c.what) {
						t.Errorf("%s: error %v, want %q", name, err, c.what)
					}
				}
			}
		}
	}
	w.Activations(ws, after, x)
	checkSame(t, "inputs after refused weights", after, before)
	if w.Exponent() != exponent {
		t.Errorf("exponent changed from %d to %d", exponent, w.Exponent())
	}
}

// with returns a copy of values with one of them replaced.
func with(values []float32, at int, v float64) []float32 {
	c := slices.Clone(values)
	c[at] = float32(v)
	return c
}
