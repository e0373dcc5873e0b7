package kernels

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"unsafe"
)

// shape is the size and kind of the operands of one kernel call. A kernel uses
// the fields that mean something to it.
type shape struct {
	rows    int
	words   int  // 64-bit words of a row of bits
	stride  int  // words from one row to the next
	cols    int  // columns of the panel that exist, 1 to 64
	density int  // per cent of bits that are set
	mixed   bool // rows of bits come in any order, not sorted
	values  values
}

func (s shape) String() string {
	return fmt.Sprintf("rows=%d/words=%d/stride=%d/cols=%d/density=%d/mixed=%t/values=%d", s.rows, s.words, s.stride, s.cols, s.density, s.mixed, s.values)
}

// values says which numbers the operands hold.
type values int

const (
	ordinary values = iota
	extreme         // the largest and smallest, zeros of both signs
	special         // infinities and NaN among the floats
	numValues
)

// kernelCase is everything that tests, fuzzing and benchmarks know about a
// kernel.
type kernelCase struct {
	name   string
	shapes []shape // beside ordinary
	// build fills operands for a shape and returns the call.
	build func(m *memory, rng *rand.Rand, s shape) func(o *Ops) uint64
	// bench are the shapes that are measured, work what one call of such a
	// shape does, in units of its own.
	bench []shape
	unit  string
	work  func(s shape) float64
}

// lengths are counts around multiples of the unrolling of kernels, and primes.
var lengths = []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 13, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 97, 127, 128, 129, 191, 193}

// byRows returns a shape for each length.
func byRows(with shape) []shape {
	var all []shape
	for _, n := range lengths {
		with.rows = n
		all = append(all, with)
	}
	return all
}

// eachValues returns each shape with each kind of values.
func eachValues(shapes []shape) []shape {
	var all []shape
	for _, s := range shapes {
		for v := range numValues {
			s.values = v
			all = append(all, s)
		}
	}
	return all
}

// byColumns adds a shape for each mask.
func byColumns(shapes []shape) []shape {
	for cols := 1; cols <= Lanes; cols++ {
		shapes = append(shapes, shape{rows: 3, stride: 2, cols: cols})
	}
	return shapes
}

