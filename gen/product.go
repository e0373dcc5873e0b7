package main

import (
	"github.com/mmcloughlin/avo/gotypes"
	"github.com/mmcloughlin/avo/operand"
)

const (
	lanes    = 64 // columns of a panel
	rowSize  = 4 * lanes
	pairSize = 16 // bytes of a word of bits and the number of its row
)

// product emits the two ways in which a block of 64 inputs adds its weights to
// the sums of a panel of 64 units. Both are bound by loads, of which Zen 5 does
// two a cycle, of up to 64 bytes; no arithmetic but additions of integers.
//
//	           registers                      loads                    figure (Zen 5, 3.2 GHz)
//	Walk       4 or 8 sums of a row, and      4 × 64 or 8 × 32 bytes   0.62 ns a bit and row (2 cycles) at AVX-512,
//	           what they start from           a bit that is set        and 2 ns a row for its sums
//	Table      4 rows × 1 sum at AVX-512,     16 a row and slice of    250 GMAC/s for 128 rows at AVX-512,
//	           4 rows × 2 halves at AVX2      16 units, and building   150 at AVX2; half as many bytes to a load
//
// The walk is an adjacency list's product; the table is the method of the four
// Russians (Arlazarov, Dinic, Kronrod and Faradzhev, 1970), as M4RI uses it for
// products over GF(2). Which one a block takes is a matter of the bits that are
// set in it, see kernels.blockProduct.
//
// Rows come sorted by the bits that are set, see kernels.sortRowsGo, so that the
// walk's loop ends when it did for the row before. On Zen 3, one thread, 13 %, a
// product of 512 rows is a tenth faster so, a step of training 0 to 6 % (the more,
// the more rows); one of 128 rows that a benchmark repeats is 5 to 8 % slower: their
// ends the processor had learnt by heart.
//
// Measured and left out: two blocks to one pass over the sums. It gained 4 % from
// 256 rows on, at AVX-512, before rows were sorted; two loops with ends of their
// own a row cannot be.
func product(k *kernel) {
	k.walk()
	k.table()
}

// walk adds, for each row, the weight rows whose bits are set. The block that comes
// next is fetched meanwhile: 331 to 372 GMAC/s for 128 × 784 × 2000, whose weights
// are beyond the second-level cache.
//
// What sums start from stands in registers, since of loads there are none to spare: a
// step of 784 × 500 in batches of 100, whose gradient starts its sums in every second
// block, takes 5 % less time than with loads of it for each row (Zen 3).
func (k *kernel) walk() {
	k.text("Walk", "(dst []int32, start *[64]int32, rows [][2]uint64, block, next *[4096]int32)", `adds to rows of dst, or, unless start is nil, to start, the rows of
block whose bits are set:

	for _, {word, r} := range rows {
		for j := range 64 {
			if start != nil { dst[64*r+j] = start[j] }
			for i := range 64 {
				if word>>i&1 != 0 { dst[64*r+j] += block[64*i+j] }
			}
		}
	}

next, which is not read, is fetched for what follows.`)
	w := walker{k: k, dst: k.base("dst"), block: k.pointer("block"), row: k.base("rows"),
		word: k.GP64(), offset: k.GP64(), to: k.GP64(), ahead: k.fetcher(k.Param("next")),
		sums: k.vectors(rowSize / k.level.bytes), start: k.vectors(rowSize / k.level.bytes)}
	inPlace, done := k.label("inPlace"), k.label("done")
	start := k.pointer("start")
	k.TESTQ(start, start)
	k.JZ(operand.LabelRef(inPlace))
	for i, v := range w.start {
		k.load(at(start, i*k.level.bytes), v)
	}
	k.countdown("fresh", k.length("rows"), w.freshRow)
	k.JMP(operand.LabelRef(done))
	k.Label(inPlace)
	k.countdown("row", k.length("rows"), w.rowInPlace)
	k.Label(done)
	k.ret()
}

// walker emits the loops of a walk.
type walker struct {
	k                                 *kernel
	dst, block, row, word, offset, to gp
	ahead                             fetcher
	sums, start                       []vec // of a row, and what each row starts from
}

// freshRow emits what a row takes whose sums start from the registers start.
func (w *walker) freshRow() {
	k, empty := w.k, w.k.label("empty")
	w.next()
	for i, v := range w.sums {
		k.move(w.start[i], v)
	}
	k.TESTQ(w.word, w.word)
	k.JZ(operand.LabelRef(empty))
	w.addBits()
	k.Label(empty)
	w.finish()
}

// rowInPlace emits what a row takes that adds to the sums that there are.
func (w *walker) rowInPlace() {
	k, skip := w.k, w.k.label("skip")
	w.next()
	k.TESTQ(w.word, w.word)
	k.JZ(operand.LabelRef(skip))
	for i, v := range w.sums {
		k.load(at(w.to, i*k.level.bytes), v)
	}
	w.addBits()
	w.finish()
	k.Label(skip)
}

// next loads a row's word and finds its sums.
func (w *walker) next() {
	k := w.k
	w.ahead.fetch(3, 64)
	k.MOVQ(at(w.row, 0), w.word)
	k.MOVQ(at(w.row, 8), w.to)
	k.SHLQ(imm(8), w.to) // times rowSize
	k.ADDQ(w.dst, w.to)
	k.ADDQ(imm(pairSize), w.row)
}

