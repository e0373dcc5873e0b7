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
	if uint(i) >= uint(m.rows) {
		panic(fmt.Sprintf("bitdbn: Row(%d) of a BitMatrix of %d rows", i, m.rows))
	}
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
		panic(fmt.Sprintf("bitdbn: Slice(%d, %d) of a BitMatrix of %d rows", lo, hi, m.rows))
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

// CopyColumns sets the columns of m to the first ones of src, which has as many
// rows; columns beyond those of src become 0.
func (m *BitMatrix) CopyColumns(src *BitMatrix) {
	if m.rows != src.rows {
		panic(fmt.Sprintf("bitdbn: CopyColumns of %d rows into %d", src.rows, m.rows))
	}
	last := kernels.Mask(m.cols, (m.cols-1)/wordBits)
	for i := range m.rows {
		row := m.words[i*m.stride:][:m.stride]
		n := copy(row[:(m.cols+wordBits-1)/wordBits], src.words[i*src.stride:][:src.stride])
		clear(row[n:])
		if m.cols > 0 {
			row[(m.cols-1)/wordBits] &= last
		}
	}
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

// Transpose sets dst, of Cols × Rows, to the transpose of m. The two do not
// share storage.
func (m *BitMatrix) Transpose(dst *BitMatrix) {
	if dst.rows != m.cols || dst.cols != m.rows {
		panic(fmt.Sprintf("bitdbn: Transpose of %d × %d into %d × %d", m.rows, m.cols, dst.rows, dst.cols))
	}
	dst.checkApart("Transpose", m)
	for j := range (m.cols + wordBits - 1) / wordBits {
		m.transposeColumns(dst, j)
	}
}

// checkApart panics if m, which is to be written, starts where o does.
func (m *BitMatrix) checkApart(what string, o *BitMatrix) {
	if len(m.words) > 0 && len(o.words) > 0 && &m.words[0] == &o.words[0] {
		panic(fmt.Sprintf("bitdbn: %s: a matrix is both read and written", what))
	}
}

// transposeColumns transposes columns 64·j to 64·j+63, and clears the padding
// of the rows of dst that they become.
func (m *BitMatrix) transposeColumns(dst *BitMatrix, j int) {
	ops := kernels.Best()
	lo, hi := j*wordBits, min((j+1)*wordBits, m.cols)
	for w := range dst.stride {
		out, i := dst.words[lo*dst.stride+w:], w*wordBits
		if i < m.rows {
			ops.Transpose(out, dst.stride, m.words[i*m.stride+j:], m.stride, min(wordBits, m.rows-i), hi-lo)
			continue
		}
		for r := range hi - lo {
			out[r*dst.stride] = 0
		}
	}
}

// Hamming returns the number of bits in which a and b, of the same shape,
// differ.
func Hamming(a, b *BitMatrix) int {
	if a.rows != b.rows || a.cols != b.cols {
		panic(fmt.Sprintf("bitdbn: Hamming of %d × %d and %d × %d", a.rows, a.cols, b.rows, b.cols))
	}
	return kernels.Best().Hamming(a.words, b.words)
}

// ColumnCounts sets dst[j] to the number of rows whose bit j is set. It panics
// unless len(dst) is Cols.
func (m *BitMatrix) ColumnCounts(dst []int) {
	checkLen("ColumnCounts", len(dst), 1, m.cols)
	clear(dst)
	for i := range m.rows {
		for w, word := range m.Row(i) {
			for ; word != 0; word &= word - 1 {
				dst[w*wordBits+bits.TrailingZeros64(word)]++
			}
		}
	}
}

// PaddingZero reports whether the bits beyond the last column of every row are
// zero, as they have to be: a check for words that came from elsewhere.
func (m *BitMatrix) PaddingZero() bool {
	first := m.cols / wordBits
	for i := range m.rows {
		for w, word := range m.Row(i)[first:] {
			if w == 0 {
				word >>= m.cols % wordBits
			}
			if word != 0 {
				return false
			}
		}
	}
	return true
}
