package dataset

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
)

// sparseLines reads text in which each line lists the units of a row that are
// not 0.
type sparseLines struct {
	src   *source
	lines *lines
	o     *Options
	sink  *sink
	what  string // what the file calls the number of a column
	base  int    // number of the first column

	// parse leaves the units of a line in row, in ascending order, or says
	// that the line has no data. keep is called for each row that is kept.
	parse func(line []byte) (data bool, err error)
	keep  func() error

	row     []unit
	blank   int // lines without data
	largest int // column seen, from 0; -1 if there is none
	rows    int
}

func (s *sparseLines) table(src *source, set *Set) error {
	s.largest = -1
	cols, err := s.columns(src, set)
	if err != nil {
		return err
	}
	s.sink = newSparseSink(src, s.o, cols)
	s.sink.place = func(_, col int) string {
		return fmt.Sprintf("line %d, %s %d", s.lines.number, s.what, col+s.base)
	}
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
	return nil
}

// columns returns the number of columns: what the options say, or what the
// largest index asks for, for which it reads the file once more.
func (s *sparseLines) columns(src *source, set *Set) (int, error) {
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
	numbers := map[string]string{"index": "indices", "item": "items"}[s.what]
	if err := src.justifies(s.o, s.rows, cols, fmt.Sprintf("%d rows with %s up to %d", s.rows, numbers, s.largest+s.base)); err != nil {
		return 0, err
	}
	set.Notes = append(set.Notes, fmt.Sprintf("number of columns from the largest %s, %d", s.what, s.largest+s.base))
	return cols, nil
}

// read parses line by line and calls each for every row.
func (s *sparseLines) read(src *source, each func() error) (err error) {
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
		s.row = s.row[:0]
		data, err := s.parse(line)
		if err == nil && data {
			err = each()
		}
		if err != nil {
			return err
		}
		if !data {
			s.blank++
		}
	}
}

// measure counts rows and looks for the largest column.
func (s *sparseLines) measure() error {
	s.rows++
	if n := len(s.row); n > 0 {
		s.largest = max(s.largest, s.row[n-1].column)
	}
	return nil
}

// take passes a row to the sink.
func (s *sparseLines) take() error {
	if err := s.keep(); err != nil {
		return err
	}
	return s.sink.sparseRow(s.row)
}

// column returns the column, from 0, whose number a field writes.
func (s *sparseLines) column(field []byte) (int, error) {
	i, err := strconv.ParseUint(string(field), 10, 63)
	if err != nil {
		return 0, s.wrong(ErrFormat, "%s %s, expected a whole number", s.what, show(field))
	}
	if i < uint64(s.base) {
		return 0, s.wrong(ErrFormat, "%s %d, expected indices from %d (use --index-base 0 if they count from 0)", s.what, i, s.base)
	}
	column := i - uint64(s.base)
	if end := s.o.Features; end > 0 && column >= uint64(end) {
		return 0, s.wrong(ErrFormat, "%s %d, expected no more than %d with %d features", s.what, i, end-1+s.base, end)
	}
	if column >= math.MaxInt32 {
		return 0, s.wrong(ErrTooLarge, "%s %d, expected no more than %d", s.what, i, math.MaxInt32-1+s.base)
	}
	return int(column), nil
}

// sort puts the units of the row in order.
func (s *sparseLines) sort() {
	byColumn := func(a, b unit) int { return a.column - b.column }
	if !slices.IsSortedFunc(s.row, byColumn) {
		slices.SortFunc(s.row, byColumn)
	}
}

func (s *sparseLines) wrong(kind error, format string, args ...any) error {
	return problemf(kind, s.src.name, "line %d: %s", s.lines.number, fmt.Sprintf(format, args...))
}
