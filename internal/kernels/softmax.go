package kernels

import "math/bits"

// DrawOne draws one of the units of a softmax group, unit k with a probability
// in proportion to 2^y[k], by a random word. It is a fixed sequence of operations,
// and the same on every machine: each unit has the weight
//
//	floor(2^31 · 2^-(max(y)−y[k])),
//
// and the word chooses a point of their sum. No y is NaN.
func DrawOne(y []float32, word uint64) int {
	top := y[0]
	for _, v := range y {
		top = max(top, v)
	}
	var total uint64
	for _, v := range y {
		total += weight(top, v)
	}
	point, _ := bits.Mul64(word, total) // below total
	for k, v := range y {
		w := weight(top, v)
		if point < w {
			return k
		}
		point -= w
	}
	panic("kernels: DrawOne: a weight changed")
}

func weight(top, y float32) uint64 { return uint64(exp2Neg(top-y) * (1 << 31)) }
