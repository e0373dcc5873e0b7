package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
)

func bits(k *kernel) {
	k.sortRows()
	k.rowCounts()
	k.transpose()
	k.hamming()
	k.columnSums()
}

// sortRows sorts by counting, in two passes of some ten instructions a row: 4 ns a
// row and word (Zen 3), once for all panels of a product, of which each takes 24 ns
// for a row and word of which 13 % is set.
func (k *kernel) sortRows() {
	k.text("SortRows", "(rows [][2]uint64, x []uint64, stride, first int) (total int)", `sorts the first words of the rows of x by the bits that are set,
stably, and returns how many are set in all:

	for r := range rows {
		word := x[r*stride]
		the next of rows with OnesCount64(word) bits = {word, first+r}
		total += OnesCount64(word)
	}`)
	const counters = lanes + 2
	counts := k.AllocLocal(4 * (counters + 14)) // room for the last vector of zeros
	zero := k.vector()
	k.zero(zero)
	for i := 0; i < 4*counters; i += k.level.bytes {
		k.store(zero, counts.Offset(i))
	}
	count, word, n, total := k.GP64(), k.GP64(), k.GP64(), k.GP64()
	rows, left, x, stride := k.base("rows"), k.length("rows"), k.base("x"), k.pointer("stride")
	k.SHLQ(imm(3), stride)
	k.LEAQ(counts, count)
	k.XORQ(total, total)
	from := k.GP64()
	k.Comment("How many rows have one bit less.")
	k.MOVQ(x, from)
	again := k.length("rows")
	k.countdown("count", again, func() {
		k.POPCNTQ(at(from, 0), n)
		k.ADDQ(n, total)
		k.INCL(indexed(count, n, 4, 4))
		k.ADDQ(stride, from)
	})
	k.Store(total, k.ReturnIndex(0))
	k.Comment("Where the next row with so many bits goes.")
	sum := k.GP32()
	k.MOVL(counts.Offset(0), sum)
	for i := 1; i <= lanes; i++ {
		k.ADDL(counts.Offset(4*i), sum)
		k.MOVL(sum, counts.Offset(4*i))
	}
	row, to := k.pointer("first"), k.GP64()
	k.countdown("place", left, func() {
		k.MOVQ(at(x, 0), word)
		k.POPCNTQ(word, n)
		k.MOVL(indexed(count, n, 4, 0), to.As32())
		k.INCL(indexed(count, n, 4, 0))
		k.SHLQ(imm(4), to) // times pairSize
		k.MOVQ(word, indexed(rows, to, 1, 0))
		k.MOVQ(row, indexed(rows, to, 1, 8))
		k.INCQ(row)
		k.ADDQ(stride, x)
	})
	k.ret()
}

// rowCounts counts set bits by row.
func (k *kernel) rowCounts() {
	k.text("RowCounts", "(counts []int32, x []uint64, stride, words int)", `is

	for r := range counts { counts[r] = Σ_w OnesCount64(x[r*stride+w]), w < words }

Lengths: len(x) ≥ (len(counts)-1)*stride + words.`)
	counts, rows, x := k.base("counts"), k.length("counts"), k.base("x")
	stride, words := k.pointer("stride"), k.pointer("words")
	k.SHLQ(imm(3), stride)
	k.countdown("row", rows, func() {
		sum, n, w := k.GP64(), k.GP64(), k.GP64()
		k.XORQ(sum, sum)
		k.MOVQ(words, w)
		k.countdown("word", w, func() {
			k.POPCNTQ(indexed(x, w, 8, -8), n)
			k.ADDQ(n, sum)
		})
		k.MOVL(sum.As32(), at(counts, 0))
		k.ADDQ(imm(4), counts)
		k.ADDQ(stride, x)
	})
	k.RET()
}

