package bitdbn

import (
	"fmt"
	"math/bits"

	"github.com/bitdbn/bitdbn/internal/kernels"
)

const (
	wordBits = 64  // bits in one word of a row
	rowBits  = 512 // a row's length is a multiple of this
)

// BitMatrix is a matrix of rows × columns binary units, one bit each.
//
// Bit j of a row is bit j%64 of its word j/64. Every row is padded to a
// multiple of 512 bits, and the padding is always zero, so that whole words
// can be counted, compared and multiplied without masks.
//
// The zero value is an empty matrix. A BitMatrix may be read by any number of
// goroutines at once, and written by one.
type BitMatrix struct {
	rows, cols int
	stride     int // words from one row to the next
	words      []uint64
}

// NewBitMatrix returns a matrix of rows × cols zeros. It panics if either is
// negative, as make does.
func NewBitMatrix(rows, cols int) *BitMatrix {
	if rows < 0 || cols < 0 {
		panic(fmt.Sprintf("bitdbn: NewBitMatrix(%d, %d): negative dimension", rows, cols))
	}
	stride := strideFor(cols)
	return &BitMatrix{rows: rows, cols: cols, stride: stride, words: kernels.Aligned[uint64](rows * stride)}
}

// strideFor returns the words that a row of cols bits occupies.
func strideFor(cols int) int {
	return (cols + rowBits - 1) / rowBits * (rowBits / wordBits)
}

// Rows returns the number of rows.
func (m *BitMatrix) Rows() int { return m.rows }

// Cols returns the number of columns, the padding not counted.
func (m *BitMatrix) Cols() int { return m.cols }

// Stride returns the number of words from one row to the next, a multiple of 8.
func (m *BitMatrix) Stride() int { return m.stride }

// Words returns the storage: Rows × Stride words, row after row. Whoever
// writes to it keeps the padding zero.
func (m *BitMatrix) Words() []uint64 { return m.words }

// Row returns the words of row i, padding included. Whoever writes to it
// keeps the padding zero.
func (m *BitMatrix) Row(i int) []uint64 {
	return m.words[i*m.stride : (i+1)*m.stride : (i+1)*m.stride]
}

// At reports whether the bit in row i and column j is set.
func (m *BitMatrix) At(i, j int) bool {
	m.check(i, j)
	return m.words[i*m.stride+j/wordBits]>>(j%wordBits)&1 != 0
}

// Set sets the bit in row i and column j to v.
func (m *BitMatrix) Set(i, j int, v bool) {
	m.check(i, j)
	w := &m.words[i*m.stride+j/wordBits]
	*w &^= 1 << (j % wordBits)
	if v {
		*w |= 1 << (j % wordBits)
	}
}

func (m *BitMatrix) check(i, j int) {
	if uint(i) >= uint(m.rows) || uint(j) >= uint(m.cols) {
		panic(fmt.Sprintf("bitdbn: index (%d, %d) out of range of a %d × %d BitMatrix", i, j, m.rows, m.cols))
	}
}

// Slice returns rows lo to hi-1 as a matrix that shares m's storage.
func (m *BitMatrix) Slice(lo, hi int) BitMatrix {
	if lo < 0 || hi < lo || hi > m.rows {
		panic(fmt.Sprintf("bitdbn: rows [%d:%d] out of range of a BitMatrix of %d rows", lo, hi, m.rows))
	}
	return BitMatrix{rows: hi - lo, cols: m.cols, stride: m.stride, words: m.words[lo*m.stride : hi*m.stride : hi*m.stride]}
}

// CopyRow copies row j of src into row i of m. Both have the same width.
func (m *BitMatrix) CopyRow(i int, src *BitMatrix, j int) {
	if m.cols != src.cols {
		panic(fmt.Sprintf("bitdbn: CopyRow of %d columns into %d", src.cols, m.cols))
	}
	copy(m.Row(i), src.Row(j))
}

// Count returns the number of bits that are set.
func (m *BitMatrix) Count() int {
	n := 0
	for _, w := range m.words {
		n += bits.OnesCount64(w)
	}
	return n
}

// Equal reports whether m and o have the same shape and the same bits.
func (m *BitMatrix) Equal(o *BitMatrix) bool {
	if m.rows != o.rows || m.cols != o.cols {
		return false
	}
	for i, w := range m.words {
		if w != o.words[i] {
			return false
		}
	}
	return true
}
