package bitdbn

import (
	"errors"
	"fmt"

	"github.com/bitdbn/bitdbn/internal/kernels"
)

// ErrValue is wrapped by errors about a number that cannot be packed: one that
// is neither 0 nor 1, outside [0, 1], or not finite.
var ErrValue = errors.New("bitdbn: value out of range")

// valueError names the place and value of a number that cannot be packed.
func valueError(row, col int, v float32, want string) error {
	return fmt.Errorf("%w: row %d, column %d: found %v, expected %s", ErrValue, row, col, v, want)
}

// PackBools sets m to the row-major values. It panics unless len(src) is
// Rows × Cols.
func (m *BitMatrix) PackBools(src []bool) {
	checkLen("PackBools", len(src), m.rows, m.cols)
	for i := range m.rows {
		packRow(m.Row(i), src[i*m.cols:][:m.cols], func(v bool) bool { return v })
	}
}

// PackBytes sets m to src ≠ 0, row-major. It panics unless len(src) is
// Rows × Cols.
func (m *BitMatrix) PackBytes(src []byte) {
	checkLen("PackBytes", len(src), m.rows, m.cols)
	for i := range m.rows {
		packRow(m.Row(i), src[i*m.cols:][:m.cols], func(v byte) bool { return v != 0 })
	}
}

// PackFloats sets m to the row-major values, each of which is 0 or 1;
// otherwise m is left as it was and the error wraps [ErrValue]. It panics
// unless len(src) is Rows × Cols.
func (m *BitMatrix) PackFloats(src []float32) error {
	checkLen("PackFloats", len(src), m.rows, m.cols)
	for i, v := range src {
		if v != 0 && v != 1 {
			return valueError(i/m.cols, i%m.cols, v, "0 or 1")
		}
	}
	m.packAbove(src, 0)
	return nil
}

// ThresholdFloats sets m to src > threshold, row-major. Values outside [0, 1]
// or NaN leave m as it was; the error then wraps [ErrValue].
func (m *BitMatrix) ThresholdFloats(src []float32, threshold float32) error {
	checkLen("ThresholdFloats", len(src), m.rows, m.cols)
	if err := m.checkProbs(src); err != nil {
		return err
	}
	m.packAbove(src, threshold)
	return nil
}

func (m *BitMatrix) packAbove(src []float32, threshold float32) {
	for i := range m.rows {
		packRow(m.Row(i), src[i*m.cols:][:m.cols], func(v float32) bool { return v > threshold })
	}
}

// DrawFloats sets each bit of m with the probability that src, row-major,
// gives for it. A value outside [0, 1] or NaN leaves m as it was; the error
// then wraps [ErrValue].
func (m *BitMatrix) DrawFloats(src []float32, d Draws) error {
	checkLen("DrawFloats", len(src), m.rows, m.cols)
	d.check("DrawFloats")
	if err := m.checkProbs(src); err != nil {
		return err
	}
	for i := range m.rows {
		j := 0
		packRow(m.Row(i), src[i*m.cols:][:m.cols], func(p float32) bool {
			w := d.stream.Word(d.step, d.row+uint32(i), uint32(j))
			j++
			return kernels.Fires(w, p)
		})
	}
	return nil
}

// checkProbs returns an error for the first value that is not in [0, 1].
func (m *BitMatrix) checkProbs(src []float32) error {
	for i, v := range src {
		if !(v >= 0 && v <= 1) {
			return valueError(i/m.cols, i%m.cols, v, "a number from 0 to 1")
		}
	}
	return nil
}

// DrawGrey sets bit j of row i of m with probability grey[j]/255, for the Cols
// intensities of that row. It draws what DrawFloats would.
func (m *BitMatrix) DrawGrey(i int, grey []uint8, d Draws) {
	checkLen("DrawGrey", len(grey), 1, m.cols)
	d.check("DrawGrey")
	ops := kernels.Best()
	row := m.Row(i)
	for p := 0; p*kernels.Lanes < m.cols; p++ {
		ops.Binarise(row[p:], grey[p*kernels.Lanes:min((p+1)*kernels.Lanes, m.cols)], d.panel(i, p))
	}
}

// packRow sets the bits of row to test of each value; the padding stays zero.
func packRow[T any](row []uint64, src []T, test func(T) bool) {
	clear(row)
	for j, v := range src {
		if test(v) {
			row[j/wordBits] |= 1 << (j % wordBits)
		}
	}
}

// Floats writes the bits as 0 and 1 into dst, row-major. It panics unless
// len(dst) is Rows × Cols.
func (m *BitMatrix) Floats(dst []float32) {
	checkLen("Floats", len(dst), m.rows, m.cols)
	unpack(m, dst, 1)
}

// Bytes writes the bits as 0 and 1 into dst, row-major. It panics unless
// len(dst) is Rows × Cols.
func (m *BitMatrix) Bytes(dst []byte) {
	checkLen("Bytes", len(dst), m.rows, m.cols)
	unpack(m, dst, 1)
}

// Bools writes the bits into dst, row-major. It panics unless len(dst) is
// Rows × Cols.
func (m *BitMatrix) Bools(dst []bool) {
	checkLen("Bools", len(dst), m.rows, m.cols)
	unpack(m, dst, true)
}

func unpack[T any](m *BitMatrix, dst []T, one T) {
	clear(dst)
	for i := range m.rows {
		row, out := m.Row(i), dst[i*m.cols:][:m.cols]
		for j := range out {
			if row[j/wordBits]>>(j%wordBits)&1 != 0 {
				out[j] = one
			}
		}
	}
}
