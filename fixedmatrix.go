package bitdbn

import (
	"fmt"

	"github.com/bitdbn/bitdbn/internal/kernels"
)

// FixedOne is the denominator of the probabilities in a [FixedMatrix].
const FixedOne = kernels.FixedOne

// FixedMatrix is a matrix of rows × columns probabilities in 16-bit fixed
// point: P = min(65535, p·65536 rounded half to even). Products of such
// probabilities with bits are exact sums of integers.
//
// It is stored in panels of 64 columns, the order in which the gradient reads
// it. The zero value is an empty matrix.
type FixedMatrix struct {
	rows, cols int
	stride     int // rows from one panel to the next
	panels     []int32
}

// NewFixedMatrix returns a matrix of rows × cols zeros. It panics if either is
// negative.
func NewFixedMatrix(rows, cols int) *FixedMatrix {
	if rows < 0 || cols < 0 {
		panic(fmt.Sprintf("bitdbn: NewFixedMatrix(%d, %d): negative dimension", rows, cols))
	}
	stride := kernels.PadLanes(rows)
	n := kernels.Panels(cols) * stride * kernels.Lanes
	return &FixedMatrix{rows: rows, cols: cols, stride: stride, panels: kernels.Aligned[int32](n)}
}

// Rows returns the number of rows.
func (m *FixedMatrix) Rows() int { return m.rows }

// Cols returns the number of columns.
func (m *FixedMatrix) Cols() int { return m.cols }

// Head returns the first n rows as a matrix that shares m's storage.
func (m *FixedMatrix) Head(n int) FixedMatrix {
	if n < 0 || n > m.rows {
		panic(fmt.Sprintf("bitdbn: Head(%d) of a FixedMatrix of %d rows", n, m.rows))
	}
	h := *m
	h.rows = n
	return h
}

// At returns the probability in row i and column j, in units of 1/65536.
func (m *FixedMatrix) At(i, j int) uint16 {
	if uint(i) >= uint(m.rows) || uint(j) >= uint(m.cols) {
		panic(fmt.Sprintf("bitdbn: index (%d, %d) out of range of a %d × %d FixedMatrix", i, j, m.rows, m.cols))
	}
	return uint16(m.panel(j / kernels.Lanes)[i*kernels.Lanes+j%kernels.Lanes])
}

// Floats writes the probabilities as float32 into dst, row-major.
// It panics unless len(dst) is Rows × Cols.
func (m *FixedMatrix) Floats(dst []float32) {
	checkLen("Floats", len(dst), m.rows, m.cols)
	for p := range kernels.Panels(m.cols) {
		panel := m.panel(p)
		lo, hi := p*kernels.Lanes, min((p+1)*kernels.Lanes, m.cols)
		for i := range m.rows {
			for j, v := range panel[i*kernels.Lanes:][:hi-lo] {
				dst[i*m.cols+lo+j] = float32(v) / FixedOne
			}
		}
	}
}

// SetBits sets the probability of each bit of x that is set to the largest
// there is, and all others to 0. It panics unless x has m's shape.
func (m *FixedMatrix) SetBits(x *BitMatrix) {
	if x.rows != m.rows || x.cols != m.cols {
		panic(fmt.Sprintf("bitdbn: SetBits of %d × %d bits in a %d × %d FixedMatrix", x.rows, x.cols, m.rows, m.cols))
	}
	for p := range kernels.Panels(m.cols) {
		panel := m.panel(p)
		for i := range m.rows {
			word := x.words[i*x.stride+p]
			for j := range panel[i*kernels.Lanes:][:kernels.Lanes] {
				panel[i*kernels.Lanes+j] = int32(word>>j&1) * (FixedOne - 1)
			}
		}
	}
}

// panel returns the storage of panel p, the rows beyond Rows included.
func (m *FixedMatrix) panel(p int) []int32 {
	n := m.stride * kernels.Lanes
	return m.panels[p*n:][:n]
}

func checkLen(what string, n, rows, cols int) {
	if n != rows*cols {
		panic(fmt.Sprintf("bitdbn: %s: slice of %d elements for %d × %d", what, n, rows, cols))
	}
}
