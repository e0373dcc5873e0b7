package kernels

import (
	"math"
	"testing"
)

// TestSigmoid2 sweeps the float32 numbers from 2^-30 to 64: every one, or every
// 97th in short mode.
func TestSigmoid2(t *testing.T) {
	step := uint32(97)
	if testing.Short() {
		step = 9973
	}
	last := float32(0.5)
	worst := 0.0
	for bits := math.Float32bits(1.0 / (1 << 30)); bits <= math.Float32bits(65); bits += step {
		y := math.Float32frombits(bits)
		p := Sigmoid2(y)
		if p < last {
			t.Fatalf("Sigmoid2(%v) = %v, less than %v before", y, p, last)
		}
		if q := Sigmoid2(-y); q != 1-p {
			t.Fatalf("Sigmoid2(%v) = %v, expected 1 - %v", -y, q, p)
		}
		worst = max(worst, math.Abs(float64(p)-1/(1+math.Exp2(-float64(y)))))
		last = p
	}
	if worst > 1.0/(1<<22) {
		t.Errorf("largest error %v, expected at most 2^-22", worst)
	}
	t.Logf("largest error %.3g", worst)
}

func TestSigmoidLimits(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range []struct{ z, want float32 }{
		{0, 0.5}, {float32(math.Copysign(0, -1)), 0.5},
		{inf, 1}, {-inf, 0}, {1e30, 1}, {-1e30, 0}, {200, 1}, {-200, 0}, {-1000, 0}, {-104, 0},
		{1, 0.7310586}, {-1, 0.26894143}, {-88.5, 0}, {89, 1},
	} {
		if got := Sigmoid(c.z); math.Abs(float64(got-c.want)) > 1.0/(1<<22) {
			t.Errorf("Sigmoid(%v) = %v, expected %v", c.z, got, c.want)
		}
	}
	if got := Sigmoid(float32(math.NaN())); got == got {
		t.Errorf("Sigmoid(NaN) = %v, expected NaN", got)
	}
}

func TestFixed(t *testing.T) {
	for i := range 1 << 20 {
		p := float32(i) / (1 << 20)
		want := int32(min(65535, math.RoundToEven(float64(p)*65536)))
		if got := fixed(p); got != want {
			t.Fatalf("fixed(%v) = %d, expected %d", p, got, want)
		}
	}
	if got := fixed(1); got != 65535 {
		t.Errorf("fixed(1) = %d, expected 65535", got)
	}
}

func TestFires(t *testing.T) {
	for _, w := range []uint32{0, 1, 511, 512, 1 << 31, math.MaxUint32 - 511, math.MaxUint32} {
		if Fires(w, 0) || Fires(w, 1.0/(1<<24)) {
			t.Errorf("word %d: a unit with a probability of at most 2^-24 fires", w)
		}
		if !Fires(w, 1) {
			t.Errorf("word %d: a unit with probability 1 does not fire", w)
		}
		// A word and its complement treat p and 1-p alike.
		for _, p := range []float32{0.25, 0.5, 1.0 / 3, 0.75, 1 - 1.0/(1<<24)} {
			if uniform(w) != p && Fires(w, p) == Fires(^w, 1-p) {
				t.Errorf("word %d, probability %v: fires %v, and so does its complement", w, p, Fires(w, p))
			}
		}
	}
}

func TestSoftplusTail(t *testing.T) {
	worst := 0.0
	for i := range 1 << 20 {
		y := float32(i) / (1 << 14)
		want := math.Log1p(math.Exp2(-float64(y))) * SoftplusOne
		worst = max(worst, math.Abs(float64(softplusTail(y))-want))
		if softplusTail(y) != softplusTail(-y) {
			t.Fatalf("softplusTail(%v) is not that of %v", y, -y)
		}
	}
	if worst > 3 {
		t.Errorf("largest error %v, expected at most 3", worst)
	}
	t.Logf("largest error %.3g", worst)
}
