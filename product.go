package bitdbn

import (
	"fmt"

	"github.com/bitdbn/bitdbn/internal/kernels"
)

// Activations writes the input of each unit, bias_j + Σ_i x_i·w_ij, into dst,
// row-major x.Rows × Out: the exact sum of the fixed-point weights, rounded
// once to float32.
func (w *Weights) Activations(ws *Workspace, dst []float32, x *BitMatrix) {
	checkLen("Activations", len(dst), x.rows, w.out)
	w.checkIn("Activations", x)
	w.run(ws, x, productJob{mode: activations, floats: dst, scale: pow2(-w.exponent)})
}

// Probs writes the probability that each unit is on, 1/(1+e^-z) of its input
// z, into dst, row-major x.Rows × Out. It is within 2^-22 of that function of
// the fixed-point input.
func (w *Weights) Probs(ws *Workspace, dst []float32, x *BitMatrix) {
	checkLen("Probs", len(dst), x.rows, w.out)
	w.checkIn("Probs", x)
	w.run(ws, x, productJob{mode: probs, floats: dst, scale: w.scale()})
}

// Fixed writes the probability that each unit is on into dst, x.Rows × Out.
func (w *Weights) Fixed(ws *Workspace, dst *FixedMatrix, x *BitMatrix) {
	w.checkIn("Fixed", x)
	w.checkOut("Fixed", dst.rows, dst.cols, x)
	w.run(ws, x, productJob{mode: fixedPoint, fixed: dst, scale: w.scale()})
}

// Sample draws each unit, on with the probability that Probs gives, into dst,
// x.Rows × Out, and, unless p is nil, writes the probabilities into p. dst and
// x do not share storage.
func (w *Weights) Sample(ws *Workspace, dst *BitMatrix, p *FixedMatrix, x *BitMatrix, d Draws) {
	w.checkSample("Sample", dst, x, d)
	if p != nil {
		w.checkOut("Sample", p.rows, p.cols, x)
	}
	w.run(ws, x, productJob{mode: sample, bits: dst, fixed: p, draws: d, scale: w.scale(), offset: w.offset(ws, nil)})
}

// Softplus writes Σ_j log(1+e^z) over the inputs z of the units, the part of
// the negative free energy that the driven units contribute, into dst, one
// number for each row of x. Sums are exact; each unit is within 2^-22.
func (w *Weights) Softplus(ws *Workspace, dst []float64, x *BitMatrix) {
	checkLen("Softplus", len(dst), x.rows, 1)
	w.checkIn("Softplus", x)
	ws.after.clear(kernels.Panels(w.out) * x.rows)
	w.run(ws, x, productJob{mode: softplus, scale: w.scale(), after: ws.after})
	for r := range dst {
		dst[r] = w.softplusOf(&ws.after, r, x.rows, 1)
	}
}

// softplusSums are the sums that kernels make of softplus, in two parts, for
// panels × rows.
type softplusSums struct {
	linear, curved []int64
}

// clear makes s n zeros.
func (s *softplusSums) clear(n int) {
	s.linear, s.curved = grow(s.linear, n), grow(s.curved, n)
	clear(s.linear)
	clear(s.curved)
}

// softplusOf returns the real number of row r of rows, at an inverse
// temperature.
func (w *Weights) softplusOf(s *softplusSums, r, rows int, beta float32) float64 {
	var linear, curved int64
	for i := r; i < len(s.linear); i += rows {
		linear += s.linear[i]
		curved += s.curved[i]
	}
	return w.softplusValue(linear, curved, beta)
}

// Temper changes the inputs of units: an input z becomes Beta·z + Offset_j, as
// at a point of a path between two machines, or at another temperature.
type Temper struct {
	Beta   float32
	Offset []float32 // of the driven units; nil: none
}

// SampleTempered is [Weights.Sample] for inputs that t has changed, without
// probabilities. It panics if the offset does not fit.
func (w *Weights) SampleTempered(ws *Workspace, dst *BitMatrix, x *BitMatrix, d Draws, t Temper) {
	w.checkSample("SampleTempered", dst, x, d)
	w.run(ws, x, productJob{mode: sample, bits: dst, draws: d, scale: t.Beta * w.scale(), offset: w.offset(ws, t.Offset)})
}

