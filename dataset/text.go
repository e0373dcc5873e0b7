package dataset

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"
)

// text reads a table of fields, line by line.
type text struct {
	src   *source
	lines *lines
	o     *Options
	set   *Set

	style
	width int // fields of a line; 0 before the first row
	first int // the line that decided on it
	label int // the field that is the label, from 0; -1 if there is none
	skip  int // fields from the left that are not units
	plink *plinkRaw

	sink   *sink
	labels *labels
	units  []byte // of one row

	header, blank, comments int // lines; header is a number from 1, the others are counts
}

func readText(src *source, o *Options, set *Set) error {
	t := &text{src: src, o: o, set: set, label: -1, skip: o.SkipColumns}
	if err := t.read(); err != nil {
		return err
	}
	if t.width == 0 {
		return t.empty()
	}
	if err := t.sink.table(set); err != nil {
		return err
	}
	set.Shape = []int{set.Cols}
	t.note()
	if t.label < 0 || !o.ownLabels() {
		return nil
	}
	return set.setLabels(t.labels)
}

func (t *text) read() (err error) {
	first, err := t.src.firstLines()
	if err != nil {
		return err
	}
	t.style = styleOf(first, t.o)
	if t.lines, err = newLines(t.src); err != nil {
		return err
	}
	for {
		line, err := t.lines.next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = t.line(line)
		}
		if err != nil {
			return err
		}
	}
}

func (t *text) line(line []byte) error {
	if t.width > 0 && t.plain(line) {
		return t.sink.bytes(t.units)
	}
	switch start := trim(line); {
	case len(start) == 0:
		t.blank++
		return nil
	case start[0] == '#':
		t.comments++
		return nil
	}
	if t.width == 0 {
		if t.o.Separator == SeparatorAuto && t.sep == spaces && isDense(line) {
			t.sep = dense
		}
		if t.header == 0 && t.isHeader(line) {
			t.header = t.lines.number
			if t.plink = plinkHeader(line); t.plink != nil {
				t.skip = max(t.skip, plinkFields)
			}
			return nil
		}
		if err := t.begin(line); err != nil {
			return err
		}
	}
	return t.row(line)
}

// plain reports whether line is nothing but digits 0 and 1, all of them units,
// with one separator between two. Their values are then in t.units.
func (t *text) plain(line []byte) bool {
	n, step := len(t.units), 2
	if t.sep == dense {
		step = 1
	}
	if n != t.width || len(line) != (n-1)*step+1 {
		return false
	}
	if step == 2 {
		for i := 1; i < len(line); i += 2 {
			if line[i] != t.sep {
				return false
			}
		}
	}
	for i := range t.units {
		unit := line[i*step] - '0'
		if unit > 1 {
			return false
		}
		t.units[i] = unit
	}
	return true
}

// isHeader decides on the first line that is neither blank nor a comment.
func (t *text) isHeader(line []byte) bool {
	if t.o.Header != HeaderAuto {
		return t.o.Header == HeaderYes
	}
	names := 0
	for f := fieldsOf(line, t.sep); ; {
		field, ok, err := f.next()
		if err != nil {
			return false
		}
		if !ok {
			return names > 0
		}
		if _, number := t.value(field); number {
			return false
		}
		if !isMissing(field) {
			names++
		}
	}
}

// begin sets up what depends on the number of fields of the first row.
func (t *text) begin(line []byte) (err error) {
	width, err := fieldsOf(line, t.sep).count()
	if err != nil {
		return t.wrong("%v", err)
	}
	switch t.label = t.o.LabelColumn - 1; {
	case t.o.LabelColumn == LastColumn:
		t.label = width - 1
	case t.label >= width:
		return t.mismatch("label column %d", t.label+1, width)
	}
	cols := width - t.skip
	if t.label >= t.skip {
		cols--
	}
	if cols < 1 {
		return t.mismatch("no units are left besides %d columns to skip and the label", t.skip, width)
	}
	t.width, t.first, t.units = width, t.lines.number, make([]byte, cols)
	t.sink = newSink(t.src, t.o, cols, anyScale)
	t.sink.place = func(_, col int) string { return t.place(t.field(col)) }
	t.sink.hint = func(_, col int, v float64) string { return t.hint(t.field(col), v) }
	t.labels = newLabels(t.src.name, t.o, func(int) string { return t.place(t.label) })
	t.labels.value, t.labels.words = t.value, true
	return nil
}

func (t *text) mismatch(format string, n, width int) error {
	return problemf(ErrOption, t.src.name, "line %d: %s, but the line has %s", t.lines.number, fmt.Sprintf(format, n), plural(width, "field"))
}

