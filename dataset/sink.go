package dataset

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/bitdbn/bitdbn"
)

// receiver takes the values of an array in the order of the file.
type receiver interface {
	bytes(p []byte) error     // elements of one unsigned byte
	floats(v []float64) error // elements of any other type
}

// scale says which values other than 0 and 1 can be intensities.
type scale uint8

const (
	anyScale  scale = iota // not yet known: the first such value decides
	unitScale              // from 0 to 1
	byteScale              // whole numbers from 0 to 255, in units of 1/255
	boolScale              // none
)

// state says what a sink has kept so far.
type state uint8

const (
	allBits state = iota // bits; every value was 0 or 1
	grey                 // intensities
	cut                  // bits, 1 for an intensity above the threshold
)

// sink is where the readers of all formats put the values of a table, row by
// row: it checks them, packs bits, and turns to grey when it must. Until a
// value other than 0 and 1 comes, bits are all it keeps.
type sink struct {
	cols     int
	row, col int // of the next value
	scale    scale
	state    state
	bits     bitRows
	grey     []uint8

	how       Binarize
	pictures  bool // bytes above 1 are grey even under Auto
	threshold float64
	above     [256]uint8 // 1 for the bytes above the threshold

	expect int   // bytes to expect if the data are grey
	limit  int64 // bytes that the packed data may take; 0 for any
	since  int   // values since the limit was checked

	// place names a position for errors; row and col count from 0 in the order
	// of the file. hint, if not nil, may add advice on a value.
	place func(row, col int) string
	hint  func(row, col int, v float64) string
	name  string
}

func newSink(src *source, o *Options, cols int, s scale) *sink {
	k := &sink{cols: cols, scale: s, how: o.Binarize, threshold: o.threshold(), limit: src.limit(o), name: src.name}
	for i := range k.above {
		if float64(i)/255 > k.threshold {
			k.above[i] = 1
		}
	}
	return k
}

// bytes takes values that are 0 or 1, or on byteScale any.
func (s *sink) bytes(p []byte) error {
	for len(p) > 0 {
		part := p[:min(len(p), s.cols-s.col)]
		if s.state == allBits {
			part = part[:binaryPrefix(part)]
			if len(part) == 0 {
				if err := s.leaveBits(float64(p[0])); err != nil {
					return err
				}
				continue
			}
		}
		switch {
		case s.state == grey && s.scale == byteScale:
			s.grey = append(s.grey, part...)
		case s.state == grey:
			for _, c := range part {
				s.grey = append(s.grey, c*255)
			}
		case s.state == cut && s.scale == byteScale:
			for _, c := range part {
				s.bits.push(uint64(s.above[c]), 1)
			}
		default:
			s.bits.pack(part)
		}
		if err := s.advance(len(part)); err != nil {
			return err
		}
		p = p[len(part):]
	}
	return nil
}

// binaryPrefix returns the number of leading bytes that are 0 or 1.
func binaryPrefix(p []byte) int {
	i := 0
	for i+8 <= len(p) && binary.LittleEndian.Uint64(p[i:])&^0x0101010101010101 == 0 {
		i += 8
	}
	for i < len(p) && p[i] <= 1 {
		i++
	}
	return i
}

func (s *sink) floats(v []float64) error {
	for _, x := range v {
		if err := s.float(x); err != nil {
			return err
		}
	}
	return nil
}

// float takes one value.
func (s *sink) float(v float64) error {
	if v != 0 && v != 1 {
		if s.state == allBits {
			if err := s.leaveBits(v); err != nil {
				return err
			}
		} else if !s.scale.has(v) {
			return s.refuse(v)
		}
	}
	switch s.state {
	case allBits:
		s.bits.push(uint64(v), 1)
	case grey:
		s.grey = append(s.grey, s.scale.level(v))
	case cut:
		s.bits.push(s.isAbove(v), 1)
	}
	return s.advance(1)
}

// zeros takes n zeros, all in one row, or none.
func (s *sink) zeros(n int) error {
	if n == 0 {
		return nil
	}
	if s.state == grey {
		s.grey = append(s.grey, make([]uint8, n)...)
	} else {
		s.bits.zeros(n)
	}
	return s.advance(n)
}

// has reports whether v is an intensity.
func (c scale) has(v float64) bool {
	switch c {
	case unitScale:
		return v >= 0 && v <= 1
	case byteScale:
		return v >= 0 && v <= 255 && v == math.Trunc(v)
	case anyScale:
		return unitScale.has(v) || byteScale.has(v)
	}
	return false
}

// level returns the intensity v in units of 1/255, rounded to the nearest.
func (c scale) level(v float64) uint8 {
	if c == byteScale {
		return uint8(v)
	}
	return uint8(math.Round(v * 255))
}

func (s *sink) isAbove(v float64) uint64 {
	if s.scale == byteScale {
		return uint64(s.above[uint8(v)])
	}
	if v > s.threshold {
		return 1
	}
	return 0
}