// Anneal goes from one inverse temperature to the next: for each row of x it
// adds
//
//	Σ_j log(1+e^(to·z_j)) − log(1+e^(from·z_j))
//
// over the inputs z of the units to work, by which the logarithm of the row's
// unnormalised probability grows, and then draws each unit at to into dst,
// x.Rows × Out. Both come from one product. dst and x do not share storage.
func (w *Weights) Anneal(ws *Workspace, dst *BitMatrix, work []float64, x *BitMatrix, d Draws, from, to float32) {
	w.checkSample("Anneal", dst, x, d)
	checkLen("Anneal", len(work), x.rows, 1)
	n := kernels.Panels(w.out) * x.rows
	ws.before.clear(n)
	ws.after.clear(n)
	w.run(ws, x, productJob{mode: anneal, bits: dst, draws: d, scale: to * w.scale(), from: from * w.scale(),
		before: ws.before, after: ws.after, offset: w.offset(ws, nil)})
	for r := range work {
		work[r] += w.softplusOf(&ws.after, r, x.rows, to) - w.softplusOf(&ws.before, r, x.rows, from)
	}
}

func (w *Weights) checkSample(what string, dst, x *BitMatrix, d Draws) {
	w.checkIn(what, x)
	w.checkOut(what, dst.rows, dst.cols, x)
	dst.checkApart(what, x)
	d.check(what)
}

// offset returns v as arguments of Sigmoid2, padded to whole panels.
func (w *Weights) offset(ws *Workspace, v []float32) []float32 {
	ws.offset = grow(ws.offset, len(w.bias))
	clear(ws.offset)
	if v != nil {
		checkLen("Temper.Offset", len(v), w.out, 1)
		for j, x := range v {
			ws.offset[j] = x * kernels.Log2E
		}
	}
	return ws.offset
}

func (w *Weights) checkIn(what string, x *BitMatrix) {
	if x.cols != w.in {
		panic(fmt.Sprintf("bitdbn: %s: bits with %d columns for weights of %d inputs", what, x.cols, w.in))
	}
}

func (w *Weights) checkOut(what string, rows, cols int, x *BitMatrix) {
	if rows != x.rows || cols != w.out {
		panic(fmt.Sprintf("bitdbn: %s: %d × %d matrix for %d rows × %d units", what, rows, cols, x.rows, w.out))
	}
}

// mode is what a product does with its sums.
type mode int

const (
	activations mode = iota
	probs
	fixedPoint
	sample
	softplus
	anneal
)

// productJob is the product of bits and weights. Each task makes the sums of
// one panel for one chunk of rows, and turns them into units while they are
// still in the cache.
type productJob struct {
	mode   mode
	w      *Weights
	x      *BitMatrix
	chunks chunks
	sorted *sortedBits // x
	scale  float32
	from   float32 // the scale before
	draws  Draws

	floats        []float32
	fixed         *FixedMatrix
	bits          *BitMatrix
	offset        []float32 // of drawn units, padded
	before, after softplusSums
}

func (w *Weights) run(ws *Workspace, x *BitMatrix, job productJob) {
	panels := kernels.Panels(w.out)
	job.w, job.x, job.sorted = w, x, &ws.sorted
	job.chunks = cut(x.rows, ws.chunkRows(x.rows, panels))
	ws.product = job
	sorts := ws.sortBits(job.sorted, x, job.chunks)
	if job.forRing(ws.Workers()) {
		ws.pool.RunBoth(&ws.sort, sorts, &ws.ring, ws.ring.start(ws))
	} else {
		ws.pool.RunBoth(&ws.sort, sorts, &ws.product, panels*job.chunks.n)
	}
	if job.mode == sample && w.group > 0 {
		ws.group.run(ws)
	}
}

// Do makes one panel of one chunk.
func (j *productJob) Do(task int, s *kernels.Scratch) {
	panel, chunk := task/j.chunks.n, task%j.chunks.n
	lo, hi := j.chunks.bounds(chunk)
	sums := s.Pos[:(hi-lo)*kernels.Lanes]
	if j.fixed != nil { // what the sums become can take their place
		sums = j.fixed.panel(panel)[lo*kernels.Lanes : hi*kernels.Lanes]
	}
	ops := kernels.Best()
	j.panelSums(ops, sums, panel, chunk, s)
	j.finish(ops, sums, panel, lo, s)
}

