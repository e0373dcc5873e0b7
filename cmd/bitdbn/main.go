// Command bitdbn trains deep belief networks on binary data, and evaluates,
// samples and converts them. Run bitdbn --help for its commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/bitdbn/bitdbn"
	"github.com/spf13/cobra"
)

// errUsage is wrapped by errors about the command line itself: exit code 2.
var errUsage = errors.New("usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := newRoot().ExecuteContext(ctx)
	stop()
	switch {
	case err == nil:
	case errors.Is(err, errUsage), errors.Is(err, bitdbn.ErrLevel):
		fmt.Fprintln(os.Stderr, "bitdbn:", err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "bitdbn:", err)
		os.Exit(1)
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		PersistentPreRunE: settleOutputs,
		Use:               "bitdbn",
		Short:             "Train deep belief networks on binary data",
		SilenceErrors:     true,
		SilenceUsage:      true,
		Args:              cobra.NoArgs,
		Example: `  bitdbn train --data digits --layers 500,500 --out m.safetensors
  bitdbn eval -m m.safetensors --data digits:test
  bitdbn sample -m m.safetensors -n 100 --png samples.png`,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w: %v; see %s --help", errUsage, err, c.CommandPath())
	})
	root.AddCommand(newTrain(), newFinetune(), newEval(), newSample(), newTransform(), newPredict(), newScore(), newInfo(), newPlot(), newCPU(), newImport(), newExport())
	return root
}
