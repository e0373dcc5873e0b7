package dataset

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

const (
	maxRank    = 8
	blockBytes = 32 << 10
)

// array is what the header of an IDX or NPY file declares.
type array struct {
	shape       []uint64
	columnMajor bool // the first index is the fastest, as in Fortran
	elem        elem
	pictures    bool // bytes above 1 are grey levels without a word
}

// elem is the type of an array's elements.
type elem struct {
	name  string
	size  int
	scale scale
	// float decodes an element. It is nil for bool and uint8, which are
	// taken as they are.
	float func([]byte) float64
}

// elements returns the types that arrays can have by the names of NumPy, for
// one byte order.
func elements(o binary.ByteOrder) map[string]elem {
	return map[string]elem{
		"b1": {"bool", 1, boolScale, nil},
		"u1": {"uint8", 1, byteScale, nil},
		"i1": {"int8", 1, byteScale, func(b []byte) float64 { return float64(int8(b[0])) }},
		"u2": {"uint16", 2, byteScale, func(b []byte) float64 { return float64(o.Uint16(b)) }},
		"i2": {"int16", 2, byteScale, func(b []byte) float64 { return float64(int16(o.Uint16(b))) }},
		"u4": {"uint32", 4, byteScale, func(b []byte) float64 { return float64(o.Uint32(b)) }},
		"i4": {"int32", 4, byteScale, func(b []byte) float64 { return float64(int32(o.Uint32(b))) }},
		"u8": {"uint64", 8, byteScale, func(b []byte) float64 { return float64(o.Uint64(b)) }},
		"i8": {"int64", 8, byteScale, func(b []byte) float64 { return float64(int64(o.Uint64(b))) }},
		"f2": {"float16", 2, unitScale, func(b []byte) float64 { return half(o.Uint16(b)) }},
		"f4": {"float32", 4, unitScale, func(b []byte) float64 { return float64(math.Float32frombits(o.Uint32(b))) }},
		"f8": {"float64", 8, unitScale, func(b []byte) float64 { return math.Float64frombits(o.Uint64(b)) }},
	}
}

var (
	littleElements = elements(binary.LittleEndian)
	bigElements    = elements(binary.BigEndian)
)

// half returns the value of an IEEE 754 float16.
func half(h uint16) float64 {
	const fraction, infinite = 1<<10 - 1, 31
	v := float64(h & fraction)
	switch e := int(h >> 10 & infinite); {
	case e == infinite && v != 0:
		return math.NaN()
	case e == infinite:
		v = math.Inf(1)
	case e == 0:
		v = math.Ldexp(v, -24)
	default:
		v = math.Ldexp(v+1<<10, e-25)
	}
	if h>>15 != 0 {
		return -v
	}
	return v
}

// String writes the array's shape and type as in 40 × 16 uint8.
func (a array) String() string {
	dims := make([]string, len(a.shape))
	for i, n := range a.shape {
		dims[i] = strconv.FormatUint(n, 10)
	}
	if len(dims) == 0 {
		dims = []string{"scalar"}
	}
	return strings.Join(dims, " × ") + " " + a.elem.name
}

// product multiplies dimensions, and says whether the product fits.
func product(dims []uint64) (uint64, bool) {
	p, ok := uint64(1), true
	for _, n := range dims {
		hi, lo := bits.Mul64(p, n)
		p, ok = lo, ok && hi == 0
		if n == 0 {
			return 0, true
		}
	}
	return p, ok
}

// check compares the array with what is left of the file, and returns the
// number of its elements.
func (a array) check(src *source) (uint64, error) {
	switch {
	case len(a.shape) == 0:
		return 0, problemf(ErrFormat, src.name, "an array of rank 0, a single value, expected rows and columns")
	case len(a.shape) > maxRank:
		return 0, problemf(ErrFormat, src.name, "an array of rank %d, expected 2 to %d", len(a.shape), maxRank)
	}
	n, ok := product(a.shape)
	size, fits := product([]uint64{n, uint64(a.elem.size)})
	if !ok || !fits || size > math.MaxInt64 {
		return 0, problemf(ErrFormat, src.name, "the dimensions %v overflow", a)
	}
	return n, src.holds(size, a.String()+" elements")
}

