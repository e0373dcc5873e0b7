package bitdbn

import (
	"errors"
	"fmt"
	"math"

	"github.com/bitdbn/bitdbn/internal/kernels"
)

// ErrDiverged is wrapped by the error of a step that brought a weight or bias
// beyond the limit, or to an infinity or NaN.
var ErrDiverged = errors.New("bitdbn: training diverged")

// Params are the parameters of a layer of V visible and H hidden units, or
// their momenta: W row-major V × H, B of the visible and C of the hidden units.
type Params struct {
	W, B, C []float32
}

// NewParams returns zeros for a layer of visible × hidden units.
func NewParams(visible, hidden int) Params {
	return Params{
		W: make([]float32, visible*hidden),
		B: make([]float32, visible),
		C: make([]float32, hidden),
	}
}

// Update says how a step moves the parameters along a gradient that is a mean
// over rows.
type Update struct {
	LearningRate float32
	Momentum     float32 // part of the last change that is repeated
	L2           float32 // cost of half the squared weights; biases are free
	L1           float32 // cost of the weights' magnitudes; biases are free

	// VisibleOffset and HiddenOffset, of V and H elements, are the offsets of
	// the centred gradient (Melchior, Fischer and Wiskott, "How to center deep
	// Boltzmann machines", JMLR 17, 2016). Both nil: not centred.
	VisibleOffset, HiddenOffset []float32

	// VisiblePull and HiddenPull, of V and H elements or nil, are added to the
	// gradients of the biases.
	VisiblePull, HiddenPull []float32

	// Limit is the magnitude beyond which a parameter counts as diverged; 0
	// or +Inf mean that only infinities and NaN do.
	Limit float32
}

// Master holds the float32 master weights and biases of one layer of V visible
// and H hidden units, their momenta, and packed copies for both directions,
// which every step rewrites.
//
// The packed copies carry one exponent from step to step. It is chosen with a
// factor of two to spare; the step whose weights use that up chooses a new one.
type Master struct {
	visible, hidden int
	vPad, hPad      int
	w, m            []float32 // panels of hidden units, vPad rows each
	b, c            vector
	up, down        *Weights
	center          centering
}

// vector holds the biases of one side, their momenta and the means of the
// units over the rows of either phase; all padded to whole panels.
type vector struct {
	value, momentum []float32
	pos, neg        []float32
	sums            []int32
}

func newVector(n int) vector {
	n = kernels.PadLanes(n)
	return vector{
		value: kernels.Aligned[float32](n), momentum: kernels.Aligned[float32](n),
		pos: kernels.Aligned[float32](n), neg: kernels.Aligned[float32](n),
		sums: kernels.Aligned[int32](n),
	}
}

// NewMaster returns the master weights of a layer, all zero. It panics if a
// dimension is not positive.
func NewMaster(visible, hidden int) *Master {
	m := &Master{
		visible: visible, hidden: hidden,
		vPad: kernels.PadLanes(visible), hPad: kernels.PadLanes(hidden),
		up: NewWeights(visible, hidden),
		b:  newVector(visible), c: newVector(hidden),
	}
	m.w = kernels.Aligned[float32](m.vPad * m.hPad)
	m.m = kernels.Aligned[float32](m.vPad * m.hPad)
	m.center = newCentering(m.vPad, m.hPad)
	m.up.exponent = m.roomyExponent(0, 0)
	m.down = m.up.turnedAround()
	return m
}

// Up returns the packed weights from visible to hidden units. They are m's
// own: every step changes them.
func (m *Master) Up() *Weights { return m.up }

// Down returns the packed weights from hidden to visible units. They are m's
// own: every step changes them.
func (m *Master) Down() *Weights { return m.down }

// VisibleBiases returns the visible biases. They are m's own: every step changes
// them.
func (m *Master) VisibleBiases() []float32 { return m.b.value[:m.visible] }

// HiddenBiases returns the hidden biases. They are m's own: every step changes
// them.
func (m *Master) HiddenBiases() []float32 { return m.c.value[:m.hidden] }

