package kernels

import "math"

// Log2E is log₂e, rounded to float32.
const Log2E = float32(math.Log2E)

// Coefficients of the polynomial for 2^f, |f| ≤ ½: the minimax polynomial of
// degree 5 in relative error, with the constant term held at 1 so that 2^0 is
// exact. Rounded to float32 its relative error is 1.1e-7.
const (
	exp2C1 = float32(0.693147)
	exp2C2 = float32(0.24022242)
	exp2C3 = float32(0.055507336)
	exp2C4 = float32(0.009671513)
	exp2C5 = float32(0.0013264727)

	// roundMagic added to and taken from a float32 below 2^22 rounds it to the
	// nearest integer, ties to even; the integer stands in the low bits between.
	roundMagic = float32(3 << 22)

	// exp2Clamp is beyond the argument at which 1+2^-a rounds to 1, and small
	// enough for 2^-a to be a normal number.
	exp2Clamp = float32(64)
)

// exp2Neg returns 2^-a for a ≥ 0 with a relative error of at most 2^-22; a
// above 64 counts as 64. It is a fixed sequence of float32 operations.
func exp2Neg(a float32) float32 {
	if a > exp2Clamp {
		a = exp2Clamp
	}
	shifted := a + roundMagic
	f := (shifted - roundMagic) - a // -a = f - n, so 2^-a = 2^f · 2^-n
	p := float32(exp2C5*f) + exp2C4
	p = float32(p*f) + exp2C3
	p = float32(p*f) + exp2C2
	p = float32(p*f) + exp2C1
	p = float32(p*f) + 1
	return math.Float32frombits(math.Float32bits(p) - math.Float32bits(shifted)<<23)
}

// abs returns |y|.
func abs(y float32) float32 { return math.Float32frombits(math.Float32bits(y) &^ (1 << 31)) }

// Sigmoid2 returns 1/(1+2^-y), the logistic function of y·ln 2.
//
// It is the definition that every level equals: a fixed sequence of IEEE 754
// float32 operations. Sigmoid2(0) is ½, Sigmoid2(-y) is exactly
// 1-Sigmoid2(y), the function does not decrease, and ±Inf give 1 and 0. NaN
// gives NaN.
func Sigmoid2(y float32) float32 {
	r := 1 / (1 + exp2Neg(abs(y)))
	if y < 0 {
		return 1 - r
	}
	return r
}

// Sigmoid returns 1/(1+e^-z) within 2^-22.
func Sigmoid(z float32) float32 { return Sigmoid2(float32(z * Log2E)) }

// FixedOne is the weight of a certain event in 16-bit fixed point; the largest
// probability that can be stored is one less.
const FixedOne = 1 << 16

// fixed returns the 16-bit fixed-point form of a probability p:
// min(65535, p·65536 rounded half to even).
func fixed(p float32) int32 {
	const magic = float32(1 << 23) // the spacing of float32 there is 1
	q := int32(math.Float32bits(float32(p*FixedOne)+magic) & (1<<23 - 1))
	return min(q, FixedOne-1)
}

// uniform turns a random word into one of 2^23 numbers that lie symmetrically
// in the open interval (0, 1): (w>>9 + ½)·2^-23, exact in float32. No
// probability below 2^-24 ever exceeds it, and 1 always does.
func uniform(w uint32) float32 {
	return float32((float32(w>>9) + 0.5) * (1.0 / (1 << 23)))
}

// Fires reports whether a unit that is on with probability p is on when its
// random word is w.
func Fires(w uint32, p float32) bool { return uniform(w) < p }
