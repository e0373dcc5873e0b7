package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/operand"
)

// units emits what turns the sums of a panel into units.
//
// The sigmoid is the fixed sequence of float32 operations of
// kernels.Sigmoid2, one instruction each and nothing fused; a multiply-add
// would round once where the definition rounds twice.
//
// Registers: scale, 1 and the clamp throughout, with the round keys at AVX-512
// 12 of 32, at AVX2 4 of 16, and 4 to 6 at work for each vector, of which two take
// turns at AVX2, see interleave. A vector takes 19 operations, one of them the
// division that bounds it: 16 numbers in some 10 cycles at AVX-512, 8 in 5 at
// AVX2. On Zen 5, before vectors took turns, ns a unit at AVX-512 and AVX2:
// probabilities 0.20 and 0.41, 16-bit ones 0.28 and 0.58, draws with 16-bit ones
// 0.37 and 0.79, softplus 0.54 and 0.96; a product with 784 inputs is 3 to 6.
func units(k *kernel) {
	k.elementwise("Activations", "dst []float32, sums []int32, scale float32", `is

	for i, t := range sums { dst[i] = float32(t) * scale }

Lengths: len(sums) is a multiple of 64.`, func(u *unitRegs, y vec) vec { return y })
	k.elementwise("Probs", "dst []float32, sums []int32, scale float32", `is

	for i, t := range sums { dst[i] = Sigmoid2(float32(t) * scale) }

Lengths: len(sums) is a multiple of 64.`, (*unitRegs).sigmoid)
	k.fixed()
	k.sample()
	k.binarise()
	k.words()
	k.softplus()
}

// Constants of kernels.Sigmoid2.
var (
	exp2C        = []float32{1, 0.693147, 0.24022242, 0.055507336, 0.009671513, 0.0013264727}
	roundMagic   = float32(3 << 22)
	exp2Clamp    = float32(64)
	fixedOne     = float32(1 << 16)
	fixedMagic   = float32(1 << 23)
	fixedMask    = uint32(1<<23 - 1)
	fixedLargest = uint32(1<<16 - 1)
)

// unitRegs are the registers that the kernels of this file keep throughout.
// The other constants are operands in memory: the load ports have nothing else
// to do here, and AVX2 has 16 registers.
type unitRegs struct {
	k                 *kernel
	scale, one, clamp vec
}

func (k *kernel) unitRegs() *unitRegs {
	u := &unitRegs{k: k, scale: k.broadcast("scale"), one: k.vector(), clamp: k.vector()}
	k.VMOVUPS(k.float("one", 1), u.one)
	k.VMOVUPS(k.float("exp2Clamp", exp2Clamp), u.clamp)
	return u
}

// argument returns float32(t) * scale for the sums at m.
func (u *unitRegs) argument(m operand.Mem) vec {
	y := u.k.vector()
	u.k.VCVTDQ2PS(m, y)
	u.k.VMULPS(u.scale, y, y)
	return y
}

// exp2Neg returns 2^-|y|, clamped.
func (u *unitRegs) exp2Neg(y vec) vec {
	k := u.k
	a, shifted, f, p := k.vector(), k.vector(), k.vector(), k.vector()
	k.VANDPS(k.bits32("abs", math.MaxInt32), y, a)
	k.Comment("The second operand of the minimum is the result if one is NaN.")
	k.VMINPS(a, u.clamp, a)
	magic := k.float("roundMagic", roundMagic)
	k.VADDPS(magic, a, shifted)
	k.VSUBPS(magic, shifted, f)
	k.VSUBPS(a, f, f)
	k.polynomial("exp2C", exp2C, f, p)
	k.VPSLLD(imm(23), shifted, shifted)
	k.VPSUBD(shifted, p, p)
	return p
}

// polynomial sets p to Σ c[i]·x^i by Horner's rule.
func (k *kernel) polynomial(name string, c []float32, x, p vec) {
	last := len(c) - 1
	constant := func(i int) operand.Mem { return k.float(fmt.Sprint(name, i), c[i]) }
	k.VMULPS(constant(last), x, p)
	k.VADDPS(constant(last-1), p, p)
	for i := last - 2; i >= 0; i-- {
		k.VMULPS(x, p, p)
		k.VADDPS(constant(i), p, p)
	}
}

