package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/internal/atomicfile"
	"github.com/bitdbn/bitdbn/internal/npy"
	"github.com/bitdbn/bitdbn/internal/picture"
	"github.com/bitdbn/bitdbn/rbm"
	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/stat"
)

// sampleFlags are the options of the sample command.
type sampleFlags struct {
	model, png, out, shape, label   string
	n, steps, threads, temperatures int
	seed                            uint64
}

func newSample() *cobra.Command {
	s := new(sampleFlags)
	c := &cobra.Command{
		Use:   "sample -m m.safetensors -n 100 --png s.png",
		Short: "Generate rows from a model",
		Long: `Sample runs a Gibbs chain for each row in the top machine, from a state drawn
from its biases, then makes one pass down. With --temperatures each chain runs
at several temperatures, which swap states (parallel tempering), so that it
comes from mode to mode; if few swaps are accepted, give more temperatures. The
picture shows probabilities; --out gets drawn bits.`,
		Example: `  bitdbn sample -m m.safetensors -n 100 --steps 1000 --png s.png
  bitdbn sample -m m.safetensors -n 100 --steps 1000 --temperatures 50 --png s.png`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			f, err := loadModel(s.model)
			if err != nil {
				return err
			}
			if s.png == "" && s.out == "" {
				return fmt.Errorf("%w: --png or --out is missing", errUsage)
			}
			if s.n < 1 || s.steps < 1 || s.temperatures < 1 {
				return fmt.Errorf("%w: -n %d, --steps %d, --temperatures %d, expected 1 or more", errUsage, s.n, s.steps, s.temperatures)
			}
			ws, err := bitdbn.NewWorkspace(s.threads)
			if err != nil {
				return err
			}
			defer ws.Close()
			return s.run(ws, f)
		},
	}
	modelFlag(c, &s.model)
	c.Flags().IntVarP(&s.n, "number", "n", 100, "rows to generate")
	c.Flags().IntVar(&s.steps, "steps", 1000, "Gibbs steps of each chain")
	c.Flags().IntVar(&s.temperatures, "temperatures", 1, "inverse temperatures of each chain, at equal distances from 1 to 0")
	c.Flags().StringVar(&s.label, "label", "", "label to hold all chains at, or all for -n chains of each, of a model with labels")
	c.Flags().Uint64Var(&s.seed, "seed", 1, "seed of all random words")
	c.Flags().StringVar(&s.png, "png", "", "picture to write")
	c.Flags().StringVar(&s.out, "out", "", "NPY file of 0 and 1 to write")
	c.Flags().StringVar(&s.shape, "shape", "", "height,width of a row that is an image (default that of the training data)")
	c.Flags().IntVar(&s.threads, "threads", 0, "worker threads (default one a processor)")
	return c
}

func (s *sampleFlags) run(ws *bitdbn.Workspace, f *dbn.File) error {
	labels, err := s.labels(f.Network)
	if err != nil {
		return err
	}
	n := max(s.n, len(labels))
	chains, err := dbn.NewSampler(f.Network, n, s.seed)
	if err != nil {
		return err
	}
	if labels != nil {
		if err := chains.ClampLabels(labels); err != nil {
			return fmt.Errorf("%s: --label %s: %w", s.model, s.label, err)
		}
	}
	if s.temperatures > 1 {
		rates, err := chains.Temper(ws, s.steps, rbm.TemperingOptions{Betas: rbm.FallingBetas(s.temperatures), Seed: s.seed})
		if err != nil {
			return err
		}
		fmt.Fprintln(os.Stderr, describeSwaps(rates))
	} else {
		chains.Run(ws, s.steps)
	}
	visible := f.Network.Units()[0]
	probs := make([]float32, n*visible)
	x := chains.Down(ws, probs)
	if s.out != "" {
		if err := writeBits(s.out, x); err != nil {
			return err
		}
	}
	if s.png == "" {
		return nil
	}
	size, err := imageShape(f, s.shape)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(s.png, func(w io.Writer) error { return picture.Grid(w, probs, n, size) }); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "wrote", s.png)
	return nil
}

// labels returns the label of each chain, or nil where they are free.
func (s *sampleFlags) labels(n *dbn.Network) ([]int, error) {
	switch {
	case s.label == "":
		return nil, nil
	case s.temperatures > 1:
		return nil, fmt.Errorf("%w: --label and --temperatures exclude each other", errUsage)
	case s.label == "all":
		var labels []int
		for y := range n.Classes() {
			labels = append(labels, slices.Repeat([]int{y}, s.n)...)
		}
		if labels == nil {
			return nil, dbn.ErrNoLabels
		}
		return labels, nil
	}
	y, err := strconv.Atoi(s.label)
	if err != nil {
		return nil, fmt.Errorf("%w: --label %q, expected a number or all", errUsage, s.label)
	}
	return slices.Repeat([]int{y}, s.n), nil
}

// describeSwaps says how often neighbouring temperatures swap.
func describeSwaps(rates []float64) string {
	return fmt.Sprintf("swaps accepted: %.2f on average, %.3f at the temperature where fewest are", stat.Mean(rates, nil), slices.Min(rates))
}

// writeBits writes a matrix as an NPY file of bytes 0 and 1.
func writeBits(path string, x *bitdbn.BitMatrix) error {
	bytes := make([]byte, x.Rows()*x.Cols())
	x.Bytes(bytes)
	err := atomicfile.Write(path, func(w io.Writer) error {
		if err := npy.WriteHeader(w, "|u1", x.Rows(), x.Cols()); err != nil {
			return err
		}
		_, err := w.Write(bytes)
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "wrote", path)
	return nil
}
