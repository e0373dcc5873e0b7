package dataset

import "math"

// maxClasses is the largest number of classes.
const maxClasses = 1 << 16

// labels receives the classes of rows, one value a row.
type labels struct {
	name    string
	classes int // Options.Classes
	list    []int
	place   func(i int) string // names the position of label i in an error
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
	end := maxClasses
	if l.classes > 0 {
		end = l.classes
	}
	if !(v >= 0 && v < float64(end) && v == math.Trunc(v)) {
		return problemf(ErrLabels, l.name, "%s: label %s, expected a whole number from 0 to %d", l.place(len(l.list)), number(v), end-1)
	}
	l.list = append(l.list, int(v))
	return nil
}

// setLabels gives the set its labels, read from the file called name, one for
// each row.
func (s *Set) setLabels(name string, list []int, classes int) error {
	if len(list) != s.Rows {
		return problemf(ErrLabels, name, "%s but %s", plural(s.Rows, "row"), plural(len(list), "label"))
	}
	s.Labels, s.Classes = list, classes
	if classes == 0 {
		for _, c := range list {
			s.Classes = max(s.Classes, c+1)
		}
	}
	return nil
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
	l := &labels{name: src.name, classes: o.Classes, place: labelRow}
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
	return set.setLabels(l.name, l.list, o.Classes)
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
