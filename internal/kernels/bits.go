package kernels

import "math/bits"

// transposeGo transposes up to 64×64 bits: bit i of dst[j*dstStride] becomes
// bit j of src[i*srcStride], for i < rows and j < cols; bits from rows on become
// zero.
//
// It swaps ever smaller off-diagonal blocks (Warren, Hacker's Delight, 7-3).
func transposeGo(dst []uint64, dstStride int, src []uint64, srcStride, rows, cols int) {
	var a [64]uint64
	for i := range rows {
		a[i] = src[i*srcStride]
	}
	mask := uint64(1<<32 - 1)
	for size := 32; size != 0; size >>= 1 {
		for i := 0; i < 64; i = (i + size + 1) &^ size {
			swap := (a[i]>>size ^ a[i+size]) & mask
			a[i] ^= swap << size
			a[i+size] ^= swap
		}
		mask ^= mask << (size >> 1)
	}
	for j := range cols {
		dst[j*dstStride] = a[j]
	}
}

// hammingGo is
//
//	for i := range a { n += OnesCount64(a[i] ^ b[i]) }
func hammingGo(a, b []uint64) int {
	b = b[:len(a)]
	n := 0
	for i, w := range a {
		n += bits.OnesCount64(w ^ b[i])
	}
	return n
}

// rowCountsGo is
//
//	for r := range counts { counts[r] = Σ_w OnesCount64(x[r*stride+w]), w < words }
func rowCountsGo(counts []int32, x []uint64, stride, words int) {
	for r := range counts {
		n := 0
		for _, w := range x[r*stride:][:words] {
			n += bits.OnesCount64(w)
		}
		counts[r] = int32(n)
	}
}

// columnSumsGo adds up the columns of rows × Lanes numbers of a panel:
//
//	for i, v := range panel { dst[i%Lanes] += v }
func columnSumsGo(dst *[Lanes]int32, panel []int32) {
	for ; len(panel) >= Lanes; panel = panel[Lanes:] {
		for j, v := range (*row)(panel) {
			dst[j] += v
		}
	}
}
