package dataset

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
)

// libsvm reads lines of a label and of index:value for units that are not 0.
type libsvm struct {
	sparseLines
	label   []byte // of the line
	labels  *labels
	spins   bool // a label was -1
	queries bool // a row had a query
}

func readLibSVM(src *source, o *Options, set *Set) error {
	s := &libsvm{sparseLines: sparseLines{o: o, what: "index", base: 1}}
	if o.ZeroBased {
		s.base = 0
	}
	s.parse, s.keep = s.example, s.takeLabel
	s.labels = newLabels(src.name, o, func(int) string { return fmt.Sprintf("line %d", s.lines.number) })
	if err := s.table(src, set); err != nil {
		return err
	}
	if s.queries {
		set.Notes = append(set.Notes, "qid skipped")
	}
	if !o.ownLabels() {
		return nil
	}
	return s.finishLabels(set)
}

// example parses a line.
func (s *libsvm) example(line []byte) (data bool, err error) {
	line, _, _ = bytes.Cut(line, []byte("#"))
	f := fieldsOf(line, spaces)
	s.label, data, _ = f.next()
	if !data {
		return false, nil
	}
	if bytes.IndexByte(s.label, ':') >= 0 {
		return false, s.wrong(ErrFormat, "found %s, expected a label before the first index", show(s.label))
	}
	for first := true; ; first = false {
		field, ok, _ := f.next()
		if !ok {
			break
		}
		if first && isQuery(field) {
			s.queries = true
			continue
		}
		u, err := s.unit(field)
		if err != nil {
			return false, err
		}
		s.row = append(s.row, u)
	}
	s.sort()
	for i := 1; i < len(s.row); i++ {
		if s.row[i].column == s.row[i-1].column {
			return false, s.wrong(ErrFormat, "index %d twice", s.row[i].column+s.base)
		}
	}
	return true, nil
}

// isQuery reports whether a field after the label is qid:number, which ranks
// rows and is no unit.
func isQuery(field []byte) bool {
	number, found := bytes.CutPrefix(field, []byte("qid:"))
	return found && len(number) > 0 && len(bytes.Trim(number, "0123456789")) == 0
}

// unit parses index:value.
func (s *libsvm) unit(field []byte) (unit, error) {
	index, value, found := bytes.Cut(field, []byte(":"))
	if !found {
		return unit{}, s.wrong(ErrFormat, "found %s, expected index:value", show(field))
	}
	column, err := s.column(index)
	if err != nil {
		return unit{}, err
	}
	v, ok := parseValue(value)
	if !ok {
		return unit{}, s.wrong(ErrValue, "index %d: found %s, expected a number", column+s.base, show(value))
	}
	return unit{column, v}, nil
}

// takeLabel keeps the label of a row: a class, or a spin of -1 or +1.
func (s *libsvm) takeLabel() error {
	if !s.o.ownLabels() {
		return nil
	}
	if v, ok := parseValue(s.label); ok && v == -1 && s.o.ClassNames == nil {
		s.spins = true
		s.labels.list = append(s.labels.list, -1)
		return nil
	}
	return s.labels.field(s.label)
}

// finishLabels gives set its labels. If all are -1 and +1, or count from 1, they
// become classes from 0; in any case the classes have their labels as names, so
// that other data of the same kind can be read alike.
func (s *libsvm) finishLabels(set *Set) error {
	list := s.labels.list
	least, largest := slices.Min(list), slices.Max(list)
	switch {
	case s.o.ClassNames != nil:
		return set.setLabels(s.labels)
	case s.spins:
		for i, c := range list {
			if c != -1 && c != 1 {
				return problemf(ErrLabels, s.src.name, "row %s has the label %d and others have -1, expected whole numbers from 0, or -1 and 1 only", zeroBased(i), c)
			}
			list[i] = (c + 1) / 2
		}
		set.ClassNames = []string{"-1", "1"}
		set.Notes = append(set.Notes, "labels -1 and 1 read as 0 and 1")
	case least == 1 && largest > 1 && s.o.Classes == 0:
		for i := range list {
			list[i]--
		}
		set.ClassNames = numberNames(1, largest)
		set.Notes = append(set.Notes, fmt.Sprintf("labels 1 to %d read as 0 to %d", largest, largest-1))
	default:
		set.ClassNames = numberNames(0, max(largest, s.o.Classes-1))
	}
	set.Labels, set.Classes = list, max(len(set.ClassNames), s.o.Classes)
	return nil
}

// numberNames returns the names of classes that are numbers.
func numberNames(from, to int) []string {
	var names []string
	for c := from; c <= to; c++ {
		names = append(names, strconv.Itoa(c))
	}
	return names
}
