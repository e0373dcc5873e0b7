package kernels

import "math"

// SoftplusOne is the unit of the fixed-point logarithms that softplusGo sums:
// 64 of them, each at most ln 2, fit an int32.
const SoftplusOne = 1 << 24

// softplusGo adds up, for each row of sums and the columns of mask, the two
// parts of softplus(z) = max(z, 0) + log(1+e^-|z|), z = t·scale·ln 2:
//
//	linear[r] += Σ_j max(t_j, 0)                           in units of a sum
//	curved[r] += Σ_j round(log(1+e^-|z_j|) · SoftplusOne)  in units of 1/SoftplusOne
//
// Both are sums of integers and so the same in any order.
func softplusGo(linear, curved []int64, sums []int32, scale float32, mask uint64) {
	for r := range len(sums) / Lanes {
		var lin int64
		var log int32
		for j, t := range (*row)(sums[r*Lanes:]) {
			if mask>>j&1 != 0 {
				lin += int64(max(t, 0))
				log += softplusTail(float32(t) * scale)
			}
		}
		linear[r] += lin
		curved[r] += int64(log)
	}
}

// softplusTail returns round(log(1+2^-|y|) · SoftplusOne), within 3 of the
// exact value.
func softplusTail(y float32) int32 {
	l := log1p(exp2Neg(abs(y)))
	return int32(math.RoundToEven(float64(float32(l * SoftplusOne))))
}

// The polynomial P with log(1+x) = s·(2 + u·P(u)), u = s², s = x/(2+x), for
// 0 ≤ x ≤ 1: minimax of degree 3, absolute error 3e-9.
const (
	log1pC0 = float32(0.6666627)
	log1pC1 = float32(0.40028295)
	log1pC2 = float32(0.27906534)
	log1pC3 = float32(0.2842924)
)

// log1p returns log(1+x) for 0 ≤ x ≤ 1 by a fixed sequence of float32
// operations, from the series of artanh.
func log1p(x float32) float32 {
	s := x / (2 + x)
	u := float32(s * s)
	p := float32(log1pC3*u) + log1pC2
	p = float32(p*u) + log1pC1
	p = float32(p*u) + log1pC0
	p = float32(p*u) + 2
	return float32(s * p)
}
