package main

func bits(k *kernel) {
	k.hamming()
}

// hamming counts the bits in which two rows of words differ.
//
// With VPOPCNTQ a vector of 8 words takes a load, a load with XOR, a count and
// an addition: bound by the loads. Without it, POPCNT on words does one a
// cycle, which is as fast as a PSHUFB count of 4 words and simpler; the bits
// of a step are counted in a thousandth of its time.
func (k *kernel) hamming() {
	k.text("Hamming", "(a, b []uint64) (n int)", `is

	for i := range a { n += OnesCount64(a[i] ^ b[i]) }

Lengths: len(b) ≥ len(a).`)
	a, b, n := k.base("a"), k.base("b"), k.length("a")
	sum := k.GP64()
	k.XORQ(sum, sum)
	if k.wide() {
		k.hammingVectors(a, b, n, sum)
	}
	word := k.GP64()
	k.countdown("words", n, func() {
		k.MOVQ(at(a, 0), word)
		k.XORQ(at(b, 0), word)
		k.POPCNTQ(word, word)
		k.ADDQ(word, sum)
		k.ADDQ(imm(8), a)
		k.ADDQ(imm(8), b)
	})
	k.Store(sum, k.ReturnIndex(0))
	if k.wide() {
		k.VZEROUPPER()
	}
	k.RET()
}

// hammingVectors counts whole vectors and leaves the words that remain in n.
func (k *kernel) hammingVectors(a, b, n, sum gp) {
	total, x, blocks := k.vector(), k.vector(), k.GP64()
	k.zero(total)
	k.MOVQ(n, blocks)
	k.SHRQ(imm(3), blocks)
	k.ANDQ(imm(7), n)
	k.countdown("vectors", blocks, func() {
		k.VMOVDQU64(at(a, 0), x)
		k.VPXORQ(at(b, 0), x, x)
		k.VPOPCNTQ(x, x)
		k.VPADDQ(x, total, total)
		k.ADDQ(imm(64), a)
		k.ADDQ(imm(64), b)
	})
	k.sumWords64(total, sum)
}
