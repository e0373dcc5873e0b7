package kernels

// The kernels of this file turn sums of a panel into what a unit does with
// them. Each takes the sums of rows × Lanes units; scale turns a sum into the
// argument of Sigmoid2, so it is β·2^-s·log₂e for weights in units of 2^-s.

// activationsGo is
//
//	for i, t := range sums { dst[i] = float32(t) * scale }
func activationsGo(dst []float32, sums []int32, scale float32) {
	dst = dst[:len(sums)]
	for i, t := range sums {
		dst[i] = float32(t) * scale
	}
}

// probsGo is
//
//	for i, t := range sums { dst[i] = Sigmoid2(float32(t) * scale) }
func probsGo(dst []float32, sums []int32, scale float32) {
	dst = dst[:len(sums)]
	for i, t := range sums {
		dst[i] = Sigmoid2(float32(t) * scale)
	}
}

// fixedGo is
//
//	for i, t := range sums { dst[i] = fixed(Sigmoid2(float32(t) * scale)) }
//
// but for columns outside mask, which become 0. dst may be sums.
func fixedGo(dst, sums []int32, scale float32, mask uint64) {
	dst = dst[:len(sums)]
	for i, t := range sums {
		if mask>>(i%Lanes)&1 == 0 {
			dst[i] = 0
			continue
		}
		dst[i] = fixed(Sigmoid2(float32(t) * scale))
	}
}

// Draws addresses the random words of one panel: the word for row r of the
// sums and column j is the one for row Row+r and unit 64·Panel+j at Step.
type Draws struct {
	Key   *Key
	Step  uint64
	Row   uint32
	Panel uint32
}

// blocksPerPanel is the number of counters that one row of a panel takes.
const blocksPerPanel = Lanes / 4

// sampleGo draws every unit: bit j of dst[r*stride] is set iff
//
//	uniform(word) < p,  p = Sigmoid2(float32(sums[r*Lanes+j])*scale + offset[j])
//
// and bit j of mask is. If probs is not nil, it becomes what fixed makes of p;
// it may be sums itself.
func sampleGo(dst []uint64, stride int, probs, sums []int32, scale float32, offset *RowF, mask uint64, d Draws) {
	for r := range len(sums) / Lanes {
		t := (*row)(sums[r*Lanes:])
		var p [Lanes]float32
		for j := range t {
			p[j] = Sigmoid2(float32(float32(t[j])*scale) + offset[j])
		}
		dst[r*stride] = drawRow(&p, d, d.Row+uint32(r)) & mask
		if probs == nil {
			continue
		}
		out := (*row)(probs[r*Lanes:])
		for j := range out {
			out[j] = fixed(p[j]) & -int32(mask>>j&1)
		}
	}
}

// drawRow draws the 64 units of one row of a panel.
func drawRow(p *[Lanes]float32, d Draws, row uint32) uint64 {
	var word uint64
	for block := range blocksPerPanel {
		w := d.Key.Words(Counter(d.Step, row, d.Panel*blocksPerPanel+uint32(block)))
		for k, w := range w {
			if Fires(w, p[4*block+k]) {
				word |= 1 << (4*block + k)
			}
		}
	}
	return word
}

// binariseGo draws grey intensities: bit j of dst[0] is set iff
//
//	uniform(word) < float32(grey[j]) / 255
//
// for the up to 64 units of one panel in one row.
func binariseGo(dst []uint64, grey []uint8, d Draws) {
	var word uint64
	for block := 0; 4*block < len(grey); block++ {
		g := grey[4*block : min(4*block+4, len(grey))]
		if allZero(g) {
			continue
		}
		w := d.Key.Words(Counter(d.Step, d.Row, d.Panel*blocksPerPanel+uint32(block)))
		for k, v := range g {
			if Fires(w[k], float32(v)/255) {
				word |= 1 << (4*block + k)
			}
		}
	}
	dst[0] = word
}

// wordsGo writes the random words of a row, of units 64·Panel, 64·Panel+1, …, into
// dst, whole panels of them. No unit is beyond 2^32.
func wordsGo(dst []uint32, d Draws) {
	for i := 0; i < len(dst); i += 4 {
		w := d.Key.Words(Counter(d.Step, d.Row, d.Panel*blocksPerPanel+uint32(i/4)))
		copy(dst[i:], w[:])
	}
}

func allZero(g []uint8) bool {
	for _, v := range g {
		if v != 0 {
			return false
		}
	}
	return true
}
