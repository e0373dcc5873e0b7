package bitdbn

import (
	"math/bits"

	"github.com/bitdbn/bitdbn/internal/kernels"
)

// centering holds the vectors by which the gradient of a step is centred. With
// offsets μ of the visible and λ of the hidden units, the mean correlations
// ⟨(v−μ)(h−λ)⟩ of data and model differ by
//
//	g_W = D − μ·Δh − Δv·λ,  Δv = ⟨v⟩data − ⟨v⟩model,  Δh alike,
//
// and the biases, which take up the offsets, move by
//
//	g_b = Δv − g_W·λ,  g_c = Δh − g_Wᵀ·μ.
//
// All vectors are padded to whole panels with zeros; without centering they
// are all zero.
type centering struct {
	on                      bool
	visible, hidden         []float32 // μ, λ
	visibleStep, hiddenStep []float32 // lr·Δv, lr·Δh
	b, c                    []float32 // lr·g_W·λ, lr·g_Wᵀ·μ
	tiles                   []kernels.Offsets
	vTiles                  int
}

func newCentering(vPad, hPad int) centering {
	f := kernels.Aligned[float32]
	c := centering{
		visible: f(vPad), hidden: f(hPad), visibleStep: f(vPad), hiddenStep: f(hPad), b: f(vPad), c: f(hPad),
		vTiles: vPad / kernels.Lanes,
	}
	for p := 0; p < hPad; p += kernels.Lanes {
		for i := 0; i < vPad; i += kernels.Lanes {
			c.tiles = append(c.tiles, kernels.Offsets{
				Visible: (*kernels.RowF)(c.visible[i:]), VisibleStep: (*kernels.RowF)(c.visibleStep[i:]),
				Hidden: (*kernels.RowF)(c.hidden[p:]), HiddenStep: (*kernels.RowF)(c.hiddenStep[p:]),
			})
		}
	}
	return c
}

// at returns the offsets of the tile of visible units i to i+63 and a panel of
// hidden units.
func (c *centering) at(panel, i int) *kernels.Offsets {
	return &c.tiles[panel*c.vTiles+i/kernels.Lanes]
}

// start sets the vectors for a step whose means are known.
func (c *centering) start(m *Master, ws *Workspace, u *Update) {
	if u.VisibleOffset == nil {
		if c.on {
			for _, v := range [][]float32{c.visible, c.hidden, c.visibleStep, c.hiddenStep, c.b, c.c} {
				clear(v)
			}
		}
		c.on = false
		return
	}
	c.on = true
	copy(c.visible, u.VisibleOffset)
	copy(c.hidden, u.HiddenOffset)
	for i := range m.visible {
		c.visibleStep[i] = u.LearningRate * (m.b.pos[i] - m.b.neg[i])
	}
	for j := range m.hidden {
		c.hiddenStep[j] = u.LearningRate * (m.c.pos[j] - m.c.neg[j])
	}
	c.biases(m, ws, u.LearningRate)
}

// biases sets b to lr·g_W·λ and c to lr·g_Wᵀ·μ without forming g_W: D·λ is a
// sum over rows of the row's bits times P·λ, and D·μ alike.
func (c *centering) biases(m *Master, ws *Workspace, lr float32) {
	hh, hd := dot(c.hidden, c.hidden), dot(c.hiddenStep, c.hidden)
	vv, vd := dot(c.visible, c.visible), dot(c.visibleStep, c.visible)
	for i := range m.visible {
		c.b[i] = -(float32(c.visible[i]*hd) + float32(c.visibleStep[i]*hh))
	}
	for j := range m.hidden {
		c.c[j] = -(float32(c.hiddenStep[j]*vv) + float32(vd*c.hidden[j]))
	}
	j := &ws.center
	j.c, j.g = c, &ws.gradient
	panels := kernels.Panels(m.hidden)
	for k, p := range j.g.phase {
		rate := lr / float32(p.X.rows)
		if k == 1 {
			rate = -rate
		}
		f := &j.rows[k]
		f.rate = rate
		f.visible, f.hidden = grow(f.visible, p.X.rows), grow(f.hidden, panels*p.X.rows)
	}
	j.run(ws, rowsTimesVisible, 2*rowParts)
	j.run(ws, panelsTimesHidden, panels)
	for k := range j.rows {
		j.rows[k].addParts(j.g.phase[k].X.rows)
	}
	j.run(ws, blocksTimesRows, c.vTiles)
}

