package loop

import (
	"context"
	"errors"
	"testing"
)

// TestRun ends a run in each way that there is, and counts its steps.
func TestRun(t *testing.T) {
	stop := errors.New("stop")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name             string
		ctx              context.Context
		failing, leaving int // the step or after that fails, or 0
		steps            int
		want             error
	}{
		{"to its end", t.Context(), 0, 0, 5, nil},
		{"cancelled", cancelled, 0, 0, 0, context.Canceled},
		{"a step fails", t.Context(), 3, 0, 3, stop},
		{"after ends it", t.Context(), 0, 2, 2, stop},
	} {
		n := 0
		step := func() error {
			if n++; n == c.failing {
				return stop
			}
			return nil
		}
		after := func() error {
			if n == c.leaving {
				return stop
			}
			return nil
		}
		done := func() bool { return n == 5 }
		if err := Run(c.ctx, done, step, after); !errors.Is(err, c.want) || n != c.steps {
			t.Errorf("%s: %d steps, error %v", c.name, n, err)
		}
		if n = 0; c.leaving == 0 {
			if err := Run(c.ctx, done, step, nil); !errors.Is(err, c.want) || n != c.steps {
				t.Errorf("%s, without after: %d steps, error %v", c.name, n, err)
			}
		}
	}
}
