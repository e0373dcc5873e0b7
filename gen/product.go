package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
)

const (
	lanes   = 64 // columns of a panel
	rowSize = 4 * lanes
)

// product emits the two ways in which a block of 64 inputs adds its weights to
// the sums of a panel of 64 units. Both are bound by loads, of which Zen 5 does
// two a cycle, of up to 64 bytes; no arithmetic but additions of integers.
//
//	           registers                      loads                    figure (Zen 5, 3.2 GHz)
//	Walk       4 or 8 sums of a row           4 × 64 or 8 × 32 bytes   0.62 ns a bit and row (2 cycles) at AVX-512,
//	                                          a bit that is set        and 2 ns a row for its sums
//	Table      4 rows × 1 sum at AVX-512,     16 a row and slice of    250 GMAC/s for 128 rows at AVX-512,
//	           4 rows × 2 halves at AVX2      16 units, and building   150 at AVX2; half as many bytes to a load
//
// The walk is an adjacency list's product; the table is the method of the four
// Russians (Arlazarov, Dinic, Kronrod and Faradzhev, 1970), as M4RI uses it for
// products over GF(2). Which one a block takes is a matter of the bits that are
// set in it, see kernels.blockProduct.
//
// Measured and left out, in GMAC/s of 128 × 768 × 64 at AVX-512 and 13 %:
//
//   - two blocks to one pass over so few sums: 403 instead of 474, as two blocks
//     and the sums do not fit the first-level cache together. From 256 rows on the
//     sums alone do not, and WalkPair gains 4 %.
//   - rows sorted by the bits that are set, so that no loop ends by surprise:
//     390 instead of 474; where loops end is predicted well enough.
func product(k *kernel) {
	k.walk("Walk", 1)
	k.walk("WalkPair", 2)
	k.table()
}

// walk adds, for each row, the weight rows whose bits are set. The block that comes
// next is fetched meanwhile: 331 to 372 GMAC/s for 128 × 784 × 2000, whose weights
// are beyond the second-level cache.
func (k *kernel) walk(name string, blocks int) {
	k.text(name, fmt.Sprintf("(dst, src []int32, srcStride int, x []uint64, stride int, block *[%d]int32, next *[%d]int32)", blocks*lanes*lanes, lanes*lanes), fmt.Sprintf(`adds to each row of src the rows of block whose bits are set
in x, %d to a row of x:

	for r := range len(dst) / 64 {
		for j := range 64 {
			dst[64*r+j] = src[r*srcStride+j]
			for i := range %d {
				if x[r*stride+i/64]>>(i%%64)&1 != 0 { dst[64*r+j] += block[64*i+j] }
			}
		}
	}

Aliasing: srcStride is 64, and dst is src, or it is 0. The rows of next,
which is not read, are fetched for what follows.`, 64*blocks, 64*blocks))
	dst, rows, block, ahead := k.base("dst"), k.length("dst"), k.pointer("block"), k.pointer("next")
	src, srcStride := k.base("src"), k.pointer("srcStride")
	x, stride := k.base("x"), k.pointer("stride")
	k.SHRQ(imm(6), rows)
	k.SHLQ(imm(2), srcStride)
	k.SHLQ(imm(3), stride)
	word, offset := k.GP64(), k.GP64()
	acc := k.vectors(rowSize / k.level.bytes)
	k.countdown("row", rows, func() {
		k.Comment("The next block is needed next: rows of it in no order the processor could foresee.")
		for line := range 3 * blocks {
			k.PREFETCHT0(at(ahead, 64*line))
		}
		k.ADDQ(imm(3*blocks*64), ahead)
		work, skip := k.label("work"), k.label("skip")
		k.MOVQ(at(x, 0), word)
		for b := 1; b < blocks; b++ {
			k.ORQ(at(x, 8*b), word)
		}
		k.TESTQ(word, word)
		k.JNZ(operand.LabelRef(work))
		k.Comment("No bit, and sums that are in place: nothing to do.")
		k.TESTQ(srcStride, srcStride)
		k.JNZ(operand.LabelRef(skip))
		k.Label(work)
		for i, v := range acc {
			k.load(at(src, i*k.level.bytes), v)
		}
		for b := range blocks {
			next, bit := k.label("next"), k.label("bit")
			k.MOVQ(at(x, 8*b), word)
			k.TESTQ(word, word)
			k.JZ(operand.LabelRef(next))
			k.Comment("The row of weights of the lowest bit that is set.")
			k.Label(bit)
			k.TZCNTQ(word, offset)
			k.SHLQ(imm(8), offset)
			for i, v := range acc {
				k.VPADDD(indexed(block, offset, 1, b*lanes*rowSize+i*k.level.bytes), v, v)
			}
			k.BLSRQ(word, word)
			k.JNZ(operand.LabelRef(bit))
			k.Label(next)
		}
		for i, v := range acc {
			k.store(v, at(dst, i*k.level.bytes))
		}
		k.Label(skip)
		k.ADDQ(stride, x)
		k.ADDQ(srcStride, src)
		k.ADDQ(imm(rowSize), dst)
	})
	k.ret()
}