// centerJob adds the phases to the biases of a centering, in stages of which
// each needs the one before.
type centerJob struct {
	stage centerStage
	c     *centering
	g     *gradientJob
	rows  [2]rowFactors
}

// rowFactors are what each row of a phase is multiplied by.
type rowFactors struct {
	rate    float32
	visible []float32 // rate·(x·μ)
	hidden  []float32 // rate·(P·λ): panels × rows of parts, of which the first becomes the sum
}

type centerStage int

const (
	rowsTimesVisible  centerStage = iota // a part of the rows of a phase a task
	panelsTimesHidden                    // a panel of hidden units a task
	blocksTimesRows                      // a tile's height of visible units a task
)

// rowParts is how many tasks share the rows of a phase.
const rowParts = 8

func (j *centerJob) run(ws *Workspace, stage centerStage, tasks int) {
	j.stage = stage
	ws.pool.Run(j, tasks)
}

// Do carries out one task of the stage.
func (j *centerJob) Do(task int, _ *kernels.Scratch) {
	switch j.stage {
	case rowsTimesVisible:
		k, part := task/rowParts, task%rowParts
		rows := j.g.phase[k].X.rows
		for r := part * rows / rowParts; r < (part+1)*rows/rowParts; r++ {
			j.rows[k].visible[r] = j.rows[k].rate * sumOver(j.g.phase[k].X.Row(r), j.c.visible)
		}
	case panelsTimesHidden:
		for k, p := range j.g.phase {
			f, n := &j.rows[k], p.X.rows
			at := task * kernels.Lanes
			f.timesHidden(f.hidden[task*n:][:n], p.H.panel(task), (*kernels.RowF)(j.c.hidden[at:]), (*kernels.RowF)(j.c.c[at:]))
		}
	case blocksTimesRows:
		out := (*kernels.RowF)(j.c.b[task*kernels.Lanes:])
		for k, p := range j.g.phase {
			for r, f := range j.rows[k].hidden[:p.X.rows] {
				for word := p.X.Row(r)[task]; word != 0; word &= word - 1 {
					out[bits.TrailingZeros64(word)] += f
				}
			}
		}
	}
}

// timesHidden adds the probabilities of a panel, each row times its visible
// factor, to out, and sets parts to each row's rate·(P·λ).
func (f *rowFactors) timesHidden(parts []float32, probs []int32, lambda, out *kernels.RowF) {
	for r := range parts {
		xv := f.visible[r]
		var a, b, c, d float32 // four sums, since an addition takes longer than the rest
		row := (*kernels.Row)(probs[r*kernels.Lanes:])
		for j := 0; j < kernels.Lanes; j += 4 {
			h0, h1, h2, h3 := probability(row[j]), probability(row[j+1]), probability(row[j+2]), probability(row[j+3])
			a += float32(h0 * lambda[j])
			b += float32(h1 * lambda[j+1])
			c += float32(h2 * lambda[j+2])
			d += float32(h3 * lambda[j+3])
			out[j] += float32(h0 * xv)
			out[j+1] += float32(h1 * xv)
			out[j+2] += float32(h2 * xv)
			out[j+3] += float32(h3 * xv)
		}
		parts[r] = f.rate * ((a + b) + (c + d))
	}
}

func probability(fixed int32) float32 { return float32(fixed) * (1.0 / FixedOne) }

// addParts sums the parts of each row into the first n.
func (f *rowFactors) addParts(n int) {
	for at := n; at < len(f.hidden); at += n {
		for r := range n {
			f.hidden[r] += f.hidden[at+r]
		}
	}
}

// sumOver returns the sum of values over the bits of a row that are set.
func sumOver(row []uint64, values []float32) float32 {
	var sum float32
	for w, word := range row {
		for ; word != 0; word &= word - 1 {
			sum += values[w*wordBits+bits.TrailingZeros64(word)]
		}
	}
	return sum
}

// dot returns Σ a_i·b_i, summed in order.
func dot(a, b []float32) float32 {
	var sum float32
	for i, v := range a {
		sum += float32(v * b[i])
	}
	return sum
}
