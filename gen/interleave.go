package main

import "github.com/mmcloughlin/avo/ir"

// interleave emits what emit does for 0 … n-1, each without branches and on registers
// of its own, so that the instructions of so many at a time take turns.
//
// A processor finds work in what it holds of the instructions ahead: where each of
// them waits for the one before, and few chains fit, it runs out of it. Two vectors of
// units in turns make a probability 12 to 14 % faster, and a draw 10 % (Zen 3, AVX2);
// three are no faster. AVX-512 has half as many chains of twice the width, and was not
// measured.
func (k *kernel) interleave(n, atOnce int, emit func(i int)) {
	file, err := k.Result()
	if err != nil {
		return // which Result of the whole will say again
	}
	all := file.Functions()
	f := all[len(all)-1]
	for i := 0; i < n; i += atOnce {
		start := len(f.Nodes)
		var chains [][]ir.Node
		for c := i; c < min(i+atOnce, n); c++ {
			from := len(f.Nodes)
			emit(c)
			chains = append(chains, append([]ir.Node(nil), f.Nodes[from:]...))
		}
		f.Nodes = append(f.Nodes[:start], zip(chains)...)
	}
}

// zip returns the first of each, the second of each, and so on.
func zip(chains [][]ir.Node) []ir.Node {
	var all []ir.Node
	for i, left := 0, true; left; i++ {
		left = false
		for _, c := range chains {
			if i < len(c) {
				all, left = append(all, c[i]), true
			}
		}
	}
	return all
}
