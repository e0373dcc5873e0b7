package bitdbn_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn"
)

func TestPackRoundTrip(t *testing.T) {
	rng := newRand(1)
	eachShape(t, func(t *testing.T, rows, cols int) {
		want := randomBits(rng, rows, cols, 0.4)
		n := rows * cols
		// Sources and destinations start at odd places of larger arrays.
		for _, off := range []int{0, 1, 3, 7} {
			bools, bytes, floats := make([]bool, n+off)[off:], make([]byte, n+off)[off:], make([]float32, n+off)[off:]
			for i := range n {
				bools[i], bytes[i], floats[i] = true, 7, 7
			}
			want.Bools(bools)
			want.Bytes(bytes)
			want.Floats(floats)
			for i := range n {
				bit := want.At(i/cols, i%cols)
				value := 0
				if bit {
					value = 1
				}
				if bools[i] != bit || int(bytes[i]) != value || floats[i] != float32(value) {
					t.Fatalf("element %d unpacks as %v, %v, %v; want %v", i, bools[i], bytes[i], floats[i], bit)
				}
			}
			for i := range bytes {
				bytes[i] *= byte(1 + i%255) // any byte but 0 is a 1
			}
			for name, set := range map[string]func(m *bitdbn.BitMatrix) error{
				"PackBools":       func(m *bitdbn.BitMatrix) error { m.PackBools(bools); return nil },
				"PackBytes":       func(m *bitdbn.BitMatrix) error { m.PackBytes(bytes); return nil },
				"PackFloats":      func(m *bitdbn.BitMatrix) error { return m.PackFloats(floats) },
				"ThresholdFloats": func(m *bitdbn.BitMatrix) error { return m.ThresholdFloats(floats, 0.5) },
			} {
				m := ones(rows, cols)
				if err := set(m); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				checkPadding(t, name, m)
				if !m.Equal(want) {
					t.Errorf("%s of offset %d: wrong bits", name, off)
				}
			}
		}
	})
}

func TestThresholdFloats(t *testing.T) {
	src := []float32{0, 0.25, math.Nextafter32(0.25, 1), 1, float32(math.Copysign(0, -1))}
	m := bitdbn.NewBitMatrix(1, len(src))
	for _, c := range []struct {
		threshold float32
		want      []bool
	}{
		{0, []bool{false, true, true, true, false}},
		{0.25, []bool{false, false, true, true, false}},
		{1, []bool{false, false, false, false, false}},
		{-1, []bool{true, true, true, true, true}},
	} {
		if err := m.ThresholdFloats(src, c.threshold); err != nil {
			t.Fatal(err)
		}
		got := make([]bool, len(src))
		m.Bools(got)
		checkSame(t, fmt.Sprint("threshold ", c.threshold), got, c.want)
	}
}

func TestPackErrors(t *testing.T) {
	const rows, cols = 3, 65
	inf := float32(math.Inf(1))
	nan := float32(math.NaN())
	d := bitdbn.NewStream(1, 2).At(3)
	for _, op := range []struct {
		name string
		set  func(m *bitdbn.BitMatrix, src []float32) error
		bad  []float32
		want string
	}{
		{"PackFloats", (*bitdbn.BitMatrix).PackFloats,
			[]float32{nan, inf, -inf, 1.5, -0.25, 0.5, 1e-45, math.Nextafter32(1, 0)}, "0 or 1"},
		{"ThresholdFloats", func(m *bitdbn.BitMatrix, src []float32) error { return m.ThresholdFloats(src, 0.5) },
			[]float32{nan, inf, -inf, 1.5, -0.25, -1e-45, math.Nextafter32(1, 2)}, "0 to 1"},
		{"DrawFloats", func(m *bitdbn.BitMatrix, src []float32) error { return m.DrawFloats(src, d) },
			[]float32{nan, inf, -inf, 1.5, -0.25, -1e-45, math.Nextafter32(1, 2)}, "0 to 1"},
	} {
		before := randomBits(newRand(5), rows, cols, 0.5)
		for _, bad := range op.bad {
			for _, at := range []int{0, cols - 1, cols, rows*cols - 1} {
				m, src := bitdbn.NewBitMatrix(rows, cols), make([]float32, rows*cols)
				for i := range rows {
					m.CopyRow(i, before, i)
				}
				for i := range src {
					src[i] = float32(i % 2)
				}
				src[at] = bad
				err := op.set(m, src)
				if !errors.Is(err, bitdbn.ErrValue) {
					t.Fatalf("%s of %v: error %v", op.name, bad, err)
				}
				for _, part := range []string{fmt.Sprintf("row %d, column %d", at/cols, at%cols), fmt.Sprint(bad), op.want} {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("%s of %v: error %q does not say %q", op.name, bad, err, part)
					}
				}
				if !m.Equal(before) {
					t.Fatalf("%s of %v changed the matrix", op.name, bad)
				}
			}
		}
	}
}