// Exponent returns the exponent of the packed copies, which is part of the
// state of a training that is to be resumed with the same bits.
func (m *Master) Exponent() int { return m.up.exponent }

// Load sets the parameters and their momenta, and the exponent of the packed
// copies: that of [Master.Exponent] when p was stored, or [AutoExponent]. The
// error wraps [ErrWeights] and leaves m as it was: a value is not finite, or
// the exponent is not one for weights of this size.
func (m *Master) Load(ws *Workspace, p, momentum Params, exponent int) error {
	m.checkShape("Load", p)
	m.checkShape("Load", momentum)
	top, err := p.largest("")
	if err != nil {
		return err
	}
	if _, err := momentum.largest("momentum of "); err != nil {
		return err
	}
	if exponent == AutoExponent {
		exponent = m.roomyExponent(top.weight, top.bias)
	} else if most := m.exponentFor(top.weight, top.bias); exponent < minExponent || exponent > most {
		return fmt.Errorf("%w: exponent %d, expected %d to %d for weights of up to %v and biases of up to %v",
			ErrWeights, exponent, minExponent, most, top.weight, top.bias)
	}
	m.eachRow(func(i, j int, tile []float32) { copy(tile, p.W[i*m.hidden+j:(i+1)*m.hidden]) }, m.w)
	m.eachRow(func(i, j int, tile []float32) { copy(tile, momentum.W[i*m.hidden+j:(i+1)*m.hidden]) }, m.m)
	copy(m.b.value, p.B)
	copy(m.c.value, p.C)
	copy(m.b.momentum, momentum.B)
	copy(m.c.momentum, momentum.C)
	m.quantise(ws, exponent)
	return nil
}

// magnitudes are the largest of a layer's parameters.
type magnitudes struct{ weight, bias float32 }

// largest returns the magnitudes of p, or an error that names the first
// value that is not finite.
func (p Params) largest(what string) (magnitudes, error) {
	w, err := maxAbs(what+"weight", p.W)
	if err != nil {
		return magnitudes{}, err
	}
	b, err := maxAbs(what+"visible bias", p.B)
	if err != nil {
		return magnitudes{}, err
	}
	c, err := maxAbs(what+"hidden bias", p.C)
	return magnitudes{w, max(b, c)}, err
}

func (m *Master) checkShape(what string, p Params) {
	checkLen(what, len(p.W), m.visible, m.hidden)
	checkLen(what, len(p.B), m.visible, 1)
	checkLen(what, len(p.C), m.hidden, 1)
}

// AutoExponent asks [Master.Load] to choose the exponent.
const AutoExponent = math.MinInt

// Store copies the parameters and their momenta out. Either may be the zero
// Params, which is left alone. It panics if a length does not fit.
func (m *Master) Store(p, momentum Params) {
	if p.W != nil {
		m.checkShape("Store", p)
		m.eachRow(func(i, j int, tile []float32) { copy(p.W[i*m.hidden+j:(i+1)*m.hidden], tile) }, m.w)
		copy(p.B, m.b.value)
		copy(p.C, m.c.value)
	}
	if momentum.W != nil {
		m.checkShape("Store", momentum)
		m.eachRow(func(i, j int, tile []float32) { copy(momentum.W[i*m.hidden+j:(i+1)*m.hidden], tile) }, m.m)
		copy(momentum.B, m.b.momentum)
		copy(momentum.C, m.c.momentum)
	}
}

// eachRow calls f for the part of each visible unit's row that lies in each
// panel: row i, from hidden unit j on.
func (m *Master) eachRow(f func(i, j int, tile []float32), panels []float32) {
	for p := range kernels.Panels(m.hidden) {
		first := p * kernels.Lanes
		n := min(kernels.Lanes, m.hidden-first)
		for i := range m.visible {
			f(i, first, panels[(p*m.vPad+i)*kernels.Lanes:][:n])
		}
	}
}

// Means returns the means of the visible units and of the hidden probabilities
// over the rows of the last step's data phase. They are m's own, and change
// with the next step.
func (m *Master) Means() (visible, hidden []float32) {
	return m.b.pos[:m.visible], m.c.pos[:m.hidden]
}

