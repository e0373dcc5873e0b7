package kernels

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestTransposeGo(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, rows := range []int{0, 1, 2, 31, 63, 64} {
		for _, cols := range []int{0, 1, 33, 64} {
			src, dst := make([]uint64, 64*3), make([]uint64, 64*2)
			for i := range src {
				src[i] = rng.Uint64()
			}
			for i := range dst {
				dst[i] = ^uint64(0)
			}
			transposeGo(dst, 2, src, 3, rows, cols)
			for j := range 64 {
				for i := range 64 {
					want := uint64(1) // untouched
					if j < cols {
						want = 0
						if i < rows {
							want = src[i*3] >> j & 1
						}
					}
					if got := dst[j*2] >> i & 1; got != want {
						t.Fatalf("rows %d, cols %d: bit (%d, %d) is %d, expected %d", rows, cols, j, i, got, want)
					}
				}
			}
		}
	}
}

func TestCounts(t *testing.T) {
	x := []uint64{1, 3, 7, 0, ^uint64(0), 8}
	var rows [2]int32
	rowCountsGo(rows[:], x, 3, 2)
	if want := [2]int32{3, 64}; rows != want {
		t.Errorf("row counts %v, expected %v", rows, want)
	}
	if got := hammingGo([]uint64{1, 7}, []uint64{2, 7}); got != 2 {
		t.Errorf("Hamming distance %d, expected 2", got)
	}
}

// TestSortRows sorts rows with 1, 64, 0, 2 and 1 bits.
func TestSortRows(t *testing.T) {
	x := []uint64{8, 9, ^uint64(0), 9, 0, 9, 3, 9, 16, 9}
	rows := make([]RowBits, 5)
	if total := sortRowsGo(rows, x, 2, 100); total != 68 {
		t.Errorf("%d bits, expected 68", total)
	}
	if want := []RowBits{{0, 102}, {8, 100}, {16, 104}, {3, 103}, {^uint64(0), 101}}; !slices.Equal(rows, want) {
		t.Errorf("rows %v, expected %v", rows, want)
	}
}

// TestUpdateGo compares with the documented sequence on a few extreme values.
func TestUpdateGo(t *testing.T) {
	var w, m, old TileF
	var pos, neg, q TileI
	rng := rand.New(rand.NewPCG(7, 8))
	for i := range w {
		w[i], m[i] = rng.Float32()-0.5, rng.Float32()-0.5
		pos[i], neg[i] = rng.Int32N(1<<24), rng.Int32N(1<<24)
	}
	w[5], m[5], pos[5], neg[5] = 0, 0, 0, 0
	old = w
	oldM := m
	var zero RowF
	o := Offsets{&zero, &zero, &zero, &zero}
	r := Rates{Pos: 1e-7, Neg: 2e-7, Momentum: 0.5, L2: 0.001, L1: 0.002, Quantum: 1 << 20}
	top := updateGo(&w, &m, &pos, &neg, &q, &o, &r)
	var want uint32
	for i := range w {
		g := float32(float32(pos[i])*r.Pos) - float32(float32(neg[i])*r.Neg)
		v := float32(r.Momentum*oldM[i]) + g
		v -= float32(r.L2 * old[i])
		switch {
		case old[i] > 0:
			v -= r.L1
		case old[i] < 0:
			v += r.L1
		}
		if m[i] != v || w[i] != old[i]+v {
			t.Fatalf("weight %d: %v with momentum %v, expected %v with %v", i, w[i], m[i], old[i]+v, v)
		}
		if q[i] != Round(w[i]*r.Quantum) {
			t.Fatalf("weight %d: copy %d, expected %d", i, q[i], Round(w[i]*r.Quantum))
		}
		want = max(want, uint32(int32(abs(w[i])*(1<<20))))
	}
	if w[5] != 0 {
		t.Errorf("a weight without a gradient became %v", w[5])
	}
	if got := uint32(Round(math.Float32frombits(top) * (1 << 20))); got < want || got > want+1 {
		t.Errorf("largest magnitude %v", math.Float32frombits(top))
	}
}
