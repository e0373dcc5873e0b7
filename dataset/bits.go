package dataset

import (
	"encoding/binary"
	"iter"
	"math/bits"

	"github.com/bitdbn/bitdbn"
)

const (
	wordBits   = 64
	chunkWords = 8 << 10
)

// bitRows holds rows of bits as they arrive. Each row starts in a new word and
// is not padded further, so a table of few columns takes little before its
// rows are counted and it moves to a BitMatrix. It grows by chunks, never on
// the word of a header.
type bitRows struct {
	chunks [][]uint64
	word   uint64 // bits that do not fill a word yet
	n      uint   // how many
}

// push appends the low n bits of x, whose other bits are zero.
func (b *bitRows) push(x uint64, n uint) {
	b.word |= x << b.n
	b.n += n
	if b.n < wordBits {
		return
	}
	rest := b.n - wordBits
	b.flush()
	b.word, b.n = x>>(n-rest), rest // a shift by 64 gives 0
}

// zeros appends n zeros.
func (b *bitRows) zeros(n int) {
	for ; n > wordBits; n -= wordBits {
		b.push(0, wordBits)
	}
	b.push(0, uint(n))
}

// pack appends one bit for each byte of p, all of them 0 or 1.
func (b *bitRows) pack(p []byte) {
	for ; len(p) >= 8; p = p[8:] {
		// The multiplication gathers bit 0 of byte i in bit 56+i.
		b.push(binary.LittleEndian.Uint64(p)*0x0102040810204080>>56, 8)
	}
	for _, c := range p {
		b.push(uint64(c), 1)
	}
}

// endRow completes the word at the end of a row.
func (b *bitRows) endRow() {
	if b.n > 0 {
		b.flush()
	}
}

func (b *bitRows) flush() {
	last := len(b.chunks) - 1
	if last < 0 || len(b.chunks[last]) == chunkWords {
		b.chunks = append(b.chunks, make([]uint64, 0, chunkWords))
		last++
	}
	b.chunks[last] = append(b.chunks[last], b.word)
	b.word, b.n = 0, 0
}

// clear sets every bit so far to 0.
func (b *bitRows) clear() {
	for _, c := range b.chunks {
		clear(c)
	}
	b.word = 0
}

// all yields the words so far, the unfinished one included.
func (b *bitRows) all() iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for _, c := range b.chunks {
			for _, w := range c {
				if !yield(w) {
					return
				}
			}
		}
		if b.n > 0 {
			yield(b.word)
		}
	}
}

// ones yields the row and column of each bit that is set, in order, for rows
// of cols bits.
func (b *bitRows) ones(cols int) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		row, base := 0, 0
		for w := range b.all() {
			for ; w != 0; w &= w - 1 {
				if !yield(row, base+bits.TrailingZeros64(w)) {
					return
				}
			}
			if base += wordBits; base >= cols {
				row, base = row+1, 0
			}
		}
	}
}

// matrix returns the rows, of cols bits each, as a BitMatrix.
func (b *bitRows) matrix(rows, cols int) *bitdbn.BitMatrix {
	m := bitdbn.NewBitMatrix(rows, cols)
	perRow := (cols + wordBits - 1) / wordBits
	words, stride := m.Words(), m.Stride()
	i, k := 0, 0
	for w := range b.all() {
		words[i+k] = w
		if k++; k == perRow {
			i, k = i+stride, 0
		}
	}
	return m
}

// packedSize returns the bytes that a BitMatrix of rows × cols takes, or
// more than any limit if that is beyond an int.
func packedSize(rows, cols int) int64 {
	const rowBytes = 64
	hi, n := bits.Mul64(uint64(rows), uint64(cols-1)/(8*rowBytes)+1)
	if hi != 0 || n > 1<<56 {
		return 1 << 62
	}
	return int64(n) * rowBytes
}
