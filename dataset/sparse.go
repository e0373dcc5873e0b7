package dataset

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// A short sparse file may stand for a large table. These limit the memory that
// it takes when packed, if no one gives the number of its columns; and if
// someone does, but no Options.MaxBytes.
const (
	maxGuessed = 16 << 20
	maxSparse  = 4 << 30
)

// unit is a value that is not 0 in column, from 0.
type unit struct {
	column int
	value  float64
}

// justifies checks that the file is long enough for a table of rows × cols,
// which it describes as what, unless the caller gave the number of columns.
func (s *source) justifies(o *Options, rows, cols int, what string) error {
	size := packedSize(rows, cols)
	if o.Features > 0 || size <= max(maxGuessed, 64*s.disk) {
		return nil
	}
	return problemf(ErrTooLarge, s.name, "%s take %d bytes of memory; if that is right, give the number of columns with --features", what, size)
}

// newSparseSink returns a sink for rows of which few units are not 0.
func newSparseSink(src *source, o *Options, cols int) *sink {
	s := newSink(src, o, cols, anyScale)
	s.limit = maxSparse
	if o.MaxBytes > 0 {
		s.limit = o.MaxBytes
	}
	return s
}

// sparseRow takes a row that is 0 but for units, in ascending order of columns.
func (s *sink) sparseRow(units []unit) error {
	if err := s.within(s.row+1, s.cols); err != nil {
		return err
	}
	end := 0
	for _, u := range units {
		if err := s.zeros(u.column - end); err != nil {
			return err
		}
		if err := s.float(u.value); err != nil {
			return err
		}
		end = u.column + 1
	}
	return s.zeros(s.cols - end)
}

// triplet is an entry of a sparse matrix; row and column count from 0.
type triplet struct {
	row, column int32
	value       float64
}

// sparseMatrix is a matrix given by its entries in any order.
type sparseMatrix struct {
	rows, cols int
	entries    []triplet
	place      func(row, col int) string // names a position for errors
	limit      int64                     // bytes that the entries may take; 0 for any
}

// newSparseMatrix returns a matrix without entries, of sizes that a header
// declares, which it checks against the options, the file and the range of a
// triplet.
func newSparseMatrix(src *source, o *Options, rows, cols uint64) (*sparseMatrix, error) {
	what := fmt.Sprintf("%d rows × %d columns", rows, cols)
	switch {
	case rows == 0 || cols == 0:
		return nil, problemf(ErrEmpty, src.name, "no data (%s)", what)
	case max(rows, cols) > math.MaxInt32:
		return nil, problemf(ErrTooLarge, src.name, "%s, expected no more than %d of each", what, math.MaxInt32)
	}
	if err := o.fitsColumns(src.name, cols); err != nil {
		return nil, err
	}
	m := &sparseMatrix{rows: int(rows), cols: int(cols), limit: src.limit(o)}
	return m, src.justifies(o, m.rows, m.cols, what)
}

// add appends an entry that has arrived.
func (m *sparseMatrix) add(src *source, e triplet) error {
	const size = 16
	if m.limit > 0 && int64(len(m.entries)) >= max(m.limit/size, 1) {
		return problemf(ErrTooLarge, src.name, "the entries take more than %d bytes of memory (Options.MaxBytes)", m.limit)
	}
	m.entries = append(m.entries, e)
	return nil
}

// table puts the matrix into set.
func (m *sparseMatrix) table(src *source, o *Options, set *Set) error {
	if err := m.order(src.name); err != nil {
		return err
	}
	s := newSparseSink(src, o, m.cols)
	s.place = m.place
	if err := s.within(m.rows, m.cols); err != nil {
		return err
	}
	var row []unit
	next := 0
	for i := range m.rows {
		row = row[:0]
		for ; next < len(m.entries) && int(m.entries[next].row) == i; next++ {
			row = append(row, unit{int(m.entries[next].column), m.entries[next].value})
		}
		if err := s.sparseRow(row); err != nil {
			return err
		}
	}
	set.Shape = []int{m.cols}
	return s.table(set)
}

// order sorts the entries by row and column and refuses one that is there twice.
func (m *sparseMatrix) order(name string) error {
	byPlace := func(a, b triplet) int {
		return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.column, b.column))
	}
	if !slices.IsSortedFunc(m.entries, byPlace) {
		slices.SortFunc(m.entries, byPlace)
	}
	for i := 1; i < len(m.entries); i++ {
		if byPlace(m.entries[i-1], m.entries[i]) == 0 {
			e := m.entries[i]
			return problemf(ErrFormat, name, "%s: an entry twice", m.place(int(e.row), int(e.column)))
		}
	}
	return nil
}
