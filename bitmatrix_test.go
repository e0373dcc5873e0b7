package bitdbn_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn"
)

func TestBitMatrix(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, rows := range []int{0, 1, 3, 64, 65, 130} {
		for _, cols := range []int{0, 1, 63, 64, 65, 511, 512, 513, 784} {
			m := randomBits(rng, rows, cols, 0.5)
			bools, bytes, floats := make([]bool, rows*cols), make([]byte, rows*cols), make([]float32, rows*cols)
			m.Bools(bools)
			m.Bytes(bytes)
			m.Floats(floats)
			count := 0
			for k, b := range bools {
				if b != m.At(k/cols, k%cols) || b != (bytes[k] == 1) || b != (floats[k] == 1) {
					t.Fatalf("%d × %d: element %d unpacks to %v, %v, %v", rows, cols, k, b, bytes[k], floats[k])
				}
				if b {
					count++
				}
			}
			if m.Count() != count {
				t.Errorf("%d × %d: count %d, expected %d", rows, cols, m.Count(), count)
			}
			for i, again := range []*bitdbn.BitMatrix{bitdbn.NewBitMatrix(rows, cols), bitdbn.NewBitMatrix(rows, cols), bitdbn.NewBitMatrix(rows, cols)} {
				switch i {
				case 0:
					again.PackBools(bools)
				case 1:
					again.PackBytes(bytes)
				case 2:
					if err := again.PackFloats(floats); err != nil {
						t.Fatal(err)
					}
				}
				if !again.Equal(m) || !again.PaddingZero() {
					t.Errorf("%d × %d: packing way %d gives another matrix", rows, cols, i)
				}
			}
			tr, back := bitdbn.NewBitMatrix(cols, rows), bitdbn.NewBitMatrix(rows, cols)
			for k := range tr.Words() {
				tr.Words()[k] = ^uint64(0) // all of it is written
			}
			m.Transpose(tr)
			tr.Transpose(back)
			if !back.Equal(m) || !tr.PaddingZero() || tr.Count() != count {
				t.Errorf("%d × %d: transposed twice it is another matrix", rows, cols)
			}
			if rows > 0 && cols > 1 && tr.At(cols-1, 0) != m.At(0, cols-1) {
				t.Errorf("%d × %d: the transpose has the corner elsewhere", rows, cols)
			}
			o := randomBits(rng, rows, cols, 0.5)
			want := 0
			for k := range bools {
				if o.At(k/cols, k%cols) != bools[k] {
					want++
				}
			}
			if got := bitdbn.Hamming(m, o); got != want {
				t.Errorf("%d × %d: Hamming distance %d, expected %d", rows, cols, got, want)
			}
			counts := make([]int, cols)
			m.ColumnCounts(counts)
			sum := 0
			for _, n := range counts {
				sum += n
			}
			if sum != count {
				t.Errorf("%d × %d: column counts sum to %d, expected %d", rows, cols, sum, count)
			}
		}
	}
}

func TestPackFloatsRefuses(t *testing.T) {
	for _, bad := range []float32{1.5, -0.25, 0.5, float32(math.NaN()), float32(math.Inf(1))} {
		m := bitdbn.NewBitMatrix(2, 3)
		m.Set(1, 2, true)
		v := []float32{0, 1, 0, 1, bad, 0}
		errs := []error{m.PackFloats(v)}
		if bad != 0.5 {
			errs = append(errs, m.ThresholdFloats(v, 0.5), m.DrawFloats(v, bitdbn.NewStream(1, 1).At(0)))
		}
		for i, err := range errs {
			if !errors.Is(err, bitdbn.ErrValue) || !strings.Contains(err.Error(), "row 1, column 1") {
				t.Errorf("way %d of packing %v: %v, expected ErrValue that names the place", i, bad, err)
			}
		}
		if m.Count() != 1 || !m.At(1, 2) {
			t.Errorf("refusing %v changed the matrix", bad)
		}
	}
}

