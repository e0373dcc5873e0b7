package main

import (
	"fmt"
	"io"
	"os"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/internal/atomicfile"
	"github.com/bitdbn/bitdbn/internal/npy"
	"github.com/bitdbn/bitdbn/internal/picture"
	"github.com/spf13/cobra"
)

func newSample() *cobra.Command {
	var model, png, out, shape string
	var n, steps, threads int
	var seed uint64
	c := &cobra.Command{
		Use:   "sample -m m.safetensors -n 100 --png s.png",
		Short: "Generate rows from a model",
		Long: `Sample runs a Gibbs chain for each row in the top machine, from a state drawn
from its biases, then makes one pass down. The picture shows probabilities;
--out gets drawn bits.`,
		Example: "  bitdbn sample -m m.safetensors -n 100 --steps 1000 --png s.png",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			f, err := loadModel(model)
			if err != nil {
				return err
			}
			if png == "" && out == "" {
				return fmt.Errorf("%w: --png or --out is missing", errUsage)
			}
			if n < 1 || steps < 1 {
				return fmt.Errorf("%w: -n %d, --steps %d, expected 1 or more", errUsage, n, steps)
			}
			ws, err := bitdbn.NewWorkspace(threads)
			if err != nil {
				return err
			}
			defer ws.Close()
			return runSample(ws, f, n, steps, seed, png, out, shape)
		},
	}
	modelFlag(c, &model)
	c.Flags().IntVarP(&n, "number", "n", 100, "rows to generate")
	c.Flags().IntVar(&steps, "steps", 1000, "Gibbs steps of each chain")
	c.Flags().Uint64Var(&seed, "seed", 1, "seed of all random words")
	c.Flags().StringVar(&png, "png", "", "picture to write")
	c.Flags().StringVar(&out, "out", "", "NPY file of 0 and 1 to write")
	c.Flags().StringVar(&shape, "shape", "", "height,width of a row that is an image (default that of the training data)")
	c.Flags().IntVar(&threads, "threads", 0, "worker threads (default one a processor)")
	return c
}

func runSample(ws *bitdbn.Workspace, f *dbn.File, n, steps int, seed uint64, png, out, shape string) error {
	s, err := dbn.NewSampler(f.Network, n, seed)
	if err != nil {
		return err
	}
	s.Run(ws, steps)
	visible := f.Network.Units()[0]
	probs := make([]float32, n*visible)
	x := s.Down(ws, probs)
	if out != "" {
		bytes := make([]byte, n*visible)
		x.Bytes(bytes)
		err := atomicfile.Write(out, func(w io.Writer) error {
			if err := npy.WriteHeader(w, "|u1", n, visible); err != nil {
				return err
			}
			_, err := w.Write(bytes)
			return err
		})
		if err != nil {
			return err
		}
		fmt.Fprintln(os.Stderr, "wrote", out)
	}
	if png == "" {
		return nil
	}
	size, err := imageShape(f, shape)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(png, func(w io.Writer) error { return picture.Grid(w, probs, n, size) }); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "wrote", png)
	return nil
}
