package dataset

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
)

// Separators of fields other than a tab, a comma, a semicolon and a bar.
const (
	spaces = ' ' // any number of spaces and tabs
	dense  = 0   // none: each byte is a field
)

// isDense reports whether a line is a string of digits 0 and 1.
func isDense(line []byte) bool {
	line = trim(line)
	return len(line) > 1 && len(bytes.Trim(line, "01")) == 0
}

// trim cuts blanks, which are spaces and tabs, from both ends.
func trim(b []byte) []byte {
	b = trimLeft(b)
	for len(b) > 0 && isBlank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

func trimLeft(b []byte) []byte {
	for len(b) > 0 && isBlank(b[0]) {
		b = b[1:]
	}
	return b
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// fields cuts a line into fields.
type fields struct {
	rest []byte
	sep  byte
	done bool
}

// fieldsOf returns the fields of a line. A line of only blanks has none.
func fieldsOf(line []byte, sep byte) fields {
	if sep == spaces || sep == dense {
		line = trim(line)
	}
	return fields{rest: line, sep: sep, done: len(trim(line)) == 0}
}

var errQuote = errors.New("a quote that is not closed on the line, or text after it")

// next returns the next field, without blanks around it and quotes; ok is false
// after the last one.
func (f *fields) next() (field []byte, ok bool, err error) {
	if f.done {
		return nil, false, nil
	}
	switch f.sep {
	case dense:
		field, f.rest = f.rest[:1], f.rest[1:]
		f.done = len(f.rest) == 0
		return field, true, nil
	case spaces:
		field = f.cut(slices.IndexFunc(f.rest, isBlank))
		f.rest = trimLeft(f.rest)
	default:
		if start := trimLeft(f.rest); len(start) > 0 && start[0] == '"' {
			return f.quoted(start)
		}
		return trim(f.cut(bytes.IndexByte(f.rest, f.sep))), true, nil
	}
	if len(field) > 1 && field[0] == '"' && field[len(field)-1] == '"' {
		field = field[1 : len(field)-1]
	}
	return field, true, nil
}

// cut takes the i bytes up to a separator and the separator, or all that is
// left if i is negative.
func (f *fields) cut(i int) []byte {
	field := f.rest
	if i < 0 {
		f.done = true
		return field
	}
	field, f.rest = f.rest[:i], f.rest[i+1:]
	return field
}

// quoted takes a field in quotes, which may hold separators and pairs of
// quotes.
func (f *fields) quoted(start []byte) (field []byte, ok bool, err error) {
	n := 1
	for {
		i := bytes.IndexByte(start[n:], '"')
		if i < 0 {
			return nil, true, errQuote
		}
		if n += i + 1; n == len(start) || start[n] != '"' {
			break
		}
		n++
	}
	f.rest = start[n:]
	if after := trim(f.cut(bytes.IndexByte(f.rest, f.sep))); len(after) > 0 {
		return nil, true, errQuote
	}
	return start[1 : n-1], true, nil
}

// count returns the number of fields that are left.
func (f fields) count() (int, error) {
	if f.sep == dense {
		return len(f.rest), nil
	}
	n := 0
	for {
		_, ok, err := f.next()
		if err != nil || !ok {
			return n, err
		}
		n++
	}
}

// parseValue returns the number that a field writes: in decimal, with an
// exponent or without, or as true or false in one of the usual spellings. What
// strconv takes beyond that (hexadecimal, underscores, nan and inf) is not a
// value.
func parseValue(field []byte) (v float64, ok bool) {
	if len(field) > 0 && field[0]&^1 == '0' && isZeroFraction(field[1:]) {
		return float64(field[0] & 1), true
	}
	switch string(field) {
	case "false", "False", "FALSE":
		return 0, true
	case "true", "True", "TRUE":
		return 1, true
	}
	for _, c := range field {
		if !isDigit(c) && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(string(field), 64)
	return v, err == nil
}

// parseDecimal is parseValue where a comma is what a point is elsewhere.
func parseDecimal(field []byte) (v float64, ok bool) {
	whole, fraction, found := bytes.Cut(field, []byte{','})
	if bytes.IndexByte(field, '.') >= 0 || found && (len(fraction) == 0 || !isDigit(fraction[0])) {
		return 0, false
	}
	if !found {
		return parseValue(field)
	}
	return parseValue(append(append(bytes.Clone(whole), '.'), fraction...))
}

// isZeroFraction reports whether b, after a digit, adds nothing to it, as .00
// does.
func isZeroFraction(b []byte) bool {
	if len(b) == 0 {
		return true
	}
	for _, c := range b[1:] {
		if c != '0' {
			return false
		}
	}
	return b[0] == '.'
}

// isMissing reports whether a field is one of the usual signs for a value that
// is not known.
func isMissing(field []byte) bool {
	switch string(bytes.ToLower(field)) {
	case "", "?", "na", "n/a", "nan", "null", "none", ".", "-":
		return true
	}
	return false
}
