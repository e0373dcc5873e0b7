// Command bitdbn trains deep belief networks on binary data, and evaluates,
// samples and converts them. Run bitdbn --help for its commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
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

// version says what this program was built from, and what its kernels are.
func version() string {
	v := "devel"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		v = info.Main.Version
	}
	return fmt.Sprintf("%s, %s %s/%s, %s kernels", v, runtime.Version(), runtime.GOOS, runtime.GOARCH, bitdbn.Level())
}

// mostThreads is more than any machine has use for.
const mostThreads = 4096

// check looks, before any command begins, at what commands have in common.
func check(c *cobra.Command, args []string) error {
	if n, err := c.Flags().GetInt("threads"); err == nil && (n < 0 || n > mostThreads) {
		return fmt.Errorf("%w: --threads %d, expected 0 to %d", errUsage, n, mostThreads)
	}
	return settleOutputs(c, args)
}

// noSuchCommand shows the help of a command that only has commands of its own, or
// says which of them is nearest to what was typed.
func noSuchCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return c.Help()
	}
	if c.SuggestionsMinimumDistance == 0 {
		c.SuggestionsMinimumDistance = 2
	}
	hint := fmt.Sprintf("see %s --help", c.CommandPath())
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		hint = fmt.Sprintf("did you mean %s?", strings.Join(near, " or "))
	}
	return fmt.Errorf("%w: %s has no command %q; %s", errUsage, c.CommandPath(), args[0], hint)
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		PersistentPreRunE: check,
		Use:               "bitdbn",
		Short:             "Train deep belief networks on binary data",
		SilenceErrors:     true,
		SilenceUsage:      true,
		Version:           version(),
		Args:              cobra.ArbitraryArgs,
		RunE:              noSuchCommand,
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
