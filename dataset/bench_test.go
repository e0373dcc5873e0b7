package dataset

import (
	"encoding/binary"
	"fmt"
	"testing"
)

// BenchmarkRead reads 2,000 rows × 784 columns in each form. The bytes are
// those of the unpacked file.
func BenchmarkRead(b *testing.B) {
	const rows, cols = 2000, 784
	bits := units(rows, cols, func(i, j int) uint8 { return uint8(i*j%7) & 1 })
	ink := mapped(bits, func(v uint8) uint8 { return v * 200 })
	shape := fmt.Sprintf("(%d, %d)", rows, cols)
	le := binary.LittleEndian
	for _, c := range []struct {
		name string
		data []byte
		how  Binarize
	}{
		{"idx-grey", idx(8, ink, rows, 28, 28), Auto},
		{"idx-threshold", idx(8, ink, rows, 28, 28), Threshold},
		{"idx-binary", idx(8, bits, rows, 28, 28), Auto},
		{"npy-float64", npy("<f8", "False", shape, encode(le, bits, as[float64])), Auto},
		{"npy-fortran", npy("|b1", "True", shape, bits), Auto},
		{"csv", []byte(lineText(bits, cols, ",", "\n")), Auto},
		{"csv-spaces", []byte(lineText(bits, cols, ", ", "\n")), Auto},
		{"csv-floats", []byte(lineText(bits, cols, ".0,", ".0\n")), Auto},
		{"dense", []byte(lineText(bits, cols, "", "\n")), Auto},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.data)))
			b.ReportAllocs()
			for b.Loop() {
				set, err := readAll(c.name, c.data, Options{Binarize: c.how})
				if err != nil || set.Rows != rows || set.Cols != cols {
					b.Fatal(err)
				}
			}
		})
	}
}
