package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dataset"
	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/internal/atomicfile"
	"github.com/bitdbn/bitdbn/internal/npy"
	"github.com/bitdbn/bitdbn/rbm"
	"github.com/spf13/cobra"
)

// scoreFlags are the options of the score command.
type scoreFlags struct {
	data          dataFlags
	likelihood    likelihoodFlags
	model, out    string
	pseudo        bool
	rows, threads int
}

func newScore() *cobra.Command {
	s := new(scoreFlags)
	c := &cobra.Command{
		Use:   "score -m m.safetensors --data D --out scores.csv",
		Short: "Write the log-probability of each row",
		Long: `Score writes what eval gives means of, for each row of data, in nats. The columns
of a model with one layer are

  log_prob            log p(x), of a model with labels summed over them
  log_prob_xy         log p(x,y) of rows x with labels y
  log_prob_y_given_x  log p(y|x)

and of a deeper one, with --draws of the hidden layers for each row,

  bound               the variational bound on log p(x)
  weighted_bound      the importance-weighted bound, which is tighter
  bound_xy            the bound on log p(x,y)
  weighted_bound_xy   the importance-weighted bound on log p(x,y)
  log_prob_y_given_x  log p(y|x), by importance weights

where those with y need labels in the model and the data. With --pseudo-likelihood
there is one more, pseudo_likelihood, the exact one of the first layer; with
--likelihood none there is no other. Log Z of the top machine, which all but
log_prob_y_given_x contain, is exact or estimated as in eval.

A file that ends in .npy gets float64 rows × columns; any other CSV with a
header.`,
		Example: "  bitdbn score -m m.safetensors --data mnist:test --out scores.csv",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return s.run(c.Context()) },
	}
	modelFlag(c, &s.model)
	s.data.register(c.Flags())
	s.likelihood.register(c.Flags())
	c.Flags().StringVar(&s.out, "out", "", "CSV or NPY file to write")
	c.Flags().BoolVar(&s.pseudo, "pseudo-likelihood", false, "write the pseudo-likelihood too")
	c.Flags().IntVar(&s.rows, "rows", 0, "rows to look at, at most, from the first on (default all)")
	c.Flags().IntVar(&s.threads, "threads", 0, "worker threads (default one a processor)")
	return c
}

func (s *scoreFlags) run(ctx context.Context) error {
	if s.out == "" {
		return fmt.Errorf("%w: --out is missing", errUsage)
	}
	if s.rows < 0 {
		return fmt.Errorf("%w: --rows %d, expected 0 or more", errUsage, s.rows)
	}
	f, err := s.likelihood.load(s.model)
	if err != nil {
		return err
	}
	method, err := s.likelihood.resolve(f.Network)
	if err != nil {
		return err
	}
	if method == "none" && !s.pseudo {
		return fmt.Errorf("%w: --likelihood none leaves nothing to write without --pseudo-likelihood", errUsage)
	}
	all, err := s.data.loadFor(f)
	if err != nil {
		return err
	}
	ws, err := bitdbn.NewWorkspace(s.threads)
	if err != nil {
		return err
	}
	defer ws.Close()
	t, err := s.table(ctx, ws, f.Network, method, all)
	if err != nil {
		return err
	}
	write := t.writeCSV
	if strings.HasSuffix(s.out, ".npy") {
		write = t.writeNPY
	}
	if err := atomicfile.Write(s.out, write); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "wrote %s: %s, columns %s\n", s.out, describeRows(t.rows(), all.Rows), strings.Join(t.names, ", "))
	return nil
}

// table makes the columns for the rows of a set.
func (s *scoreFlags) table(ctx context.Context, ws *bitdbn.Workspace, n *dbn.Network, method string, all *dataset.Set) (*scoreTable, error) {
	src, err := sourceFor(ws, n, firstRows(all, s.rows))
	if err != nil {
		return nil, err
	}
	t := new(scoreTable)
	if method != "none" {
		base, err := sourceFor(ws, n, all)
		if err != nil {
			return nil, err
		}
		if err := s.addLikelihood(ctx, ws, n, method, base, src, t); err != nil {
			return nil, err
		}
	}
	if s.pseudo {
		if !canPseudo(n, src) {
			return nil, fmt.Errorf("%w: --pseudo-likelihood: the first layer has labels, %s has none", rbm.ErrData, all.Name)
		}
		values, err := n.PseudoLikelihood(ctx, ws, src, src.Rows())
		if err != nil {
			return nil, err
		}
		t.add("pseudo_likelihood", values)
	}
	return t, nil
}

