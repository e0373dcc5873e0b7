package dataset

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

const marketBanner = "%%MatrixMarket"

// matrixMarket reads a matrix in the exchange format of NIST's Matrix Market: a
// banner, comments, a line of sizes, then either each entry with its row and
// column, which count from 1, or all values column by column.
//
// See https://math.nist.gov/MatrixMarket/formats.html.
type matrixMarket struct {
	src   *source
	lines *lines
	o     *Options

	array     bool // all values, not entries with their places
	pattern   bool // entries without values, which are 1
	symmetric bool // entries on and below the diagonal stand for those above it
	sizes     []uint64
}

func readMatrixMarket(src *source, o *Options, set *Set) (err error) {
	m := &matrixMarket{src: src, o: o}
	if m.lines, err = newLines(src); err != nil {
		return err
	}
	if err := m.banner(); err != nil {
		return err
	}
	if err := m.size(); err != nil {
		return err
	}
	if m.array {
		return m.readArray(set)
	}
	return m.readEntries(set)
}

// banner parses the first line, which says what the matrix is.
func (m *matrixMarket) banner() error {
	line, err := m.lines.next()
	if err != nil && err != io.EOF {
		return err
	}
	words := strings.Fields(strings.ToLower(string(line)))
	if len(words) == 0 || words[0] != strings.ToLower(marketBanner) {
		return problemf(ErrFormat, m.src.name, "not a Matrix Market file: it starts with %s, expected %s", startOf(line), marketBanner)
	}
	if len(words) != 5 {
		return m.wrong(ErrFormat, "%s in the banner, expected %s matrix, a layout, a type and a symmetry", plural(len(words), "word"), marketBanner)
	}
	for i, accepted := range [][]string{1: {"matrix"}, 2: {"coordinate", "array"}, 3: {"real", "integer", "double", "pattern"}, 4: {"general", "symmetric"}} {
		if i > 0 && !slices.Contains(accepted, words[i]) {
			return m.wrong(ErrFormat, "found %s, expected %s", show(words[i]), strings.Join(accepted, ", "))
		}
	}
	m.array, m.pattern, m.symmetric = words[2] == "array", words[3] == "pattern", words[4] == "symmetric"
	if m.array && (m.pattern || m.symmetric) {
		return m.wrong(ErrFormat, "an array that is %s %s, expected real or integer, and general", words[3], words[4])
	}
	return nil
}

// next returns the next line that is neither blank nor a comment, or io.EOF.
func (m *matrixMarket) next() ([]byte, error) {
	for {
		line, err := m.lines.next()
		if err != nil {
			return nil, err
		}
		if line = trim(line); len(line) > 0 && line[0] != '%' {
			return line, nil
		}
	}
}

// size parses the line of sizes and compares it with the size of the file.
func (m *matrixMarket) size() error {
	line, err := m.next()
	if err == io.EOF {
		return problemf(ErrTruncated, m.src.name, "the file ends before the line of sizes")
	}
	if err != nil {
		return err
	}
	want := []string{"rows", "columns", "entries"}
	if m.array {
		want = want[:2]
	}
	for f := fieldsOf(line, spaces); ; {
		field, ok, _ := f.next()
		if !ok {
			break
		}
		n, err := strconv.ParseUint(string(field), 10, 63)
		if err != nil {
			return m.wrong(ErrFormat, "size %s, expected a whole number", show(field))
		}
		m.sizes = append(m.sizes, n)
	}
	if len(m.sizes) != len(want) {
		return m.wrong(ErrFormat, "%s, expected the numbers of %s", plural(len(m.sizes), "size"), strings.Join(want, ", "))
	}
	rows, cols := m.sizes[0], m.sizes[1]
	if m.symmetric && rows != cols {
		return m.wrong(ErrFormat, "a symmetric matrix of %d rows and %d columns, expected as many", rows, cols)
	}
	values, fits := product(m.sizes[:2])
	if !m.array {
		// A symmetric matrix has no more than this either.
		if fits && m.sizes[2] > values {
			return m.wrong(ErrFormat, "%d entries in %d rows × %d columns, expected no more than fit", m.sizes[2], rows, cols)
		}
		values, fits = m.sizes[2], true
	}
	least := uint64(len("1 1\n"))
	if m.array {
		least = uint64(len("1\n"))
	}
	// What no file of this size can hold is refused before anything is read.
	if !fits || m.src.size >= 0 && values > (uint64(m.src.size)+1)/least {
		return problemf(ErrTruncated, m.src.name, "line %d: %s declared, more than a file of %s can hold", m.lines.number, m.declared(), plural(m.src.size, "byte"))
	}
	return nil
}

// declared names what the line of sizes declares.
func (m *matrixMarket) declared() string {
	if m.array {
		return fmt.Sprintf("%d × %d values", m.sizes[0], m.sizes[1])
	}
	return fmt.Sprintf("%d entries", m.sizes[2])
}