// readTable reads the array into set as a table.
func (a array) readTable(src *source, o *Options, set *Set) error {
	if len(a.shape) == 1 {
		return problemf(ErrFormat, src.name, "an array of rank 1 (%v), expected rank 2 or more, rows × columns (labels, or a single row without its dimension of 1?)", a)
	}
	n, err := a.check(src)
	if err != nil {
		return err
	}
	if n == 0 {
		return a.empty(src)
	}
	rows, cols := a.shape[0], n/a.shape[0]
	if max(rows, cols) > math.MaxInt/2/64 {
		return problemf(ErrTooLarge, src.name, "%v elements", a)
	}
	set.Shape = set.Shape[:0]
	for _, d := range a.shape[1:] {
		set.Shape = append(set.Shape, int(d))
	}
	if a.columnMajor {
		return a.readColumns(src, o, set, int(rows), n)
	}
	s := a.sink(src, o, int(cols), n)
	s.place = func(row, col int) string { return cell(row, col) }
	if err := a.stream(src, n, s); err != nil {
		return err
	}
	return s.table(set)
}

// readColumns reads an array whose first index is the fastest: each column of
// the table is a row in the file.
func (a array) readColumns(src *source, o *Options, set *Set, rows int, n uint64) error {
	column := func(i int) int { return lastFastest(i, set.Shape) }
	s := a.sink(src, o, rows, n)
	s.place = func(row, col int) string { return cell(col, column(row)) }
	if err := a.stream(src, n, s); err != nil {
		return err
	}
	return s.transposed(set, column)
}

// lastFastest converts the flat index i of an element of the shape from an
// order in which the first index is the fastest to one in which the last is.
func lastFastest(i int, shape []int) int {
	j, step := 0, 1
	for _, n := range shape {
		step *= n
	}
	for _, n := range shape {
		step /= n
		j += i % n * step
		i /= n
	}
	return j
}

func (a array) sink(src *source, o *Options, cols int, n uint64) *sink {
	s := newSink(src, o, cols, a.elem.scale)
	s.pictures = a.pictures
	s.expect = src.likely(n)
	return s
}

func (a array) empty(src *source) error {
	if a.shape[0] == 0 {
		return problemf(ErrEmpty, src.name, "no rows (%v)", a)
	}
	return problemf(ErrEmpty, src.name, "no columns, a zero-sized dimension (%v)", a)
}

// readLabels reads the array into l, one label for each row of set.
func (a array) readLabels(src *source, l *labels, set *Set) error {
	n, err := a.check(src)
	if err != nil {
		return err
	}
	if n != a.shape[0] {
		return problemf(ErrLabels, src.name, "labels of shape %v, expected one number a row", a)
	}
	if n != uint64(set.Rows) {
		return problemf(ErrLabels, src.name, "%s but %d labels", plural(set.Rows, "row"), n)
	}
	return a.stream(src, n, l)
}

// stream passes the n elements of the array to dst, and checks that the file
// ends there.
func (a array) stream(src *source, n uint64, dst receiver) error {
	raw := make([]byte, blockBytes)
	var values []float64
	if a.elem.float != nil {
		values = make([]float64, blockBytes/a.elem.size)
	}
	for n > 0 {
		k := int(min(n, uint64(blockBytes/a.elem.size)))
		block := raw[:k*a.elem.size]
		if err := src.full(block, "the data"); err != nil {
			return err
		}
		if err := a.pass(block, values, dst); err != nil {
			return err
		}
		n -= uint64(k)
	}
	return src.end(a.String() + " elements, all that its header declares")
}

// pass decodes a block of elements, with values as the space for it.
func (a array) pass(block []byte, values []float64, dst receiver) error {
	if a.elem.float == nil {
		return dst.bytes(block)
	}
	k := len(block) / a.elem.size
	for i := range k {
		values[i] = a.elem.float(block[i*a.elem.size:])
	}
	return dst.floats(values[:k])
}

// cell names a position in an array.
func cell(row, col int) string {
	return "row " + strconv.Itoa(row) + ", column " + zeroBased(col)
}

func zeroBased(i int) string { return strconv.Itoa(i) + " (from 0)" }
