package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/internal/atomicfile"
	"github.com/bitdbn/bitdbn/internal/picture"
	"github.com/bitdbn/bitdbn/rbm"
	"github.com/spf13/pflag"
)

// stepsARound is how many Gibbs steps the top machine makes between two passes
// down and up when rows are completed.
const stepsARound = 5

// runComplete completes rows of data.
func (s *sampleFlags) runComplete(ws *bitdbn.Workspace, f *dbn.File) error {
	visible := f.Network.Units()[0]
	mask, err := parseUnits(s.keep, visible)
	if err != nil {
		return fmt.Errorf("%w: --keep: %w", errUsage, err)
	}
	var data dataFlags
	data.register(pflag.NewFlagSet("complete", pflag.ContinueOnError)) // which sets the defaults
	data.name = s.complete
	data.follow(f.Info)
	set, err := data.load()
	if err != nil {
		return err
	}
	if err := checkWidth(set, visible); err != nil {
		return err
	}
	n := min(s.n, set.Rows)
	drawn := rbm.Drawn(ws, source(ws, set, 1), rbm.EvaluationStep)
	values := drawn.Slice(0, n)
	chains, err := dbn.NewSampler(f.Network, n, s.seed)
	if err != nil {
		return err
	}
	kept := bitdbn.NewBitMatrix(n, visible)
	for r := range n {
		for k, m := range mask.Row(0) {
			kept.Row(r)[k] = values.Row(r)[k] & m
		}
	}
	probs := make([]float32, n*visible)
	x := chains.Complete(ws, mask, kept, max(s.steps/stepsARound, 1), stepsARound, probs)
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
	tiles := make([]float32, 0, 3*n*visible)
	row := make([]float32, n*visible)
	for r := range n {
		for _, m := range []*bitdbn.BitMatrix{&values, kept} {
			m.Floats(row)
			tiles = append(tiles, row[r*visible:][:visible]...)
		}
		tiles = append(tiles, probs[r*visible:][:visible]...)
	}
	columns := 3 * int(math.Ceil(math.Sqrt(float64(n)/3)))
	err = atomicfile.Write(s.png, func(w io.Writer) error { return picture.Table(w, tiles, 3*n, columns, size) })
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "wrote", s.png)
	return nil
}

// parseUnits reads ranges of units, such as 0-391,500, into a row of bits.
func parseUnits(text string, n int) (*bitdbn.BitMatrix, error) {
	mask := bitdbn.NewBitMatrix(1, n)
	for _, part := range strings.Split(text, ",") {
		from, to, ranged := strings.Cut(part, "-")
		if !ranged {
			to = from
		}
		lo, err := strconv.Atoi(from)
		if err != nil {
			return nil, fmt.Errorf("%q is not a range of units", part)
		}
		hi, err := strconv.Atoi(to)
		if err != nil || lo > hi || hi >= n {
			return nil, fmt.Errorf("%q is not a range of the units 0 to %d", part, n-1)
		}
		for i := lo; i <= hi; i++ {
			mask.Set(0, i, true)
		}
	}
	return mask, nil
}
