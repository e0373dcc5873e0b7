package main

import (
	"github.com/mmcloughlin/avo/operand"
)

func update(k *kernel) {
	k.update()
	k.quantise()
	k.turn()
}

// update moves the weights of a tile.
//
// A vector takes 3 loads, 3 stores and some 25 operations, none of which
// depends on its neighbours; w, m and the two sums come from the second-level
// cache or from further away, which is what it waits for: fetching eight rows
// ahead takes a third off the time of a layer of 784 × 2000 (0.71 to 0.5 ns a
// weight). A transposed copy, which it used to write too, was a quarter of that
// traffic: the product that needs it turns tiles in the cache instead. The
// scalars stay in registers, the vectors of a row's offsets are operands in
// memory.
func (k *kernel) update() {
	k.text("Update", "(w, m *[4096]float32, pos, neg, q *[4096]int32, visible, hidden, visibleStep, hiddenStep *[64]float32, rates *[6]float32) (top uint32)",
		`moves the weights of a tile along a gradient and rewrites their
fixed-point copies q. With rates {Pos, Neg, Momentum, L2,
L1, Quantum}, each operation rounded once:

	g = float32(pos)·Pos − float32(neg)·Neg − (visible_i·hiddenStep_j + visibleStep_i·hidden_j)
	m = (Momentum·m + g) − L2·w − L1·sign(w)
	w = w + m
	q = round_half_even(w·Quantum)

It returns the largest |w|, as the bits of a float32.`)
	w, m, pos, neg := k.pointer("w"), k.pointer("m"), k.pointer("pos"), k.pointer("neg")
	q := k.pointer("q")
	visible, hidden := k.pointer("visible"), k.pointer("hidden")
	visibleStep, hiddenStep := k.pointer("visibleStep"), k.pointer("hiddenStep")
	var r [6]vec
	rates := k.pointer("rates")
	for i := range r {
		r[i] = k.vector()
		k.VBROADCASTSS(at(rates, 4*i), r[i])
	}
	top := k.vector()
	k.zero(top)
	k.rows(func(row gp) {
		k.Comment("Eight rows ahead: the next tile's follow this one's.")
		for line := 0; line < rowSize; line += 64 {
			for _, p := range []gp{w, m, q} {
				k.PREFETCHT0(indexed(p, row, 1, 8*rowSize+line))
			}
		}
		offset, step := k.vector(), k.vector()
		k.VBROADCASTSS(at(visible, 0), offset)
		k.VBROADCASTSS(at(visibleStep, 0), step)
		for i := range k.vectorsPerRow() {
			here := func(base gp) operand.Mem { return indexed(base, row, 1, i*k.level.bytes) }
			column := func(base gp) operand.Mem { return at(base, i*k.level.bytes) }
			g, v, x, y := k.vector(), k.vector(), k.vector(), k.vector()
			k.VCVTDQ2PS(here(pos), g)
			k.VMULPS(r[0], g, g)
			k.VCVTDQ2PS(here(neg), x)
			k.VMULPS(r[1], x, x)
			k.VSUBPS(x, g, g)
			k.VMULPS(column(hiddenStep), offset, x)
			k.VMULPS(column(hidden), step, y)
			k.VADDPS(y, x, x)
			k.VSUBPS(x, g, g)
			k.VMULPS(here(m), r[2], v)
			k.VADDPS(g, v, v)
			k.VMOVUPS(here(w), g)
			k.VMULPS(g, r[3], x)
			k.VSUBPS(x, v, v)
			k.signed(r[4], g, x)
			k.VSUBPS(x, v, v)
			k.VMOVUPS(v, here(m))
			k.VADDPS(g, v, v)
			k.VMOVUPS(v, here(w))
			k.VANDPS(k.bits32("magnitude", 1<<31-1), v, x)
			k.VPMAXUD(x, top, top)
			k.VMULPS(r[5], v, v)
			k.VCVTPS2DQ(v, v)
			k.VMOVUPS(v, here(q))
		}
		k.ADDQ(imm(4), visible)
		k.ADDQ(imm(4), visibleStep)
	})
	result := k.GP32()
	k.maxLanes(top, result)
	k.Store(result, k.ReturnIndex(0))
	k.ret()
}

// signed sets x to a·sign(w), with sign(0) = 0.
func (k *kernel) signed(a, w, x vec) {
	const notEqual = 4 // or unordered
	k.VANDPS(k.bits32("sign", 1<<31), w, x)
	zero := k.vector()
	k.zero(zero)
	if k.wide() {
		nonzero := k.K()
		k.VCMPPS(imm(notEqual), zero, w, nonzero)
		k.VORPS_Z(a, x, nonzero, x)
		return
	}
	k.VORPS(a, x, x)
	k.VCMPPS(imm(notEqual), zero, w, zero)
	k.VANDPS(zero, x, x)
}

