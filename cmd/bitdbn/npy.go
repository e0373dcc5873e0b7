package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/bitdbn/bitdbn/internal/atomicfile"
)

// writeNPYHeader writes the header of an NPY file, format 1.0, of rows × cols elements
// of a type such as "<f4". (The NumPy library for Go writes matrices of float64
// alone, and only from memory.)
func writeNPYHeader(w io.Writer, dtype string, rows, cols int) error {
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%d, %d), }", dtype, rows, cols)
	const preamble = 10 // magic, version, length of the header
	pad := 64 - (preamble+len(head)+1)%64
	head += strings.Repeat(" ", pad) + "\n"
	b := append([]byte("\x93NUMPY\x01\x00"), 0, 0)
	binary.LittleEndian.PutUint16(b[8:], uint16(len(head)))
	_, err := w.Write(append(b, head...))
	return err
}

// writeBytesNPY writes a matrix of bytes.
func writeBytesNPY(path string, values []byte, rows, cols int) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		if err := writeNPYHeader(w, "|u1", rows, cols); err != nil {
			return err
		}
		_, err := w.Write(values)
		return err
	})
}
