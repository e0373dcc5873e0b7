package kernels

import "math/bits"

// Scratch is the working memory of one worker.
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

// wordCountsGo is
//
//	for w := range counts {
//		counts[w] = Σ_r OnesCount64(x[r*stride+w])
//	}
//
// over the rows of x, the cost of a walk over each word-wide block of columns.
func wordCountsGo(counts []int32, x []uint64, stride int) {
	clear(counts)
	for ; len(x) >= stride; x = x[stride:] {
		for w, word := range x[:len(counts)] {
			counts[w] += int32(bits.OnesCount64(word))
		}
	}
}

// productGo adds to each row of sums, or, unless start is nil, to start, the
// rows of the panel q whose bits are set:
//
//	for r := range len(sums)/Lanes {
//		if start != nil { sums[r] = *start }
//		for i := range 64*len(counts) {
//			if bit i of row r of x { sums[r] += q[i] }
//		}
//	}
//
// counts are those of wordCounts over the same rows. Two methods give the same
// sums; each block of 64 columns of x takes the cheaper one. next is, or is nil,
// what the caller will read behind q: levels that can fetch it meanwhile.
//
// Lengths: len(sums) = rows·Lanes, len(q) ≥ 64·len(counts)·Lanes.
func productGo(sums []int32, start *Row, x []uint64, stride int, counts []int32, q []int32, _ *TileI, s *Scratch) {
	rows := len(sums) / Lanes
	if start != nil {
		fill(sums, start)
	}
	for w, count := range counts {
		if count == 0 {
			continue
		}
		block := q[w*TileSize:][:TileSize]
		if int(count) <= costBuild+costLookup*rows {
			walkGo(sums, x[w:], stride, block)
			continue
		}
		used := anyRow(x[w:], stride, rows)
		for shift := 0; shift < 64; shift += 32 {
			if half := uint32(used >> shift); half != 0 {
				buildTableGo(s.table, block[shift*Lanes:], half)
				lookUpGo(sums, x[w:], stride, shift, s.table)
			}
		}
	}
}

// anyRow returns the bits that any row's first word has.
func anyRow(x []uint64, stride, rows int) uint64 {
	var or uint64
	for r := range rows {
		or |= x[r*stride]
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

// walkGo adds the rows of block that the first word of each row of x names,
// four at a time.
func walkGo(sums []int32, x []uint64, stride int, block []int32) {
	for r := 0; r < len(sums)/Lanes; r++ {
		word := x[r*stride]
		sum := (*row)(sums[r*Lanes:])
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

// lookUpGo adds for each row of x the eight table entries that the 32 bits of
// its first word from shift on name.
func lookUpGo(sums []int32, x []uint64, stride, shift int, table []int64) {
	const group = subsets * pairs
	table = table[:groupsPerTable*group]
	for r := 0; r < len(sums)/Lanes; r++ {
		w := int(uint32(x[r*stride] >> shift))
		if w == 0 {
			continue
		}
		sum := (*row)(sums[r*Lanes:])
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
