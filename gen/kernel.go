package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/gotypes"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// kernel emits functions for one level.
type kernel struct {
	*build.Context
	level     *level
	constants map[string]operand.Mem
	labels    int
}

// vec is a vector register.
type vec = reg.VecVirtual

// gp is a general-purpose register.
type gp = reg.GPVirtual

// text starts a function, with the signature and the documentation of its
// declaration.
func (k *kernel) text(name, signature, doc string) {
	name += k.level.name
	k.Function(name)
	k.Doc(strings.Split(name+" "+doc, "\n")...)
	k.Pragma("noescape")
	k.Attributes(attr.NOSPLIT)
	k.SignatureExpr("func" + signature)
	k.labels = 0
}

// ret ends a function that has used vector registers.
func (k *kernel) ret() {
	k.VZEROUPPER()
	k.RET()
}

// wide reports whether the level has 512-bit registers and masks.
func (k *kernel) wide() bool { return k.level == avx512 }

// vector returns a new register of the level's width.
func (k *kernel) vector() vec {
	if k.wide() {
		return k.ZMM()
	}
	return k.YMM()
}

// vectors returns n new registers.
func (k *kernel) vectors(n int) []vec {
	v := make([]vec, n)
	for i := range v {
		v[i] = k.vector()
	}
	return v
}

// load and store move a whole register from and to any address.
func (k *kernel) load(m operand.Mem, v vec) {
	if k.wide() {
		k.VMOVDQU32(m, v)
		return
	}
	k.VMOVDQU(m, v)
}

func (k *kernel) store(v vec, m operand.Mem) {
	if k.wide() {
		k.VMOVDQU32(v, m)
		return
	}
	k.VMOVDQU(v, m)
}

// move copies a register.
func (k *kernel) move(from, to vec) {
	if k.wide() {
		k.VMOVDQA32(from, to)
		return
	}
	k.VMOVDQA(from, to)
}

// zero clears a register.
func (k *kernel) zero(v vec) {
	k.xor(v, v, v)
}

// xor and and combine whole registers.
func (k *kernel) xor(a, b, dst vec) {
	if k.wide() {
		k.VPXORQ(a, b, dst)
		return
	}
	k.VPXOR(a, b, dst)
}

func (k *kernel) and(a, b, dst vec) {
	if k.wide() {
		k.VPANDQ(a, b, dst)
		return
	}
	k.VPAND(a, b, dst)
}

// label returns a name that is unique in the function.
func (k *kernel) label(name string) string {
	k.labels++
	return fmt.Sprintf("%s%d", name, k.labels)
}

// pointer and scalar load an argument of 64 bits.
func (k *kernel) pointer(name string) gp { return k.arg(k.Param(name)) }
func (k *kernel) base(name string) gp    { return k.arg(k.Param(name).Base()) }
func (k *kernel) length(name string) gp  { return k.arg(k.Param(name).Len()) }

func (k *kernel) arg(c gotypes.Component) gp {
	r := k.GP64()
	k.Load(c, r)
	return r
}

// broadcast loads a float32 argument into every lane of a register.
func (k *kernel) broadcast(name string) vec {
	arg, err := k.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	v := k.vector()
	k.VBROADCASTSS(arg.Addr, v)
	return v
}

// at is the operand [base + index·scale + disp].
func at(base reg.Register, disp int) operand.Mem { return operand.Mem{Base: base, Disp: disp} }

func indexed(base, index reg.Register, scale uint8, disp int) operand.Mem {
	return operand.Mem{Base: base, Index: index, Scale: scale, Disp: disp}
}

// imm is an immediate operand.
func imm(n int) operand.Constant {
	if n < 1<<7 {
		return operand.U8(n)
	}
	return operand.U32(n)
}

// countdown emits a loop that runs body while counter, which the body leaves
// alone, counts down to zero; none at all if it is zero to begin with.
func (k *kernel) countdown(name string, counter reg.Register, body func()) {
	loop, done := k.label(name), k.label(name+"Done")
	k.TESTQ(counter, counter)
	k.JZ(operand.LabelRef(done))
	k.Label(loop)
	body()
	k.DECQ(counter)
	k.JNZ(operand.LabelRef(loop))
	k.Label(done)
}

// float returns the address of a vector of equal floats.
func (k *kernel) float(name string, v float32) operand.Mem {
	return k.bits32(name, math.Float32bits(v))
}

// bits32 returns the address of a vector of equal 32-bit words.
func (k *kernel) bits32(name string, v uint32) operand.Mem {
	words := make([]uint32, k.level.bytes/4)
	for i := range words {
		words[i] = v
	}
	return k.words32(name, words)
}

// words32 returns the address of 32-bit words.
func (k *kernel) words32(name string, words []uint32) operand.Mem {
	return k.data(name, func() {
		for i, w := range words {
			k.AddDatum(4*i, operand.U32(w))
		}
	})
}

// words64 returns the address of 64-bit words.
func (k *kernel) words64(name string, words []uint64) operand.Mem {
	return k.data(name, func() {
		for i, w := range words {
			k.AddDatum(8*i, operand.U64(w))
		}
	})
}

// data returns the address of read-only data of that name, which fill adds
// when it is asked for the first time.
func (k *kernel) data(name string, fill func()) operand.Mem {
	if m, ok := k.constants[name]; ok {
		return m
	}
	m := k.StaticGlobal(name)
	k.DataAttributes(attr.RODATA | attr.NOPTR)
	fill()
	k.constants[name] = m
	return m
}

// fold combines the 128-bit parts of v into one register. v is lost.
func (k *kernel) fold(v vec, combine func(ops ...operand.Op)) vec {
	half := v
	if k.wide() {
		half = k.YMM()
		k.VEXTRACTI64X4(imm(1), v, half)
		combine(v.AsY(), half, half)
	}
	quarter := k.XMM()
	k.VEXTRACTI128(imm(1), half, quarter)
	combine(half.AsX(), quarter, quarter)
	return quarter
}

// sumWords64 sets sum to the sum of the 64-bit words of v, which is lost.
func (k *kernel) sumWords64(v vec, sum gp) {
	quarter, other := k.fold(v, k.VPADDQ), k.XMM()
	k.VPSHUFD(operand.U8(0xee), quarter, other)
	k.VPADDQ(other, quarter, quarter)
	k.VMOVQ(quarter, sum)
}

// copyWords copies words from one address to another, each a step of bytes on
// from the one before.
func (k *kernel) copyWords(name string, from gp, fromStep operand.Op, to gp, toStep operand.Op, count gp) {
	word := k.GP64()
	k.countdown(name, count, func() {
		k.MOVQ(at(from, 0), word)
		k.MOVQ(word, at(to, 0))
		k.ADDQ(fromStep, from)
		k.ADDQ(toStep, to)
	})
}