// panelSums writes the inputs of the units of a panel, for a chunk of rows, into
// sums.
func (j *productJob) panelSums(ops *kernels.Ops, sums []int32, panel, chunk int, s *kernels.Scratch) {
	w, blocks, start := j.w, j.sorted.of(chunk), j.w.biases(panel)
	if w.turned {
		w.addBlocks(ops, sums, start, panel, 0, blocks, nil, s)
		return
	}
	var next *kernels.TileI
	if panel+1 < kernels.Panels(w.out) {
		next = w.stored(panel+1, 0)
	}
	ops.Product(sums, start, blocks, w.panel(panel), next, s)
}

// biases returns the biases of a panel, from which its sums start.
func (w *Weights) biases(panel int) *kernels.Row {
	return (*kernels.Row)(w.bias[panel*kernels.Lanes:])
}

// addBlocks adds what the blocks first, first+1, … of inputs contribute to sums, or,
// unless start is nil, to start. It is for weights that are turned. soon are sums that
// the caller will add to next and another worker has in its cache.
func (w *Weights) addBlocks(ops *kernels.Ops, sums []int32, start *kernels.Row, panel, first int, blocks []kernels.Block, soon []int32, s *kernels.Scratch) {
	for i := range blocks {
		if blocks[i].Bits == 0 && start == nil {
			continue
		}
		block := first + i
		next := w.stored((panel+1)%kernels.Panels(w.out), first)
		if i+1 < len(blocks) {
			next = w.stored(panel, block+1)
		}
		ops.Turn(s.Tile, w.stored(panel, block), part(soon, i, len(blocks)))
		ops.Product(sums, start, blocks[i:][:1], s.Tile[:], next, s)
		start = nil // the next block adds to these sums
	}
}

// part returns the i-th of n equal parts of s.
func part(s []int32, i, n int) []int32 { return s[i*len(s)/n : (i+1)*len(s)/n] }

// finish turns the sums of a panel, from row lo on, into units.
func (j *productJob) finish(ops *kernels.Ops, sums []int32, panel, lo int, s *kernels.Scratch) {
	mask := kernels.Mask(j.w.out, panel)
	rows := len(sums) / kernels.Lanes
	switch j.mode {
	case activations:
		ops.Activations(s.Float, sums, j.scale)
		j.scatter(s.Float, panel, lo, rows)
	case probs:
		ops.Probs(s.Float, sums, j.scale)
		j.scatter(s.Float, panel, lo, rows)
	case fixedPoint:
		ops.Fixed(sums, sums, j.scale, mask)
	case sample:
		var p []int32
		if j.fixed != nil {
			p = sums
		}
		j.draw(ops, p, sums, panel, lo)
	case softplus:
		j.softplus(ops, &j.after, sums, j.scale, panel, lo)
	case anneal:
		j.softplus(ops, &j.before, sums, j.from, panel, lo)
		j.softplus(ops, &j.after, sums, j.scale, panel, lo)
		j.draw(ops, nil, sums, panel, lo)
	}
}

func (j *productJob) draw(ops *kernels.Ops, p, sums []int32, panel, lo int) {
	ops.Sample(j.bits.words[lo*j.bits.stride+panel:], j.bits.stride, p, sums, j.scale,
		(*kernels.RowF)(j.offset[panel*kernels.Lanes:]), kernels.Mask(j.w.out, panel), j.draws.panel(lo, panel))
}

func (j *productJob) softplus(ops *kernels.Ops, s *softplusSums, sums []int32, scale float32, panel, lo int) {
	at, rows := panel*j.x.rows+lo, len(sums)/kernels.Lanes
	ops.Softplus(s.linear[at:][:rows], s.curved[at:][:rows], sums, scale, kernels.Mask(j.w.out, panel))
}

// scatter copies rows of a panel of floats to their place in j.floats.
func (j *productJob) scatter(panelFloats []float32, panel, lo, rows int) {
	first := panel * kernels.Lanes
	n := min(kernels.Lanes, j.w.out-first)
	for r := range rows {
		copy(j.floats[(lo+r)*j.w.out+first:][:n], panelFloats[r*kernels.Lanes:])
	}
}

// softplusValue returns the real number of a pair of softplus sums, at an
// inverse temperature.
func (w *Weights) softplusValue(linear, curved int64, beta float32) float64 {
	return float64(float64(linear)*float64(pow2(-w.exponent))*float64(beta)) + float64(curved)/kernels.SoftplusOne
}
