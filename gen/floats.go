package main

import (
	"github.com/mmcloughlin/avo/operand"
)

// floatLanes is the number of columns of a panel of float32 numbers.
const floatLanes = 16

// floats emits for AVX2 alone: AVX-512 takes the same kernel until one of its own
// has been measured to be faster.
func floats(k *kernel) {
	if !k.wide() {
		k.mulAdd()
	}
}

// mulAdd multiplies float32 matrices, for backprop.
//
// Multiplication and addition are rounded apart, in the order of the inner index,
// so that every width and every blocking gives the same bits; a fused one would
// need a fused reference. Zen has two units for each and loses nothing by it,
// where multiply and add share two units it is half of the peak.
//
// Four rows of two YMM registers make eight sums, enough to hide the latency of
// an addition, and take 2 + 4 loads for 8 products: batches are mostly multiples
// of four, which six rows of twelve sums would cut badly.
func (k *kernel) mulAdd() {
	k.text("MulAdd", "(dst []float32, stride int, a []float32, aStride int, panel []float32, rows int)",
		`adds the product of rows of a and a panel of 16 columns
to rows of dst, in the order of the panel's rows, each operation rounded once:

	dst[r·stride+j] += a[r·aStride+i]·panel[16·i+j]`)
	m := &mulAddState{
		dst: rowsOf(k, "dst", "stride"), a: rowsOf(k, "a", "aStride"),
		panel: k.base("panel"), n: k.length("panel"), rows: k.pointer("rows"),
	}
	k.SHRQ(imm(4), m.n)
	k.mulAddRows(m, 4)
	k.mulAddRows(m, 1)
	k.ret()
}

type mulAddState struct {
	dst, a         rowPointer
	panel, n, rows gp
}

// rowPointer points to a row of a matrix.
type rowPointer struct{ base, stride, thrice gp }

func rowsOf(k *kernel, base, stride string) rowPointer {
	p := rowPointer{base: k.base(base), stride: k.pointer(stride), thrice: k.GP64()}
	k.SHLQ(imm(2), p.stride)
	k.LEAQ(indexed(p.stride, p.stride, 2, 0), p.thrice)
	return p
}

// row is the operand of the i-th row from here, i from 0 to 3.
func (p rowPointer) row(i, disp int) operand.Mem {
	switch i {
	case 0:
		return at(p.base, disp)
	case 3:
		return indexed(p.base, p.thrice, 1, disp)
	}
	return indexed(p.base, p.stride, uint8(i), disp)
}

// mulAddRows emits a loop over blocks of h rows, while there are so many.
func (k *kernel) mulAddRows(m *mulAddState, h int) {
	block, done := k.label("block"), k.label("blockDone")
	k.Label(block)
	k.CMPQ(m.rows, imm(h))
	k.JLT(operand.LabelRef(done))
	sums := make([][]vec, h)
	for r := range sums {
		sums[r] = k.vectors(4 * floatLanes / k.level.bytes)
		for i, s := range sums[r] {
			k.VMOVUPS(m.dst.row(r, i*k.level.bytes), s)
		}
	}
	p, left := k.GP64(), k.GP64()
	k.MOVQ(m.panel, p)
	k.MOVQ(m.n, left)
	k.countdown("inner", left, func() {
		row := k.vectors(len(sums[0]))
		for i, v := range row {
			k.VMOVUPS(at(p, i*k.level.bytes), v)
		}
		product, number := k.vector(), k.vector()
		for r := range sums {
			k.VBROADCASTSS(m.a.row(r, 0), number)
			for i, s := range sums[r] {
				k.VMULPS(row[i], number, product)
				k.VADDPS(product, s, s)
			}
		}
		k.ADDQ(imm(4*floatLanes), p)
		k.ADDQ(imm(4), m.a.base)
	})
	for r := range sums {
		for i, s := range sums[r] {
			k.VMOVUPS(s, m.dst.row(r, i*k.level.bytes))
		}
	}
	k.Comment("The next rows, from their first numbers on.")
	k.MOVQ(m.n, left)
	k.SHLQ(imm(2), left)
	k.SUBQ(left, m.a.base)
	for _, rows := range []rowPointer{m.dst, m.a} {
		k.LEAQ(indexed(rows.base, rows.stride, uint8(h), 0), rows.base)
	}
	k.SUBQ(imm(h), m.rows)
	k.JMP(operand.LabelRef(block))
	k.Label(done)
}
