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
	for k, p := range ws.gradient.phase {
		rate := lr / float32(p.X.rows)
		if k == 1 {
			rate = -rate
		}
		c.addPhase(p, rate)
	}
}

func (c *centering) addPhase(p Phase, rate float32) {
	for r := range p.X.rows {
		var xv float32
		for w, word := range p.X.Row(r) {
			for ; word != 0; word &= word - 1 {
				xv += c.visible[w*wordBits+bits.TrailingZeros64(word)]
			}
		}
		xv = float32(xv * rate)
		var ph float32
		for panel := range kernels.Panels(p.H.cols) {
			probs := (*[kernels.Lanes]int32)(p.H.panel(panel)[r*kernels.Lanes:])
			lambda, out := (*kernels.RowF)(c.hidden[panel*kernels.Lanes:]), (*kernels.RowF)(c.c[panel*kernels.Lanes:])
			for j, q := range probs {
				h := float32(q) * (1.0 / FixedOne)
				ph += float32(h * lambda[j])
				out[j] += float32(h * xv)
			}
		}
		ph = float32(ph * rate)
		for w, word := range p.X.Row(r) {
			for ; word != 0; word &= word - 1 {
				c.b[w*wordBits+bits.TrailingZeros64(word)] += ph
			}
		}
	}
}

// dot returns Σ a_i·b_i, summed in order.
func dot(a, b []float32) float32 {
	var sum float32
	for i, v := range a {
		sum += float32(v * b[i])
	}
	return sum
}
