package dataset

import (
	"encoding/binary"
	"fmt"
)

// idxElements are the types of IDX by their codes, all of them big-endian.
var idxElements = map[byte]string{0x08: "u1", 0x09: "i1", 0x0b: "i2", 0x0c: "i4", 0x0d: "f4", 0x0e: "f8"}

// readIDXHeader reads the header of an IDX file: two zero bytes, a code for
// the type, the rank, and each dimension in four bytes, big-endian.
func readIDXHeader(src *source) (array, error) {
	magic, err := src.peek(4)
	if err != nil {
		return array{}, err
	}
	if len(magic) == 4 && magic[2] == 0 && magic[3] == 0 && magic[0] != 0 {
		return array{}, problemf(ErrFormat, src.name, "not an IDX file: it starts with %s, perhaps an IDX header in little-endian order", startOf(magic))
	}
	if len(magic) > 1 && (magic[0] != 0 || magic[1] != 0) {
		return array{}, problemf(ErrFormat, src.name, "not an IDX file: it starts with %s, expected two zero bytes", startOf(magic))
	}
	magic = make([]byte, 4)
	if err := src.full(magic, "the IDX header"); err != nil {
		return array{}, err
	}
	code, known := idxElements[magic[2]]
	if !known {
		return array{}, problemf(ErrFormat, src.name, "IDX element type 0x%02x is unknown, expected 0x08 to 0x0e", magic[2])
	}
	a := array{elem: bigElements[code], pictures: code == "u1", shape: make([]uint64, magic[3])}
	dims := make([]byte, 4*len(a.shape))
	if err := src.full(dims, fmt.Sprintf("the IDX header of rank %d", len(a.shape))); err != nil {
		return array{}, err
	}
	for i := range a.shape {
		a.shape[i] = uint64(binary.BigEndian.Uint32(dims[4*i:]))
	}
	return a, nil
}

func readIDX(src *source, o *Options, set *Set) error {
	a, err := readIDXHeader(src)
	if err != nil {
		return err
	}
	return a.readTable(src, o, set)
}