// row takes the fields of a line.
func (t *text) row(line []byte) error {
	f := fieldsOf(line, t.sep)
	for i := 0; ; i++ {
		field, ok, err := f.next()
		switch {
		case err != nil:
			return t.wrong("%v", err)
		case !ok && i == t.width:
			return nil
		case !ok:
			return t.ragged(i)
		case i == t.width:
			more, _ := f.count()
			return t.ragged(i + 1 + more)
		case i == t.label:
			err = t.class(field)
		case i >= t.skip:
			err = t.unit(i, field)
		}
		if t.plink != nil {
			t.plink.note(i, field)
		}
		if err != nil {
			if n, _ := fieldsOf(line, t.sep).count(); n != t.width { // the likelier fault
				return t.ragged(n)
			}
			return err
		}
	}
}

// unit takes a field that is a unit.
func (t *text) unit(i int, field []byte) error {
	if t.plink != nil {
		carrier, err := t.plink.carrier(t, i, field)
		if err != nil {
			return err
		}
		return t.sink.float(carrier)
	}
	if v, ok := t.value(field); ok {
		return t.sink.float(v)
	}
	found := "found " + show(field)
	if len(field) == 0 {
		found = "an empty field"
	}
	advice := ""
	switch {
	case len(field) == 0 && i == t.width-1:
		advice = " (does the line end with a separator?)"
	case isMissing(field):
		advice = " (missing values must be filled in, or their rows left out)"
	case isDecimal(field):
		advice = " (for decimal commas use --decimal comma)"
	case bytes.IndexByte(field, ':') > 0:
		advice = " (libsvm data? use --format libsvm)"
	case t.lines.number == t.first && t.header == 0:
		advice = " (for a header line use --header yes, for columns of names --skip-columns)"
	}
	return problemf(ErrValue, t.src.name, "%s: %s, expected %s%s", t.place(i), found, t.sink.expected(), advice)
}

// isDecimal reports whether a field is a number with a decimal comma.
func isDecimal(field []byte) bool {
	_, ok := parseDecimal(field)
	return ok
}

// class takes a field that is a label.
func (t *text) class(field []byte) error {
	if !t.o.ownLabels() {
		return nil
	}
	return t.labels.field(field)
}

// field returns the field, from 0, that is unit col.
func (t *text) field(col int) int {
	i := col + t.skip
	if t.label >= t.skip && i >= t.label {
		i++
	}
	return i
}

// hint says what a number that is no unit may be, going by where it stands.
func (t *text) hint(field int, v float64) string {
	switch {
	case t.o.Binarize != Auto || v < 0 || v != math.Trunc(v) || t.width == 1:
		return ""
	case t.lines.number == t.first && t.header == 0:
		return "if the line is a header, use --header yes"
	case field == 0:
		return "if the column numbers the rows, use --skip-columns 1"
	case field == t.width-1:
		return "if the column is a label, use --label-column last"
	}
	return ""
}

func (t *text) place(field int) string {
	return fmt.Sprintf("line %d, column %d", t.lines.number, field+1)
}

func (t *text) wrong(format string, args ...any) error {
	return problemf(ErrFormat, t.src.name, "line %d: %s", t.lines.number, fmt.Sprintf(format, args...))
}

func (t *text) ragged(n int) error {
	return t.wrong("%s, expected %d as in line %d", plural(n, "field"), t.width, t.first)
}

func (t *text) empty() error {
	if t.header > 0 {
		return problemf(ErrEmpty, t.src.name, "no rows after the header, line %d", t.header)
	}
	return problemf(ErrEmpty, t.src.name, "no rows, only blank lines and comments")
}

// note records what was not read as data.
func (t *text) note() {
	add := func(n int, format string, args ...any) {
		if n > 0 {
			t.set.Notes = append(t.set.Notes, fmt.Sprintf(format, args...))
		}
	}
	if t.comma {
		t.set.Notes = append(t.set.Notes, "numbers with decimal commas")
	}
	add(t.header, "header line %d skipped", t.header)
	add(t.blank, "%s skipped", plural(t.blank, "blank line"))
	add(t.comments, "%s skipped", plural(t.comments, "comment line"))
	add(t.skip, "%s skipped", plural(t.skip, "column"))
	if t.plink != nil {
		t.set.Notes = append(t.set.Notes, carriersNote)
	}
	what := "labels from"
	if !t.o.ownLabels() {
		what = "no units from"
	}
	add(t.label+1, "%s column %d", what, t.label+1)
}

// readLabelText reads a label from each line of src into l, for rows rows.
func readLabelText(src *source, l *labels, rows int) error {
	in, err := newLines(src)
	if err != nil {
		return err
	}
	l.place = func(int) string { return fmt.Sprintf("line %d", in.number) }
	for first := true; ; {
		line, err := in.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		line = trim(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		if _, number := parseValue(line); first && !number && !strings.ContainsAny(string(line), ",; \t") {
			first = false
			continue // a header
		}
		first = false
		if len(l.list) == rows {
			return problemf(ErrLabels, src.name, "line %d: %s but more labels", in.number, plural(rows, "row"))
		}
		if err := l.field(line); err != nil {
			return err
		}
	}
}
