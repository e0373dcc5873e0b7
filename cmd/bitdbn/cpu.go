package main

import (
	"cmp"
	"fmt"
	"runtime"
	"strings"

	"github.com/bitdbn/bitdbn"
	"github.com/klauspost/cpuid/v2"
	"github.com/spf13/cobra"
)

func newCPU() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "cpu",
		Short: "Show which kernels run on this machine",
		Long: `Cpu shows the kernel level in use, every level that there is, and what keeps a
level from running here.

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
				return writeJSON(map[string]any{"level": bitdbn.Level(), "levels": bitdbn.LevelStatuses(),
					"processor": cpuid.CPU.BrandName, "arch": runtime.GOARCH, "processors": runtime.NumCPU()})
			}
			fmt.Printf("%s, %s, %d processors\n", cmp.Or(cpuid.CPU.BrandName, "unknown processor"), runtime.GOARCH, runtime.NumCPU())
			fmt.Printf("kernels in use: %s\n", bitdbn.Level())
			for _, l := range bitdbn.LevelStatuses() {
				fmt.Printf("  %-7s %s\n", l.Name, describeLevel(l))
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON to standard output")
	return c
}

// describeLevel says in a line whether a level runs, and if not why.
func describeLevel(l bitdbn.LevelStatus) string {
	switch {
	case !l.Built:
		return "not in this build: assembly is for amd64, without the tags purego and noasm"
	case len(l.Missing) > 0:
		return "not on this processor, which lacks " + strings.Join(l.Missing, ", ")
	case len(l.Requires) > 0:
		return "available: has " + strings.Join(l.Requires, ", ")
	}
	return "available: needs nothing"
}