// leaveBits is called at the first value v that is neither 0 nor 1. It turns to
// another state, in which v and the bits so far are intensities, or refuses.
func (s *sink) leaveBits(v float64) error {
	allowed := s.how != Auto || s.pictures
	if !allowed || !s.scale.has(v) {
		return s.refuse(v)
	}
	if s.scale == anyScale {
		s.scale = unitScale
		if v > 1 {
			s.scale = byteScale
		}
	}
	if s.how != Threshold {
		s.toGrey()
		return nil
	}
	s.state = cut
	if s.isAbove(1) == 0 { // what was read as 1 was an intensity of 1/255
		s.bits.clear()
	}
	return nil
}

// toGrey turns the bits so far into intensities.
func (s *sink) toGrey() {
	n := s.row*s.cols + s.col
	s.grey = slices.Grow(s.grey, max(n+1, s.expect))[:n]
	clear(s.grey)
	one := s.scale.level(1)
	for row, col := range s.bits.ones(s.cols) {
		s.grey[row*s.cols+col] = one
	}
	s.bits = bitRows{}
	s.state = grey
}

// advance counts n values, all in one row.
func (s *sink) advance(n int) error {
	if s.col += n; s.col == s.cols {
		s.row, s.col = s.row+1, 0
		s.bits.endRow()
	}
	const often = 8 << 10
	if s.since += n; s.since < often || s.limit == 0 {
		return nil
	}
	s.since = 0
	return s.within(s.row, s.cols)
}

// within checks that rows × cols values are within the limit.
func (s *sink) within(rows, cols int) error {
	size := packedSize(rows, cols)
	if s.state == grey {
		size = int64(rows) * int64(cols)
	}
	if s.limit > 0 && size > s.limit || size > math.MaxInt {
		return problemf(ErrTooLarge, s.name, "the data take %d bytes of memory or more, over the limit of %d (Options.MaxBytes)", size, s.limit)
	}
	return nil
}

// refuse returns the error for value v at the present position.
func (s *sink) refuse(v float64) error {
	hint := s.advice(v)
	if s.hint != nil {
		if first := s.hint(s.row, s.col, v); first != "" && hint != "" {
			hint = first + "; " + hint
		} else if first != "" {
			hint = first
		}
	}
	if hint != "" {
		hint = " (" + hint + ")"
	}
	return problemf(ErrValue, s.name, "%s: found %s, expected %s%s", s.place(s.row, s.col), number(v), s.expected(), hint)
}

func (s *sink) expected() string {
	switch {
	case s.scale == boolScale, s.how == Auto && !s.pictures:
		return "0 or 1"
	case s.scale == unitScale:
		return "a value from 0 to 1"
	case s.scale == byteScale:
		return "a whole number from 0 to 255"
	}
	return "a value from 0 to 1, or a whole number up to 255"
}

// advice says what may be the matter with v, which was refused.
func (s *sink) advice(v float64) string {
	const use = "use --binarize threshold, dynamic or fixed"
	switch {
	case s.scale == boolScale:
		return ""
	case v != v:
		return "missing values must be filled in, or their rows left out"
	case v == -1:
		return "spins of -1 and +1 become units as (x+1)/2"
	case s.how == Auto && unitScale.has(v):
		return "for intensities from 0 to 1 " + use
	case s.how == Auto && s.scale != unitScale && byteScale.has(v):
		return "for grey levels from 0 to 255 " + use
	case s.scale == unitScale && byteScale.has(v):
		return "grey levels from 0 to 255 become intensities as x/255"
	case s.how != Auto && unitScale.has(v):
		return "the values before it are grey levels from 0 to 255"
	}
	return ""
}

// table puts what the sink holds into set, whose Rows and Cols it sets.
func (s *sink) table(set *Set) error {
	set.Rows, set.Cols = s.row, s.cols
	s.note(set)
	if err := s.within(set.Rows, set.Cols); err != nil {
		return err
	}
	if s.state == grey {
		set.Grey = s.grey
		return nil
	}
	set.Bits = s.bits.matrix(s.row, s.cols)
	return nil
}

// transposed puts what the sink holds into set with rows and columns
// exchanged; column returns the column that each row of the sink becomes.
func (s *sink) transposed(set *Set, column func(row int) int) error {
	rows, cols := s.cols, s.row
	set.Rows, set.Cols = rows, cols
	s.note(set)
	if err := s.within(rows, cols); err != nil {
		return err
	}
	if s.state == grey {
		set.Grey = make([]uint8, len(s.grey))
		for c := range cols {
			to := set.Grey[column(c):]
			for i, k := range s.grey[c*rows : (c+1)*rows] {
				to[i*cols] = k
			}
		}
		return nil
	}
	set.Bits = bitdbn.NewBitMatrix(rows, cols)
	words, stride := set.Bits.Words(), set.Bits.Stride()
	for c, i := range s.bits.ones(s.cols) {
		j := column(c)
		words[i*stride+j/wordBits] |= 1 << (j % wordBits)
	}
	return nil
}

// note records in set what became of intensities.
func (s *sink) note(set *Set) {
	if s.state != allBits && s.scale == byteScale && !s.pictures {
		set.Notes = append(set.Notes, "values read as grey levels from 0 to 255")
	}
	switch {
	case s.state == cut:
		set.Notes = append(set.Notes, "1 for intensities above "+number(s.threshold))
	case s.state == grey && s.scale == unitScale:
		set.Notes = append(set.Notes, "intensities rounded to whole 255ths")
	}
}
