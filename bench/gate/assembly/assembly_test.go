package assembly

import (
	"reflect"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	all := map[string]Function{}
	err := read(strings.NewReader(`// Code generated.

#include "textflag.h"

DATA ones<>+0(SB)/8, $1
GLOBL ones<>(SB), RODATA|NOPTR, $8

// func First(x []uint64)
// Requires: AVX2, AVX
TEXT ·First(SB), NOSPLIT, $0-24
	MOVQ  x_base+0(FP), AX // a comment
	TESTQ CX, CX
	JZ    done

row1:
	// A comment line.
	MOVQ (AX), DX

bit2:
	BLSRQ DX, DX
	JNZ   bit2
	DECQ  CX
	JNZ   row1

done:
	RET

// func Second()
TEXT ·Second(SB), NOSPLIT, $0-0
done:
	RET
`), "x.s", all)
	want := map[string]Function{
		"First":  {Instructions: 9, Loops: []int{2, 5}, Features: []string{"AVX", "AVX2"}, Innermost: Label{"x.s", 19}},
		"Second": {Instructions: 1},
	}
	if err != nil || !reflect.DeepEqual(all, want) {
		t.Errorf("%v, error %v, expected %v", all, err, want)
	}
	if err := read(strings.NewReader("TEXT nothing"), "x.s", all); err == nil {
		t.Error("a function without a name is read")
	}
	if _, err := List(t.TempDir()); err == nil {
		t.Error("a folder without assembly is read")
	}
}

// TestListOfProject reads the project's own assembly.
func TestListOfProject(t *testing.T) {
	all, err := List("../../../asm")
	if err != nil {
		t.Fatal(err)
	}
	if f := all["WalkAVX2"]; len(f.Loops) == 0 || f.Instructions < 20 || !strings.Contains(f.String(), "AVX2") {
		t.Errorf("WalkAVX2: %v", f)
	}
}