// kernelCases has one entry for each field of Ops.
var kernelCases = []kernelCase{
	{
		name:   "SortRows",
		shapes: eachDensity(append(byRows(shape{words: 1, stride: 3}), shape{rows: 2*ChunkRows + 1, words: 1, stride: 1})),
		build: func(m *memory, rng *rand.Rand, s shape) func(*Ops) uint64 {
			x, rows := bitRows(m, rng, s), inPairs(output[uint64](m, "rows", 2*s.rows))
			first := rng.IntN(1000)
			return func(o *Ops) uint64 { return uint64(o.SortRows(rows, x, s.stride, first)) }
		},
		bench: []shape{{rows: 128, words: 1, stride: 16, density: 13}},
		unit:  "Mrow/s", work: func(s shape) float64 { return 1e3 * float64(s.rows) },
	},
	{
		name:   "RowCounts",
		shapes: append(byRows(shape{words: 3, stride: 8, density: 50}), byWords()...),
		build: func(m *memory, rng *rand.Rand, s shape) func(*Ops) uint64 {
			x, counts := bitRows(m, rng, s), output[int32](m, "counts", s.rows)
			return func(o *Ops) uint64 { o.RowCounts(counts, x, s.stride, s.words); return 0 }
		},
		bench: []shape{{rows: 784, words: 2, stride: 8, density: 13}},
		unit:  "Gbit/s", work: func(s shape) float64 { return float64(64 * s.rows * s.words) },
	},
	{
		name: "Product",
		shapes: slices.Concat(
			eachDensity(byRows(shape{words: 1, stride: 2})),
			eachDensity(byRows(shape{words: 1, stride: 2, mixed: true})),
			eachDensity(byWords()),
			[]shape{{rows: ChunkRows, words: 2, stride: 8, density: 50}, {rows: ChunkRows - 1, words: 2, stride: 8, density: 10}, {rows: 40, words: 35, stride: 40, density: 60}, {rows: 40, words: 35, stride: 40, density: 10}},
		),
		build: func(m *memory, rng *rand.Rand, s shape) func(*Ops) uint64 {
			sums, q := output[int32](m, "sums", s.rows*Lanes), input[int32](m, "q", s.words*TileSize)
			limit := int32(math.MaxInt32 / (64*s.words + 1)) // so that no sum overflows
			fillInts(rng, sums, -limit, limit, s.values)
			fillInts(rng, q, -limit, limit, s.values)
			blocks := blocksOf(m, rng, s)
			scratch := NewScratch()
			var start *Row
			if rng.IntN(2) == 0 {
				start = (*Row)(input[int32](m, "start", Lanes))
				fillInts(rng, start[:], -limit, limit, s.values)
			}
			var next *TileI
			if rng.IntN(2) == 0 {
				next = (*TileI)(input[int32](m, "next", TileSize))
			}
			return func(o *Ops) uint64 { o.Product(sums, start, blocks, q, next, scratch); return 0 }
		},
		bench: eachDensity([]shape{{rows: 128, words: 12, stride: 16}, {rows: 512, words: 12, stride: 16}}),
		unit:  "GMAC/s", work: func(s shape) float64 { return float64(s.rows * 64 * s.words * Lanes) },
	},
	{
		name: "Activations", shapes: eachValues(byRows(shape{})),
		build: func(m *memory, rng *rand.Rand, s shape) func(*Ops) uint64 {
			sums, dst := sumRows(m, rng, s), output[float32](m, "dst", s.rows*Lanes)
			return func(o *Ops) uint64 { o.Activations(dst, sums, scaleFor(s)); return 0 }
		},
		bench: []shape{{rows: 128}}, unit: "Gunit/s", work: units,
	},
	{
		name: "Probs", shapes: eachValues(byRows(shape{})),
		build: func(m *memory, rng *rand.Rand, s shape) func(*Ops) uint64 {
			sums, dst := sumRows(m, rng, s), output[float32](m, "dst", s.rows*Lanes)
			return func(o *Ops) uint64 { o.Probs(dst, sums, scaleFor(s)); return 0 }
		},
		bench: []shape{{rows: 128}}, unit: "Gunit/s", work: units,
	},
	{
		name: "Fixed", shapes: byColumns(eachValues(byRows(shape{cols: 64}))),
		build: func(m *memory, rng *rand.Rand, s shape) func(*Ops) uint64 {
			sums, dst := sumRows(m, rng, s), output[int32](m, "dst", s.rows*Lanes)
			if rng.IntN(2) == 0 { // in place
				sums = dst
				fillInts(rng, sums, math.MinInt32, math.MaxInt32, s.values)
			}
			return func(o *Ops) uint64 { o.Fixed(dst, sums, scaleFor(s), Mask(s.cols, 0)); return 0 }
		},
		bench: []shape{{rows: 128, cols: 64}}, unit: "Gunit/s", work: units,
	},
	{
		name: "Sample", shapes: byColumns(eachValues(byRows(shape{stride: 3, cols: 64}))),
		build: func(m *memory, rng *rand.Rand, s shape) func(*Ops) uint64 {
			sums, dst := sumRows(m, rng, s), output[uint64](m, "dst", max(s.rows*s.stride-s.stride+1, 0))
			probs := output[int32](m, "probs", s.rows*Lanes)
			switch rng.IntN(3) {
			case 0: // in place
				sums = probs
				fillInts(rng, sums, math.MinInt32, math.MaxInt32, s.values)
			case 1: // draws alone
				probs = nil
			}
			d, offset := drawsFor(rng), input[float32](m, "offset", Lanes)
			if rng.IntN(2) == 0 {
				fillFloats(rng, offset, 3, min(s.values, extreme))
			}
			return func(o *Ops) uint64 {
				o.Sample(dst, s.stride, probs, sums, scaleFor(s), (*RowF)(offset), Mask(s.cols, 0), d)
				return 0
			}
		},
		bench: []shape{{rows: 128, stride: 8, cols: 64}}, unit: "Gunit/s", work: units,
	},
	{
		name: "Binarise", shapes: byColumns(nil),
		build: func(m *memory, rng *rand.Rand, s shape) func(*Ops) uint64 {
			grey, dst := input[uint8](m, "grey", s.cols), output[uint64](m, "dst", 1)
			for i := range grey {
				switch rng.IntN(4) {
				case 0:
				case 1:
					grey[i] = 255
				default:
					grey[i] = uint8(rng.Uint32())
				}
			}
			d := drawsFor(rng)
			return func(o *Ops) uint64 { o.Binarise(dst, grey, d); return 0 }
		},
		bench: []shape{{rows: 1, cols: 64}}, unit: "Gunit/s", work: units,
	},
	{
		name: "Words", shapes: byRows(shape{}),
		build: func(m *memory, rng *rand.Rand, s shape) func(*Ops) uint64 {
			dst, d := output[uint32](m, "dst", s.rows*Lanes), drawsFor(rng)
			d.Panel = min(d.Panel, 1<<28-uint32(s.rows)) // no unit beyond 2^32
			return func(o *Ops) uint64 { o.Words(dst, d); return 0 }
		},
		bench: []shape{{rows: 16}}, unit: "Gword/s", work: units,
	},
	{
		name: "Softplus", shapes: byColumns(eachValues(byRows(shape{cols: 64}))),
		build: func(m *memory, rng *rand.Rand, s shape) func(*Ops) uint64 {
			sums := sumRows(m, rng, s)
			linear, curved := output[int64](m, "linear", s.rows), output[int64](m, "curved", s.rows)
			for r := range linear {
				linear[r], curved[r] = rng.Int64N(1<<50), rng.Int64N(1<<50)
			}
			return func(o *Ops) uint64 { o.Softplus(linear, curved, sums, scaleFor(s), Mask(s.cols, 0)); return 0 }
		},
		bench: []shape{{rows: 128, cols: 64}}, unit: "Gunit/s", work: units,
	},
	{
		name: "Update", shapes: eachValues(make([]shape, 8)),
		build: buildUpdate,
		bench: []shape{{rows: 64}}, unit: "Gweight/s", work: units,
	},
	{
		name: "Quantise", shapes: eachValues(make([]shape, 8)),
		build: func(m *memory, rng *rand.Rand, s shape) func(*Ops) uint64 {
			q := output[int32](m, "q", TileSize)
			w := input[float32](m, "w", TileSize)
			fillFloats(rng, w, 4, s.values)
			quantum := float32(math.Ldexp(1, rng.IntN(40)))
			return func(o *Ops) uint64 { o.Quantise((*TileI)(q), (*TileF)(w), quantum); return 0 }
		},
		bench: []shape{{rows: 64}}, unit: "Gweight/s", work: units,
	},
	{
		name: "Turn", shapes: make([]shape, 8),
		build: func(m *memory, rng *rand.Rand, s shape) func(*Ops) uint64 {
			dst, src := output[int32](m, "dst", TileSize), input[int32](m, "src", TileSize)
			fillInts(rng, src, math.MinInt32, math.MaxInt32, s.values)
			next := input[int32](m, "next", rng.IntN(TileSize+1))
			return func(o *Ops) uint64 { o.Turn((*TileI)(dst), (*TileI)(src), next); return 0 }
		},
		bench: []shape{{rows: 64}}, unit: "Gweight/s", work: units,
	},
	{
		name: "Transpose", shapes: transposeShapes(),
		build: func(m *memory, rng *rand.Rand, s shape) func(*Ops) uint64 {
			src := input[uint64](m, "src", max(s.rows*s.stride-s.stride+1, 0))
			dst := output[uint64](m, "dst", max(s.cols*s.words-s.words+1, 0))
			for i := range src {
				src[i] = rng.Uint64() & rng.Uint64()
			}
			for i := range dst {
				dst[i] = rng.Uint64()
			}
			return func(o *Ops) uint64 { o.Transpose(dst, s.words, src, s.stride, s.rows, s.cols); return 0 }
		},
		bench: []shape{{rows: 64, cols: 64, stride: 16, words: 8}},
		unit:  "Gbit/s", work: func(s shape) float64 { return float64(s.rows * s.cols) },
	},
	{
		name: "Hamming", shapes: byRows(shape{}),
		build: func(m *memory, rng *rand.Rand, s shape) func(*Ops) uint64 {
			a, b := input[uint64](m, "a", s.rows), input[uint64](m, "b", s.rows)
			for i := range a {
				a[i], b[i] = rng.Uint64(), rng.Uint64()|rng.Uint64()
			}
			return func(o *Ops) uint64 { return uint64(o.Hamming(a, b)) }
		},
		bench: []shape{{rows: 1600}},
		unit:  "Gbit/s", work: func(s shape) float64 { return float64(64 * s.rows) },
	},
	{
		name: "ColumnSums", shapes: byRows(shape{}),
		build: func(m *memory, rng *rand.Rand, s shape) func(*Ops) uint64 {
			dst := output[int32](m, "dst", Lanes)
			panel := input[int32](m, "panel", s.rows*Lanes+rng.IntN(2)*(Lanes-1)) // the rest of a row is not read
			fillInts(rng, dst, 0, 1<<20, ordinary)
			fillInts(rng, panel, 0, FixedOne-1, s.values)
			return func(o *Ops) uint64 { o.ColumnSums((*[Lanes]int32)(dst), panel); return 0 }
		},
		bench: []shape{{rows: 100}}, unit: "Gunit/s", work: units,
	},
	{
		name: "MulAdd", shapes: eachValues(append(byRows(shape{words: 7, stride: 19}), byWords()...)),
		build: func(m *memory, rng *rand.Rand, s shape) func(*Ops) uint64 {
			inner, stride := s.words, FloatLanes+s.stride // the next row's numbers are not touched
			aStride := inner + rng.IntN(3)
			dst := output[float32](m, "dst", max((s.rows-1)*stride+FloatLanes, 0))
			a := input[float32](m, "a", max((s.rows-1)*aStride+inner, 0))
			panel := input[float32](m, "panel", inner*FloatLanes)
			for _, v := range [][]float32{dst, a, panel} {
				fillFloats(rng, v, 3, s.values)
			}
			return func(o *Ops) uint64 { o.MulAdd(dst, stride, a, aStride, panel, s.rows); return 0 }
		},
		bench: []shape{{rows: 100, words: 784, stride: 496}, {rows: 3, words: 784, stride: 496}},
		unit:  "GMAC/s", work: func(s shape) float64 { return float64(s.rows * s.words * FloatLanes) },
	},
}

