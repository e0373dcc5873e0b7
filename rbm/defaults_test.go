package rbm

import "testing"

// TestDefaultOptions requires options that can be used for every size, from one row
// of one unit up, and what the documentation says of them.
func TestDefaultOptions(t *testing.T) {
	for _, c := range []struct {
		rows, visible, hidden int
		epochs, batch         int
		l2                    float64
	}{
		{0, 1, 1, 20000, 1, 0.00013},
		{1, 1, 1, 20000, 1, 0.00013},
		{30, 16, 16, 20000, 30, 0.0031},
		{400, 500, 500, 2352, 100, 0.062},   // by work
		{1600, 180, 23, 1250, 100, 0.00052}, // by steps
		{60000, 784, 500, 10, 100, 4.3e-5},  // both are less than ten epochs
		{60000, 784, 64, 33, 100, 1.5e-5},   // by steps
		{1 << 40, 1 << 20, 1 << 20, 10, 100, 9.1e-13},
	} {
		o := DefaultOptions(c.rows, c.visible, c.hidden)
		if err := o.Validate(); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		if o.Epochs != c.epochs || o.Batch != c.batch || o.L2 != c.l2 {
			t.Errorf("%d rows, %d × %d units: %d epochs, batch %d, L2 %v, expected %d, %d, %v", c.rows, c.visible, c.hidden, o.Epochs, o.Batch, o.L2, c.epochs, c.batch, c.l2)
		}
		if first, last := o.LearningRate.At(0, o.Epochs), o.LearningRate.At(o.Epochs-1, o.Epochs); last > first/100 {
			t.Errorf("the learning rate ends at %v, begins at %v", last, first)
		}
	}
}
