package bitdbn

import (
	"errors"
	"fmt"

	"github.com/bitdbn/bitdbn/internal/kernels"
)

// MaxRows is the largest number of rows that one gradient sums: beyond it a
// sum of 16-bit probabilities could overflow an int32.
const MaxRows = 16384

// ErrRows is wrapped by errors about batches that are empty or have more than
// [MaxRows] rows.
var ErrRows = errors.New("bitdbn: number of rows out of range")

// Phase holds the states whose correlations one half of a gradient sums: the
// bits X of rows × V visible units, and the probabilities H of rows × H hidden
// units.
type Phase struct {
	X *BitMatrix
	H *FixedMatrix
}

func (p Phase) check(what string, visible, hidden int) error {
	if p.X.cols != visible || p.H.cols != hidden || p.X.rows != p.H.rows {
		panic(fmt.Sprintf("bitdbn: %s: phase of %d × %d bits and %d × %d probabilities for %d × %d units",
			what, p.X.rows, p.X.cols, p.H.rows, p.H.cols, visible, hidden))
	}
	if p.X.rows < 1 || p.X.rows > MaxRows {
		return fmt.Errorf("%w: %d, expected 1 to %d", ErrRows, p.X.rows, MaxRows)
	}
	return nil
}

// Correlations writes Σ_r x_ri·P_rj, the sums over the rows of a phase, in
// units of 1/65536, into dst, row-major V × H. It is the gradient of a trainer
// that keeps its own weights: the difference of two such sums, each divided by
// its rows, is the contrastive divergence. The sums are exact. The error wraps
// [ErrRows].
func (p Phase) Correlations(ws *Workspace, dst []int32) error {
	checkLen("Correlations", len(dst), p.X.cols, p.H.cols)
	if err := p.check("Correlations", p.X.cols, p.H.cols); err != nil {
		return err
	}
	g := &ws.gradient
	g.start(ws, kernels.Panels(p.H.cols), p)
	g.dst, g.master = dst, nil
	ws.pool.Run(g, kernels.Panels(p.H.cols)*g.chunks.n)
	return nil
}

// transposed is the bits of a phase with rows and columns exchanged, and the
// number of bits set in its blocks.
type transposed struct {
	BitMatrix
	counts []int32
}

// gradientJob makes the correlations of one panel of hidden units and one chunk
// of visible units, of one or two phases, and hands them on while they are in
// the cache: to dst, or to the update of a master's tiles.
type gradientJob struct {
	chunks chunks // of visible units
	phase  [2]Phase
	bits   [2]transposed
	zero   kernels.Row // what sums start from

	dst    []int32
	master *Master
	rates  kernels.Rates
	tops   []uint32 // largest |w| by task
}

// start transposes the bits of the phases.
func (g *gradientJob) start(ws *Workspace, panels int, phases ...Phase) {
	visible := phases[0].X.cols
	g.chunks = cut(visible, ws.chunkRows(visible, panels))
	blocks := kernels.Panels(visible)
	t := &ws.transpose
	t.blocks = blocks
	for i, p := range phases {
		g.phase[i] = p
		g.bits[i].reshape(visible, p.X.rows)
		t.src[i], t.dst[i] = p.X, &g.bits[i].BitMatrix
	}
	ws.pool.Run(t, blocks*len(phases))
	for i, p := range phases {
		b := &g.bits[i]
		b.counts = ws.countWords(b.counts, &b.BitMatrix, g.chunks, kernels.Panels(p.X.rows))
	}
}

// reshape makes m a matrix of rows × cols whose contents, padding included,
// are still to be written.
func (m *BitMatrix) reshape(rows, cols int) {
	m.rows, m.cols, m.stride = rows, cols, strideFor(cols)
	m.words = grow(m.words, rows*m.stride)
}

// transposeJob transposes up to two matrices, one block of columns a task.
type transposeJob struct {
	blocks   int
	src, dst [2]*BitMatrix
}

// Do transposes one block of columns.
func (t *transposeJob) Do(task int, _ *kernels.Scratch) {
	i := task / t.blocks
	t.src[i].transposeColumns(t.dst[i], task%t.blocks)
}

// Do makes one panel of one chunk.
func (g *gradientJob) Do(task int, s *kernels.Scratch) {
	panel, chunk := task/g.chunks.n, task%g.chunks.n
	lo, hi := g.chunks.bounds(chunk)
	if g.master == nil {
		g.correlate(0, s.Pos, panel, chunk, nil, s)
		g.scatter(s.Pos, panel, lo, hi)
		return
	}
	g.correlate(0, s.Pos, panel, chunk, (*kernels.TileI)(g.phase[1].H.panel(panel)), s)
	g.correlate(1, s.Neg, panel, chunk, nil, s)
	g.tops[task] = g.master.update(s.Pos, s.Neg, panel, lo, hi, &g.rates)
}

// correlate writes the sums of phase i into sums, padded to whole tiles.
func (g *gradientJob) correlate(i int, sums []int32, panel, chunk int, next *kernels.TileI, s *kernels.Scratch) {
	lo, hi := g.chunks.bounds(chunk)
	clear(sums[(hi-lo)*kernels.Lanes : kernels.PadLanes(hi-lo)*kernels.Lanes])
	b := &g.bits[i]
	words := len(b.counts) / g.chunks.n
	kernels.Best().Product(sums[:(hi-lo)*kernels.Lanes], &g.zero, b.words[lo*b.stride:hi*b.stride], b.stride,
		b.counts[chunk*words:][:words], g.phase[i].H.panel(panel), next, s)
}

// scatter copies a panel of sums for visible units lo to hi-1 into dst.
func (g *gradientJob) scatter(sums []int32, panel, lo, hi int) {
	hidden := g.phase[0].H.cols
	first := panel * kernels.Lanes
	n := min(kernels.Lanes, hidden-first)
	for i := lo; i < hi; i++ {
		copy(g.dst[i*hidden+first:][:n], sums[(i-lo)*kernels.Lanes:])
	}
}
