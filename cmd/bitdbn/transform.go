package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/internal/atomicfile"
	"github.com/bitdbn/bitdbn/internal/npy"
	"github.com/spf13/cobra"
)

func newTransform() *cobra.Command {
	var data dataFlags
	var model, out string
	var layer, threads int
	var seed uint64
	c := &cobra.Command{
		Use:   "transform -m m.safetensors --data D --out h.npy",
		Short: "Compute the features of a layer",
		Long: `Transform writes the probabilities of a layer's hidden units, float32 rows ×
units, given each row of the data. The layers below are drawn, with the seed.`,
		Example: "  bitdbn transform -m m.safetensors --data mnist:test --layer 2 --out h.npy",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return runTransform(&data, model, out, layer, threads, seed)
		},
	}
	modelFlag(c, &model)
	data.register(c.Flags())
	c.Flags().StringVar(&out, "out", "", "NPY file to write")
	c.Flags().IntVar(&layer, "layer", 0, "layer, from 1 (default the top one)")
	c.Flags().Uint64Var(&seed, "seed", 1, "seed of all random words")
	c.Flags().IntVar(&threads, "threads", 0, "worker threads (default one a processor)")
	return c
}

func runTransform(data *dataFlags, model, out string, layer, threads int, seed uint64) error {
	f, err := loadModel(model)
	if err != nil {
		return err
	}
	if out == "" {
		return fmt.Errorf("%w: --out is missing", errUsage)
	}
	units := f.Network.Units()
	if layer == 0 {
		layer = len(units) - 1
	}
	if layer < 1 || layer >= len(units) {
		return fmt.Errorf("%w: --layer %d, expected 1 to %d", errUsage, layer, len(units)-1)
	}
	data.follow(f.Info)
	set, err := data.load()
	if err != nil {
		return err
	}
	ws, err := bitdbn.NewWorkspace(threads)
	if err != nil {
		return err
	}
	defer ws.Close()
	err = atomicfile.Write(out, func(w io.Writer) error {
		if err := npy.WriteHeader(w, "<f4", set.Rows, units[layer]); err != nil {
			return err
		}
		return f.Network.Transform(ws, source(ws, set, seed), layer, seed, func(probs []float32) error {
			return binary.Write(w, binary.LittleEndian, probs)
		})
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "wrote %s: %d rows × %d units\n", out, set.Rows, units[layer])
	return nil
}