// Step moves the parameters along the difference of the mean correlations of
// the data phase pos and the model phase neg, and rewrites the packed copies.
// Elementwise, each operation rounded once to float32, with D an exact sum:
//
//	g = D_pos·(lr/(rows_pos·65536)) − D_neg·(lr/(rows_neg·65536))
//	m = momentum·m + g − lr·L2·W − lr·L1·sign(W)
//	W = W + m
//
// A bias moves along g = lr·(mean_pos − mean_neg + pull), without the costs. With
// offsets, the gradients of the weights and biases are the centred ones.
//
// It allocates nothing once ws has seen phases of that size. It panics if a
// length does not fit. The error wraps [ErrRows], and m is as it was; or
// [ErrDiverged], and the parameters are of no more use.
func (m *Master) Step(ws *Workspace, pos, neg Phase, u *Update) error {
	for _, p := range [2]Phase{pos, neg} {
		if err := p.check("Step", m.visible, m.hidden); err != nil {
			return err
		}
	}
	u.check(m)
	g := &ws.gradient
	g.start(ws, m, pos, neg)
	m.center.start(m, ws, u)

	lr := u.LearningRate
	g.rates = kernels.Rates{
		Pos:      lr / (float32(pos.X.rows) * FixedOne),
		Neg:      lr / (float32(neg.X.rows) * FixedOne),
		Momentum: u.Momentum,
		L2:       lr * u.L2,
		L1:       lr * u.L1,
		Quantum:  pow2(m.Exponent()),
	}
	g.update = u
	g.tops = grow(g.tops, kernels.Panels(m.hidden)*g.chunks.n)
	ws.pool.Run(g, len(g.tops)+1) // and the biases
	g.update = nil
	return m.settle(ws, maxBits(g.tops), u.Limit)
}

// check panics if the vectors of u do not fit m.
func (u *Update) check(m *Master) {
	if (u.VisibleOffset != nil) != (u.HiddenOffset != nil) {
		panic("bitdbn: Step: Update has offsets for one side only")
	}
	if u.VisibleOffset != nil {
		checkLen("Step: Update.VisibleOffset", len(u.VisibleOffset), m.visible, 1)
		checkLen("Step: Update.HiddenOffset", len(u.HiddenOffset), m.hidden, 1)
	}
	if u.VisiblePull != nil {
		checkLen("Step: Update.VisiblePull", len(u.VisiblePull), m.visible, 1)
	}
	if u.HiddenPull != nil {
		checkLen("Step: Update.HiddenPull", len(u.HiddenPull), m.hidden, 1)
	}
}

// update moves the weights of the tiles of a panel that hold visible units lo
// to hi-1, and returns the largest magnitude.
func (m *Master) update(pos, neg []int32, panel, lo, hi int, r *kernels.Rates) uint32 {
	ops := kernels.Best()
	var top uint32
	for i := lo; i < hi; i += kernels.Lanes {
		at := (panel*m.vPad + i) * kernels.Lanes
		top = max(top, ops.Update(
			(*kernels.TileF)(m.w[at:]), (*kernels.TileF)(m.m[at:]),
			(*kernels.TileI)(pos[(i-lo)*kernels.Lanes:]), (*kernels.TileI)(neg[(i-lo)*kernels.Lanes:]),
			m.copies(panel, i), m.center.at(panel, i), r))
	}
	return top
}

// copies returns the packed copies of the tile of visible units i to i+63 and
// a panel of hidden units.
func (m *Master) copies(panel, i int) *kernels.TileI {
	return (*kernels.TileI)(m.up.q[(panel*m.vPad+i)*kernels.Lanes:])
}

func maxBits(tops []uint32) uint32 {
	var top uint32
	for _, t := range tops {
		top = max(top, t)
	}
	return top
}

// countMeans sets the means of the visible units of a block in phase k, whose bits,
// transposed, are x.
func (v *vector) countMeans(k, block int, x *BitMatrix) {
	lo := block * kernels.Lanes
	n := min(kernels.Lanes, x.rows-lo)
	kernels.Best().RowCounts(v.sums[lo:][:n], x.words[lo*x.stride:], x.stride, kernels.Panels(x.cols))
	v.setMeans(k, lo, float32(x.cols))
}

