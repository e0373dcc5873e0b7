package main

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/bitdbn/bitdbn"
	"github.com/spf13/cobra"
)

func newCPU() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "cpu",
		Short: "Show which kernels run on this machine",
		Long: `Cpu shows the kernel level in use and those that this processor and build have.
All levels give the same bits. BITDBN_LEVEL, set to one of the names, lowers it.`,
		Example: "  BITDBN_LEVEL=purego bitdbn cpu",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			ws, err := bitdbn.NewWorkspace(1) // reports a wrong BITDBN_LEVEL
			if err != nil {
				return err
			}
			ws.Close()
			if asJSON {
				return writeJSON(map[string]any{"level": bitdbn.Level(), "levels": bitdbn.Levels(), "arch": runtime.GOARCH, "processors": runtime.NumCPU()})
			}
			fmt.Printf("level %s, of %s; %s, %d processors\n", bitdbn.Level(), strings.Join(bitdbn.Levels(), ", "), runtime.GOARCH, runtime.NumCPU())
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON to standard output")
	return c
}
