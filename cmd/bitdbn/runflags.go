package main

import (
	"fmt"
	"time"

	"github.com/bitdbn/bitdbn"
	"github.com/spf13/cobra"
)

// runFlags are the flags of every command that trains.
type runFlags struct {
	out, resume, valid string
	threads            int
	checkpointEvery    time.Duration
	json, quiet        bool
}

func (r *runFlags) register(c *cobra.Command, valid string) {
	f := c.Flags()
	f.StringVar(&r.out, "out", "", "model file to write")
	f.StringVar(&r.resume, "resume", "", "model file to go on from")
	f.StringVar(&r.valid, "valid", "", valid)
	f.IntVar(&r.threads, "threads", 0, "worker threads (default one a processor, of a small machine one); changes no bit of the result")
	f.DurationVar(&r.checkpointEvery, "checkpoint-every", time.Minute, "time between checkpoints to --out; 0 for none")
	f.BoolVar(&r.json, "json", false, "write the result as JSON to standard output")
	f.BoolVar(&r.quiet, "quiet", false, "print nothing but errors")
}

// check returns an error unless the training has a file to be written to.
func (r *runFlags) check() error {
	if r.resume == "" && r.out == "" {
		return fmt.Errorf("%w: --out is missing", errUsage)
	}
	return nil
}

// settle returns an error unless the output can be written. A training that is
// resumed writes to the file that it came from, unless another is named.
func (r *runFlags) settle() error {
	if r.out == "" {
		r.out = r.resume
	}
	return writable(r.out)
}

// smallMachine is up to how many weights the parts of a step are so short that one
// worker is as fast as several, which wait for each other, and faster where other
// programs run too.
const smallMachine = 20_000

// workspace returns the workspace of a training of a network whose largest layer has so
// many weights: of as many workers as --threads says, or else of one for a small
// machine and of one a processor for a larger one.
func (r *runFlags) workspace(weights int) (*bitdbn.Workspace, error) {
	if r.threads == 0 && weights <= smallMachine {
		return bitdbn.NewWorkspace(1)
	}
	return bitdbn.NewWorkspace(r.threads)
}

// largestLayer returns the weights of the largest layer of a network.
func largestLayer(visible int, hidden []int) (weights int) {
	for _, h := range hidden {
		weights = max(weights, visible*h)
		visible = h
	}
	return weights
}

// checkpointDue reports whether it is time for another checkpoint.
func (r *runFlags) checkpointDue(saved time.Time) bool {
	return r.checkpointEvery > 0 && time.Since(saved) > r.checkpointEvery
}

// interrupted is the error of a training that was stopped and saved.
func (r *runFlags) interrupted(command, data string) error {
	return fmt.Errorf("interrupted; saved. Go on with: bitdbn %s --data %s --resume %s", command, data, r.out)
}
