package bitdbn_test

import (
	"fmt"
	"math"
	"slices"
	"sync/atomic"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"github.com/bitdbn/bitdbn"
)

func randomFloats(rows, cols int, seed uint64) bitdbn.Floats {
	return bitdbn.Floats{Rows: rows, Cols: cols, Data: normals(newRand(seed), rows*cols, 1)}
}

func transpose(f bitdbn.Floats) bitdbn.Floats {
	t := bitdbn.NewFloats(f.Cols, f.Rows)
	f.TransposeTo(t)
	return t
}

// TestMulAdd compares products with sums in the order that is promised, at every
// level and with several numbers of workers, and with gonum's.
func TestMulAdd(t *testing.T) {
	start := bitdbn.Level()
	defer bitdbn.SetLevel(start)
	for _, s := range [][3]int{{0, 3, 5}, {1, 1, 1}, {4, 0, 3}, {3, 7, 16}, {5, 20, 17}, {100, 784, 50}, {9, 2100, 33}, {1100, 5, 3}} {
		n, inner, cols := s[0], s[1], s[2]
		a, b, f := randomFloats(n, inner, 1), randomFloats(inner, cols, 2), randomFloats(n, cols, 3)
		want := slices.Clone(f.Data)
		for i := range n {
			for j := range cols {
				for k := range inner {
					want[i*cols+j] += float32(a.Row(i)[k] * b.Row(k)[j])
				}
			}
		}
		near := blas32.General{Rows: n, Cols: cols, Stride: cols, Data: slices.Clone(f.Data)}
		if n > 0 && inner > 0 {
			blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, blas32.General{Rows: n, Cols: inner, Stride: inner, Data: a.Data},
				blas32.General{Rows: inner, Cols: cols, Stride: cols, Data: b.Data}, 1, near)
		}
		for k, v := range near.Data {
			if math.Abs(float64(v-want[k])) > 1e-5*float64(inner+1) {
				t.Fatalf("%v: number %d is %v, gonum's %v", s, k, want[k], v)
			}
		}
		for _, level := range bitdbn.Levels() {
			if err := bitdbn.SetLevel(level); err != nil {
				t.Fatal(err)
			}
			for _, workers := range []int{1, 3} {
				ws := newWorkspace(t, workers)
				for name, mul := range map[string]func(dst bitdbn.Floats){
					"MulAdd":           func(dst bitdbn.Floats) { dst.MulAdd(ws, a, b) },
					"MulAddTransposed": func(dst bitdbn.Floats) { dst.MulAddTransposed(ws, a, transpose(b)) },
				} {
					got := bitdbn.Floats{Rows: n, Cols: cols, Data: slices.Clone(f.Data)}
					mul(got)
					if !slices.Equal(got.Data, want) {
						t.Errorf("%s of %v at level %s with %d workers: other numbers", name, s, level, workers)
					}
				}
			}
		}
	}
}

func TestFloatsViews(t *testing.T) {
	f := randomFloats(37, 18, 1)
	if g := transpose(f); g.Row(5)[7] != f.Row(7)[5] || !slices.Equal(transpose(g).Data, f.Data) {
		t.Error("transposing twice gives another matrix")
	}
	if h := f.Head(3); h.Rows != 3 || &h.Row(2)[0] != &f.Row(2)[0] {
		t.Error("Head is not the first rows")
	}
}

func TestMulAddAllocatesNothing(t *testing.T) {
	for _, workers := range []int{1, 2} {
		ws := newWorkspace(t, workers)
		a, b, f := randomFloats(20, 30, 1), randomFloats(30, 40, 2), bitdbn.NewFloats(20, 40)
		f.MulAdd(ws, a, b)
		if n := testing.AllocsPerRun(10, func() { f.MulAdd(ws, a, b) }); n != 0 {
			t.Errorf("%d workers: %v allocations", workers, n)
		}
	}
}

func BenchmarkMulAdd(b *testing.B) {
	start := bitdbn.Level()
	defer bitdbn.SetLevel(start)
	for _, s := range [][3]int{{100, 784, 500}, {100, 500, 2000}} {
		x, w, f := randomFloats(s[0], s[1], 1), randomFloats(s[1], s[2], 2), bitdbn.NewFloats(s[0], s[2])
		for _, level := range bitdbn.Levels() {
			for _, threads := range []int{1, 2} {
				b.Run(fmt.Sprintf("level=%s/b=%d/v=%d/h=%d/threads=%d", level, s[0], s[1], s[2], threads), func(b *testing.B) {
					if err := bitdbn.SetLevel(level); err != nil {
						b.Fatal(err)
					}
					ws := newWorkspace(b, threads)
					for b.Loop() {
						f.MulAdd(ws, x, w)
					}
					b.ReportMetric(float64(s[0]*s[1]*s[2])*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GMAC/s")
				})
			}
		}
	}
}

// TestEach calls a function once for each number, on any number of workers, and
// allocates nothing.
func TestEach(t *testing.T) {
	for _, workers := range []int{1, 2, 5} {
		ws := newWorkspace(t, workers)
		calls := make([]atomic.Int32, 1000)
		count := func(i int) { calls[i].Add(1) }
		for _, n := range []int{0, 1, 7, 1000} {
			ws.Each(n, count)
		}
		for i := range calls {
			want := int32(1)
			if i < 7 {
				want++
			}
			if i < 1 {
				want++
			}
			if got := calls[i].Load(); got != want {
				t.Fatalf("%d workers: %d calls for %d, expected %d", workers, got, i, want)
			}
		}
		if n := testing.AllocsPerRun(10, func() { ws.Each(100, count) }); n != 0 {
			t.Errorf("%d workers: %v allocations", workers, n)
		}
	}
}