// sumMeans sets the means of the hidden units of a panel in phase k, whose
// probabilities are p.
func (v *vector) sumMeans(k, panel int, p *FixedMatrix) {
	sums := (*kernels.Row)(v.sums[panel*kernels.Lanes:])
	clear(sums[:])
	kernels.Best().ColumnSums(sums, p.panel(panel)[:p.rows*kernels.Lanes])
	v.setMeans(k, panel*kernels.Lanes, float32(p.rows)*FixedOne)
}

// setMeans sets the means of phase k of 64 units, from lo on, to their sums
// divided by d.
func (v *vector) setMeans(k, lo int, d float32) {
	means := v.pos
	if k == 1 {
		means = v.neg
	}
	for i, n := range v.sums[lo:][:kernels.Lanes] {
		means[lo+i] = float32(n) / d
	}
}

// stepBiases moves the biases, and packs them.
func (m *Master) stepBiases(u *Update) {
	m.b.move(m.visible, u.VisiblePull, m.center.b, u)
	m.c.move(m.hidden, u.HiddenPull, m.center.c, u)
	m.packBiases()
}

// move moves the first n biases along their gradient, less what centering takes
// off it.
func (v *vector) move(n int, pull, centering []float32, u *Update) {
	for i := range n {
		d := v.pos[i] - v.neg[i]
		if pull != nil {
			d += pull[i]
		}
		g := float32(u.LearningRate*d) - centering[i]
		v.momentum[i] = float32(u.Momentum*v.momentum[i]) + g
		v.value[i] += v.momentum[i]
	}
}

// settle checks what a step left, and packs all anew that has outgrown the exponent.
func (m *Master) settle(ws *Workspace, topBits uint32, limit float32) error {
	top, bias := math.Float32frombits(topBits), m.topBias()
	if limit == 0 || limit > math.MaxFloat32 {
		limit = math.MaxFloat32
	}
	if !(top <= limit && bias <= limit) {
		return fmt.Errorf("%w: largest weight %v, largest bias %v, limit %v", ErrDiverged, top, bias, limit)
	}
	if m.Exponent() > m.exponentFor(top, bias) {
		m.quantise(ws, m.roomyExponent(top, bias))
	}
	return nil
}

// topBias returns the largest magnitude of a bias; NaN if one is NaN.
func (m *Master) topBias() float32 {
	var top uint32
	for _, v := range [2][]float32{m.b.value, m.c.value} {
		for _, b := range v {
			top = max(top, math.Float32bits(b)&^(1<<31))
		}
	}
	return math.Float32frombits(top)
}

// exponentFor returns the largest safe exponent for both directions.
func (m *Master) exponentFor(top, bias float32) int {
	return safeExponent(max(m.visible, m.hidden), top, bias)
}

// roomyExponent leaves the weights a factor of two to grow.
func (m *Master) roomyExponent(top, bias float32) int {
	return max(m.exponentFor(top, bias)-1, minExponent)
}

// quantise rewrites the packed copies with another exponent.
func (m *Master) quantise(ws *Workspace, exponent int) {
	m.up.exponent = exponent
	ws.quantise = quantiseJob{master: m, quantum: pow2(exponent)}
	ws.pool.Run(&ws.quantise, kernels.Panels(m.hidden)*kernels.Panels(m.visible))
	m.packBiases()
}

func (m *Master) packBiases() {
	m.up.packBias(m.c.value[:m.hidden])
	m.down.packBias(m.b.value[:m.visible])
}

// quantiseJob rewrites the packed copies, one tile a task.
type quantiseJob struct {
	master  *Master
	quantum float32
}

// Do rewrites the copies of one tile.
func (j *quantiseJob) Do(task int, _ *kernels.Scratch) {
	m := j.master
	panel, i := task/kernels.Panels(m.visible), task%kernels.Panels(m.visible)*kernels.Lanes
	kernels.Best().Quantise(m.copies(panel, i), (*kernels.TileF)(m.w[(panel*m.vPad+i)*kernels.Lanes:]), j.quantum)
}
