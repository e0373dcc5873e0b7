package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/bitdbn/bitdbn/mlp"
	"github.com/spf13/cobra"
)

func newInfo() *cobra.Command {
	var model string
	var asJSON bool
	c := &cobra.Command{
		Use:   "info -m m.safetensors",
		Short: "Show what is in a model file",
		Long: `Info shows the units of a model, the notes and the options of its training, and a
digest: a SHA-256 of the parameters and the options, which is the same wherever
the same was trained, whatever else is in the file.`,
		Example: "  bitdbn info -m m.safetensors",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return runInfo(model, asJSON) },
	}
	modelFlag(c, &model)
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON to standard output")
	return c
}

func runInfo(model string, asJSON bool) error {
	show := stackInfo
	if model != "" && mlp.Is(model) {
		show = networkInfo
	}
	r, more, err := show(model)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(r)
	}
	fmt.Printf("units: %v, from the data up; %d parameters\n", r.Units, r.Parameters)
	if r.Labels > 0 {
		fmt.Printf("labels: %d, %s\n", r.Labels, r.where)
	}
	for _, k := range slices.Sorted(maps.Keys(r.Info)) {
		fmt.Printf("%s: %s\n", k, r.Info[k])
	}
	for _, line := range more {
		fmt.Println(line)
	}
	fmt.Printf("digest: %s\n", r.Digest)
	return nil
}

// infoReport is what info says of a model of either kind.
type infoReport struct {
	Units      []int             `json:"units"`
	Labels     int               `json:"labels"`
	Parameters int               `json:"parameters"`
	Info       map[string]string `json:"info"`
	Training   bool              `json:"training"`
	Digest     string            `json:"digest"`

	where string // the units of the labels are
}

// stackInfo returns what the file of a stack holds, and lines about its training.
func stackInfo(model string) (r *infoReport, more []string, err error) {
	f, err := loadModel(model)
	if err != nil {
		return nil, nil, err
	}
	r = &infoReport{
		Units: f.Network.Units(), Labels: f.Network.Classes(), Info: f.Info, Training: f.Training != nil,
		where: "beside the visible units of the top machine",
	}
	for _, l := range f.Network.Layers {
		r.Parameters += len(l.W) + len(l.B) + len(l.C)
	}
	if t := f.Training; t != nil {
		c := t.State.Cursor
		more = append(more, fmt.Sprintf("training: layer %d of %d, %d epochs finished, %d steps, on %d rows", t.Layer+1, len(r.Units)-1, c.Epoch, c.Step, t.Rows))
		for i, o := range t.Options.Layer {
			more = append(more, fmt.Sprintf("options of layer %d: %s, seed %d", i+1, describeOptions(&o), o.Seed))
		}
	}
	if t := f.FineTuning; t != nil {
		c := t.Top.Cursor
		more = append(more, fmt.Sprintf("fine-tuning: up-down, %d epochs finished, %d steps, on %d rows", c.Epoch, c.Step, t.Rows),
			fmt.Sprintf("options: %s, seed %d", describeUpDown(&t.Options), t.Options.Seed))
	}
	r.Digest, err = f.Digest()
	return r, more, err
}

// networkInfo is stackInfo of a feed-forward network.
func networkInfo(model string) (r *infoReport, more []string, err error) {
	f, err := mlp.Load(model)
	if err != nil {
		return nil, nil, err
	}
	r = &infoReport{
		Units: f.Network.Units(), Labels: f.Network.Classes(), Info: f.Info, Training: f.Training != nil,
		where: "the output units",
	}
	for _, l := range f.Network.Layers {
		r.Parameters += len(l.W) + len(l.B)
	}
	if t := f.Training; t != nil {
		o := t.Options
		more = append(more,
			fmt.Sprintf("training: backprop, %d epochs finished, %d steps", t.Cursor.Epoch, t.Cursor.Step),
			fmt.Sprintf("options: %s, seed %d", describeBackprop(&o), o.Seed))
	}
	r.Digest, err = f.Digest()
	return r, more, err
}