// sigmoid returns 1/(1+2^-y).
func (u *unitRegs) sigmoid(y vec) vec {
	k := u.k
	r := u.exp2Neg(y)
	k.VADDPS(u.one, r, r)
	k.VDIVPS(r, u.one, r)
	if k.wide() {
		negative := k.K()
		k.VPMOVD2M(y, negative)
		k.VSUBPS(r, u.one, negative, r)
		return r
	}
	other := k.vector()
	k.VSUBPS(r, u.one, other)
	k.VBLENDVPS(y, other, r, r)
	return r
}

// toFixed returns p in 16-bit fixed point.
func (u *unitRegs) toFixed(p vec) vec {
	k, q := u.k, u.k.vector()
	k.VMULPS(k.float("fixedOne", fixedOne), p, q)
	k.VADDPS(k.float("fixedMagic", fixedMagic), q, q)
	k.VANDPS(k.bits32("fixedMask", fixedMask), q, q)
	k.VPMINSD(k.bits32("fixedLargest", fixedLargest), q, q)
	return q
}

// vectorsPerRow is the number of registers that a row of a panel takes.
func (k *kernel) vectorsPerRow() int { return rowSize / k.level.bytes }

// elementwise emits a kernel that does the same to every sum.
func (k *kernel) elementwise(name, params, doc string, f func(*unitRegs, vec) vec) {
	k.text(name, "("+params+")", doc)
	dst, sums, rows := k.base("dst"), k.base("sums"), k.length("sums")
	k.SHRQ(imm(6), rows)
	u := k.unitRegs()
	k.countdown("row", rows, func() {
		k.interleave(k.vectorsPerRow(), k.level.chains, func(i int) {
			k.store(f(u, u.argument(at(sums, i*k.level.bytes))), at(dst, i*k.level.bytes))
		})
		k.ADDQ(imm(rowSize), sums)
		k.ADDQ(imm(rowSize), dst)
	})
	k.ret()
}

func (k *kernel) fixed() {
	k.text("Fixed", "(dst, sums []int32, scale float32, mask uint64)", `is

	for i, t := range sums { dst[i] = fixed(Sigmoid2(float32(t) * scale)) }

but for columns outside mask, which become 0.

Lengths: len(sums) is a multiple of 64.
Aliasing: dst may be sums.`)
	dst, sums, rows := k.base("dst"), k.base("sums"), k.length("sums")
	k.SHRQ(imm(6), rows)
	u, mask := k.unitRegs(), k.columnMask()
	k.countdown("row", rows, func() {
		k.interleave(k.vectorsPerRow(), k.level.chains, func(i int) {
			q := u.toFixed(u.sigmoid(u.argument(at(sums, i*k.level.bytes))))
			mask.apply(i, q)
			k.store(q, at(dst, i*k.level.bytes))
		})
		k.ADDQ(imm(rowSize), sums)
		k.ADDQ(imm(rowSize), dst)
	})
	k.ret()
}

// columnMask is the argument mask, spread out to a row of lanes on the stack:
// mask registers, where there are any, are needed for the draws.
type columnMask struct {
	k     *kernel
	lanes operand.Mem
}

func (k *kernel) columnMask() *columnMask {
	c := &columnMask{k: k, lanes: k.AllocLocal(rowSize)}
	word := k.pointer("mask")
	perVector := k.level.bytes / 4
	lanes := k.vector()
	for i := range k.vectorsPerRow() {
		if k.wide() {
			m := k.K()
			k.KMOVW(word.As32(), m)
			k.VPMOVM2D(m, lanes)
		} else {
			k.VMOVD(word.As32(), lanes.AsX())
			k.VPBROADCASTD(lanes.AsX(), lanes)
			bits := k.words32("bits", []uint32{1, 2, 4, 8, 16, 32, 64, 128})
			k.VPAND(bits, lanes, lanes)
			k.VPCMPEQD(bits, lanes, lanes)
		}
		k.store(lanes, c.lanes.Offset(i*k.level.bytes))
		k.SHRQ(imm(perVector), word)
	}
	return c
}

