package bitdbn

import (
	"fmt"
	"sync/atomic"

	"github.com/bitdbn/bitdbn/internal/kernels"
)

// CopyRows sets row r of m to row index[r] of src, which has the same width, for
// every row of m: a batch out of a data set. It panics unless there is an index for
// each row.
func (m *BitMatrix) CopyRows(ws *Workspace, src *BitMatrix, index []int) {
	if m.cols != src.cols {
		panic(fmt.Sprintf("bitdbn: CopyRows of %d columns into %d", src.cols, m.cols))
	}
	ws.fillRows("CopyRows", rowsJob{dst: m, src: src, index: index}, src.rows)
}

// DrawGreyRows sets row r of m to a draw of row index[r] of grey, row-major with as
// many columns, for every row of m, as [BitMatrix.DrawGrey] does. It panics unless
// there is an index for each row.
func (m *BitMatrix) DrawGreyRows(ws *Workspace, grey []uint8, index []int, d Draws) {
	d.check("DrawGreyRows")
	ws.fillRows("DrawGreyRows", rowsJob{dst: m, grey: grey, index: index, draws: d}, len(grey)/max(m.cols, 1))
}

// rowsJob fills the rows of a matrix from rows of a larger one, of bits or of
// intensities.
type rowsJob struct {
	dst, src *BitMatrix
	grey     []uint8 // instead of src
	draws    Draws
	index    []int
}

// rowsAtOnce is how many rows a task fills.
const rowsAtOnce = 16

// fillRows carries out j, once its numbers of the given rows are found to be right.
func (ws *Workspace) fillRows(what string, j rowsJob, rows int) {
	checkLen(what, len(j.index), j.dst.rows, 1)
	for _, i := range j.index {
		if uint(i) >= uint(rows) {
			panic(fmt.Sprintf("bitdbn: %s: row %d of %d", what, i, rows))
		}
	}
	ws.rows = j
	ws.pool.Run(&ws.rows, (len(j.index)+rowsAtOnce-1)/rowsAtOnce)
	ws.rows = rowsJob{}
}

// Do fills some rows.
func (j *rowsJob) Do(task int, _ *kernels.Scratch) {
	lo, hi := task*rowsAtOnce, min((task+1)*rowsAtOnce, len(j.index))
	if j.src == nil {
		for r := lo; r < hi; r++ {
			j.dst.DrawGrey(r, j.grey[j.index[r]*j.dst.cols:][:j.dst.cols], j.draws)
		}
		return
	}
	for _, i := range j.index[lo:hi] {
		j.src.touch(i)
	}
	for r := lo; r < hi; r++ {
		j.dst.CopyRow(r, j.src, j.index[r])
	}
}

// touch reads a word of each cache line of row i. Rows at random places of a large
// matrix come from memory, which takes no longer for many that are asked for at once
// than for one.
func (m *BitMatrix) touch(i int) {
	row := m.Row(i)
	for w := 0; w < len(row); w += rowBits / wordBits {
		atomic.LoadUint64(&row[w]) // a read that the compiler keeps
	}
}
