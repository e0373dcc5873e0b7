package bitdbn_test

import (
	"fmt"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// eachShape calls f for matrices of every width of interest.
func eachShape(t *testing.T, f func(t *testing.T, rows, cols int)) {
	for _, cols := range widths {
		for _, rows := range []int{0, 1, 3, 64, 70} {
			t.Run(fmt.Sprintf("%dx%d", rows, cols), func(t *testing.T) { f(t, rows, cols) })
		}
	}
}

func TestBitMatrixShape(t *testing.T) {
	eachShape(t, func(t *testing.T, rows, cols int) {
		m := bitdbn.NewBitMatrix(rows, cols)
		stride := 0
		for stride*64 < cols {
			stride += 8
		}
		if m.Rows() != rows || m.Cols() != cols || m.Stride() != stride || len(m.Words()) != rows*stride {
			t.Errorf("%d × %d, stride %d, %d words; want stride %d", m.Rows(), m.Cols(), m.Stride(), len(m.Words()), stride)
		}
		if m.Count() != 0 || !m.PaddingZero() {
			t.Error("a new matrix has bits set")
		}
		if full := ones(rows, cols); full.Count() != rows*cols || !full.PaddingZero() {
			t.Errorf("all bits set: Count %d, PaddingZero %v", full.Count(), full.PaddingZero())
		}
		for i := range m.Words() {
			for b := range 64 {
				m.Words()[i] = 1 << b
				if inside := i%stride*64+b < cols; m.PaddingZero() != inside {
					t.Fatalf("bit %d of word %d: PaddingZero is %v", b, i, m.PaddingZero())
				}
			}
			m.Words()[i] = 0
		}
	})
}

func TestBitMatrixZeroValue(t *testing.T) {
	var m, d bitdbn.BitMatrix
	m.Transpose(&d)
	m.ColumnCounts(nil)
	if m.Rows() != 0 || m.Cols() != 0 || m.Count() != 0 || !m.Equal(&d) || bitdbn.Hamming(&m, &d) != 0 {
		t.Error("the zero value is not an empty matrix")
	}
}

// TestBitMatrixSingleBit puts the only bit at every position.
func TestBitMatrixSingleBit(t *testing.T) {
	for _, cols := range widths {
		const rows = 3
		m, empty := bitdbn.NewBitMatrix(rows, cols), bitdbn.NewBitMatrix(rows, cols)
		tr := bitdbn.NewBitMatrix(cols, rows)
		counts := make([]int, cols)
		for at := range rows * cols {
			i, j := at/cols, at%cols
			m.Set(i, j, true)
			m.Transpose(tr)
			m.ColumnCounts(counts)
			if !m.At(i, j) || m.Count() != 1 || bitdbn.Hamming(m, empty) != 1 || m.Equal(empty) {
				t.Fatalf("%d columns, bit (%d, %d): At %v, Count %d, Hamming %d", cols, i, j, m.At(i, j), m.Count(), bitdbn.Hamming(m, empty))
			}
			if !tr.At(j, i) || tr.Count() != 1 {
				t.Fatalf("%d columns, bit (%d, %d): not the only one of the transpose", cols, i, j)
			}
			if counts[j] != 1 {
				t.Fatalf("%d columns, bit (%d, %d): column count %d", cols, i, j, counts[j])
			}
			if m.Set(i, j, false); !m.Equal(empty) {
				t.Fatalf("%d columns: bit (%d, %d) was not cleared", cols, i, j)
			}
		}
	}
}

func TestBitMatrixAgainstNaive(t *testing.T) {
	rng := newRand(1)
	eachShape(t, func(t *testing.T, rows, cols int) {
		a, b := randomBits(rng, rows, cols, 0.3), randomBits(rng, rows, cols, 0.6)
		differ, count := 0, 0
		columns := make([]int, cols)
		for i := range rows {
			for j := range cols {
				if a.At(i, j) != b.At(i, j) {
					differ++
				}
				if a.At(i, j) {
					count++
					columns[j]++
				}
			}
		}
		if got := bitdbn.Hamming(a, b); got != differ {
			t.Errorf("Hamming is %d, want %d", got, differ)
		}
		if a.Equal(b) != (differ == 0) || !a.Equal(a) {
			t.Error("Equal contradicts Hamming")
		}
		if a.Count() != count {
			t.Errorf("Count is %d, want %d", a.Count(), count)
		}
		got := make([]int, cols)
		for j := range got {
			got[j] = -1
		}
		a.ColumnCounts(got)
		checkSame(t, "ColumnCounts", got, columns)

		tr, back := ones(cols, rows), ones(rows, cols)
		a.Transpose(tr)
		checkPadding(t, "Transpose", tr)
		for i := range rows {
			for j := range cols {
				if tr.At(j, i) != a.At(i, j) {
					t.Fatalf("Transpose: bit (%d, %d) is %v", j, i, tr.At(j, i))
				}
			}
		}
		if tr.Transpose(back); !back.Equal(a) {
			t.Error("the transpose of the transpose is another matrix")
		}
	})
}

// TestTransposeClearsPadding transposes into words that were something else.
func TestTransposeClearsPadding(t *testing.T) {
	rng := newRand(2)
	for _, cols := range widths {
		a, tr := randomBits(rng, 70, cols, 0.5), bitdbn.NewBitMatrix(cols, 70)
		for i := range tr.Words() {
			tr.Words()[i] = ^uint64(0)
		}
		a.Transpose(tr)
		checkPadding(t, "Transpose", tr)
	}
}

func TestBitMatrixRows(t *testing.T) {
	rng := newRand(3)
	for _, cols := range widths {
		m := randomBits(rng, 9, cols, 0.5)
		view := m.Slice(2, 6)
		checkPadding(t, "Slice", &view)
		if view.Rows() != 4 || view.Cols() != cols || view.Stride() != m.Stride() || len(view.Words()) != 4*m.Stride() {
			t.Fatalf("Slice of %d columns: %d × %d", cols, view.Rows(), view.Cols())
		}
		for i := range view.Rows() {
			for j := range cols {
				if view.At(i, j) != m.At(i+2, j) {
					t.Fatalf("Slice: bit (%d, %d) is %v", i, j, view.At(i, j))
				}
			}
		}
		if cols > 0 {
			was := m.At(5, cols-1)
			if view.Set(3, cols-1, !was); m.At(5, cols-1) == was {
				t.Error("Slice does not share the storage")
			}
		}
		c := ones(9, cols)
		c.CopyRow(4, m, 7)
		checkPadding(t, "CopyRow", c)
		for j := range cols {
			if c.At(4, j) != m.At(7, j) || !c.At(3, j) || !c.At(5, j) {
				t.Fatalf("CopyRow of %d columns: column %d is wrong", cols, j)
			}
		}
	}
}

func TestEqualShapes(t *testing.T) {
	a := bitdbn.NewBitMatrix(2, 3)
	for _, b := range []*bitdbn.BitMatrix{bitdbn.NewBitMatrix(3, 2), bitdbn.NewBitMatrix(2, 4), bitdbn.NewBitMatrix(1, 3)} {
		if a.Equal(b) {
			t.Errorf("2 × 3 equals %d × %d", b.Rows(), b.Cols())
		}
	}
}

// TestCopyColumns copies between all pairs of widths around those of words.
func TestCopyColumns(t *testing.T) {
	rng := newRand(8)
	for _, from := range []int{0, 1, 63, 64, 65, 128, 700} {
		for _, to := range []int{0, 1, 63, 64, 65, 128, 700} {
			src, dst := randomBits(rng, 3, from, 0.5), ones(3, to)
			dst.CopyColumns(src)
			for i := range 3 {
				for j := range to {
					if want := j < from && src.At(i, j); dst.At(i, j) != want {
						t.Fatalf("%d columns into %d: bit %d of row %d is %v", from, to, j, i, !want)
					}
				}
			}
			if !dst.PaddingZero() {
				t.Errorf("%d columns into %d: bits in the padding", from, to)
			}
		}
	}
}
