package dataset

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
)

// TestBitRows packs rows of every width by single bits, bytes and runs of
// zeros, and compares with a slice.
func TestBitRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for cols := 1; cols < 530; cols += 1 + cols/40 {
		const rows = 5
		var b bitRows
		want := make([]uint8, 0, rows*cols)
		for range rows {
			for left := cols; left > 0; {
				n := 1 + rng.IntN(left)
				part := make([]byte, n)
				switch rng.IntN(3) {
				case 0:
					b.zeros(n)
				case 1:
					for i := range part {
						part[i] = uint8(rng.IntN(2))
						b.push(uint64(part[i]), 1)
					}
				default:
					for i := range part {
						part[i] = uint8(rng.IntN(2))
					}
					b.pack(part)
				}
				want = append(want, part...)
				left -= n
			}
			b.endRow()
		}
		set := &Set{Rows: rows, Cols: cols, Shape: []int{cols}, Bits: b.matrix(rows, cols)}
		checkSet(t, set)
		if !bytes.Equal(flat(set), want) {
			t.Errorf("%d columns differ", cols)
		}
		got := make([]uint8, rows*cols)
		for i, j := range b.ones(cols) {
			got[i*cols+j] = 1
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%d columns: ones differ", cols)
		}
		b.clear()
		for range b.ones(cols) {
			t.Fatal("a bit after clear")
		}
	}
}

func TestBitRowsChunks(t *testing.T) {
	var b bitRows
	b.zeros(64 * (chunkWords + 1))
	b.push(1, 1)
	b.endRow()
	cols := 64*(chunkWords+1) + 1
	if m := b.matrix(1, cols); m.Count() != 1 || !m.At(0, cols-1) {
		t.Error("the last bit is not there")
	}
	for i, j := range b.ones(cols) {
		if i != 0 || j != cols-1 {
			t.Errorf("a bit at %d, %d", i, j)
		}
	}
	n := 0
	for range b.all() {
		if n++; n == 3 {
			break
		}
	}
}

func TestPackedSize(t *testing.T) {
	for _, c := range []struct {
		rows, cols int
		want       int64
	}{{1, 1, 64}, {2, 512, 128}, {2, 513, 256}, {math.MaxInt, math.MaxInt, 1 << 52}, {0, 5, 0}} {
		if got := packedSize(c.rows, c.cols); got < c.want || c.rows < 1<<20 && got != c.want {
			t.Errorf("packedSize(%d, %d) = %d, want %d", c.rows, c.cols, got, c.want)
		}
	}
}

func TestLastFastest(t *testing.T) {
	shape := []int{2, 3, 4}
	for i := range 24 {
		x, y, z := i%2, i/2%3, i/6
		if got, want := lastFastest(i, shape), x*12+y*4+z; got != want {
			t.Errorf("lastFastest(%d) = %d, want %d", i, got, want)
		}
	}
}
