//go:build amd64 && !purego && !noasm

package kernels

// blockProduct is a level's Product, made of two ways to add what a block of
// 64 inputs contributes.
type blockProduct struct {
	walk  func(dst []int32, start *Row, rows []RowBits, block, next *TileI)
	table func(dst, src []int32, dstStride, srcStride int, rows []RowBits, block, next []int32, table *[2048]int64)

	// The costs of tables in bits of a walk, measured: making the tables of a
	// block, and looking up one row in them.
	costBuild, costLookup int
}

const (
	// sliceLanes is the number of columns that one table holds. Sixteen make a
	// line of the cache: 16 groups of 16 subsets of them are 16 KB, which
	// leaves room in the first-level cache for the sums.
	sliceLanes = 16

	// blocksAtOnce is how many blocks are sorted into walks and tables before
	// the tables run, so that the sums of a slice stay in the cache from one
	// block to the next.
	blocksAtOnce = 16
)

// weights are the panel of a product, and what is read behind it, or nil.
type weights struct {
	q    []int32
	next *TileI
}

// block returns block w, or, beyond the last, what is read behind it.
func (p weights) block(w int) *TileI {
	switch {
	case w*TileSize < len(p.q):
		return (*TileI)(p.q[w*TileSize:])
	case p.next != nil:
		return p.next
	}
	return (*TileI)(p.q) // in the cache: nothing is fetched
}

// product does what productGo does.
func (p *blockProduct) product(sums []int32, start *Row, blocks []Block, q []int32, next *TileI, s *Scratch) {
	panel := weights{q[:len(blocks)*TileSize], next}
	var dense [blocksAtOnce]int
	n := 0
	for w, b := range blocks {
		switch {
		case b.Bits == 0:
			continue
		case b.Bits <= p.costBuild+p.costLookup*len(b.Rows):
			p.walk(sums, start, b.Rows, panel.block(w), panel.block(w+1))
			start = nil // what follows adds to these sums
			continue
		}
		dense[n] = w
		if n++; n == blocksAtOnce {
			p.tables(sums, start, blocks, dense[:n], panel, s)
			start, n = nil, 0
		}
	}
	if n > 0 {
		p.tables(sums, start, blocks, dense[:n], panel, s)
		start = nil
	}
	if start != nil { // no bit is set
		fill(sums, start)
	}
}

// tables adds the dense blocks, slice by slice. Between the first block and the
// last the sums of a slice stand in s.slice, row after row.
func (p *blockProduct) tables(sums []int32, start *Row, blocks []Block, dense []int, panel weights, s *Scratch) {
	slice := s.slice[:len(sums)/Lanes*sliceLanes]
	for c := 0; c < Lanes; c += sliceLanes {
		src, srcStride := sums[c:], Lanes
		if start != nil {
			src, srcStride = start[c:], 0
		}
		dst, dstStride := slice, sliceLanes
		for i, w := range dense {
			next := w + 1
			if i == len(dense)-1 {
				dst, dstStride = sums[c:], Lanes
			} else {
				next = dense[i+1]
			}
			p.table(dst, src, dstStride, srcStride, blocks[w].Rows, panel.block(w)[c:], panel.block(next)[c:], (*[2048]int64)(s.table))
			src, srcStride = dst, dstStride
		}
	}
}