// apply clears the columns of vector i that the mask does not have.
func (c *columnMask) apply(i int, v vec) {
	m := c.lanes.Offset(i * c.k.level.bytes)
	if c.k.wide() {
		c.k.VPANDD(m, v, v)
		return
	}
	c.k.VPAND(m, v, v)
}

// sample fuses the sigmoid with the draw.
//
// A row of 64 units takes 16 counters through seven rounds of AES: with VAES
// 28 instructions on four registers, without it 112. Beside the 4 divisions of
// 16 numbers, and some 40 instructions for each register, the random words cost
// a fifth.
func (k *kernel) sample() {
	k.text("Sample", "(dst []uint64, stride int, probs, sums []int32, scale float32, offset *[64]float32, mask uint64, key *[8][2]uint64, step uint64, row, panel uint32)",
		`draws every unit: bit j of dst[r*stride] is set iff

	uniform(word) < p,  p = Sigmoid2(float32(sums[64*r+j])*scale + offset[j])

and bit j of mask is. If probs is not empty, it becomes p in 16-bit fixed point.

Lengths: len(sums) is a multiple of 64, probs is empty or as long.
Aliasing: probs may be sums.`)
	dst, stride, sums, rows := k.base("dst"), k.pointer("stride"), k.base("sums"), k.length("sums")
	probs, withProbs := k.base("probs"), k.length("probs")
	k.SHLQ(imm(3), stride)
	k.SHRQ(imm(6), rows)
	u, d := k.unitRegs(), k.draws()
	mask := k.columnMask()
	wordMask, offset := k.pointer("mask"), k.pointer("offset")
	loop := func(store bool) {
		k.countdown("row", rows, func() {
			word := k.drawRow(d, func(i int) vec {
				y := u.argument(at(sums, i*k.level.bytes))
				k.VADDPS(at(offset, i*k.level.bytes), y, y)
				p := u.sigmoid(y)
				if store {
					q := u.toFixed(p)
					mask.apply(i, q)
					k.store(q, at(probs, i*k.level.bytes))
				}
				return p
			})
			k.ANDQ(wordMask, word)
			k.MOVQ(word, at(dst, 0))
			d.nextRow()
			k.ADDQ(stride, dst)
			k.ADDQ(imm(rowSize), sums)
			if store {
				k.ADDQ(imm(rowSize), probs)
			}
		})
	}
	drawOnly, done := k.label("drawOnly"), k.label("done")
	k.TESTQ(withProbs, withProbs)
	k.JZ(operand.LabelRef(drawOnly))
	loop(true)
	k.JMP(operand.LabelRef(done))
	k.Label(drawOnly)
	loop(false)
	k.Label(done)
	k.ret()
}

// drawRow returns the word of a row of 64 units, vector i of which fire with
// the probabilities p(i).
func (k *kernel) drawRow(d *draws, p func(i int) vec) gp {
	word := k.GP64()
	var masks []operand.Op
	k.interleave(k.vectorsPerRow(), k.level.chains, func(i int) {
		probs := p(i)
		w := d.uniform(i)
		const less = 1
		if k.wide() {
			m := k.K()
			k.VCMPPS(imm(less), probs, w, m)
			masks = append(masks, m)
			return
		}
		k.VCMPPS(imm(less), probs, w, w)
		part := k.GP64()
		k.VMOVMSKPS(w, part.As32())
		if i == 0 {
			k.MOVQ(part, word)
			return
		}
		k.SHLQ(imm(8*i), part)
		k.ORQ(part, word)
	})
	if k.wide() {
		lo, hi := k.K(), k.K()
		k.KUNPCKWD(masks[0], masks[1], lo)
		k.KUNPCKWD(masks[2], masks[3], hi)
		k.KUNPCKDQ(lo, hi, lo)
		k.KMOVQ(lo, word)
	}
	return word
}

// draws makes the random words of a panel, row after row.
type draws struct {
	k       *kernel
	key     gp
	counter vec   // of the first blocks of the row, one to 128 bits
	keys    []vec // of the rounds, where there are registers for them
}