// maxLanes sets result to the largest of the unsigned 32-bit lanes of v.
func (k *kernel) maxLanes(v vec, result gp) {
	quarter, other := k.fold(v, k.VPMAXUD), k.XMM()
	for _, order := range []uint8{0x4e, 0xb1} { // the other half, the other one
		k.VPSHUFD(operand.U8(order), quarter, other)
		k.VPMAXUD(other, quarter, quarter)
	}
	k.VMOVD(quarter, result)
}

func (k *kernel) quantise() {
	k.text("Quantise", "(q *[4096]int32, w *[4096]float32, quantum float32)", `writes the fixed-point copies of a tile: q = round_half_even(w·quantum).`)
	q, w := k.pointer("q"), k.pointer("w")
	quantum := k.broadcast("quantum")
	k.rows(func(row gp) {
		for i := range k.vectorsPerRow() {
			v := k.vector()
			k.VMULPS(indexed(w, row, 1, i*k.level.bytes), quantum, v)
			k.VCVTPS2DQ(v, v)
			k.VMOVUPS(v, indexed(q, row, 1, i*k.level.bytes))
		}
	})
	k.ret()
}

// rows emits the loop over the rows of a tile; body has the offset of a row in
// bytes.
func (k *kernel) rows(body func(row gp)) {
	next, row := k.label("row"), k.GP64()
	k.XORQ(row, row)
	k.Label(next)
	body(row)
	k.ADDQ(imm(rowSize), row)
	k.CMPQ(row, operand.U32(lanes*rowSize))
	k.JNE(operand.LabelRef(next))
}

// turn transposes a tile, as many rows at a time as a vector has lanes, so that
// the rows that come out are whole vectors.
//
// A vector is filled with four columns of every fourth row, 128 bits each, by
// insertions from memory, which need no shuffle; then two rounds of
// interleaving transpose 4 × 4 within each 128 bits.
//
// Sums that another core has written are fetched meanwhile: where two cores share no
// third-level cache, adding to such sums takes 14.1 instead of 18.5 us for 100 rows
// and four tiles (Zen 3).
func (k *kernel) turn() {
	k.text("Turn", "(dst, src *[4096]int32, next []int32)", `sets dst to the transpose of src:

	for i := range 64 {
		for j := range 64 { dst[64*j+i] = src[64*i+j] }
	}

next, which is not read, is fetched for what follows, 4096 numbers at most.`)
	dst, src, left := k.pointer("dst"), k.pointer("src"), k.GP64()
	ahead := k.fetcherOf(k.base("next"), k.length("next"))
	rows := k.level.bytes / 4
	k.MOVQ(operand.U32(lanes/rows), left)
	k.countdown("strip", left, func() {
		ahead.fetch(rowSize/64*rows, 64)
		k.turnStrip(dst, src)
		k.ADDQ(operand.U32(rows*rowSize), src)
		k.ADDQ(imm(k.level.bytes), dst)
	})
	k.ret()
}

func (k *kernel) turnStrip(dst, src gp) {
	for j := 0; j < lanes; j += 4 {
		var v [4]vec
		for i := range v {
			v[i] = k.vector()
			for lane := range k.level.bytes / 16 {
				m := at(src, (4*lane+i)*rowSize+4*j)
				switch {
				case lane == 0 && k.wide():
					k.VBROADCASTI32X4(m, v[i])
				case lane == 0:
					k.VBROADCASTI128(m, v[i])
				case k.wide():
					k.VINSERTI32X4(imm(lane), m, v[i], v[i])
				default:
					k.VINSERTI128(imm(lane), m, v[i], v[i])
				}
			}
		}
		lo01, hi01, lo23, hi23 := k.vector(), k.vector(), k.vector(), k.vector()
		k.VPUNPCKLDQ(v[1], v[0], lo01)
		k.VPUNPCKHDQ(v[1], v[0], hi01)
		k.VPUNPCKLDQ(v[3], v[2], lo23)
		k.VPUNPCKHDQ(v[3], v[2], hi23)
		k.VPUNPCKLQDQ(lo23, lo01, v[0])
		k.VPUNPCKHQDQ(lo23, lo01, v[1])
		k.VPUNPCKLQDQ(hi23, hi01, v[2])
		k.VPUNPCKHQDQ(hi23, hi01, v[3])
		for i := range v {
			k.store(v[i], at(dst, (j+i)*rowSize))
		}
	}
}