// transpose swaps ever smaller off-diagonal blocks of a 64 × 64 square on the
// stack (Warren, Hacker's Delight, 7-3): rows that are a vector or more apart
// between vectors, closer ones by a permutation within each vector.
func (k *kernel) transpose() {
	k.text("Transpose", "(dst []uint64, dstStride int, src []uint64, srcStride, rows, cols int)",
		`transposes up to 64 × 64 bits: bit i of dst[j*dstStride] becomes bit j of
src[i*srcStride], for i < rows and j < cols; bits from rows on become zero.

Lengths: rows, cols ≤ 64.`)
	square := k.AllocLocal(8 * lanes)
	k.loadSquare(square)
	perVector := k.level.bytes / 8
	for size := lanes / 2; size > 0; size /= 2 {
		low := uint64(0xffffffff)
		for s := lanes / 4; s >= size; s /= 2 {
			low ^= low << s
		}
		if size >= perVector {
			k.swapBetween(square, size, low)
		} else {
			k.swapWithin(square, size, low)
		}
	}
	dst, stride, cols := k.base("dst"), k.pointer("dstStride"), k.pointer("cols")
	from := k.GP64()
	k.SHLQ(imm(3), stride)
	k.LEAQ(square, from)
	k.copyWords("column", from, imm(8), dst, stride, cols)
	k.ret()
}

// loadSquare copies the rows that there are, and zeros for the others.
func (k *kernel) loadSquare(square operand.Mem) {
	zero := k.vector()
	k.zero(zero)
	for i := 0; i < 8*lanes; i += k.level.bytes {
		k.store(zero, square.Offset(i))
	}
	src, stride, rows := k.base("src"), k.pointer("srcStride"), k.pointer("rows")
	to := k.GP64()
	k.SHLQ(imm(3), stride)
	k.LEAQ(square, to)
	k.copyWords("load", src, stride, to, imm(8), rows)
}

// swapBetween swaps the high bits of row i with the low ones of row i+size, in
// blocks of size bits, whole vectors of rows at once: low has the bits whose
// number has no size in it.
func (k *kernel) swapBetween(square operand.Mem, size int, low uint64) {
	perVector := k.level.bytes / 8
	mask := k.vector()
	k.load(k.low(size, low), mask)
	for i := 0; i < lanes; i += perVector {
		if i&size != 0 {
			continue
		}
		a, b, swap := k.vector(), k.vector(), k.vector()
		k.load(square.Offset(8*i), a)
		k.load(square.Offset(8*(i+size)), b)
		k.VPSRLQ(imm(size), a, swap)
		k.xor(b, swap, swap)
		k.and(mask, swap, swap)
		k.xor(swap, b, b)
		k.VPSLLQ(imm(size), swap, swap)
		k.xor(swap, a, a)
		k.store(a, square.Offset(8*i))
		k.store(b, square.Offset(8*(i+size)))
	}
}

// swapWithin does the same within each vector. Beside each row stands the one
// it swaps with, shifted left for the row of the two that comes first and
// right for the other; what the row keeps differs likewise.
func (k *kernel) swapWithin(square operand.Mem, size int, low uint64) {
	perVector := k.level.bytes / 8
	var left, right, kept []uint64
	for i := range perVector {
		if i&size == 0 {
			left, right, kept = append(left, uint64(size)), append(right, 64), append(kept, low)
		} else {
			left, right, kept = append(left, 64), append(right, uint64(size)), append(kept, ^low)
		}
	}
	l, r, keep := k.vector(), k.vector(), k.vector()
	k.load(k.words64(fmt.Sprint("left", size), left), l)
	k.load(k.words64(fmt.Sprint("right", size), right), r)
	k.load(k.words64(fmt.Sprint("keep", size), kept), keep)
	for i := 0; i < lanes; i += perVector {
		a, other, x := k.vector(), k.vector(), k.vector()
		k.load(square.Offset(8*i), a)
		k.exchange(size, a, other)
		k.VPSLLVQ(l, other, x)
		k.VPSRLVQ(r, other, other)
		k.xor(x, other, other)
		k.Comment("Of each bit that is kept the row's own, of the others the shifted one.")
		k.xor(other, a, a)
		k.and(keep, a, a)
		k.xor(other, a, a)
		k.store(a, square.Offset(8*i))
	}
}

