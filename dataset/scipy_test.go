package dataset

import (
	"encoding/binary"
	"fmt"
	"testing"
)

func int32s(values ...int32) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return b
}

func vector(values ...int32) []byte {
	return npy("<i4", "False", fmt.Sprintf("(%d,)", len(values)), int32s(values...))
}

// saved makes what scipy.sparse.save_npz does: with the arrays in the order
// that it writes them.
func saved(format string, shape []byte, data []byte, more ...entry) []byte {
	return npz(append(more,
		entry{"format.npy", npy(fmt.Sprintf("|S%d", len(format)), "False", "()", []byte(format)), false},
		entry{"shape.npy", shape, false},
		entry{"data.npy", data, false})...)
}

// compressedTable returns the index arrays of the table by row or by column,
// each row or column from its end, as nothing says that they are sorted.
func compressedTable(major, minor int, bit func(i, j int) uint8) (indices, starts []int32) {
	starts = []int32{0}
	for i := range major {
		for j := minor - 1; j >= 0; j-- {
			if bit(i, j) == 1 {
				indices = append(indices, int32(j))
			}
		}
		starts = append(starts, int32(len(indices)))
	}
	return indices, starts
}

func onesOf(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 1
	}
	return b
}

func TestSciPy(t *testing.T) {
	byRow, rowStarts := compressedTable(tableRows, tableCols, tableBit)
	byColumn, columnStarts := compressedTable(tableCols, tableRows, func(j, i int) uint8 { return tableBit(i, j) })
	n := len(byRow)
	data := npy("|b1", "False", fmt.Sprintf("(%d,)", n), onesOf(n))
	floats := npy("<f8", "False", fmt.Sprintf("(%d,)", n), encode(binary.LittleEndian, onesOf(n), as[float64]))
	shape := npy("<i8", "False", "(2,)", encode(binary.LittleEndian, []byte{tableRows, tableCols}, as[int64]))
	var rows []int32
	for i := range tableRows {
		for range rowStarts[i+1] - rowStarts[i] {
			rows = append(rows, int32(i))
		}
	}
	csr := saved("csr", shape, floats, entry{"indices.npy", vector(byRow...), false}, entry{"indptr.npy", vector(rowStarts...), false})
	wideFormat := npz(entry{"format.npy", npy("<U3", "False", "()", []byte("c\x00\x00\x00s\x00\x00\x00r\x00\x00\x00")), true},
		entry{"shape.npy", shape, true}, entry{"data.npy", data, true}, entry{"indices.npy", vector(byRow...), true}, entry{"indptr.npy", vector(rowStarts...), true})
	small := func(name string, kind error, text string, indices, starts, values []int32) fileCase {
		return fileCase{name: name, kind: kind, text: text, data: saved("csr", vector(2, 3), vector(values...),
			entry{"indices.npy", vector(indices...), false}, entry{"indptr.npy", vector(starts...), false})}
	}
	is := tableIs("")
	runCases(t, []fileCase{
		{name: "csr.npz", data: csr, want: is},
		{name: "csr-features.npz", data: csr, opt: Options{Features: 16}, want: is},
		{name: "csr.npz.gz", data: gz(csr), want: is},
		{name: "wide-format.npz", data: wideFormat, want: is},
		{name: "csc.npz", data: saved("csc", shape, data, entry{"indices.npy", vector(byColumn...), false}, entry{"indptr.npy", vector(columnStarts...), false}), want: is},
		{name: "coo.npz", data: saved("coo", shape, data, entry{"row.npy", vector(rows...), false}, entry{"col.npy", vector(byRow...), false}), want: is},
		{name: "labels.npz", data: saved("csr", shape, data, entry{"indices.npy", vector(byRow...), false}, entry{"indptr.npy", vector(rowStarts...), false}, entry{"labels.npy", npy("|u1", "False", "(40,)", classesOf(40)), false}), want: is + `, labels 0 to 9, labels from array "labels"`},
		{name: "empty-rows.npz", data: saved("csr", vector(2, 3), vector(), entry{"indices.npy", vector(), false}, entry{"indptr.npy", vector(0, 0, 0), false}), bits: make([]byte, 6), want: "2 rows × 3 columns, 0 ones (0.0 %)"},
		{name: "array.npz", data: npz(entry{"format.npy", vector(1), true}, entry{"shape.npy", vector(1), true}, entry{"data.npy", npy("|u1", "False", shape40x16, table()), true}), opt: Options{Array: "data"}, want: is},

		{name: "dia.npz", data: saved("dia", shape, data, entry{"offsets.npy", vector(0), false}), kind: ErrFormat, text: `a SciPy matrix in the format "dia", expected csr, csc or coo (save matrix.tocsr() instead)`},
		{name: "width.npz", data: csr, opt: Options{Features: 12}, kind: ErrOption, text: "12 features were given, but the file has 16 columns"},
		{name: "dense-width.npz", data: npz(entry{"X.npy", npy("|u1", "False", shape40x16, table()), true}), opt: Options{Features: 12}, kind: ErrOption, text: "12 features were given, but the file has 16 columns"},
		{name: "no-indptr.npz", data: saved("csr", vector(2, 3), vector(1), entry{"indices.npy", vector(0), false}), kind: ErrFormat, text: `a SciPy matrix without the array "indptr"`},
		{name: "one-size.npz", data: saved("csr", vector(3), vector(1)), kind: ErrTruncated, text: `array "shape": 1 value, expected 2`},
		{name: "three-sizes.npz", data: saved("csr", vector(3, 3, 3), vector(1)), kind: ErrFormat, text: `array "shape": found 3 at 2 (from 0), expected two whole numbers`},
		{name: "minus.npz", data: saved("csr", vector(3, -3), vector(1)), kind: ErrFormat, text: `array "shape": found -3 at 1 (from 0), expected two whole numbers`},
		{name: "no-rows.npz", data: saved("csr", vector(0, 3), vector()), kind: ErrEmpty, text: "no data (0 rows × 3 columns)"},
		{name: "huge.npz", data: saved("csr", vector(1<<30, 1<<30), vector(1)), kind: ErrTooLarge, text: "1073741824 rows × 1073741824 columns take 144115188075855872 bytes of memory; if that is right, give the number of columns with --features"},
		{name: "rank2.npz", data: saved("csr", npy("|u1", "False", "(1, 2)", []byte{2, 3}), vector(1)), kind: ErrFormat, text: `array "shape": shape 1 × 2 uint8, expected one dimension`},
		small("index.npz", ErrFormat, `array "indices": found 3 at 1 (from 0), expected whole numbers from 0 to 2`, []int32{0, 3}, []int32{0, 1, 2}, []int32{1, 1}),
		small("first.npz", ErrFormat, `array "indptr": found 1 at 0 (from 0), expected 3 numbers that rise from 0 to 2`, []int32{0, 1}, []int32{1, 1, 2}, []int32{1, 1}),
		small("falls.npz", ErrFormat, `array "indptr": found 1 at 2 (from 0), expected 3 numbers that rise from 0 to 2`, []int32{0, 1}, []int32{0, 2, 1}, []int32{1, 1}),
		small("beyond.npz", ErrFormat, `array "indptr": found 3 at 2 (from 0), expected 3 numbers that rise from 0 to 2`, []int32{0, 1}, []int32{0, 2, 3}, []int32{1, 1}),
		small("few-starts.npz", ErrTruncated, `array "indptr": 2 values, expected 3`, []int32{0, 1}, []int32{0, 2}, []int32{1, 1}),
		small("many-starts.npz", ErrFormat, `array "indptr": found 2 at 3 (from 0), expected 3 numbers that rise from 0 to 2`, []int32{0, 1}, []int32{0, 1, 2, 2}, []int32{1, 1}),
		small("left.npz", ErrFormat, `array "indptr": found 1 at 2 (from 0), expected 2, the number of entries`, []int32{0, 1}, []int32{0, 1, 1}, []int32{1, 1}),
		small("few-values.npz", ErrTruncated, `array "data": 1 value, expected 2`, []int32{0, 1}, []int32{0, 1, 2}, []int32{1}),
		small("many-values.npz", ErrFormat, `array "data": found 5 at 2 (from 0), expected 2 values`, []int32{0, 1}, []int32{0, 1, 2}, []int32{1, 1, 5}),
		small("twice.npz", ErrFormat, "row 0, column 1 (from 0): an entry twice", []int32{1, 1}, []int32{0, 2, 2}, []int32{1, 1}),
		small("value.npz", ErrValue, "row 1, column 1 (from 0): found -1, expected 0 or 1 (spins of -1 and +1 become units as (x+1)/2)", []int32{0, 1}, []int32{0, 1, 2}, []int32{1, -1}),
		{name: "coo-few.npz", data: saved("coo", vector(2, 3), vector(1, 1), entry{"row.npy", vector(0, 1), false}, entry{"col.npy", vector(0), false}), kind: ErrTruncated, text: `array "col": 1 value, expected 2`},
		{name: "coo-many.npz", data: saved("coo", vector(2, 3), vector(1, 1), entry{"row.npy", vector(0), false}, entry{"col.npy", vector(0, 1), false}), kind: ErrFormat, text: `array "col": found 1 at 1 (from 0), expected 1 value`},
	})
}

