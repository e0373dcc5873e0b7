package main

import (
	"fmt"
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
	constants map[string]constant
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

// zero clears a register.
func (k *kernel) zero(v vec) {
	if k.wide() {
		k.VPXORD(v, v, v)
		return
	}
	k.VPXOR(v, v, v)
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

// constant is a piece of read-only data.
type constant struct{ mem operand.Mem }

// word32 returns the address of a 32-bit constant of this file.
func (k *kernel) word32(name string, v uint32) operand.Mem {
	if c, ok := k.constants[name]; ok {
		return c.mem
	}
	m := k.ConstData(name, operand.U32(v))
	k.constants[name] = constant{m}
	return m
}
