package portable

import (
	"math"
	"testing"
)

func TestLog(t *testing.T) {
	for x := 1e-9; x < 1e9; x *= 1.0007 {
		if got, want := Log(x), math.Log(x); math.Abs(got-want) > 4e-16*max(1, math.Abs(want)) {
			t.Fatalf("ln(%v) is %v, expected %v", x, got, want)
		}
	}
	if Log(1) != 0 {
		t.Errorf("ln(1) is %v", Log(1))
	}
}

func TestExpNegative(t *testing.T) {
	for x := 0.0; x >= -700; x -= 0.0137 {
		if got, want := ExpNegative(x), math.Exp(x); math.Abs(got-want) > 1e-9*want {
			t.Fatalf("e^%v is %v, expected %v", x, got, want)
		}
	}
	if ExpNegative(0) != 1 {
		t.Errorf("e^0 is %v", ExpNegative(0))
	}
	for _, x := range []float64{-701, -1e300, math.Inf(-1)} {
		if got, want := ExpNegative(x), ExpNegative(-700); got != want {
			t.Errorf("e^%v is %v, expected %v", x, got, want)
		}
	}
	if got := ExpNegative(math.NaN()); got == got {
		t.Errorf("e^NaN is %v", got)
	}
}

// TestBits holds results to those of every other machine.
func TestBits(t *testing.T) {
	for _, c := range []struct {
		f    func(float64) float64
		x    float64
		want uint64
	}{
		{Log, 1e-7, 0xc0301e3b843eaa73}, {Log, 0.3, 0xbff34378fcbda720}, {Log, 3, 0x3ff193ea7aad030a}, {Log, 12345.678, 0x4022d79559791e31},
		{ExpNegative, -1e-3, 0x3feff7cfe56f1a9e}, {ExpNegative, -0.7, 0x3fdfc80db9dd5542}, {ExpNegative, -3.3, 0x3fa2e259bb85b9de}, {ExpNegative, -87.6, 0x380896aad5ec2922}, {ExpNegative, -600.1, 0x9d2e1024d0f9cf0},
	} {
		if got := math.Float64bits(c.f(c.x)); got != c.want {
			t.Errorf("%v: %#x, expected %#x", c.x, got, c.want)
		}
	}
}
