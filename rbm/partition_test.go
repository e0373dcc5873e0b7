package rbm

import (
	"context"
	"errors"
	"math"
	"testing"
)

// TestLogZ compares with the sum over all states, of either layer, with
// activations of all sizes.
func TestLogZ(t *testing.T) {
	for _, c := range []struct {
		visible, hidden int
		std             float64
	}{
		{1, 1, 1}, {3, 2, 1}, {2, 3, 1}, {8, 8, 1}, {7, 9, 2}, {9, 7, 2}, {14, 13, 0.5}, {13, 14, 0.5},
		{100, 6, 1}, {6, 100, 1}, {97, 3, 0.1}, {5, 5, 100}, {12, 4, 1000}, {30, 14, 3},
	} {
		m := machine(c.visible, c.hidden, c.std, 7)
		got, err := m.LogZ(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		want := refer(m).logZ()
		if d := math.Abs(got - want); d > 1e-12*max(1, math.Abs(want)) {
			t.Errorf("%d × %d, weights %v: log Z %v, expected %v", c.visible, c.hidden, c.std, got, want)
		}
		for _, workers := range []int{0, 2, 7} {
			if again, err := m.LogZ(t.Context(), workers); again != got || err != nil {
				t.Errorf("%d × %d: %v with %d workers, %v with one (%v)", c.visible, c.hidden, again, workers, got, err)
			}
		}
	}
}

// TestLogZOfIndependentUnits has many states and a sum that is known.
func TestLogZOfIndependentUnits(t *testing.T) {
	m := New(17, 300)
	want := 0.0
	for i := range m.B {
		m.B[i] = float32(i-8) / 3
		want += softplus(float64(m.B[i]))
	}
	for j := range m.C {
		m.C[j] = float32(j%13-6) / 2
		want += softplus(float64(m.C[j]))
	}
	got, err := m.LogZ(t.Context(), 0)
	if err != nil || math.Abs(got-want) > 1e-12*want {
		t.Errorf("log Z %v, expected %v (%v)", got, want, err)
	}
}

func TestLogZErrors(t *testing.T) {
	if _, err := New(29, 30).LogZ(t.Context(), 1); !errors.Is(err, ErrTooLarge) {
		t.Errorf("29 × 30 units: error %v, expected %v", err, ErrTooLarge)
	}
	m := New(2, 2)
	m.W[1] = float32(math.NaN())
	if _, err := m.LogZ(t.Context(), 1); !errors.Is(err, ErrModel) {
		t.Errorf("NaN: error %v, expected %v", err, ErrModel)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := New(28, 28).LogZ(ctx, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}
