//go:build amd64 && !purego && !noasm

package kernels

// sampleWith, binariseWith and wordsWith spell out Draws for assembly.

func sampleWith(f func(dst []uint64, stride int, probs, sums []int32, scale float32, offset *RowF, mask uint64, key *[8][2]uint64, step uint64, row, panel uint32)) func([]uint64, int, []int32, []int32, float32, *RowF, uint64, Draws) {
	return func(dst []uint64, stride int, probs, sums []int32, scale float32, offset *RowF, mask uint64, d Draws) {
		f(dst, stride, probs, sums, scale, offset, mask, &d.Key.Round, d.Step, d.Row, d.Panel)
	}
}

func binariseWith(f func(dst []uint64, grey *[64]uint8, key *[8][2]uint64, step uint64, row, panel uint32)) func([]uint64, []uint8, Draws) {
	return func(dst []uint64, grey []uint8, d Draws) {
		if allZero(grey) {
			dst[0] = 0
			return
		}
		var whole [Lanes]uint8 // units beyond the last never fire
		copy(whole[:], grey)
		f(dst, &whole, &d.Key.Round, d.Step, d.Row, d.Panel)
	}
}

func wordsWith(f func(dst []uint32, key *[8][2]uint64, step uint64, row, panel uint32)) func([]uint32, Draws) {
	return func(dst []uint32, d Draws) { f(dst, &d.Key.Round, d.Step, d.Row, d.Panel) }
}
