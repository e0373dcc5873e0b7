package main

import (
	"fmt"

	"github.com/bitdbn/bitdbn/rbm"
	"github.com/spf13/cobra"
)

// scheduleFlag is a flag whose text is a schedule.
type scheduleFlag struct {
	flag, text string
	dst        *rbm.Schedule
}

// parseGiven reads the schedules of the flags that are set; the others stay.
func parseGiven(set func(flag string) bool, flags ...scheduleFlag) error {
	for _, f := range flags {
		if !set(f.flag) {
			continue
		}
		s, err := rbm.ParseSchedule(f.text)
		if err != nil {
			return fmt.Errorf("%w: --%s: %w", errUsage, f.flag, err)
		}
		*f.dst = s
	}
	return nil
}

// refuse returns an error if one of the flags is given to a training that goes
// on: they have fixed what it is.
func refuse(c *cobra.Command, flags ...string) error {
	for _, flag := range flags {
		if c.Flags().Changed(flag) {
			return fmt.Errorf("%w: --%s is fixed by the training that --resume goes on with", errUsage, flag)
		}
	}
	return nil
}
