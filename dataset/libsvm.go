package dataset

import (
	"bytes"
	"fmt"
)

// libsvm reads lines of a label and of index:value for units that are not 0.
type libsvm struct {
	sparseLines
	label  []byte // of the line
	labels []int
	spins  bool // a label was -1
}

func readLibSVM(src *source, o *Options, set *Set) error {
	s := &libsvm{sparseLines: sparseLines{o: o, what: "index", base: 1}}
	if o.ZeroBased {
		s.base = 0
	}
	s.parse, s.keep = s.example, s.takeLabel
	if err := s.table(src, set); err != nil || !o.ownLabels() {
		return err
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
	for {
		field, ok, _ := f.next()
		if !ok {
			break
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
	if v, ok := parseValue(s.label); ok && v == -1 {
		s.spins = true
		s.labels = append(s.labels, -1)
		return nil
	}
	l := &labels{name: s.src.name, classes: s.o.Classes, list: s.labels, place: func(int) string { return fmt.Sprintf("line %d", s.lines.number) }}
	err := l.field(s.label)
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
