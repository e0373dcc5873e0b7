package kernels

import "math/bits"

// Scratch is what a worker has of its own: the memory that it works in, and the
// patience that it waits with.
type Scratch struct {
	// table holds the sums of every subset of four rows for groupsPerTable
	// groups of rows. Its layout is the business of the kernel that fills it.
	table []int64
	// slice holds the sums of a few columns.
	slice []int32
	// Pos and Neg hold panels of sums of up to ChunkRows rows.
	Pos, Neg []int32
	// Tile holds a tile of weights that is stored transposed.
	Tile *TileI
	// Float holds what the sums of Pos are turned into.
	Float []float32

	patience patience
}

// ChunkRows is the largest number of rows that a worker takes at once: enough
// to pay for building a table, few enough for the sums to stay in the
// second-level cache.
const ChunkRows = 8 * Lanes

// NewScratch returns working memory for one worker.
func NewScratch() *Scratch {
	return &Scratch{
		table: Aligned[int64](groupsPerTable * subsets * pairs),
		slice: Aligned[int32](16 * ChunkRows),
		Pos:   Aligned[int32](ChunkRows * Lanes),
		Neg:   Aligned[int32](ChunkRows * Lanes),
		Tile:  (*TileI)(Aligned[int32](TileSize)),
		Float: Aligned[float32](ChunkRows * Lanes),
	}
}

const (
	groupsPerTable = 8         // groups of four rows in one table: half a word of bits
	subsets        = 16        // subsets of four rows
	pairs          = Lanes / 2 // pairs of neighbouring columns
)

// Costs in additions of one row of a panel, measured, by which productGo
// chooses between the walk and the table.
const (
	costBuild  = 110 // both tables of a word
	costLookup = 6   // one row of bits through both tables
)

// RowBits is a word of a row, and the number of the row.
type RowBits = [2]uint64

// Block is what 64 columns of bits are in the rows of a batch.
type Block struct {
	Bits int       // that are set in all
	Rows []RowBits // the rows in any order, best sorted by sortRowsGo
}

// sortRowsGo sets rows to the first word of each row of x, in the order of the bits
// that are set in it, and returns how many are set in all. Rows with as many keep
// their order, and the first has the number first.
//
// A walk over rows in this order foresees where each row's bits end: its loop runs as
// often as for the row before. In any other order that can be one branch mispredicted
// a row, and up to a third more time (Zen 3, 13 % of the bits set, rows that are new).
func sortRowsGo(rows []RowBits, x []uint64, stride, first int) int {
	var at [Lanes + 2]int // where the next row with so many bits goes
	total := 0
	for r := range rows {
		n := bits.OnesCount64(x[r*stride])
		at[n+1]++
		total += n
	}
	for n := range Lanes {
		at[n+1] += at[n]
	}
	for r := range rows {
		word := x[r*stride]
		n := bits.OnesCount64(word)
		rows[at[n]] = RowBits{word, uint64(first + r)}
		at[n]++
	}
	return total
}

// productGo adds to each row of sums, or, unless start is nil, to start, the
// rows of the panel q whose bits are set:
//
//	for w, b := range blocks {
//		for _, {word, r} := range b.Rows {
//			if w == 0 && start != nil { sums[r] = *start }
//			for i := range 64 {
//				if bit i of word { sums[r] += q[64*w+i] }
//			}
//		}
//	}
//
// Two methods give the same sums; each block takes the cheaper one. next is, or is
// nil, what the caller will read behind q: levels that can fetch it meanwhile.
//
// Lengths: each block has every row of sums once, len(sums) = rows·Lanes, rows ≤
// [ChunkRows], len(q) ≥ 64·len(blocks)·Lanes.
func productGo(sums []int32, start *Row, blocks []Block, q []int32, _ *TileI, s *Scratch) {
	if start != nil {
		fill(sums, start)
	}
	for w, b := range blocks {
		if b.Bits == 0 {
			continue
		}
		weights := q[w*TileSize:][:TileSize]
		if b.Bits <= costBuild+costLookup*len(b.Rows) {
			walkGo(sums, b.Rows, weights)
			continue
		}
		used := anyRow(b.Rows)
		for shift := 0; shift < 64; shift += 32 {
			if half := uint32(used >> shift); half != 0 {
				buildTableGo(s.table, weights[shift*Lanes:], half)
				lookUpGo(sums, b.Rows, shift, s.table)
			}
		}
	}
}

