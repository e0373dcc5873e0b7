package dataset

import (
	"encoding/binary"
	"strings"
)

const (
	npyMagic     = "\x93NUMPY"
	maxNPYHeader = 64 << 10
)

// readNPYHeader reads the header of an NPY file: a magic string, the version,
// the header's length in 2 bytes or, from version 2, in 4, and a Python dict.
//
// The parser of the dict is our own, small and strict, because others trust the
// header: they allocate what it declares, or evaluate or index into text that
// is not there.
func readNPYHeader(src *source) (array, error) {
	start, err := src.peek(len(npyMagic))
	if err != nil {
		return array{}, err
	}
	if string(start) != npyMagic {
		return array{}, problemf(ErrFormat, src.name, "not an NPY file: it starts with %s", startOf(start))
	}
	fixed := make([]byte, 10)
	if err := src.full(fixed, "the NPY header"); err != nil {
		return array{}, err
	}
	size := uint32(binary.LittleEndian.Uint16(fixed[8:]))
	switch version := fixed[6]; version {
	case 1:
	case 2, 3:
		high := make([]byte, 2)
		if err := src.full(high, "the NPY header"); err != nil {
			return array{}, err
		}
		size |= uint32(binary.LittleEndian.Uint16(high)) << 16
	default:
		return array{}, problemf(ErrFormat, src.name, "NPY format version %d.%d, expected 1 to 3", version, fixed[7])
	}
	if size > maxNPYHeader {
		return array{}, problemf(ErrFormat, src.name, "an NPY header of %d bytes, expected no more than %d", size, maxNPYHeader)
	}
	dict := make([]byte, size)
	if err := src.full(dict, "the NPY header"); err != nil {
		return array{}, err
	}
	return parseNPYDict(src.name, string(dict))
}

func readNPY(src *source, o *Options, set *Set) error {
	a, err := readNPYHeader(src)
	if err != nil {
		return err
	}
	return a.readTable(src, o, set)
}

// npyElement returns the type that a descr such as <f4 names. The byte order =
// is the writer's own, taken to be little-endian.
func npyElement(name, descr string) (elem, error) {
	order, code := byte('='), descr
	if descr != "" && strings.IndexByte("<>=|", descr[0]) >= 0 {
		order, code = descr[0], descr[1:]
	}
	types := littleElements
	if order == '>' {
		types = bigElements
	}
	e, ok := types[code]
	if !ok || order == '|' && e.size > 1 {
		return elem{}, problemf(ErrFormat, name, "elements of type %s%s, expected bool, integers or floats", show(descr), kindOf(code))
	}
	return e, nil
}

// kindOf names the types that are refused.
func kindOf(code string) string {
	if code == "" {
		return ""
	}
	switch code[0] {
	case 'c':
		return " (complex numbers)"
	case 'U', 'S', 'a':
		return " (strings)"
	case 'O':
		return " (Python objects, which only Python can load)"
	case 'V':
		return " (raw bytes)"
	case 'M', 'm':
		return " (times)"
	}
	return ""
}