// TestDraws checks rates by chi-square with one degree of freedom.
func TestDraws(t *testing.T) {
	const rows, cols = 1000, 1000
	m := bitdbn.NewBitMatrix(rows, cols)
	src := make([]float32, rows*cols)
	for i, p := range []float32{0, 1.0 / (1 << 24), 1.0 / 3, 0.5, 0.75, 1 - 1.0/(1<<24), 1} {
		for k := range src {
			src[k] = p
		}
		if err := m.DrawFloats(src, bitdbn.NewStream(7, uint64(i)).At(1)); err != nil {
			t.Fatal(err)
		}
		n, q := float64(m.Count()), float64(p)
		switch p {
		case 0, 1.0 / (1 << 24):
			if n != 0 {
				t.Errorf("probability %v fires %v times", p, n)
			}
		case 1:
			if n != rows*cols {
				t.Errorf("probability 1 fires %v times of %d", n, rows*cols)
			}
		default:
			d := n - rows*cols*q
			if chi2 := d * d / (rows * cols * q * (1 - q)); chi2 > 15 && math.Abs(d) > 2 {
				t.Errorf("probability %v fires %v times of %d, chi-square %v", p, n, rows*cols, chi2)
			}
		}
	}
}

func TestDrawGrey(t *testing.T) {
	const cols = 131
	grey, probs := make([]uint8, cols), make([]float32, cols)
	for j := range grey {
		grey[j] = uint8(j * 2)
		probs[j] = float32(grey[j]) / 255
	}
	clear(grey[8:20])
	clear(probs[8:20])
	a, b := bitdbn.NewBitMatrix(1, cols), bitdbn.NewBitMatrix(1, cols)
	d := bitdbn.NewStream(3, 4).At(5)
	a.DrawGrey(0, grey, d)
	if err := b.DrawFloats(probs, d); err != nil {
		t.Fatal(err)
	}
	if !a.Equal(b) || !a.PaddingZero() {
		t.Error("grey intensities are not drawn as their floats are")
	}
}

// TestStreams looks for words that streams, seeds, rows or steps share.
func TestStreams(t *testing.T) {
	seen := map[uint32]string{}
	collisions := 0
	n := 0
	for _, seed := range []uint64{0, 1, 2, math.MaxUint64} {
		for _, stream := range []uint64{0, 1, math.MaxUint64} {
			s := bitdbn.NewStream(seed, stream)
			for step := range uint64(4) {
				for row := range uint32(4) {
					for unit := range uint32(50) {
						w := s.Word(step, row, unit)
						if seen[w] != "" {
							collisions++
						}
						seen[w] = "x"
						n++
					}
				}
			}
		}
	}
	// n²/2^33 collisions are expected of random words: 0.01.
	if collisions > 1 {
		t.Errorf("%d collisions in %d words", collisions, n)
	}
	s := bitdbn.NewStream(1, 2)
	if got := []uint32{s.Word(0, 0, 0), s.Word(0, 0, 1), s.Word(1<<40, 3, 5)}; !slices.Equal(got, goldenWords) {
		t.Errorf("words %#x, expected %#x", got, goldenWords)
	}
}

// TestFromRow draws a batch whole and in pieces.
func TestFromRow(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	ws := workspace(t, 1)
	w := pack(t, 30, 90, randomFloats(rng, 30*90, 1), randomFloats(rng, 90, 1))
	x := randomBits(rng, 20, 30, 0.5)
	whole := bitdbn.NewBitMatrix(20, 90)
	at := bitdbn.NewStream(1, 1).At(9)
	w.Sample(ws, whole, nil, x, at)
	for _, lo := range []int{0, 7, 13} {
		part, hi := x.Slice(lo, lo+7), lo+7
		got := bitdbn.NewBitMatrix(7, 90)
		w.Sample(ws, got, nil, &part, at.FromRow(uint32(lo)))
		if want := whole.Slice(lo, hi); !got.Equal(&want) {
			t.Errorf("rows %d to %d are drawn otherwise than in the whole", lo, hi-1)
		}
	}
}