// anyRow returns the bits that any row has.
func anyRow(rows []RowBits) uint64 {
	var or uint64
	for _, r := range rows {
		or |= r[0]
	}
	return or
}

// Row is one row of a panel.
type Row = [Lanes]int32

// row is Row, shorter.
type row = Row

// fill sets each row of sums to start.
func fill(sums []int32, start *Row) {
	for ; len(sums) >= Lanes; sums = sums[Lanes:] {
		copy(sums, start[:])
	}
}

// walkGo adds the rows of block that the word of each row names, four at a time.
func walkGo(sums []int32, rows []RowBits, block []int32) {
	for _, r := range rows {
		word := r[0]
		sum := (*row)(sums[r[1]*Lanes:])
		for n := bits.OnesCount64(word); n >= 4; n -= 4 {
			var q [4]*row
			for k := range q {
				q[k] = (*row)(block[bits.TrailingZeros64(word)*Lanes:])
				word &= word - 1
			}
			q0, q1, q2, q3 := q[0], q[1], q[2], q[3]
			for j := range sum {
				sum[j] += q0[j] + q1[j] + q2[j] + q3[j]
			}
		}
		for ; word != 0; word &= word - 1 {
			q0 := (*row)(block[bits.TrailingZeros64(word)*Lanes:])
			for j := range sum {
				sum[j] += q0[j]
			}
		}
	}
}

// entry is one row of a table: the sums of a subset of four rows, two columns
// to an integer, the odd column's sum times 2^32 plus the even column's. Sums
// of such pairs are again such pairs, exactly, as long as each column's sum
// fits an int32; so one 64-bit addition does two columns.
type entry = [pairs]int64

// buildTableGo fills table with the sums of all subsets of each four
// consecutive rows of block, the "four Russians" method. Of four rows that no
// bit of used names it makes the empty subset only.
func buildTableGo(table []int64, block []int32, used uint32) {
	for g := range groupsPerTable {
		t := table[g*subsets*pairs:][:subsets*pairs]
		clear(t[:pairs])
		if used>>(4*g)&(subsets-1) == 0 {
			continue
		}
		for bit := range 4 {
			q := (*row)(block[(4*g+bit)*Lanes:])
			have := 1 << bit
			single := (*entry)(t[have*pairs:])
			for k := range single {
				single[k] = int64(q[2*k+1])<<32 + int64(q[2*k])
			}
			for sub := 1; sub < have; sub++ {
				from, to := (*entry)(t[sub*pairs:]), (*entry)(t[(have+sub)*pairs:])
				for k := range to {
					to[k] = from[k] + single[k]
				}
			}
		}
	}
}

// lookUpGo adds for each row the eight table entries that the 32 bits of its word
// from shift on name.
func lookUpGo(sums []int32, rows []RowBits, shift int, table []int64) {
	const group = subsets * pairs
	table = table[:groupsPerTable*group]
	for _, r := range rows {
		w := int(uint32(r[0] >> shift))
		if w == 0 {
			continue
		}
		sum := (*row)(sums[r[1]*Lanes:])
		t0 := (*entry)(table[0*group+w>>0&15*pairs:])
		t1 := (*entry)(table[1*group+w>>4&15*pairs:])
		t2 := (*entry)(table[2*group+w>>8&15*pairs:])
		t3 := (*entry)(table[3*group+w>>12&15*pairs:])
		t4 := (*entry)(table[4*group+w>>16&15*pairs:])
		t5 := (*entry)(table[5*group+w>>20&15*pairs:])
		t6 := (*entry)(table[6*group+w>>24&15*pairs:])
		t7 := (*entry)(table[7*group+w>>28&15*pairs:])
		for k := range t0 {
			pair := t0[k] + t1[k] + t2[k] + t3[k] + t4[k] + t5[k] + t6[k] + t7[k]
			even := int32(pair)
			sum[2*k] += even
			sum[2*k+1] += int32((pair - int64(even)) >> 32)
		}
	}
}
