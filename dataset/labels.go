package dataset

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// maxClasses is the largest number of classes.
const maxClasses = 1 << 16

// labels receives the classes of rows, one value a row.
type labels struct {
	name  string
	o     *Options
	list  []int
	place func(i int) string // names the position of label i in an error
	value func(field []byte) (float64, bool)

	// classes are the numbers of the classes that have names: those of
	// Options.ClassNames or, where words are labels too, in the order in which
	// they come.
	classes map[string]int
	words   bool
}

func newLabels(name string, o *Options, place func(int) string) *labels {
	l := &labels{name: name, o: o, place: place, value: parseValue, classes: map[string]int{}}
	for i, class := range o.ClassNames {
		l.classes[class] = i
	}
	return l
}

func (l *labels) bytes(p []byte) error {
	for _, c := range p {
		if err := l.float(float64(c)); err != nil {
			return err
		}
	}
	return nil
}

func (l *labels) floats(v []float64) error {
	for _, x := range v {
		if err := l.float(x); err != nil {
			return err
		}
	}
	return nil
}

func (l *labels) float(v float64) error {
	if l.o.ClassNames != nil {
		return l.known(labelName(v))
	}
	end := maxClasses
	if l.o.Classes > 0 {
		end = l.o.Classes
	}
	if len(l.classes) > 0 {
		return l.wrong(number(v), "a name, as above")
	}
	if !(v >= 0 && v < float64(end) && v == math.Trunc(v)) {
		return l.wrong(number(v), fmt.Sprintf("a whole number from 0 to %d", end-1))
	}
	l.list = append(l.list, int(v))
	return nil
}

// labelName returns the name of a class that is the number v.
func labelName(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// known takes a label that is one of Options.ClassNames.
func (l *labels) known(class string) error {
	i, ok := l.classes[class]
	if !ok {
		return l.wrong(show(class), "one of "+shownNames(l.o.ClassNames))
	}
	l.list = append(l.list, i)
	return nil
}

// field takes a label that is written as text.
func (l *labels) field(field []byte) error {
	v, isNumber := l.value(field)
	switch {
	case l.o.ClassNames != nil && isNumber:
		return l.known(labelName(v))
	case l.o.ClassNames != nil:
		return l.known(string(field))
	case isNumber:
		return l.float(v)
	case !l.words || isMissing(field) || len(l.list) > 0 && len(l.classes) == 0:
		return l.wrong(show(field), "a whole number from 0")
	}
	i, seen := l.classes[string(field)]
	if !seen {
		most := maxClasses
		if l.o.Classes > 0 {
			most = l.o.Classes
		}
		if i = len(l.classes); i == most {
			return l.wrong(show(field), fmt.Sprintf("no more classes than the %d before it", most))
		}
		l.classes[string(field)] = i
	}
	l.list = append(l.list, i)
	return nil
}

func (l *labels) wrong(found, expected string) error {
	return problemf(ErrLabels, l.name, "%s: label %s, expected %s", l.place(len(l.list)), found, expected)
}

// sorted returns the names of the classes in ascending order, and numbers the
// labels so.
func (l *labels) sorted() []string {
	names := slices.Sorted(maps.Keys(l.classes))
	number := make([]int, len(names))
	for i, name := range names {
		number[l.classes[name]] = i
	}
	for i, class := range l.list {
		l.list[i] = number[class]
	}
	return names
}

// setLabels gives the set its labels, one for each row.
func (s *Set) setLabels(l *labels) error {
	if len(l.list) != s.Rows {
		return problemf(ErrLabels, l.name, "%s but %s", plural(s.Rows, "row"), plural(len(l.list), "label"))
	}
	switch {
	case l.o.ClassNames != nil:
		s.ClassNames = l.o.ClassNames
	case len(l.classes) > 0:
		s.ClassNames = l.sorted()
	}
	s.Labels, s.Classes = l.list, max(l.o.Classes, len(s.ClassNames))
	if s.Classes == 0 {
		s.Classes = slices.Max(l.list) + 1
		if slices.Min(l.list) > 0 {
			s.Notes = append(s.Notes, "no row has the label 0, which is a class")
		}
	}
	if s.ClassNames != nil {
		s.Notes = append(s.Notes, "classes "+shownNames(s.ClassNames))
	}
	return nil
}

// shownNames writes names of classes, not too many of them.
func shownNames(names []string) string {
	const most = 8
	var b strings.Builder
	for i, name := range names[:min(most, len(names))] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(show(name))
	}
	if len(names) > most {
		b.WriteString(", …")
	}
	return b.String()
}

// readLabelFile reads the labels of set from another file.
func readLabelFile(path string, o *Options, set *Set) error {
	src, file, err := openFile(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return labelsFrom(src, o, set)
}

func labelsFrom(src *source, o *Options, set *Set) error {
	format, err := detect(src, FormatAuto)
	if err != nil {
		return err
	}
	l := newLabels(src.name, o, labelRow)
	switch format {
	case FormatIDX:
		err = labelArray(src, readIDXHeader, l, set)
	case FormatNPY:
		err = labelArray(src, readNPYHeader, l, set)
	case FormatText:
		err = readLabelText(src, l, set.Rows)
	default:
		err = problemf(ErrFormat, src.name, "a label file of format %v, expected idx, npy or text", format)
	}
	if err != nil {
		return err
	}
	return set.setLabels(l)
}

// labelRow names the position of label i of an array.
func labelRow(i int) string { return "row " + zeroBased(i) }

// labelArray reads an array of one label a row.
func labelArray(src *source, header func(*source) (array, error), l *labels, set *Set) error {
	a, err := header(src)
	if err != nil {
		return err
	}
	return a.readLabels(src, l, set)
}
