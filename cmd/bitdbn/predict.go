package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/internal/atomicfile"
	"github.com/bitdbn/bitdbn/internal/npy"
	"github.com/bitdbn/bitdbn/mlp"
	"github.com/bitdbn/bitdbn/rbm"
	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/floats"
)

// predictFlags are the options of the predict command.
type predictFlags struct {
	data           dataFlags
	model, out     string
	draws, threads int
	seed           uint64
}

func newPredict() *cobra.Command {
	p := new(predictFlags)
	c := &cobra.Command{
		Use:   "predict -m m.safetensors --data D --out p.csv",
		Short: "Predict the labels of data",
		Long: `Predict writes the most probable label of each row, and the probability of each
label, by a stack with labels or a network of finetune backprop. A file that ends in .npy gets the probabilities alone, float32 rows ×
labels; any other the columns label, p0, p1, … as CSV. Probabilities of a stack
are exact given a draw of the hidden layers, and a mean over --draws of them.`,
		Example: "  bitdbn predict -m m.safetensors --data mnist:test --out p.csv",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return p.run(c.Context()) },
	}
	modelFlag(c, &p.model)
	p.data.register(c.Flags())
	c.Flags().StringVar(&p.out, "out", "", "CSV or NPY file to write")
	c.Flags().IntVar(&p.draws, "draws", 10, "draws of the hidden layers for each row")
	c.Flags().Uint64Var(&p.seed, "seed", 1, "seed of the draws")
	c.Flags().IntVar(&p.threads, "threads", 0, "worker threads (default one a processor)")
	return c
}

// predictor is a model of either kind: a stack with labels, or a feed-forward
// network.
type predictor struct {
	info    map[string]string
	visible int
	classes int
	predict func(ctx context.Context, ws *bitdbn.Workspace, src rbm.Source, row func(probs []float64) error) error
}

// loadPredictor reads the file of -m.
func loadPredictor(path string, draws int, seed uint64) (*predictor, error) {
	if path != "" && mlp.Is(path) {
		f, err := mlp.Load(path)
		if err != nil {
			return nil, err
		}
		n := f.Network
		return &predictor{f.Info, n.Units()[0], n.Classes(), func(ctx context.Context, ws *bitdbn.Workspace, src rbm.Source, row func([]float64) error) error {
			return eachRow(ctx, ws, n, mlp.RowsOf(ws, src), row)
		}}, nil
	}
	f, err := loadModel(path)
	if err != nil {
		return nil, err
	}
	n := f.Network
	return &predictor{f.Info, n.Units()[0], n.Classes(), func(ctx context.Context, ws *bitdbn.Workspace, src rbm.Source, row func([]float64) error) error {
		return n.Predict(ctx, ws, src, draws, seed, func(probs []float64) error {
			for ; len(probs) > 0; probs = probs[n.Classes():] {
				if err := row(probs[:n.Classes()]); err != nil {
					return err
				}
			}
			return nil
		})
	}}, nil
}

// eachRow calls row with the probabilities of the classes of each row.
func eachRow(ctx context.Context, ws *bitdbn.Workspace, n *mlp.Network, rows mlp.Rows, row func(probs []float64) error) error {
	one := make([]float64, n.Classes())
	return n.Predict(ctx, ws, rows, func(probs []float32) error {
		for ; len(probs) > 0; probs = probs[len(one):] {
			for y := range one {
				one[y] = float64(probs[y])
			}
			if err := row(one); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *predictFlags) run(ctx context.Context) error {
	if p.out == "" {
		return fmt.Errorf("%w: --out is missing", errUsage)
	}
	if p.draws < 1 {
		return fmt.Errorf("%w: --draws %d, expected 1 or more", errUsage, p.draws)
	}
	m, err := loadPredictor(p.model, p.draws, p.seed)
	if err != nil {
		return err
	}
	p.data.follow(m.info)
	set, err := p.data.load()
	if err != nil {
		return err
	}
	if err := checkWidth(set, m.visible); err != nil {
		return err
	}
	ws, err := bitdbn.NewWorkspace(p.threads)
	if err != nil {
		return err
	}
	defer ws.Close()
	write := writeCSV
	if strings.HasSuffix(p.out, ".npy") {
		write = writeNPY
	}
	err = atomicfile.Write(p.out, func(w io.Writer) error {
		b := bufio.NewWriter(w)
		row, err := write(b, set.Rows, m.classes)
		if err != nil {
			return err
		}
		if err := m.predict(ctx, ws, source(ws, set, 1), row); err != nil {
			return fmt.Errorf("%s: %w", p.model, err)
		}
		return b.Flush()
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "wrote %s: %d rows\n", p.out, set.Rows)
	return nil
}

// writeCSV writes the header of a CSV file, and returns what writes a row.
func writeCSV(w io.Writer, _, classes int) (func(probs []float64) error, error) {
	header := []string{"label"}
	for y := range classes {
		header = append(header, "p"+strconv.Itoa(y))
	}
	_, err := fmt.Fprintln(w, strings.Join(header, ","))
	return func(probs []float64) error {
		line := []string{strconv.Itoa(floats.MaxIdx(probs))}
		for _, p := range probs {
			line = append(line, strconv.FormatFloat(p, 'g', 6, 64))
		}
		_, err := fmt.Fprintln(w, strings.Join(line, ","))
		return err
	}, err
}

// writeNPY writes the header of an NPY file, and returns what writes a row.
func writeNPY(w io.Writer, rows, classes int) (func(probs []float64) error, error) {
	return func(probs []float64) error {
		for _, p := range probs {
			if err := binary.Write(w, binary.LittleEndian, float32(p)); err != nil {
				return err
			}
		}
		return nil
	}, npy.WriteHeader(w, "<f4", rows, classes)
}
