//go:build amd64 && !purego && !noasm

package kernels

// updateWith spells out Offsets and Rates for assembly.
func updateWith(f func(w, m *TileF, pos, neg, q *TileI, visible, hidden, visibleStep, hiddenStep *RowF, rates *[6]float32) uint32) func(w, m *TileF, pos, neg, q *TileI, o *Offsets, r *Rates) uint32 {
	return func(w, m *TileF, pos, neg, q *TileI, o *Offsets, r *Rates) uint32 {
		rates := [...]float32{r.Pos, r.Neg, r.Momentum, r.L2, r.L1, r.Quantum}
		return f(w, m, pos, neg, q, o.Visible, o.Hidden, o.VisibleStep, o.HiddenStep, &rates)
	}
}