func units(s shape) float64 { return float64(s.rows * Lanes) }

// byWords returns shapes for row lengths.
func byWords() []shape {
	var all []shape
	for words := 1; words <= 25; words += 1 + words/4 {
		all = append(all, shape{rows: 37, words: words, stride: words + words%3, density: 40})
	}
	return all
}

func eachDensity(shapes []shape) []shape {
	var all []shape
	for _, s := range shapes {
		for _, d := range []int{0, 1, 5, 13, 20, 30, 50, 100} {
			s.density = d
			s.values = values(d % 2) // extreme values at the odd ones
			all = append(all, s)
		}
	}
	return all
}

func transposeShapes() []shape {
	var all []shape
	for _, rows := range []int{0, 1, 2, 7, 8, 31, 32, 33, 63, 64} {
		for _, cols := range []int{0, 1, 2, 7, 8, 31, 32, 33, 63, 64} {
			all = append(all, shape{rows: rows, cols: cols, stride: 1 + rows%3, words: 1 + cols%3})
		}
	}
	return all
}

// bitRows returns rows of bits. The last row ends with its last word.
func bitRows(m *memory, rng *rand.Rand, s shape) []uint64 {
	x := input[uint64](m, "x", s.rows*s.stride)
	for r := range s.rows {
		for w := range s.words {
			x[r*s.stride+w] = randomWord(rng, s.density)
		}
	}
	return x
}

