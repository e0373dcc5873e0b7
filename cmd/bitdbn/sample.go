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
	complete, keep                  string
	frames                          int
	n, steps, threads, temperatures int
	seed                            uint64
}

func newSample() *cobra.Command {
	s := new(sampleFlags)
	c := &cobra.Command{
		Use:   "sample -m m.safetensors -n 100 --png s.png",
		Short: "Generate rows from a model",
		Long: `Sample runs a Gibbs chain for each row in the top machine, then makes one pass down.
Chains start at the persistent chains of the training, if the model has some, and
so in many modes; else with all visible units of the top machine off. With --temperatures each chain runs
at several temperatures, which swap states (parallel tempering), so that it
comes from mode to mode; if few swaps are accepted, give more temperatures. The
picture shows probabilities; --out gets drawn bits.

--label holds the label of a model that has labels. --complete takes the first -n
rows of data, keeps the units that --keep names, and fills in the others; the
picture then shows of each the whole row, what was kept, and what was made of it.
--frames shows each chain over time, a row of the picture a chain.`,
		Example: `  bitdbn sample -m m.safetensors -n 100 --steps 1000 --png s.png
  bitdbn sample -m m.safetensors -n 100 --steps 1000 --temperatures 50 --png s.png
  bitdbn sample -m m.safetensors --label all -n 10 --png digits.png
  bitdbn sample -m m.safetensors --complete mnist:test --keep 0-391 -n 30 --png lower.png
  bitdbn sample -m m.safetensors -n 10 --frames 20 --steps 1000 --png time.png`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			f, err := loadModel(s.model)
			if err != nil {
				return err
			}
			if s.png == "" && s.out == "" {
				return fmt.Errorf("%w: --png or --out is missing", errUsage)
			}
			if err := s.check(); err != nil {
				return err
			}
			ws, err := bitdbn.NewWorkspace(s.threads)
			if err != nil {
				return err
			}
			defer ws.Close()
			if s.complete != "" {
				return s.runComplete(ws, f)
			}
			return s.run(ws, f)
		},
	}
	modelFlag(c, &s.model)
	c.Flags().IntVarP(&s.n, "number", "n", 100, "rows to generate")
	c.Flags().IntVar(&s.steps, "steps", 1000, "Gibbs steps of each chain")
	c.Flags().IntVar(&s.temperatures, "temperatures", 1, "inverse temperatures of each chain, at equal distances from 1 to 0")
	c.Flags().StringVar(&s.label, "label", "", "label to hold all chains at, or all for -n chains of each, of a model with labels")
	c.Flags().StringVar(&s.complete, "complete", "", "data whose rows are to be completed")
	c.Flags().StringVar(&s.keep, "keep", "", "units of those rows to keep, from 0: ranges such as 0-391,500")
	c.Flags().IntVar(&s.frames, "frames", 1, "pictures of each chain over time")
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
	startAt(chains.Top.V, f.Chains())
	if labels != nil {
		if err := chains.ClampLabels(labels); err != nil {
			return fmt.Errorf("%s: --label %s: %w", s.model, s.label, err)
		}
	}
	probs, x, err := s.frame(ws, chains, n)
	if err != nil {
		return err
	}
	if s.out != "" {
		if err := writeBits(s.out, x); err != nil {
			return err
		}
	}
	return s.picture(f, probs, n*s.frames)
}

// startAt sets the rows of v to those of chains, spread evenly, if there are any.
func startAt(v, chains *bitdbn.BitMatrix) {
	if chains == nil {
		return
	}
	for r := range v.Rows() {
		v.CopyRow(r, chains, r*max(chains.Rows()/v.Rows(), 1)%chains.Rows())
	}
}

// check returns an error for flags that do not go together.
func (s *sampleFlags) check() error {
	switch {
	case s.n < 1, s.steps < 1, s.temperatures < 1, s.frames < 1:
		return fmt.Errorf("%w: -n %d, --steps %d, --temperatures %d, --frames %d, expected 1 or more", errUsage, s.n, s.steps, s.temperatures, s.frames)
	case s.temperatures > 1 && (s.label != "" || s.frames > 1 || s.complete != ""):
		return fmt.Errorf("%w: --temperatures excludes --label, --frames and --complete", errUsage)
	case s.frames > 1 && s.steps%s.frames != 0:
		return fmt.Errorf("%w: --steps %d is not a multiple of --frames %d", errUsage, s.steps, s.frames)
	case (s.complete != "") != (s.keep != ""):
		return fmt.Errorf("%w: --complete and --keep need each other", errUsage)
	case s.complete != "" && (s.label != "" || s.frames > 1):
		return fmt.Errorf("%w: --complete excludes --label and --frames", errUsage)
	}
	return nil
}

// frame runs the chains, and returns the probabilities of all frames, those of a
// chain one after another, and the bits of the last.
func (s *sampleFlags) frame(ws *bitdbn.Workspace, chains *dbn.Sampler, n int) ([]float32, *bitdbn.BitMatrix, error) {
	if s.temperatures > 1 {
		rates, err := chains.Temper(ws, s.steps, rbm.TemperingOptions{Betas: rbm.FallingBetas(s.temperatures), Seed: s.seed})
		if err != nil {
			return nil, nil, err
		}
		fmt.Fprintln(os.Stderr, describeSwaps(rates))
		if w := fewSwaps(rates); w != "" {
			fmt.Fprintln(os.Stderr, "warning:", w)
		}
		probs := make([]float32, n*chains.Visible())
		return probs, chains.Down(ws, probs), nil
	}
	visible := chains.Visible()
	all, one := make([]float32, n*s.frames*visible), make([]float32, n*visible)
	var x *bitdbn.BitMatrix
	for k := range s.frames {
		chains.Run(ws, s.steps/s.frames)
		x = chains.Down(ws, one)
		for r := range n {
			copy(all[(r*s.frames+k)*visible:][:visible], one[r*visible:])
		}
	}
	return all, x, nil
}

// picture writes n tiles, the frames of a chain in a row, if a picture is asked
// for.
func (s *sampleFlags) picture(f *dbn.File, probs []float32, n int) error {
	if s.png == "" {
		return nil
	}
	size, err := imageShape(f, s.shape)
	if err != nil {
		return err
	}
	err = atomicfile.Write(s.png, func(w io.Writer) error {
		if s.frames > 1 {
			return picture.Table(w, probs, n, s.frames, size)
		}
		return picture.Grid(w, probs, n, size)
	})
	if err != nil {
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
