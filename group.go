package bitdbn

import "github.com/bitdbn/bitdbn/internal/kernels"

// groupJob draws the softmax group of the product that a workspace has just
// made, anew: the units of a group depend on each other, and those of a product
// are drawn panel by panel. Each task makes the sums of the panels of the group
// for one chunk of rows.
type groupJob struct {
	product *productJob
	first   int       // unit of the group
	inputs  []float32 // rows × group, as arguments of Sigmoid2
}

func (g *groupJob) run(ws *Workspace) {
	j := &ws.product
	g.product, g.first = j, j.w.out-j.w.group
	g.inputs = grow(g.inputs, j.x.rows*j.w.group)
	ws.pool.Run(g, j.chunks.n)
}

// Do draws the group for the rows of one chunk.
func (g *groupJob) Do(chunk int, s *kernels.Scratch) {
	j, n := g.product, g.product.w.group
	lo, hi := j.chunks.bounds(chunk)
	sums := s.Pos[:(hi-lo)*kernels.Lanes]
	for panel := g.first / kernels.Lanes; panel < kernels.Panels(j.w.out); panel++ {
		j.panelSums(kernels.Best(), sums, panel, chunk, s)
		start := panel * kernels.Lanes
		for unit := max(g.first, start); unit < min(start+kernels.Lanes, j.w.out); unit++ {
			for r := range hi - lo {
				g.inputs[(lo+r)*n+unit-g.first] = float32(float32(sums[r*kernels.Lanes+unit-start])*j.scale) + j.offset[unit]
			}
		}
	}
	for r := lo; r < hi; r++ {
		// The words of two units of the group, whose own draws are of no use.
		d := j.draws
		word := d.stream.Uint64(d.step, d.row+uint32(r), uint32(g.first+1)/2)
		one := kernels.DrawOne(g.inputs[r*n:][:n], word)
		for k := range n {
			j.bits.Set(r, g.first+k, k == one)
		}
	}
}
