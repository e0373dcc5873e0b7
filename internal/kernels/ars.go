package kernels

import "math/bits"

// The random words come from ARS, the counter-based generator of Salmon,
// Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC11):
// AES rounds with a Weyl sequence for a key schedule. A word is a pure function
// of (key, counter), so that a draw does not depend on who computes it, or in
// what order.
//
// ARS was chosen over Philox4x32-10 because the draw has to be cheap beside a
// product that takes 4 ns a unit: with the processors' AES instructions it costs
// 0.1 ns a word against Philox's 0.5, and in pure Go the two are within a
// factor of two of each other.

// ARSRounds is the number of rounds. Five have no known statistical flaw; the
// authors' own default, with a margin, is seven.
const ARSRounds = 7

// Key is the expanded key of a stream: the round keys 0 … ARSRounds, each as
// low and high half. Key.Round[0] is (seed, stream).
type Key struct {
	Round [ARSRounds + 1][2]uint64
}

// The increments of the two halves of the key from round to round: the golden
// ratio and √3-1.
const (
	weylLow  = 0x9E3779B97F4A7C15
	weylHigh = 0xBB67AE8584CAA73B
)

// NewKey returns the expanded key of (seed, stream).
func NewKey(seed, stream uint64) Key {
	var k Key
	for r := range k.Round {
		k.Round[r] = [2]uint64{seed, stream}
		seed += weylLow
		stream += weylHigh
	}
	return k
}

// Counter addresses the four words for units 4·block … 4·block+3 of a row at a
// step: the words of the 128-bit counter, lowest first, are block, row, and the
// two halves of step.
func Counter(step uint64, row, block uint32) (lo, hi uint64) {
	return uint64(block) | uint64(row)<<32, step
}

// Words returns the four words at a counter.
func (k *Key) Words(lo, hi uint64) [4]uint32 {
	return ars(k.Round[:], lo, hi)
}

// ars applies len(key)-1 AES rounds, the last without MixColumns, to the
// counter after the first key has been added.
func ars(key [][2]uint64, lo, hi uint64) [4]uint32 {
	lo ^= key[0][0]
	hi ^= key[0][1]
	a, b, c, d := uint32(lo), uint32(lo>>32), uint32(hi), uint32(hi>>32)
	last := len(key) - 1
	for _, k := range key[1:last] {
		a, b, c, d = column(a, b, c, d)^uint32(k[0]),
			column(b, c, d, a)^uint32(k[0]>>32),
			column(c, d, a, b)^uint32(k[1]),
			column(d, a, b, c)^uint32(k[1]>>32)
	}
	k := key[last]
	return [4]uint32{
		substitute(a, b, c, d) ^ uint32(k[0]),
		substitute(b, c, d, a) ^ uint32(k[0]>>32),
		substitute(c, d, a, b) ^ uint32(k[1]),
		substitute(d, a, b, c) ^ uint32(k[1]>>32),
	}
}

// column is one column of SubBytes, ShiftRows and MixColumns: w0 is the column
// itself, w1 to w3 the columns to its right.
func column(w0, w1, w2, w3 uint32) uint32 {
	return aes.mix[0][w0&0xff] ^ aes.mix[1][w1>>8&0xff] ^ aes.mix[2][w2>>16&0xff] ^ aes.mix[3][w3>>24]
}

// substitute is column without MixColumns.
func substitute(w0, w1, w2, w3 uint32) uint32 {
	s := &aes.sbox
	return uint32(s[w0&0xff]) | uint32(s[w1>>8&0xff])<<8 | uint32(s[w2>>16&0xff])<<16 | uint32(s[w3>>24])<<24
}

// aes holds the S-box, and for each byte of a column what the S-box followed
// by MixColumns makes of it (FIPS 197).
var aes = newAESTables()

type aesTables struct {
	sbox [256]uint8
	mix  [4][256]uint32
}

func newAESTables() *aesTables {
	t := new(aesTables)
	// Walk the multiplicative group of GF(2^8): p runs through the powers of
	// 3, q through their inverses.
	p, q := uint8(1), uint8(1)
	for {
		p ^= double(p)
		q ^= q << 1
		q ^= q << 2
		q ^= q << 4
		if q&0x80 != 0 {
			q ^= 0x09
		}
		t.sbox[p] = 0x63 ^ q ^ bits.RotateLeft8(q, 1) ^ bits.RotateLeft8(q, 2) ^ bits.RotateLeft8(q, 3) ^ bits.RotateLeft8(q, 4)
		if p == 1 {
			break
		}
	}
	t.sbox[0] = 0x63
	for i, s := range t.sbox {
		s1, s2 := uint32(s), uint32(double(s))
		w := s2 | s1<<8 | s1<<16 | (s1^s2)<<24
		for b := range t.mix {
			t.mix[b][i] = bits.RotateLeft32(w, 8*b)
		}
	}
	return t
}

// double multiplies by x in GF(2^8) modulo the AES polynomial.
func double(b uint8) uint8 {
	d := b << 1
	if b&0x80 != 0 {
		d ^= 0x1b
	}
	return d
}
