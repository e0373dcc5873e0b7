package bitdbn

import (
	"runtime"

	"github.com/bitdbn/bitdbn/internal/kernels"
)

// Workspace is the working memory and the workers that operations on matrices
// use. An operation allocates nothing once its workspace has seen matrices of
// that size.
//
// A workspace serves one operation at a time. The matrices and weights that
// operations read may be shared between workspaces. The number of workers
// changes how fast a result is there, never a bit of it.
type Workspace struct {
	pool *kernels.Pool

	// The job of each kind of operation, kept here so that handing it to the
	// pool allocates nothing.
	product  productJob
	group    groupJob
	ring     ringJob
	gradient gradientJob
	prepare  prepareJob
	sort     sortJob
	center   centerJob
	quantise quantiseJob
	floats   floatsJob
	each     eachJob
	rows     rowsJob

	sorted        sortedBits // what the product reads
	before, after softplusSums
	offset        []float32
}

// NewWorkspace returns a workspace with the given number of workers, the
// calling goroutine counted; 0 means one for each processor that Go may use.
// Close ends them. The error wraps [ErrLevel]: BITDBN_LEVEL asks for a level
// that is not there.
func NewWorkspace(workers int) (*Workspace, error) {
	if err := kernels.StartError(); err != nil {
		return nil, err
	}
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	return &Workspace{pool: kernels.NewPool(workers)}, nil
}

// Workers returns the number of workers.
func (ws *Workspace) Workers() int { return ws.pool.Workers() }

// Close ends the workers. The workspace must not be used afterwards, but may
// be closed again.
func (ws *Workspace) Close() {
	if ws.pool != nil {
		ws.pool.Close()
		ws.pool = nil
	}
}

// Each calls f for 0 … n−1, in any order, on all workers at once, and returns when
// all calls have. It is for elementwise work between products; f must not use ws.
func (ws *Workspace) Each(n int, f func(i int)) {
	ws.each.f = f
	ws.pool.Run(&ws.each, n)
	ws.each.f = nil
}

// eachJob is a function for the pool.
type eachJob struct{ f func(int) }

// Do calls the function.
func (e *eachJob) Do(task int, _ *kernels.Scratch) { e.f(task) }

// chunkRows returns how many rows a worker takes at once when a job of rows
// rows and the given number of panels is shared out: equal parts that fit a
// worker's memory, and more of them if there are too few panels to go round.
// It is a whole number of tiles.
func (ws *Workspace) chunkRows(rows, panels int) int {
	parts := (rows + kernels.ChunkRows - 1) / kernels.ChunkRows
	if w := ws.Workers(); 0 < panels && panels < w {
		parts = max(parts, (w+panels-1)/panels)
	}
	parts = max(parts, 1)
	return kernels.PadLanes(max((rows+parts-1)/parts, 1))
}

// resize returns s with length n, its contents lost.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// grow is resize for what kernels read and write, which begins on a cache line.
func grow[T kernels.Word](s []T, n int) []T {
	if cap(s) < n {
		return kernels.Aligned[T](n)
	}
	return s[:n]
}

// chunks is a cut of rows into pieces of equal height.
type chunks struct {
	rows, height, n int
}

func cut(rows, height int) chunks {
	return chunks{rows, height, (rows + height - 1) / height}
}

// bounds returns the rows of piece i.
func (c chunks) bounds(i int) (lo, hi int) {
	return i * c.height, min((i+1)*c.height, c.rows)
}
