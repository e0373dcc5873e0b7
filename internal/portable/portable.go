// Package portable has elementary functions that round alike on every machine:
// those of package math are not the same program on all of them.
package portable

import "math"

// Log returns the natural logarithm of a positive normal x: ln x = e·ln 2 +
// 2·artanh(s), where x = f·2^e, √½ ≤ f < √2 and s = (f−1)/(f+1).
func Log(x float64) float64 {
	f, e := math.Frexp(x)
	if f < math.Sqrt2/2 {
		f *= 2
		e--
	}
	s := (f - 1) / (f + 1)
	u := float64(s * s)
	var sum float64
	for k := 23; k >= 1; k -= 2 {
		sum = float64(sum*u) + 1/float64(k)
	}
	return float64(float64(e)*math.Ln2) + float64(2*float64(s*sum))
}

// ExpNegative returns e^x of an x that is not positive, with a relative error
// below 10⁻⁹; for x below −700 it is e⁻⁷⁰⁰. e^x = 2^k·e^r with r = x − k·ln 2
// between −½ln 2 and ½ln 2, where the series of e^r is cut behind r⁸/8!.
func ExpNegative(x float64) float64 {
	x = max(x, -700) // so that 2^k is normal
	k := int64(float64(x*math.Log2E) - 0.5)
	r := x - float64(float64(k)*math.Ln2)
	p := 1.0 / 40320
	p = float64(p*r) + 1.0/5040
	p = float64(p*r) + 1.0/720
	p = float64(p*r) + 1.0/120
	p = float64(p*r) + 1.0/24
	p = float64(p*r) + 1.0/6
	p = float64(p*r) + 1.0/2
	p = float64(p*r) + 1
	p = float64(p*r) + 1
	return p * math.Float64frombits(uint64(1023+k)<<52)
}
