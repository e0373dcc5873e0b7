package main

import (
	"fmt"
	"slices"

	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// level is a set of instructions that kernels are generated for.
type level struct {
	name   string   // suffix of function names
	file   string   // part of file names
	bytes  int      // width of a vector register
	chains int      // vectors of units that take turns
	isas   []string // what the level's processors have, in avo's names
}

var (
	avx2 = &level{name: "AVX2", file: "avx2", bytes: 32, chains: 2,
		isas: []string{"MMX+", "SSE", "SSE2", "AVX", "AVX2", "BMI", "BMI2", "POPCNT", "AES"}}
	avx512 = &level{name: "AVX512", file: "avx512", bytes: 64, chains: 1,
		isas: []string{"MMX+", "SSE", "SSE2", "AVX", "AVX2", "BMI", "BMI2", "POPCNT", "AES",
			"AVX512F", "AVX512BW", "AVX512DQ", "AVX512VL", "AVX512VPOPCNTDQ", "VAES"}}
	levels = []*level{avx2, avx512}
)

// lastVEX is the highest vector register that instructions before AVX-512 can
// name.
const lastVEX = 15

// check returns an error if a function of the file needs more than the level
// has. avo hands out registers 16 to 31 and never asks whether the function
// may use them: the assembler then encodes what looks like AVX2 as AVX-512.
func check(file *ir.File, l *level) error {
	for _, f := range file.Functions() {
		for _, isa := range f.ISA {
			if !slices.Contains(l.isas, isa) {
				return fmt.Errorf("%s needs %s, which level %s does not have", f.Name, isa, l.name)
			}
		}
		if l == avx512 {
			continue
		}
		for _, i := range f.Instructions() {
			for _, r := range registers(i) {
				if beyondVEX(r) {
					return fmt.Errorf("%s: %s uses register %s, which level %s does not have", f.Name, i.Opcode, r.Asm(), l.name)
				}
			}
		}
	}
	return nil
}

func registers(i *ir.Instruction) []reg.Register {
	var all []reg.Register
	for _, op := range i.Operands {
		all = append(all, operand.Registers(op)...)
	}
	return all
}

func beyondVEX(r reg.Register) bool {
	switch r.Kind() {
	case reg.KindOpmask:
		return true
	case reg.KindVector:
		p, ok := r.(reg.Physical)
		return !ok || r.Size() > 32 || p.PhysicalIndex() > lastVEX
	}
	return false
}
