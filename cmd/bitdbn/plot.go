package main

import (
	"fmt"
	"io"
	"os"

	"github.com/bitdbn/bitdbn/internal/atomicfile"
	"github.com/bitdbn/bitdbn/internal/picture"
	"github.com/spf13/cobra"
)

func newPlot() *cobra.Command {
	var model, out, shape string
	var layer, n int
	c := &cobra.Command{
		Use:   "plot (-m m.safetensors | LOG.csv) --out p.png",
		Short: "Draw the filters of a model, or the learning curves of a log",
		Long: `Plot draws the weights of the first hidden units of a layer as pictures; those
of higher layers are passed down through the weights below. Given the log that train --log wrote,
it draws the learning curves.`,
		Example: `  bitdbn plot -m m.safetensors --layer 1 --out filters.png
  bitdbn plot train.csv --out curves.png`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if out == "" {
				return fmt.Errorf("%w: --out is missing", errUsage)
			}
			if (model == "") == (len(args) == 0) {
				return fmt.Errorf("%w: give -m or a log, one of them", errUsage)
			}
			if model == "" {
				return plotLog(args[0], out)
			}
			return plotFilters(model, out, shape, layer, n)
		},
	}
	modelFlag(c, &model)
	c.Flags().StringVar(&out, "out", "", "PNG file to write")
	c.Flags().IntVar(&layer, "layer", 1, "layer, from 1")
	c.Flags().IntVarP(&n, "number", "n", 100, "hidden units to draw")
	c.Flags().StringVar(&shape, "shape", "", "height,width of a row that is an image (default that of the training data)")
	return c
}

func plotLog(path, out string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	err = atomicfile.Write(out, func(w io.Writer) error { return picture.Curves(w, f) })
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	fmt.Fprintln(os.Stderr, "wrote", out)
	return nil
}

func plotFilters(model, out, shape string, layer, n int) error {
	f, err := loadModel(model)
	if err != nil {
		return err
	}
	size, err := imageShape(f, shape)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(out, func(w io.Writer) error { return picture.Filters(w, f.Network, layer, size, n) }); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "wrote", out)
	return nil
}
