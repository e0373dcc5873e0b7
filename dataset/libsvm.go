package dataset

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
)

// libsvm reads lines of a label and of index:value for units that are not 0.
type libsvm struct {
	src    *source
	lines  *lines
	o      *Options
	base   int // index of the first column
	row    []unit
	sink   *sink
	labels []int
	spins  bool // a label was -1
	blank  int

	largest int // column seen, from 0; -1 if there is none
	rows    int
}

func readLibSVM(src *source, o *Options, set *Set) error {
	s := &libsvm{o: o, base: 1, largest: -1}
	if o.ZeroBased {
		s.base = 0
	}
	cols, err := s.columns(src, set)
	if err != nil {
		return err
	}
	s.sink = newSparseSink(src, o, cols)
	s.sink.place = func(_, col int) string { return fmt.Sprintf("line %d, index %d", s.lines.number, col+s.base) }
	if err := s.read(src, s.take); err != nil {
		return err
	}
	if s.sink.row == 0 {
		return problemf(ErrEmpty, src.name, "no rows")
	}
	if err := s.sink.table(set); err != nil {
		return err
	}
	set.Shape = []int{cols}
	if s.blank > 0 {
		set.Notes = append(set.Notes, plural(s.blank, "line")+" without data skipped")
	}
	if !o.ownLabels() {
		return nil
	}
	return s.finishLabels(set)
}

// columns returns the number of columns: what the options say, or what the
// largest index asks for, for which it reads the file once more.
func (s *libsvm) columns(src *source, set *Set) (int, error) {
	if s.o.Features > 0 {
		return s.o.Features, nil
	}
	first, err := src.again()
	if err != nil {
		return 0, err
	}
	if err := s.read(first, s.measure); err != nil {
		return 0, err
	}
	cols := s.largest + 1
	if cols == 0 {
		return 0, problemf(ErrEmpty, src.name, "no columns, as no unit is set; give their number with --features")
	}
	if err := src.justifies(s.o, s.rows, cols, fmt.Sprintf("%d rows with indices up to %d", s.rows, s.largest+s.base)); err != nil {
		return 0, err
	}
	set.Notes = append(set.Notes, fmt.Sprintf("number of columns from the largest index, %d", s.largest+s.base))
	return cols, nil
}

// read parses line by line and calls each with the label of a line, whose units
// are in s.row.
func (s *libsvm) read(src *source, each func(label []byte) error) (err error) {
	s.src, s.blank = src, 0
	if s.lines, err = newLines(src); err != nil {
		return err
	}
	for {
		line, err := s.lines.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		label, err := s.parse(line)
		if err == nil && label != nil {
			err = each(label)
		}
		if err != nil {
			return err
		}
	}
}

// parse leaves the units of a line in s.row, in ascending order, and returns
// its label, or nil if it has no data.
func (s *libsvm) parse(line []byte) (label []byte, err error) {
	line, _, _ = bytes.Cut(line, []byte("#"))
	f := fieldsOf(line, spaces)
	s.row = s.row[:0]
	label, ok, _ := f.next()
	if !ok {
		s.blank++
		return nil, nil
	}
	if bytes.IndexByte(label, ':') >= 0 {
		return nil, s.wrong(ErrFormat, "found %s, expected a label before the first index", show(label))
	}
	for {
		field, ok, _ := f.next()
		if !ok {
			break
		}
		u, err := s.unit(field)
		if err != nil {
			return nil, err
		}
		s.row = append(s.row, u)
	}
	return label, s.order()
}

// unit parses index:value.
func (s *libsvm) unit(field []byte) (unit, error) {
	index, value, found := bytes.Cut(field, []byte(":"))
	if !found {
		return unit{}, s.wrong(ErrFormat, "found %s, expected index:value", show(field))
	}
	i, err := strconv.ParseUint(string(index), 10, 63)
	if err != nil {
		return unit{}, s.wrong(ErrFormat, "index %s, expected a whole number", show(index))
	}
	if i == 0 && s.base == 1 {
		return unit{}, s.wrong(ErrFormat, "index 0, expected indices from 1 (use --index-base 0 if they count from 0)")
	}
	column := i - uint64(s.base)
	if end := s.o.Features; end > 0 && column >= uint64(end) {
		return unit{}, s.wrong(ErrFormat, "index %d, expected no more than %d with %d features", i, end-1+s.base, end)
	}
	if column > math.MaxInt32 {
		return unit{}, s.wrong(ErrTooLarge, "index %d, expected no more than %d", i, math.MaxInt32)
	}
	v, ok := parseValue(value)
	if !ok {
		return unit{}, s.wrong(ErrValue, "index %d: found %s, expected a number", i, show(value))
	}
	return unit{int(column), v}, nil
}

// order sorts the units of the row and refuses an index that is there twice.
func (s *libsvm) order() error {
	byColumn := func(a, b unit) int { return a.column - b.column }
	if !slices.IsSortedFunc(s.row, byColumn) {
		slices.SortFunc(s.row, byColumn)
	}
	for i := 1; i < len(s.row); i++ {
		if s.row[i].column == s.row[i-1].column {
			return s.wrong(ErrFormat, "index %d twice", s.row[i].column+s.base)
		}
	}
	return nil
}

// measure counts rows and looks for the largest index.
func (s *libsvm) measure([]byte) error {
	s.rows++
	if n := len(s.row); n > 0 {
		s.largest = max(s.largest, s.row[n-1].column)
	}
	return nil
}

// take passes a row to the sink, and its label to the labels.
func (s *libsvm) take(label []byte) error {
	if s.o.ownLabels() {
		if err := s.takeLabel(label); err != nil {
			return err
		}
	}
	return s.sink.sparseRow(s.row)
}

// takeLabel keeps the label of a row: a class, or a spin of -1 or +1.
func (s *libsvm) takeLabel(label []byte) error {
	if v, ok := parseValue(label); ok && v == -1 {
		s.spins = true
		s.labels = append(s.labels, -1)
		return nil
	}
	l := &labels{name: s.src.name, classes: s.o.Classes, list: s.labels, place: func(int) string { return fmt.Sprintf("line %d", s.lines.number) }}
	err := l.field(label)
	s.labels = l.list
	return err
}

// finishLabels gives set its labels. If all are -1 and +1, they become 0 and 1.
func (s *libsvm) finishLabels(set *Set) error {
	if s.spins {
		for i, c := range s.labels {
			if c != -1 && c != 1 {
				return problemf(ErrLabels, s.src.name, "row %s has the label %d and others have -1, expected whole numbers from 0, or -1 and 1 only", zeroBased(i), c)
			}
			s.labels[i] = (c + 1) / 2
		}
		set.Notes = append(set.Notes, "labels -1 and 1 read as 0 and 1")
	}
	return set.setLabels(s.src.name, s.labels, s.o.Classes)
}

func (s *libsvm) wrong(kind error, format string, args ...any) error {
	return problemf(kind, s.src.name, "line %d: %s", s.lines.number, fmt.Sprintf(format, args...))
}
