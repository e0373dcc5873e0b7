package dataset

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
)

const (
	maxMembers = 4096     // arrays in an archive
	maxArchive = 16 << 20 // bytes of an archive that is in memory
)

// member is an array in an NPZ file, which is a zip archive of NPY files.
type member struct {
	name string
	file *zip.File
	array
	err error // why it cannot be read
}

// readNPZ reads one array, and one of labels if there is, from an NPZ file.
func readNPZ(src *source, o *Options, set *Set) error {
	members, err := listNPZ(src)
	if err != nil {
		return err
	}
	var data *member
	if z := scipyMatrix(src, members, o); z != nil {
		data, err = z.data, z.read(set)
	} else if data, err = chooseData(src.name, members, o); err == nil {
		err = data.read(src, func(s *source, a array) error { return a.readTable(s, o, set) })
	}
	if err != nil {
		return err
	}
	if err := o.fitsColumns(src.name, uint64(set.Cols)); err != nil || !o.ownLabels() {
		return err
	}
	target, err := chooseLabels(src.name, members, data, o)
	if err != nil || target == nil {
		return err
	}
	l := newLabels(src.name, o, labelRow)
	err = target.read(src, func(s *source, a array) error {
		l.name = s.name
		return a.readLabels(s, l, set)
	})
	if err != nil {
		return err
	}
	set.Notes = append(set.Notes, "labels from array "+show(target.name))
	return set.setLabels(l)
}

// listNPZ lists the arrays of an NPZ file in its own order. What is not an NPY
// file is left out.
func listNPZ(src *source) ([]*member, error) {
	archive, err := openZip(src)
	if err != nil {
		return nil, err
	}
	if len(archive.File) > maxMembers {
		return nil, problemf(ErrTooLarge, src.name, "%d files in a zip archive, expected no more than %d", len(archive.File), maxMembers)
	}
	var members []*member
	var others []string
	seen := map[string]bool{}
	for _, f := range archive.File {
		m := &member{name: strings.TrimSuffix(f.Name, ".npy"), file: f}
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		if m.err = m.readHeader(src); m.err == errNotNPY {
			others = append(others, f.Name)
			continue
		}
		if seen[m.name] {
			return nil, problemf(ErrAmbiguous, src.name, "two arrays called %s", show(m.name))
		}
		seen[m.name] = true
		members = append(members, m)
	}
	if len(members) == 0 {
		if err := foreignArchive(src.name, others); err != nil {
			return nil, err
		}
		return nil, problemf(ErrEmpty, src.name, "no arrays in an archive of %s", plural(len(archive.File), "file"))
	}
	return members, nil
}

// openZip reads the directory of a zip archive. One that is itself gzipped, or
// comes through a pipe, has to fit into memory.
func openZip(src *source) (*zip.Reader, error) {
	at, size := src.at, src.size
	if src.packed || at == nil {
		all, err := io.ReadAll(io.LimitReader(src.r, maxArchive+1))
		if err != nil {
			return nil, src.failed(err)
		}
		if len(all) > maxArchive {
			return nil, problemf(ErrTooLarge, src.name, "a zip archive inside gzip, or through a pipe, of more than %d MiB; unpack it to a file first", maxArchive>>20)
		}
		at, size = bytes.NewReader(all), int64(len(all))
	}
	archive, err := zip.NewReader(at, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // nothing is written by these paths
		p := problemf(ErrFormat, src.name, "no directory at the end of the zip archive; the file is cut short or not an NPZ file")
		p.cause = err
		return nil, p
	}
	return archive, nil
}

var errNotNPY = errors.New("not an NPY file")

// readHeader reads the shape and type of the array.
func (m *member) readHeader(src *source) error {
	return m.open(src, func(s *source) error {
		start, err := s.peek(len(npyMagic))
		if err != nil {
			return err
		}
		if string(start) != npyMagic {
			return errNotNPY
		}
		m.array, err = readNPYHeader(s)
		return err
	})
}

