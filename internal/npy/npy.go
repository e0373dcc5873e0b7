// Package npy writes the headers of NumPy's NPY files. The NumPy library for
// Go writes matrices of float64 alone, and only from memory; with the header
// written, the elements can be streamed.
package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// WriteHeader writes the header, of format 1.0, of an array of the given shape, row-major, with
// elements of a type such as "<f4".
func WriteHeader(w io.Writer, dtype string, shape ...int) error {
	var dims strings.Builder
	for _, n := range shape {
		fmt.Fprintf(&dims, "%d, ", n)
	}
	tuple := strings.TrimSuffix(dims.String(), " ")
	if len(shape) > 1 {
		tuple = strings.TrimSuffix(tuple, ",")
	}
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", dtype, tuple)
	const preamble = 10 // magic, version, length of the header
	head += strings.Repeat(" ", 63-(preamble+len(head))%64) + "\n"
	b := append([]byte("\x93NUMPY\x01\x00"), 0, 0)
	binary.LittleEndian.PutUint16(b[8:], uint16(len(head)))
	_, err := w.Write(append(b, head...))
	return err
}