// addBits adds the rows of weights of the bits that are set, the lowest first.
func (w *walker) addBits() {
	k, bit := w.k, w.k.label("bit")
	k.Label(bit)
	k.TZCNTQ(w.word, w.offset)
	k.SHLQ(imm(8), w.offset)
	for i, v := range w.sums {
		k.VPADDD(indexed(w.block, w.offset, 1, i*k.level.bytes), v, v)
	}
	k.BLSRQ(w.word, w.word)
	k.JNZ(operand.LabelRef(bit))
}

// finish stores a row's sums.
func (w *walker) finish() {
	for i, v := range w.sums {
		w.k.store(v, at(w.to, i*w.k.level.bytes))
	}
}

// fetcher fetches memory, some lines at a time.
type fetcher struct {
	k         *kernel
	next, end gp
}

// fetcher returns the fetcher of the tile that an argument points to.
func (k *kernel) fetcher(tile gotypes.Component) fetcher {
	f := fetcher{k, k.arg(tile), k.GP64()}
	k.LEAQ(at(f.next, lanes*rowSize), f.end)
	return f
}

// fetcherOf returns the fetcher of n numbers of four bytes.
func (k *kernel) fetcherOf(numbers, n gp) fetcher {
	f := fetcher{k, numbers, k.GP64()}
	k.LEAQ(indexed(numbers, n, 4, 0), f.end)
	return f
}

// fetch fetches lines that are so many bytes apart, unless all have been.
func (f fetcher) fetch(lines, apart int) {
	k, all := f.k, f.k.label("all")
	k.CMPQ(f.next, f.end)
	k.JAE(operand.LabelRef(all))
	for line := range lines {
		k.PREFETCHT0(at(f.next, apart*line))
	}
	k.ADDQ(imm(apart*lines), f.next)
	k.Label(all)
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
	k.text("Table", "(dst, src []int32, dstStride, srcStride int, rows [][2]uint64, block, next []int32, table *[2048]int64)", `adds 16 columns of what Walk adds, by tables of the sums of four rows:

	for _, {word, r} := range rows {
		for j := range 16 {
			dst[r*dstStride+j] = src[r*srcStride+j]
			for i := range 64 {
				if word>>i&1 != 0 { dst[r*dstStride+j] += block[64*i+j] }
			}
		}
	}

Aliasing: dst may be src, with the same stride. These columns of next, which
are not read, are fetched for what follows.`)
	table := k.pointer("table")
	k.buildTables(table, k.base("block"))
	k.lookUp(table)
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
func (k *kernel) lookUp(table gp) {
	l := lookup{k: k, table: table, ahead: k.fetcher(k.Param("next").Base()), dst: k.base("dst"), src: k.base("src"),
		dstStride: k.pointer("dstStride"), srcStride: k.pointer("srcStride"), row: k.base("rows")}
	k.SHLQ(imm(2), l.dstStride)
	k.SHLQ(imm(2), l.srcStride)
	left := k.length("rows")
	k.SHRQ(imm(2), left)
	k.countdown("four", left, func() { l.rows(4) })
	rest := k.length("rows")
	k.ANDQ(imm(3), rest)
	k.countdown("single", rest, func() { l.rows(1) })
}

type lookup struct {
	k                                          *kernel
	ahead                                      fetcher
	table, row, dst, src, dstStride, srcStride gp
}

func (l lookup) rows(n int) {
	k := l.k
	type rowState struct {
		word gp
		acc  [][]vec
	}
	parts := sliceSize / k.level.bytes
	chains := 2 / parts
	rs := make([]rowState, n)
	address := k.GP64()
	place := func(i int, stride, base gp) {
		k.MOVQ(at(l.row, pairSize*i+8), address)
		k.IMULQ(stride, address)
		k.ADDQ(base, address)
	}
	for i := range rs {
		r := rowState{k.GP64(), make([][]vec, chains)}
		for c := range r.acc {
			r.acc[c] = k.vectors(parts)
		}
		rs[i] = r
		k.MOVQ(at(l.row, pairSize*i), r.word)
		place(i, l.srcStride, l.src)
		for p := range parts {
			k.load(at(address, p*k.level.bytes), r.acc[0][p])
		}
	}
	l.ahead.fetch(n, rowSize)
	k.Comment("Four bits of the word, times 64 bytes, are the offset of the entry.")
	offset := k.GP64()
	for g := range groups {
		for _, r := range rs {
			k.RORXQ(imm((4*g+64-6)%64), r.word, offset)
			k.ANDQ(imm(0xf<<6), offset)
			for p := range parts {
				m := indexed(l.table, offset, 1, g*subsets*sliceSize+p*k.level.bytes)
				acc := r.acc[g%chains][p]
				if 0 < g && g < chains {
					k.load(m, acc)
					continue
				}
				k.VPADDD(m, acc, acc)
			}
		}
	}
	for i, r := range rs {
		for p := range parts {
			for c := chains / 2; c > 0; c /= 2 {
				for i := range c {
					k.VPADDD(r.acc[i+c][p], r.acc[i][p], r.acc[i][p])
				}
			}
		}
		place(i, l.dstStride, l.dst)
		for p := range parts {
			k.store(r.acc[0][p], at(address, p*k.level.bytes))
		}
	}
	k.ADDQ(imm(pairSize*n), l.row)
}
