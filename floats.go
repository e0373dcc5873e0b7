package bitdbn

import (
	"fmt"

	"github.com/bitdbn/bitdbn/internal/kernels"
)

// Floats is a matrix of float32 numbers, row-major and without gaps: number j of
// row i is Data[i·Cols+j]. It is for what is not bits, as in backprop.
type Floats struct {
	Rows, Cols int
	Data       []float32
}

// NewFloats returns a matrix of zeros.
func NewFloats(rows, cols int) Floats {
	return Floats{rows, cols, kernels.Aligned[float32](rows * cols)}
}

// Row returns row i, not a copy.
func (f Floats) Row(i int) []float32 { return f.Data[i*f.Cols:][:f.Cols] }

// Head returns the first n rows, not a copy.
func (f Floats) Head(n int) Floats { return Floats{n, f.Cols, f.Data[:n*f.Cols]} }

// TransposeTo sets dst, Cols × Rows, to the transpose of f.
func (f Floats) TransposeTo(dst Floats) {
	if dst.Rows != f.Cols || dst.Cols != f.Rows {
		panic(fmt.Sprintf("bitdbn: transpose of %d × %d into %d × %d", f.Rows, f.Cols, dst.Rows, dst.Cols))
	}
	const block = 16 // rows and columns at once, so that each cache line is read once
	for lo := 0; lo < f.Rows; lo += block {
		hi := min(lo+block, f.Rows)
		for j := range f.Cols {
			to := dst.Row(j)
			for i := lo; i < hi; i++ {
				to[i] = f.Data[i*f.Cols+j]
			}
		}
	}
}

// MulAdd adds the matrix product a·b to f. Each number is summed up in the order
// of the inner index, every operation rounded once, so the result does not
// depend on the number of workers or the kernels in use. It panics unless the
// shapes agree: a is f.Rows × n, b is n × f.Cols. f must not overlap a or b.
func (f Floats) MulAdd(ws *Workspace, a, b Floats) {
	f.mulAdd(ws, a, b, b.Rows, b.Cols, false)
}

// MulAddTransposed is MulAdd of a·bᵀ, where b is f.Cols × n.
func (f Floats) MulAddTransposed(ws *Workspace, a, b Floats) {
	f.mulAdd(ws, a, b, b.Cols, b.Rows, true)
}

func (f Floats) mulAdd(ws *Workspace, a, b Floats, inner, cols int, transposed bool) {
	if a.Rows != f.Rows || a.Cols != inner || cols != f.Cols {
		panic(fmt.Sprintf("bitdbn: product of %d × %d and %d × %d added to %d × %d", a.Rows, a.Cols, inner, cols, f.Rows, f.Cols))
	}
	ws.floats = floatsJob{dst: f, a: a, b: b, transposed: transposed}
	ws.pool.Run(&ws.floats, (f.Cols+kernels.FloatLanes-1)/kernels.FloatLanes)
	ws.floats = floatsJob{}
}

// floatsJob is a product of float32 matrices, each task a panel of columns.
type floatsJob struct {
	dst, a, b  Floats
	transposed bool // b is
}

// The parts of a product that a worker's memory holds.
const (
	floatInner = 1024 // rows of a packed panel
	floatRows  = 1024 // rows of a panel of the result that is not whole
)

// Do makes one panel.
func (t *floatsJob) Do(task int, s *kernels.Scratch) {
	const lanes = kernels.FloatLanes
	j := task * lanes
	whole := j+lanes <= t.dst.Cols
	panel, part := s.Float[:floatInner*lanes], s.Float[floatInner*lanes:][:floatRows*lanes]
	for lo := 0; lo < t.a.Cols; lo += floatInner {
		hi := min(lo+floatInner, t.a.Cols)
		packed := panel[:(hi-lo)*lanes]
		t.pack(packed, lo, j)
		for r := 0; r < t.dst.Rows; r += floatRows {
			n := min(floatRows, t.dst.Rows-r)
			a := t.a.Data[r*t.a.Cols+lo:]
			if whole {
				kernels.Best().MulAdd(t.dst.Data[r*t.dst.Cols+j:], t.dst.Cols, a, t.a.Cols, packed, n)
				continue
			}
			for i := range n {
				copy(part[i*lanes:][:lanes], t.dst.Row(r + i)[j:])
			}
			kernels.Best().MulAdd(part, lanes, a, t.a.Cols, packed, n)
			for i := range n {
				copy(t.dst.Row(r + i)[j:], part[i*lanes:][:lanes])
			}
		}
	}
}

// pack sets the rows of panel to 16 columns of b from j on, rows from lo on.
func (t *floatsJob) pack(panel []float32, lo, j int) {
	const lanes = kernels.FloatLanes
	width := min(lanes, t.dst.Cols-j)
	if width < lanes {
		clear(panel)
	}
	if !t.transposed {
		for i := range len(panel) / lanes {
			copy(panel[i*lanes:][:lanes], t.b.Row(lo + i)[j:])
		}
		return
	}
	for k := range width {
		for i, v := range t.b.Row(j + k)[lo:][:len(panel)/lanes] {
			panel[i*lanes+k] = v
		}
	}
}
