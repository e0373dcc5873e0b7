package rbm

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// greyRamp returns rows of all intensities.
func greyRamp(rows int) Grey {
	g := Grey{Width: 256, Draws: PresentationStream(1, 0)}
	for range rows {
		for k := range 256 {
			g.Pixels = append(g.Pixels, uint8(k))
		}
	}
	return g
}

func TestBits(t *testing.T) {
	ws := workspace(t, 1)
	rows := text("1010", "0110", "1110")
	src := bitRows(rows)
	if src.Rows() != 3 || src.Visible() != 4 {
		t.Errorf("%d rows of %d", src.Rows(), src.Visible())
	}
	if got, want := src.Means(ws), []float64{2.0 / 3, 2.0 / 3, 1, 0}; !slices.Equal(got, want) {
		t.Errorf("means %v, expected %v", got, want)
	}
	dst := bitdbn.NewBitMatrix(4, 4)
	index := []int{2, 0, 0, 1}
	src.Fill(ws, dst, index, 5)
	for r, i := range index {
		if !slices.Equal(row(dst, r), rows[i]) {
			t.Errorf("row %d is %v, expected %v", r, row(dst, r), rows[i])
		}
	}
	if all := Drawn(ws, src, 1); !all.Equal(src.BitMatrix) {
		t.Error("binary rows change when they are drawn")
	}
}

// TestGreyDraws requires fresh draws in each step, the same in the same step.
func TestGreyDraws(t *testing.T) {
	ws := workspace(t, 1)
	src := greyRamp(3)
	if src.Rows() != 3 || src.Visible() != 256 {
		t.Fatalf("%d rows of %d", src.Rows(), src.Visible())
	}
	a := Drawn(ws, src, 1)
	if b := Drawn(ws, src, 1); !a.Equal(b.BitMatrix) {
		t.Error("the same step draws other bits")
	}
	// Two draws of a unit that is on with probability p differ with 2p(1−p),
	// which is 1/3 on average.
	for _, c := range []struct {
		name string
		n    int
	}{
		{"another step", bitdbn.Hamming(a.BitMatrix, Drawn(ws, src, 2).BitMatrix)},
		{"the evaluation step", bitdbn.Hamming(a.BitMatrix, Drawn(ws, src, EvaluationStep+1).BitMatrix)},
		{"another stream", bitdbn.Hamming(a.BitMatrix, Drawn(ws, Grey{src.Pixels, 256, PresentationStream(2, 0)}, 1).BitMatrix)},
		{"another row", 3 * bitdbn.Hamming(slice(a, 0), slice(a, 1))},
	} {
		if n := 3.0 * 256; math.Abs(float64(c.n)-n/3) > 4.5*math.Sqrt(3*n*2/9) {
			t.Errorf("%s: %d of %v bits differ, expected about %v", c.name, c.n, n, n/3)
		}
	}
}

func slice(b Bits, r int) *bitdbn.BitMatrix {
	s := b.Slice(r, r+1)
	return &s
}

// TestGreyRates requires that each intensity is on as often as it says.
func TestGreyRates(t *testing.T) {
	ws := workspace(t, 1)
	const rows, steps = 50, 60
	src := greyRamp(rows)
	on := make([]int, 256)
	part := make([]int, 256)
	for s := range uint64(steps) {
		Drawn(ws, src, s).ColumnCounts(part)
		for k, n := range part {
			on[k] += n
		}
	}
	const n = rows * steps
	var sum float64
	for k, got := range on {
		p := float64(k) / 255
		d := float64(got) - n*p
		if math.Abs(d) > 4.5*math.Sqrt(n*p*(1-p)) {
			t.Errorf("intensity %d: on in %d of %d draws", k, got, n)
		}
		if k > 0 && k < 255 {
			sum += d * d / (n * p * (1 - p))
		}
	}
	if math.Abs(sum-254) > 4.5*math.Sqrt(2*254) {
		t.Errorf("sum of squared deviations over their variance is %.0f, expected 254", sum)
	}
	if on[0] != 0 || on[255] != n {
		t.Errorf("black is on in %d, white in %d of %d draws", on[0], on[255], n)
	}
}

func TestGreyMeans(t *testing.T) {
	g := Grey{Pixels: []uint8{0, 255, 51, 255, 255, 0}, Width: 3}
	if got, want := g.Means(nil), []float64{0.5, 1, 0.1}; !slices.Equal(got, want) {
		t.Errorf("means %v, expected %v", got, want)
	}
}

func TestUnusableSources(t *testing.T) {
	ws := workspace(t, 1)
	for name, src := range map[string]Source{
		"no rows":         Bits{bitdbn.NewBitMatrix(0, 3)},
		"too narrow":      randomRows(4, 2, 0.5),
		"too wide":        randomRows(4, 4, 0.5),
		"empty grey":      Grey{},
		"no grey rows":    Grey{Width: 3},
		"grey, too wide":  Grey{Pixels: make([]uint8, 8), Width: 4},
		"grey, no width":  Grey{Pixels: make([]uint8, 8)},
		"less than a row": Grey{Pixels: make([]uint8, 2), Width: 3},
	} {
		if _, err := NewTrainer(ws, New(3, 2), src, basic()); !errors.Is(err, ErrData) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