const (
	groups    = 16 // of four bits in a word
	subsets   = 16 // of four rows
	sliceSize = 64 // bytes of the columns that one table holds
)

// table adds slices of 16 units: a register at AVX-512, a line of the cache
// anyway. All 16 tables of a block are then 16 KB and leave room in the
// first-level cache for the sums of a slice; tables of all 64 units would fill
// it with half a block.
func (k *kernel) table() {
	k.text("Table", "(dst, src []int32, dstStride, srcStride int, x []uint64, stride, rows int, block, next []int32, table *[2048]int64)", `adds 16 columns of what Walk adds, by tables of the sums of four rows:

	for r := range rows {
		for j := range 16 {
			dst[r*dstStride+j] = src[r*srcStride+j]
			for i := range 64 {
				if x[r*stride]>>i&1 != 0 { dst[r*dstStride+j] += block[64*i+j] }
			}
		}
	}

Aliasing: dst may be src, with the same stride. These columns of next, which
are not read, are fetched for what follows.`)
	table := k.pointer("table")
	k.buildTables(table, k.base("block"))
	k.lookUp(table, k.base("next"))
	k.ret()
}

// buildTables makes the sums of all subsets of each four rows of weights from
// smaller subsets, 11 additions for 16 entries.
func (k *kernel) buildTables(table, from gp) {
	to, left := k.GP64(), k.GP64()
	k.MOVQ(table, to)
	k.MOVQ(operand.U32(groups), left)
	k.countdown("group", left, func() {
		k.Comment("Entry n of a table is the sum of the rows whose bits are set in n.")
		for part := 0; part < sliceSize; part += k.level.bytes {
			var sum [subsets]vec
			sum[0] = k.vector()
			k.zero(sum[0])
			k.store(sum[0], at(to, part))
			for bit := range 4 {
				single := k.vector()
				k.load(at(from, bit*rowSize+part), single)
				have := 1 << bit
				sum[have] = single
				k.store(single, at(to, have*sliceSize+part))
				for sub := 1; sub < have; sub++ {
					sum[have+sub] = k.vector()
					k.VPADDD(sum[sub], single, sum[have+sub])
					k.store(sum[have+sub], at(to, (have+sub)*sliceSize+part))
				}
			}
		}
		k.ADDQ(imm(4*rowSize), from)
		k.ADDQ(imm(subsets*sliceSize), to)
	})
}

// lookUp adds 16 entries to each row of sums, four rows at a time, so that the
// additions of one row do not wait for each other.
func (k *kernel) lookUp(table, next gp) {
	l := lookup{k: k, table: table, next: next, dst: k.base("dst"), src: k.base("src"),
		dstStride: k.pointer("dstStride"), srcStride: k.pointer("srcStride"), x: k.base("x"), stride: k.pointer("stride")}
	k.SHLQ(imm(2), l.dstStride)
	k.SHLQ(imm(2), l.srcStride)
	k.SHLQ(imm(3), l.stride)
	rows, left := k.pointer("rows"), k.GP64()
	k.MOVQ(rows, left)
	k.SHRQ(imm(2), left)
	k.countdown("four", left, func() { l.rows(4) })
	k.ANDQ(imm(3), rows)
	k.countdown("single", rows, func() { l.rows(1) })
}

type lookup struct {
	k                                                      *kernel
	table, next, dst, src, dstStride, srcStride, x, stride gp
}

func (l lookup) rows(n int) {
	k := l.k
	type rowState struct {
		word, offset gp
		acc          [][]vec
	}
	parts := sliceSize / k.level.bytes
	chains := 2 / parts
	rs := make([]rowState, n)
	for i := range rs {
		r := rowState{k.GP64(), k.GP64(), make([][]vec, chains)}
		for c := range r.acc {
			r.acc[c] = k.vectors(parts)
		}
		rs[i] = r
		k.MOVQ(at(l.x, 0), r.word)
		k.ADDQ(l.stride, l.x)
		for p := range parts {
			k.load(at(l.src, p*k.level.bytes), r.acc[0][p])
		}
		k.ADDQ(l.srcStride, l.src)
		k.PREFETCHT0(at(l.next, i*rowSize))
	}
	k.ADDQ(imm(n*rowSize), l.next)
	k.Comment("Four bits of the word, times 64 bytes, are the offset of the entry.")
	for g := range groups {
		for _, r := range rs {
			k.RORXQ(imm((4*g+64-6)%64), r.word, r.offset)
			k.ANDQ(imm(0xf<<6), r.offset)
			for p := range parts {
				m := indexed(l.table, r.offset, 1, g*subsets*sliceSize+p*k.level.bytes)
				acc := r.acc[g%chains][p]
				if 0 < g && g < chains {
					k.load(m, acc)
					continue
				}
				k.VPADDD(m, acc, acc)
			}
		}
	}
	for _, r := range rs {
		for p := range parts {
			for c := chains / 2; c > 0; c /= 2 {
				for i := range c {
					k.VPADDD(r.acc[i+c][p], r.acc[i][p], r.acc[i][p])
				}
			}
			k.store(r.acc[0][p], at(l.dst, p*k.level.bytes))
		}
		k.ADDQ(l.dstStride, l.dst)
	}
}
