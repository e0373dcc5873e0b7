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
	g.start(ws, nil, p)
	g.dst = dst
	ws.pool.Run(g, kernels.Panels(p.H.cols)*g.chunks.n)
	return nil
}

// transposed is the bits of a phase with rows and columns exchanged, and the same
// as products read them.
type transposed struct {
	BitMatrix
	sorted   sortedBits
	inBlocks []int32 // bits set, by blocks of rows and words
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
	update *Update
	rates  kernels.Rates
	tops   []uint32 // largest |w| by task
}

// start makes what the correlations of the phases need, and, unless m is nil, m's
// means.
func (g *gradientJob) start(ws *Workspace, m *Master, phases ...Phase) {
	visible, hidden := phases[0].X.cols, phases[0].H.cols
	blocks := kernels.Panels(visible)
	g.master = m
	g.chunks = cut(visible, ws.chunkRows(visible, kernels.Panels(hidden)))
	for i, p := range phases {
		g.phase[i] = p
		b := &g.bits[i]
		b.reshape(visible, p.X.rows)
		b.sorted.reshape(g.chunks, p.X.rows)
		b.inBlocks = grow(b.inBlocks, blocks*kernels.Panels(p.X.rows))
	}
	ws.prepare = prepareJob{g: g, phases: len(phases), blocks: blocks, tasks: blocks}
	if m != nil {
		ws.prepare.tasks += kernels.Panels(hidden)
	}
	ws.pool.Run(&ws.prepare, ws.prepare.tasks)
	for i := range phases {
		g.bits[i].count()
	}
}

// count adds up what blocks of rows have.
func (b *transposed) count() {
	s := &b.sorted
	for i, n := range b.inBlocks {
		block, w := i/s.words, i%s.words
		s.of(block * kernels.Lanes / s.chunks.height)[w].Bits += int(n)
	}
}

// reshape makes m a matrix of rows × cols whose contents, padding included,
// are still to be written.
func (m *BitMatrix) reshape(rows, cols int) {
	m.rows, m.cols, m.stride = rows, cols, strideFor(cols)
	m.words = grow(m.words, rows*m.stride)
}

// prepareJob makes what a gradient needs of its phases: of 64 visible units, or, for
// a master's means, of a panel of hidden ones, a task. The two kinds take turns, so
// that of either a worker has those that it made.
type prepareJob struct {
	g                     *gradientJob
	phases, blocks, tasks int
}

// Do transposes and sorts one block, or sums one panel up.
func (j *prepareJob) Do(task int, _ *kernels.Scratch) {
	m := j.g.master
	block := task * j.blocks / j.tasks // blocks that come before
	sum := block == (task+1)*j.blocks/j.tasks
	for k, p := range j.g.phase[:j.phases] {
		if sum {
			m.c.sumMeans(k, task-block, p.H)
			continue
		}
		j.g.bits[k].fill(p.X, block)
		if m != nil {
			m.b.countMeans(k, block, &j.g.bits[k].BitMatrix)
		}
	}
}

// fill transposes one block of columns of x into b, and sorts what come out as rows.
func (b *transposed) fill(x *BitMatrix, block int) {
	x.transposeColumns(&b.BitMatrix, block)
	s := &b.sorted
	lo, hi := block*kernels.Lanes, min((block+1)*kernels.Lanes, b.rows)
	chunk := lo / s.chunks.height
	first, _ := s.chunks.bounds(chunk)
	for w, of := range s.of(chunk) {
		n := kernels.Best().SortRows(of.Rows[lo-first:hi-first], b.words[lo*b.stride+w:hi*b.stride], b.stride, lo-first)
		b.inBlocks[block*s.words+w] = int32(n)
	}
}

// Do makes one panel of one chunk; behind the last, it moves the master's biases.
func (g *gradientJob) Do(task int, s *kernels.Scratch) {
	if g.master != nil && task == len(g.tops) {
		g.master.stepBiases(g.update)
		return
	}
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
	kernels.Best().Product(sums[:(hi-lo)*kernels.Lanes], &g.zero, g.bits[i].sorted.of(chunk), g.phase[i].H.panel(panel), next, s)
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