// fires is the definition of a draw, in float64, where it is exact.
func fires(word uint32, p float32) bool {
	return math.Ldexp(float64(word>>9)+0.5, -23) < float64(p)
}

func TestDrawFloats(t *testing.T) {
	rng := newRand(6)
	const step, from = 1 << 40, 9
	stream := bitdbn.NewStream(11, 12)
	for _, cols := range widths {
		const rows = 5
		src := make([]float32, rows*cols)
		for i := range src {
			src[i] = rng.Float32()
		}
		m := ones(rows, cols)
		if err := m.DrawFloats(src, stream.At(step).FromRow(from)); err != nil {
			t.Fatal(err)
		}
		checkPadding(t, "DrawFloats", m)
		for i, p := range src {
			r, c := i/cols, i%cols
			if want := fires(stream.Word(step, uint32(from+r), uint32(c)), p); m.At(r, c) != want {
				t.Fatalf("%d columns: bit (%d, %d) drawn with %v is %v", cols, r, c, p, m.At(r, c))
			}
		}
	}
}

func TestDrawGreyIsDrawFloats(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rng := newRand(7)
		for _, cols := range widths {
			const rows = 6
			grey, src := make([]uint8, rows*cols), make([]float32, rows*cols)
			for i := range grey {
				if grey[i] = uint8(rng.Uint32()); i/16%3 == 0 {
					grey[i] = uint8(i / 16 % 2 * 255) // runs of black and white
				}
				src[i] = float32(grey[i]) / 255
			}
			d := bitdbn.NewStream(3, 4).At(5).FromRow(6)
			want, got := bitdbn.NewBitMatrix(rows, cols), ones(rows, cols)
			if err := want.DrawFloats(src, d); err != nil {
				t.Fatal(err)
			}
			for i := range rows {
				got.DrawGrey(i, grey[i*cols:][:cols], d)
			}
			checkPadding(t, "DrawGrey", got)
			if !got.Equal(want) {
				t.Errorf("%d columns: DrawGrey draws other bits than DrawFloats", cols)
			}
		}
	})
}

// TestDrawRates draws a million times with probabilities at both ends, exact
// binary fractions and others.
func TestDrawRates(t *testing.T) {
	rows, cols := 1000, 1000
	if testing.Short() {
		rows = 100
	}
	src := make([]float32, rows*cols)
	m := bitdbn.NewBitMatrix(rows, cols)
	for k, p := range []float32{0, 1.0 / (1 << 24), 1.0 / 3, 0.5, 0.75, 1 - 1.0/(1<<24), 1} {
		for i := range src {
			src[i] = p
		}
		if err := m.DrawFloats(src, bitdbn.NewStream(2026, uint64(k)).At(0)); err != nil {
			t.Fatal(err)
		}
		// A draw compares p with one of 2^23 numbers: those below p.
		rate := math.Ceil(math.Ldexp(float64(p), 23)-0.5) / (1 << 23)
		n, got := float64(rows*cols), float64(m.Count())
		switch {
		case rate == 0 || rate == 1:
			if got != rate*n {
				t.Errorf("p=%v: %v of %v are set", p, got, n)
			}
		case math.Abs(got-rate*n) > 4*math.Sqrt(n*rate*(1-rate))+1:
			t.Errorf("p=%v: %v of %v are set, want about %v", p, got, n, rate*n)
		case 0.01 < rate && rate < 0.99:
			columns, byRow := make([]int, cols), make([]int, rows)
			m.ColumnCounts(columns)
			for i := range byRow {
				row := m.Slice(i, i+1)
				byRow[i] = row.Count()
			}
			checkBinomial(t, fmt.Sprintf("p=%v, columns", p), columns, rows, rate)
			checkBinomial(t, fmt.Sprintf("p=%v, rows", p), byRow, cols, rate)
		}
	}
}

// checkBinomial tests counts of n draws of the given rate by chi-square.
func checkBinomial(t *testing.T, what string, counts []int, n int, rate float64) {
	t.Helper()
	var chi float64
	for _, c := range counts {
		d := float64(c) - float64(n)*rate
		chi += d * d / (float64(n) * rate * (1 - rate))
	}
	checkChiSquare(t, what, chi, len(counts))
}

// checkChiSquare fails the test if chi-square is far from its number of
// degrees of freedom, on either side: the normal approximation of Wilson and
// Hilferty, four standard deviations.
func checkChiSquare(t *testing.T, what string, chi float64, freedom int) {
	t.Helper()
	v := 2 / (9 * float64(freedom))
	if z := (math.Cbrt(chi/float64(freedom)) - (1 - v)) / math.Sqrt(v); math.Abs(z) > 4 {
		t.Errorf("%s: chi-square %.0f with %d degrees of freedom (%.1f standard deviations)", what, chi, freedom, z)
	}
}