func FuzzSciPy(f *testing.F) {
	f.Add("csr", int32s(2, 3), int32s(0, 2, 1), int32s(0, 2, 3), []byte{1, 1, 1})
	f.Add("csc", int32s(2, 3), int32s(0, 1), int32s(0, 1, 1, 2), []byte{1, 200})
	f.Add("coo", int32s(2, 300), int32s(0, 1), int32s(0, 299), []byte{1, 0})
	f.Add("csr", int32s(1<<30, 2), int32s(0), int32s(0), []byte{1})
	f.Fuzz(func(t *testing.T, format string, shape, first, second, data []byte) {
		numbers := func(b []byte) []byte { return npy("<i4", "False", fmt.Sprintf("(%d,)", len(b)/4), b[:len(b)/4*4]) }
		names := []string{"indices.npy", "indptr.npy"}
		if format == "coo" {
			names = []string{"row.npy", "col.npy"}
		}
		file := npz(entry{"format.npy", npy(fmt.Sprintf("|S%d", len(format)), "False", "()", []byte(format)), true},
			entry{"shape.npy", numbers(shape), true}, entry{"data.npy", npy("|u1", "False", fmt.Sprintf("(%d,)", len(data)), data), true},
			entry{names[0], numbers(first), true}, entry{names[1], numbers(second), true})
		for _, how := range []Binarize{Auto, Dynamic, Threshold} {
			set, err := readAll("fuzz.npz", file, Options{Binarize: how, MaxBytes: 16 << 20})
			if err != nil {
				checkSentinel(t, err)
				continue
			}
			checkSet(t, set)
		}
	})
}