const arsRounds = 7

func (k *kernel) draws() *draws {
	d := &draws{k: k, key: k.pointer("key"), counter: k.vector()}
	k.Comment("The counter: words block, row, and the two of step.")
	lo, row, step := k.GP64(), k.GP64(), k.pointer("step")
	k.Load(k.Param("panel"), lo.As32())
	k.SHLL(imm(4), lo.As32())
	k.Load(k.Param("row"), row.As32())
	k.SHLQ(imm(32), row)
	k.ORQ(row, lo)
	x := d.counter.AsX()
	k.VMOVQ(lo, x)
	k.VPINSRQ(imm(1), step, x, x)
	if !k.wide() {
		k.VINSERTI128(imm(1), x, d.counter, d.counter)
		k.VPADDQ(k.words64("lane", []uint64{0, 0, 1, 0}), d.counter, d.counter)
		return d
	}
	k.VSHUFI32X4(imm(0), d.counter, d.counter, d.counter)
	k.VPADDQ(k.words64("lane", []uint64{0, 0, 1, 0, 2, 0, 3, 0}), d.counter, d.counter)
	for r := range arsRounds + 1 {
		key := k.vector()
		k.VBROADCASTI32X4(at(d.key, 16*r), key)
		d.keys = append(d.keys, key)
	}
	return d
}

// uniform returns the uniform numbers of the units of vector i.
func (d *draws) uniform(i int) vec {
	k, w := d.k, d.words(i)
	k.VPSRLD(imm(9), w, w)
	k.VCVTDQ2PS(w, w)
	k.VADDPS(k.float("half", 0.5), w, w)
	k.VMULPS(k.float("ulp", 1.0/(1<<23)), w, w)
	return w
}

// words returns the random words of the units of vector i.
func (d *draws) words(i int) vec {
	k, w := d.k, d.k.vector()
	blocks := uint64(k.level.bytes / 16)
	counter := d.counter
	if i > 0 {
		var next []uint64
		for range blocks {
			next = append(next, uint64(i)*blocks, 0)
		}
		k.VPADDQ(k.words64(fmt.Sprint("blocks", i), next), d.counter, w)
		counter = w
	}
	if k.wide() {
		k.VPXORQ(d.keys[0], counter, w)
		for _, key := range d.keys[1:arsRounds] {
			k.VAESENC(key, w, w)
		}
		k.VAESENCLAST(d.keys[arsRounds], w, w)
	} else {
		d.rounds128(counter, w)
	}
	return w
}

// rounds128 encrypts the two counters of a register, 128 bits at a time.
func (d *draws) rounds128(counter, w vec) {
	k := d.k
	lo, hi := k.XMM(), k.XMM()
	k.VEXTRACTI128(imm(1), counter, hi)
	k.VPXOR(at(d.key, 0), counter.AsX(), lo)
	k.VPXOR(at(d.key, 0), hi, hi)
	for r := 1; r < arsRounds; r++ {
		k.VAESENC(at(d.key, 16*r), lo, lo)
		k.VAESENC(at(d.key, 16*r), hi, hi)
	}
	k.VAESENCLAST(at(d.key, 16*arsRounds), lo, lo)
	k.VAESENCLAST(at(d.key, 16*arsRounds), hi, hi)
	k.VINSERTI128(imm(1), hi, lo.AsY(), w)
}

// nextRow moves the counters on to the next row.
func (d *draws) nextRow() { d.advance("nextRow", 1<<32) }

// nextPanel moves the counters on to the next 64 units.
func (d *draws) nextPanel() { d.advance("nextPanel", lanes/4) }

func (d *draws) advance(name string, by uint64) {
	var next []uint64
	for range d.k.level.bytes / 16 {
		next = append(next, by, 0)
	}
	d.k.VPADDQ(d.k.words64(name, next), d.counter, d.counter)
}