// addLikelihood adds the columns that need log Z.
func (s *scoreFlags) addLikelihood(ctx context.Context, ws *bitdbn.Workspace, n *dbn.Network, method string, base, src rbm.Source, t *scoreTable) error {
	show := newProgress(false)
	z, err := s.likelihood.logZ(ctx, ws, n, method, base, show)
	if err != nil {
		return err
	}
	var rows []dbn.RowBound
	err = n.RowBounds(ctx, ws, src, s.likelihood.bound(n, z.LogZ, src.Rows(), show), func(batch []dbn.RowBound) error {
		rows = append(rows, batch...)
		return nil
	})
	if errors.Is(err, dbn.ErrOptions) {
		return fmt.Errorf("%w: --draws: %w", errUsage, err)
	}
	if err != nil {
		return err
	}
	_, labels := src.(dbn.Labelled)
	for _, c := range scoreColumns(len(n.Layers), labels) {
		values := make([]float64, len(rows))
		for r := range rows {
			values[r] = c.of(&rows[r])
		}
		t.add(c.name, values)
	}
	if z.Doubt != "" {
		show.printf("warning: log Z %.2f should not be trusted: %s", z.LogZ, z.Doubt)
	}
	return nil
}

// scoreColumn is what is written of each row under a name.
type scoreColumn struct {
	name string
	of   func(*dbn.RowBound) float64
}

// scoreColumns returns the columns of a network of so many layers, for rows with
// labels or without.
func scoreColumns(layers int, labels bool) []scoreColumn {
	var (
		bound         = func(r *dbn.RowBound) float64 { return r.Bound }
		weighted      = func(r *dbn.RowBound) float64 { return r.Weighted }
		joint         = func(r *dbn.RowBound) float64 { return r.Joint.Bound }
		jointWeighted = func(r *dbn.RowBound) float64 { return r.Joint.Weighted }
		conditional   = scoreColumn{"log_prob_y_given_x", func(r *dbn.RowBound) float64 { return r.Joint.Conditional }}
	)
	columns := []scoreColumn{{"bound", bound}, {"weighted_bound", weighted}}
	withLabels := []scoreColumn{{"bound_xy", joint}, {"weighted_bound_xy", jointWeighted}, conditional}
	if layers == 1 {
		columns = []scoreColumn{{"log_prob", bound}}
		withLabels = []scoreColumn{{"log_prob_xy", joint}, conditional}
	}
	if labels {
		columns = append(columns, withLabels...)
	}
	return columns
}

// scoreTable holds named columns, each with a number for every row.
type scoreTable struct {
	names   []string
	columns [][]float64
}

func (t *scoreTable) add(name string, values []float64) {
	t.names, t.columns = append(t.names, name), append(t.columns, values)
}

func (t *scoreTable) rows() int { return len(t.columns[0]) }

// writeCSV writes a header and a line for each row, with all digits.
func (t *scoreTable) writeCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write(t.names); err != nil {
		return err
	}
	line := make([]string, len(t.columns))
	for r := range t.rows() {
		for c, values := range t.columns {
			line[c] = strconv.FormatFloat(values[r], 'g', -1, 64)
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// writeNPY writes float64 rows × columns.
func (t *scoreTable) writeNPY(w io.Writer) error {
	out := bufio.NewWriter(w)
	if err := npy.WriteHeader(out, "<f8", t.rows(), len(t.columns)); err != nil {
		return err
	}
	for r := range t.rows() {
		for _, values := range t.columns {
			if err := binary.Write(out, binary.LittleEndian, values[r]); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}