// blocksOf returns random bits, sorted or mixed.
func blocksOf(m *memory, rng *rand.Rand, s shape) []Block {
	x := bitRows(m, rng, s)
	blocks := make([]Block, s.words)
	for w := range blocks {
		b := &blocks[w]
		b.Rows = inPairs(input[uint64](m, "rows", 2*s.rows))
		for r := range b.Rows {
			word := x[r*s.stride+w]
			b.Rows[r] = RowBits{word, uint64(r)}
			b.Bits += bits.OnesCount64(word)
		}
		slices.SortStableFunc(b.Rows, func(p, q RowBits) int { return bits.OnesCount64(p[0]) - bits.OnesCount64(q[0]) })
		if s.mixed {
			rng.Shuffle(s.rows, func(i, j int) { b.Rows[i], b.Rows[j] = b.Rows[j], b.Rows[i] })
		}
	}
	return blocks
}

// inPairs returns words as pairs.
func inPairs(words []uint64) []RowBits {
	return unsafe.Slice((*RowBits)(unsafe.Pointer(unsafe.SliceData(words))), len(words)/2)
}

// randomWord returns a word of the given density.
func randomWord(rng *rand.Rand, density int) uint64 {
	switch density {
	case 50:
		return rng.Uint64()
	case 100:
		return ^uint64(0)
	}
	var word uint64
	for b := range 64 {
		if rng.IntN(100) < density {
			word |= 1 << b
		}
	}
	return word
}