func (k *kernel) words() {
	k.text("Words", "(dst []uint32, key *[8][2]uint64, step uint64, row, panel uint32)", `writes the random words of units 64·panel, 64·panel+1, … of a row.

Lengths: len(dst) is a multiple of 64; no unit is beyond 2^32.`)
	dst, left, d := k.base("dst"), k.length("dst"), k.draws()
	k.SHRQ(imm(6), left)
	k.countdown("panel", left, func() {
		for i := range k.vectorsPerRow() {
			k.store(d.words(i), at(dst, i*k.level.bytes))
		}
		d.nextPanel()
		k.ADDQ(imm(rowSize), dst)
	})
	k.ret()
}

func (k *kernel) binarise() {
	k.text("Binarise", "(dst []uint64, grey *[64]uint8, key *[8][2]uint64, step uint64, row, panel uint32)",
		`draws grey intensities: bit j of dst[0] is set iff

	uniform(word) < float32(grey[j]) / 255

Lengths: len(dst) ≥ 1.`)
	dst, grey := k.base("dst"), k.pointer("grey")
	d, full := k.draws(), k.vector()
	k.VMOVUPS(k.float("full", 255), full)
	word := k.drawRow(d, func(i int) vec {
		p := k.vector()
		k.VPMOVZXBD(at(grey, i*k.level.bytes/4), p)
		k.VCVTDQ2PS(p, p)
		k.VDIVPS(full, p, p)
		return p
	})
	k.MOVQ(word, at(dst, 0))
	k.ret()
}

// log1pC are the coefficients P of kernels.log1p.
var log1pC = []float32{2, 0.6666627, 0.40028295, 0.27906534, 0.2842924}

func (k *kernel) softplus() {
	k.text("Softplus", "(linear, curved []int64, sums []int32, scale float32, mask uint64)", `adds up, for each row of sums and the columns of mask, the two
parts of the softplus of float32(t)*scale*ln 2, like kernels.softplusGo:

	linear[r] += Σ_j max(t_j, 0)
	curved[r] += Σ_j round(log(1+2^-|t_j*scale|) * 2^24)

Lengths: len(sums) is 64·len(linear), and len(curved) ≥ len(linear).`)
	linear, curved, rows, sums := k.base("linear"), k.base("curved"), k.length("linear"), k.base("sums")
	u, mask := k.unitRegs(), k.columnMask()
	lin, log, part := k.vector(), k.vector(), k.vector()
	k.countdown("row", rows, func() {
		k.zero(lin)
		k.zero(log)
		for i := range k.vectorsPerRow() {
			m := at(sums, i*k.level.bytes)
			tail := u.softplusTail(u.argument(m))
			mask.apply(i, tail)
			k.VPADDD(tail, log, log)
			t := k.vector()
			k.zero(t)
			k.VPMAXSD(m, t, t)
			mask.apply(i, t)
			k.VPSRLQ(imm(32), t, part)
			k.VPADDQ(part, lin, lin)
			k.VPSLLQ(imm(32), t, t)
			k.VPSRLQ(imm(32), t, t)
			k.VPADDQ(t, lin, lin)
		}
		sum := k.GP64()
		k.sumWords64(lin, sum)
		k.ADDQ(sum, at(linear, 0))
		k.Comment("The sum of 64 logarithms fits 32 bits.")
		k.VPSRLQ(imm(32), log, part)
		k.VPADDD(part, log, log)
		k.sumWords64(log, sum)
		k.SHLQ(imm(32), sum)
		k.SHRQ(imm(32), sum)
		k.ADDQ(sum, at(curved, 0))
		k.ADDQ(imm(8), linear)
		k.ADDQ(imm(8), curved)
		k.ADDQ(imm(rowSize), sums)
	})
	k.ret()
}

// softplusTail returns round(log(1+2^-|y|) · 2^24).
func (u *unitRegs) softplusTail(y vec) vec {
	k := u.k
	x := u.exp2Neg(y)
	s, square, p := k.vector(), k.vector(), k.vector()
	k.VADDPS(k.float("two", 2), x, s)
	k.VDIVPS(s, x, s)
	k.VMULPS(s, s, square)
	k.polynomial("log1pC", log1pC, square, p)
	k.VMULPS(p, s, s)
	k.VMULPS(k.float("softplusOne", 1<<24), s, s)
	k.VCVTPS2DQ(s, s)
	return s
}