// exchange sets y to x with each two words that are size apart exchanged.
func (k *kernel) exchange(size int, x, y vec) {
	switch size {
	case 4:
		k.VSHUFI64X2(operand.U8(0x4e), x, x, y)
	case 2:
		k.VPERMQ(operand.U8(0x4e), x, y)
	case 1:
		k.VPERMQ(operand.U8(0xb1), x, y)
	}
}

func (k *kernel) low(size int, mask uint64) operand.Mem {
	words := make([]uint64, k.level.bytes/8)
	for i := range words {
		words[i] = mask
	}
	return k.words64(fmt.Sprint("low", size), words)
}

// hamming counts the bits in which two rows of words differ.
//
// With VPOPCNTQ a vector of 8 words takes a load, a load with XOR, a count and
// an addition: bound by the loads. Without it, POPCNT on words does one a
// cycle, which is as fast as a PSHUFB count of 4 words and simpler; the bits
// of a step are counted in a thousandth of its time.
func (k *kernel) hamming() {
	k.text("Hamming", "(a, b []uint64) (n int)", `is

	for i := range a { n += OnesCount64(a[i] ^ b[i]) }

Lengths: len(b) ≥ len(a).`)
	a, b, n := k.base("a"), k.base("b"), k.length("a")
	sum := k.GP64()
	k.XORQ(sum, sum)
	if k.wide() {
		k.hammingVectors(a, b, n, sum)
	}
	word := k.GP64()
	k.countdown("words", n, func() {
		k.MOVQ(at(a, 0), word)
		k.XORQ(at(b, 0), word)
		k.POPCNTQ(word, word)
		k.ADDQ(word, sum)
		k.ADDQ(imm(8), a)
		k.ADDQ(imm(8), b)
	})
	k.Store(sum, k.ReturnIndex(0))
	if k.wide() {
		k.VZEROUPPER()
	}
	k.RET()
}

// hammingVectors counts whole vectors and leaves the words that remain in n.
func (k *kernel) hammingVectors(a, b, n, sum gp) {
	total, x, blocks := k.vector(), k.vector(), k.GP64()
	k.zero(total)
	k.MOVQ(n, blocks)
	k.SHRQ(imm(3), blocks)
	k.ANDQ(imm(7), n)
	k.countdown("vectors", blocks, func() {
		k.VMOVDQU64(at(a, 0), x)
		k.VPXORQ(at(b, 0), x, x)
		k.VPOPCNTQ(x, x)
		k.VPADDQ(x, total, total)
		k.ADDQ(imm(64), a)
		k.ADDQ(imm(64), b)
	})
	k.sumWords64(total, sum)
}

// columnSums keeps the sums of a row of lanes in registers.
func (k *kernel) columnSums() {
	k.text("ColumnSums", "(dst *[64]int32, panel []int32)", `adds up the columns of the whole rows of 64 numbers of panel:

	for i, v := range panel { dst[i%64] += v }`)
	dst, panel, rows := k.pointer("dst"), k.base("panel"), k.length("panel")
	k.SHRQ(imm(6), rows)
	sums := k.vectors(k.vectorsPerRow())
	for i, s := range sums {
		k.load(at(dst, i*k.level.bytes), s)
	}
	k.countdown("row", rows, func() {
		for i, s := range sums {
			k.VPADDD(at(panel, i*k.level.bytes), s, s)
		}
		k.ADDQ(imm(rowSize), panel)
	})
	for i, s := range sums {
		k.store(s, at(dst, i*k.level.bytes))
	}
	k.ret()
}