func sumRows(m *memory, rng *rand.Rand, s shape) []int32 {
	sums := input[int32](m, "sums", s.rows*Lanes)
	lo, hi := int32(-1<<26), int32(1<<26)
	if s.values != ordinary {
		lo, hi = math.MinInt32, math.MaxInt32
	}
	fillInts(rng, sums, lo, hi, s.values)
	return sums
}

// scaleFor returns a scale at which sums of that shape reach all of the
// sigmoid.
func scaleFor(s shape) float32 {
	if s.values == special {
		return 1e30
	}
	return 1.0 / (1 << 21)
}

func fillInts(rng *rand.Rand, dst []int32, lo, hi int32, v values) {
	ends := []int32{lo, hi, 0, -1, 1, lo / 2, hi / 2}
	for i := range dst {
		if v != ordinary && rng.IntN(3) == 0 {
			dst[i] = min(max(ends[rng.IntN(len(ends))], lo), hi)
			continue
		}
		dst[i] = int32(int64(lo) + rng.Int64N(int64(hi)-int64(lo)+1))
	}
}

var extremeFloats = []float32{0, float32(math.Copysign(0, -1)), math.MaxFloat32, -math.MaxFloat32,
	math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32, 1, -1, 1 << 31, -(1 << 31), 0.5, 1.5, 2.5}

var specialFloats = []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))}

func fillFloats(rng *rand.Rand, dst []float32, limit float32, v values) {
	for i := range dst {
		dst[i] = limit * (2*rng.Float32() - 1)
		if v == ordinary || rng.IntN(4) != 0 {
			continue
		}
		from := extremeFloats
		if v == special && rng.IntN(2) == 0 {
			from = specialFloats
		}
		dst[i] = from[rng.IntN(len(from))]
	}
}

func drawsFor(rng *rand.Rand) Draws {
	key := NewKey(rng.Uint64(), rng.Uint64())
	return Draws{Key: &key, Step: rng.Uint64(), Row: rng.Uint32() >> 1, Panel: rng.Uint32() >> 5}
}

func buildUpdate(m *memory, rng *rand.Rand, s shape) func(*Ops) uint64 {
	w, mom := output[float32](m, "w", TileSize), output[float32](m, "m", TileSize)
	pos, neg := input[int32](m, "pos", TileSize), input[int32](m, "neg", TileSize)
	q := output[int32](m, "q", TileSize)
	fillFloats(rng, w, 0.3, s.values)
	fillFloats(rng, mom, 0.01, s.values)
	for i := range w {
		if rng.IntN(50) == 0 {
			w[i] = float32(math.Copysign(0, float64(rng.IntN(2))-0.5))
		}
	}
	fillInts(rng, pos, 0, math.MaxInt32, s.values)
	fillInts(rng, neg, 0, math.MaxInt32, s.values)
	var vectors [4]*RowF
	for i, name := range []string{"visible", "hidden", "visible step", "hidden step"} {
		v := input[float32](m, name, Lanes)
		if s.values != ordinary || rng.IntN(2) == 0 {
			fillFloats(rng, v, 1, min(s.values, extreme))
		}
		vectors[i] = (*RowF)(v)
	}
	o := Offsets{Visible: vectors[0], Hidden: vectors[1], VisibleStep: vectors[2], HiddenStep: vectors[3]}
	r := Rates{Pos: rng.Float32() * 1e-8, Neg: rng.Float32() * 1e-8, Momentum: rng.Float32(),
		L2: float32(rng.IntN(2)) * 0.001, L1: float32(rng.IntN(2)) * 0.002, Quantum: float32(math.Ldexp(1, 20+rng.IntN(8)))}
	return func(ops *Ops) uint64 {
		top := ops.Update((*TileF)(w), (*TileF)(mom), (*TileI)(pos), (*TileI)(neg), (*TileI)(q), &o, &r)
		if isNaN(top) {
			return math.MaxUint64 // any of them
		}
		return uint64(top)
	}
}
