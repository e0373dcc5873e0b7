package bitdbn_test

import (
	"testing"

	"github.com/bitdbn/bitdbn"
)

// TestRowsAtOnce compares operations on rows by number with those on single rows.
func TestRowsAtOnce(t *testing.T) {
	rng := newRand(5)
	ws := newWorkspace(t, 3)
	d := bitdbn.NewStream(1, 2).At(3)
	for _, cols := range widths[1:] {
		const rows = 50
		src, grey := randomBits(rng, rows, cols, 0.5), make([]uint8, rows*cols)
		for i := range grey {
			grey[i] = uint8(rng.Uint32())
		}
		for _, n := range []int{0, 1, 7, 8, 9, 15, 16, 17, 60} {
			index := make([]int, n)
			for r := range index {
				index[r] = rng.IntN(rows)
			}
			copied, drawn, want := ones(n, cols), ones(n, cols), ones(n, cols)
			copied.CopyRows(ws, src, index)
			for r, i := range index {
				want.CopyRow(r, src, i)
			}
			if !copied.Equal(want) {
				t.Errorf("%d rows of %d columns: CopyRows copies other bits than CopyRow", n, cols)
			}
			drawn.DrawGreyRows(ws, grey, index, d)
			for r, i := range index {
				want.DrawGrey(r, grey[i*cols:][:cols], d)
			}
			if !drawn.Equal(want) {
				t.Errorf("%d rows of %d columns: DrawGreyRows draws other bits than DrawGrey", n, cols)
			}
		}
	}
}
