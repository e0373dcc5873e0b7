package rbm

import (
	"errors"
	"fmt"

	"github.com/bitdbn/bitdbn"
)

// ErrData is wrapped by errors about data that cannot be trained on or
// evaluated.
var ErrData = errors.New("rbm: unusable data")

// Source yields rows of visible units.
type Source interface {
	// Rows returns the number of rows.
	Rows() int
	// Visible returns the number of units in a row.
	Visible() int
	// Means returns the mean of each unit over all rows.
	Means(ws *bitdbn.Workspace) []float64
	// Fill sets row r of dst to the row number index[r], for every row of dst.
	// Where a row is drawn, step chooses the draw: the same step gives the
	// same bits, another step fresh ones.
	Fill(ws *bitdbn.Workspace, dst *bitdbn.BitMatrix, index []int, step uint64)
}

// EvaluationStep is a step for draws that are always the same, apart from those
// of training.
const EvaluationStep = 1 << 63

// Bits is a source of binary rows.
type Bits struct {
	*bitdbn.BitMatrix
}

// Visible returns the number of units in a row.
func (b Bits) Visible() int { return b.Cols() }

// Means returns the mean of each unit over all rows.
func (b Bits) Means(*bitdbn.Workspace) []float64 {
	counts := make([]int, b.Cols())
	b.ColumnCounts(counts)
	means := make([]float64, len(counts))
	for i, n := range counts {
		means[i] = float64(n) / float64(b.Rows())
	}
	return means
}

// Fill copies rows.
func (b Bits) Fill(ws *bitdbn.Workspace, dst *bitdbn.BitMatrix, index []int, _ uint64) {
	dst.CopyRows(ws, b.BitMatrix, index)
}

// Grey is a source of rows of intensities k/255, drawn anew at each
// presentation: unit i is on with probability Pixels[row·Width+i]/255.
type Grey struct {
	Pixels []uint8 // row-major
	Width  int     // units in a row
	Draws  *bitdbn.Stream
}

// Rows returns the number of rows.
func (g Grey) Rows() int { return len(g.Pixels) / max(g.Width, 1) }

// Visible returns the number of units in a row.
func (g Grey) Visible() int { return g.Width }

// Means returns the mean intensity of each unit over all rows.
func (g Grey) Means(*bitdbn.Workspace) []float64 {
	sums := make([]int, g.Width)
	for i, v := range g.Pixels {
		sums[i%g.Width] += int(v)
	}
	means := make([]float64, g.Width)
	for i, n := range sums {
		means[i] = float64(n) / (255 * float64(g.Rows()))
	}
	return means
}

// Fill draws rows.
func (g Grey) Fill(ws *bitdbn.Workspace, dst *bitdbn.BitMatrix, index []int, step uint64) {
	dst.DrawGreyRows(ws, g.Pixels, index, g.Draws.At(step))
}

// Drawn returns all rows of src, each drawn once.
func Drawn(ws *bitdbn.Workspace, src Source, step uint64) Bits {
	m := bitdbn.NewBitMatrix(src.Rows(), src.Visible())
	index := make([]int, src.Rows())
	for i := range index {
		index[i] = i
	}
	src.Fill(ws, m, index, step)
	return Bits{m}
}

// checkSource returns an error unless src has rows of the given width.
func checkSource(src Source, visible int) error {
	if src.Rows() == 0 {
		return fmt.Errorf("%w: no rows", ErrData)
	}
	if src.Visible() != visible {
		return fmt.Errorf("%w: rows of %d units, expected %d", ErrData, src.Visible(), visible)
	}
	return nil
}
