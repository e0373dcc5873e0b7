package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"
)

func newInfo() *cobra.Command {
	var model string
	var asJSON bool
	c := &cobra.Command{
		Use:     "info -m m.safetensors",
		Short:   "Show what is in a model file",
		Example: "  bitdbn info -m m.safetensors",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return runInfo(model, asJSON) },
	}
	modelFlag(c, &model)
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON to standard output")
	return c
}

func runInfo(model string, asJSON bool) error {
	f, err := loadModel(model)
	if err != nil {
		return err
	}
	units := f.Network.Units()
	params := 0
	for _, l := range f.Network.Layers {
		params += len(l.W) + len(l.B) + len(l.C)
	}
	if asJSON {
		return writeJSON(map[string]any{"units": units, "labels": f.Network.Classes(), "parameters": params, "info": f.Info, "training": f.Training != nil})
	}
	fmt.Printf("units: %v, from the data up; %d parameters\n", units, params)
	if c := f.Network.Classes(); c > 0 {
		fmt.Printf("labels: %d, beside the visible units of the top machine\n", c)
	}
	for _, k := range slices.Sorted(maps.Keys(f.Info)) {
		fmt.Printf("%s: %s\n", k, f.Info[k])
	}
	if t := f.Training; t != nil {
		c := t.State.Cursor
		fmt.Printf("training: layer %d of %d, %d epochs finished, %d steps, on %d rows\n", t.Layer+1, len(units)-1, c.Epoch, c.Step, t.Rows)
		for i, o := range t.Options.Layer {
			fmt.Printf("options from layer %d on: %d epochs, batch %d, lr %v, momentum %v, gibbs %v, persistent %v, L2 %v, seed %d\n",
				i+1, o.Epochs, o.Batch, o.LearningRate, o.Momentum, o.GibbsSteps, o.Persistent, o.L2, o.Seed)
		}
	}
	return nil
}
