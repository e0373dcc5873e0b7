package main

import (
	"testing"

	"github.com/mmcloughlin/avo/ir"
)

// TestZip requires that instructions of chains take turns, and stay in order in each.
func TestZip(t *testing.T) {
	chain := func(names ...string) []ir.Node {
		var nodes []ir.Node
		for _, n := range names {
			nodes = append(nodes, &ir.Instruction{Opcode: n})
		}
		return nodes
	}
	var got string
	for _, n := range zip([][]ir.Node{chain("a1", "a2"), chain("b1", "b2", "b3"), chain("c1")}) {
		got += n.(*ir.Instruction).Opcode + " "
	}
	if want := "a1 b1 c1 a2 b2 b3 "; got != want {
		t.Errorf("%s, expected %s", got, want)
	}
}