// read passes the array to f, at its first element.
func (m *member) read(src *source, f func(*source, array) error) error {
	return m.open(src, func(s *source) error {
		a, err := readNPYHeader(s)
		if err != nil {
			return err
		}
		return f(s, a)
	})
}

// open calls f with the member as a source.
func (m *member) open(src *source, f func(*source) error) error {
	s := &source{name: src.name + ": array " + show(m.name), disk: src.disk, size: -1, packed: true}
	if m.file.Flags&1 != 0 {
		return problemf(ErrFormat, s.name, "encrypted")
	}
	r, err := m.file.Open()
	if err != nil {
		return s.failed(err)
	}
	defer r.Close()
	s.r = bufio.NewReaderSize(checkedReader{r, s}, bufferSize)
	return f(s)
}

// chooseData returns the array that opt names, or the only one that can be a
// table. Arrays of types that are refused may lie next to it.
func chooseData(name string, members []*member, o *Options) (*member, error) {
	if o.Array != "" {
		return byMemberName(name, members, o.Array)
	}
	var tables []*member
	var firstErr error
	for _, m := range members {
		if m.err != nil && firstErr == nil {
			firstErr = m.err
		}
		if m.err == nil && len(m.shape) > 1 && !isLabelName(m.name) {
			tables = append(tables, m)
		}
	}
	switch {
	case len(tables) == 1:
		return tables[0], nil
	case len(tables) == 0 && firstErr != nil:
		return nil, firstErr
	case len(tables) == 0:
		return nil, problemf(ErrFormat, name, "no array of rank 2 or more among %s", list(members))
	}
	return nil, problemf(ErrAmbiguous, name, "%s can be the data; choose one with --array", list(tables))
}

// chooseLabels returns the array with the labels for data, or nil.
func chooseLabels(name string, members []*member, data *member, o *Options) (*member, error) {
	if o.LabelArray != "" {
		return byMemberName(name, members, o.LabelArray)
	}
	for _, want := range labelNames(data.name) {
		for _, m := range members {
			if m != data && m.err == nil && len(m.shape) > 0 && strings.ToLower(m.name) == want {
				return m, nil
			}
		}
	}
	return nil, nil
}

// labelNames returns the names of arrays with labels for the array called
// data, in order of preference and in lower case.
func labelNames(data string) []string {
	data = strings.ToLower(data)
	names := []string{data + "_labels", data + "_label"}
	for _, word := range []string{"data", "images", "image", "features"} {
		if strings.Contains(data, word) {
			names = append(names, strings.Replace(data, word, "labels", 1))
		}
	}
	if rest, found := strings.CutPrefix(data, "x"); found {
		names = append(names, "y"+rest)
	}
	if rest, found := strings.CutSuffix(data, "x"); found {
		names = append(names, rest+"y")
	}
	return append(names, generalLabelNames...)
}

var generalLabelNames = []string{"y", "labels", "label", "targets", "target"}

// isLabelName reports whether an array of that name is not the data.
func isLabelName(name string) bool {
	name = strings.ToLower(name)
	return slices.Contains(generalLabelNames, name) || strings.HasPrefix(name, "y_") ||
		strings.HasSuffix(name, "_y") || strings.HasSuffix(name, "_labels") || strings.HasSuffix(name, "_label")
}

func byMemberName(name string, members []*member, want string) (*member, error) {
	for _, m := range members {
		if m.name == want {
			return m, nil
		}
	}
	return nil, problemf(ErrOption, name, "no array called %s among %s", show(want), list(members))
}

// list writes names and shapes, not too many of them.
func list(members []*member) string {
	const most = 8
	var names []string
	for i, m := range members {
		if i == most {
			names = append(names, "…")
			break
		}
		what := m.array.String()
		if m.err != nil {
			what = "not readable"
		}
		names = append(names, show(m.name)+" ("+what+")")
	}
	return strings.Join(names, ", ")
}
