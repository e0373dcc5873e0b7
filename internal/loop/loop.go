// Package loop runs trainings, which all advance one batch at a time.
package loop

import "context"

// Run makes steps until done, and calls after, if it is not nil, behind each. It
// stops between two steps when ctx is cancelled, and returns its error; or when
// step or after returns one.
func Run(ctx context.Context, done func() bool, step, after func() error) error {
	for !done() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := step(); err != nil {
			return err
		}
		if after == nil {
			continue
		}
		if err := after(); err != nil {
			return err
		}
	}
	return nil
}
