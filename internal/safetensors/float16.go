package safetensors

import "math"

// fromF16 returns the value of an IEEE 754 half-precision number.
func fromF16(h uint16) float64 {
	sign, exponent, fraction := h>>15, int(h>>10&31), float64(h&1023)
	var v float64
	switch {
	case exponent == 31 && fraction != 0:
		v = math.NaN()
	case exponent == 31:
		v = math.Inf(1)
	case exponent == 0:
		v = math.Ldexp(fraction, -24)
	default:
		v = math.Ldexp(1024+fraction, exponent-25)
	}
	if sign != 0 {
		v = math.Copysign(v, -1)
	}
	return v
}

// fromBF16 returns the value of a bfloat16, the upper half of a float32.
func fromBF16(h uint16) float64 {
	return float64(math.Float32frombits(uint32(h) << 16))
}
