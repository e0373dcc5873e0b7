package bitdbn

import "github.com/bitdbn/bitdbn/internal/kernels"

// sortedBits are the rows of a matrix of bits as products read them: for each chunk
// of rows and each 64 columns, the rows by the bits that are set.
type sortedBits struct {
	chunks chunks
	words  int               // blocks of 64 columns
	blocks []kernels.Block   // chunks × words
	rows   []kernels.RowBits // words × rows
}

// reshape makes s one of matrices with rows × cols bits, still to be filled.
func (s *sortedBits) reshape(c chunks, cols int) {
	s.chunks, s.words = c, kernels.Panels(cols)
	s.rows = resize(s.rows, s.words*c.rows)
	s.blocks = resize(s.blocks, s.words*c.n)
	for i := range s.blocks {
		lo, hi := c.bounds(i / s.words)
		at := i % s.words * c.rows
		s.blocks[i] = kernels.Block{Rows: s.rows[at+lo : at+hi]}
	}
}

// of returns the blocks of a chunk.
func (s *sortedBits) of(chunk int) []kernels.Block { return s.blocks[chunk*s.words:][:s.words] }

// sortAlone is how many words the caller has sorted by the time that the workers
// would have agreed that all are.
const sortAlone = 300

// sortBits fills s from x, or leaves as many tasks of ws.sort to do it.
func (ws *Workspace) sortBits(s *sortedBits, x *BitMatrix, c chunks) (tasks int) {
	s.reshape(c, x.cols)
	ws.sort = sortJob{s, x}
	if len(s.rows) > sortAlone {
		return len(s.blocks)
	}
	for block := range s.blocks {
		ws.sort.Do(block, nil)
	}
	return 0
}

// sortJob sorts the rows of one block a task.
type sortJob struct {
	s *sortedBits
	x *BitMatrix
}

// Do sorts the rows of one block.
func (j *sortJob) Do(block int, _ *kernels.Scratch) {
	b := &j.s.blocks[block]
	lo, hi := j.s.chunks.bounds(block / j.s.words)
	x := j.x.words[lo*j.x.stride : hi*j.x.stride]
	b.Bits = kernels.Best().SortRows(b.Rows, x[block%j.s.words:], j.x.stride, 0)
}