func (m *matrixMarket) short(n uint64) error {
	return problemf(ErrTruncated, m.src.name, "%s declared, the file ends after %d", m.declared(), n)
}

func (m *matrixMarket) long() error {
	return m.wrong(ErrFormat, "more than the %s declared", m.declared())
}

// oneBased names a position as the file does.
func oneBased(row, col int) string {
	return fmt.Sprintf("row %d, column %d (from 1)", row+1, col+1)
}

// readEntries reads a row, a column and, unless the matrix is a pattern, a
// value from each line.
func (m *matrixMarket) readEntries(set *Set) error {
	n := m.sizes[2]
	matrix, err := newSparseMatrix(m.src, m.o, m.sizes[0], m.sizes[1])
	if err != nil {
		return err
	}
	matrix.place = oneBased
	for read := uint64(0); ; read++ {
		line, err := m.next()
		switch {
		case err == io.EOF && read < n:
			return m.short(read)
		case err == io.EOF:
			if m.symmetric {
				set.Notes = append(set.Notes, "symmetric, entries above the diagonal as below it")
			}
			return matrix.table(m.src, m.o, set)
		case err != nil:
			return err
		case read == n:
			return m.long()
		}
		e, err := m.entry(line)
		if err != nil {
			return err
		}
		if err := matrix.add(m.src, e); err != nil {
			return err
		}
		if m.symmetric && e.row != e.column {
			if err := matrix.add(m.src, triplet{e.column, e.row, e.value}); err != nil {
				return err
			}
		}
	}
}

// entry parses a line of row, column and value.
func (m *matrixMarket) entry(line []byte) (triplet, error) {
	f := fieldsOf(line, spaces)
	want := 3
	if m.pattern {
		want = 2
	}
	if n, _ := f.count(); n != want {
		return triplet{}, m.wrong(ErrFormat, "%s, expected %d", plural(n, "field"), want)
	}
	row, err := m.index(&f, "row", m.sizes[0])
	if err != nil {
		return triplet{}, err
	}
	column, err := m.index(&f, "column", m.sizes[1])
	if err != nil {
		return triplet{}, err
	}
	if m.symmetric && row < column {
		return triplet{}, m.wrong(ErrFormat, "row %d, column %d is above the diagonal of a symmetric matrix, expected entries on and below it", row+1, column+1)
	}
	if m.pattern {
		return triplet{row, column, 1}, nil
	}
	field, _, _ := f.next()
	v, err := m.value(field)
	return triplet{row, column, v}, err
}

// index takes a field that counts from 1 to end, and returns it from 0.
func (m *matrixMarket) index(f *fields, what string, end uint64) (int32, error) {
	field, _, _ := f.next()
	i, err := strconv.ParseUint(string(field), 10, 63)
	if err != nil || i < 1 || i > end {
		return 0, m.wrong(ErrFormat, "%s %s, expected a whole number from 1 to %d", what, show(field), end)
	}
	return int32(i - 1), nil
}

func (m *matrixMarket) value(field []byte) (float64, error) {
	v, ok := parseValue(field)
	if !ok {
		return 0, m.wrong(ErrValue, "found %s, expected a number", show(field))
	}
	return v, nil
}

// readArray reads all values, the first column first.
func (m *matrixMarket) readArray(set *Set) error {
	rows, cols := m.sizes[0], m.sizes[1]
	if rows == 0 || cols == 0 {
		return problemf(ErrEmpty, m.src.name, "no data (%s)", m.declared())
	}
	if max(rows, cols) > math.MaxInt32 {
		return problemf(ErrTooLarge, m.src.name, "%s, expected no more than %d rows and columns", m.declared(), math.MaxInt32)
	}
	s := newSink(m.src, m.o, int(rows), anyScale)
	s.place = func(col, row int) string { return fmt.Sprintf("line %d, %s", m.lines.number, oneBased(row, col)) }
	for n := rows * cols; ; {
		line, err := m.next()
		switch {
		case err == io.EOF && n > 0:
			return m.short(rows*cols - n)
		case err == io.EOF:
			set.Shape = []int{int(cols)}
			return s.transposed(set, func(col int) int { return col })
		case err != nil:
			return err
		case n == 0:
			return m.long()
		case bytes.ContainsAny(line, " \t"):
			return m.wrong(ErrFormat, "found %s, expected one value a line", show(line))
		}
		v, err := m.value(line)
		if err != nil {
			return err
		}
		if err := s.float(v); err != nil {
			return err
		}
		n--
	}
}

func (m *matrixMarket) wrong(kind error, format string, args ...any) error {
	return problemf(kind, m.src.name, "line %d: %s", m.lines.number, fmt.Sprintf(format, args...))
}
