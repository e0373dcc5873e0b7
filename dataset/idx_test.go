package dataset

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// inks draws the table in two greys.
func inks() []uint8 {
	return mapped(table(), func(v uint8) uint8 { return 30 + 170*v })
}

func greyIs(shape string) string {
	sum := 0
	for _, v := range inks() {
		sum += int(v)
	}
	set := Set{Rows: 1, Cols: 640, Grey: inks()}
	return "40 rows × 16 columns" + shape + set.Describe()[len("1 row × 640 columns"):]
}

func TestIDX(t *testing.T) {
	pictures := idx(8, inks(), 40, 4, 4)
	packed := gz(pictures)
	cutHeader := pictures[:9]
	const whole = "40 × 4 × 4 uint8 elements"
	const damaged = "the compressed data have another checksum than they should; the file is damaged"
	const cutGzip = "unexpected end of the compressed data; the file is cut short, as by a download that stopped"
	flip := func(i int) []byte {
		b := bytes.Clone(packed)
		b[(i+len(b))%len(b)] ^= 0x55
		return b
	}
	littleHeader := bytes.Clone(pictures)
	for i := 0; i < 16; i += 4 {
		binary.LittleEndian.PutUint32(littleHeader[i:], binary.BigEndian.Uint32(pictures[i:]))
	}
	runCases(t, []fileCase{
		{name: "images.idx3-ubyte", data: pictures, want: greyIs(" (4 × 4)"), grey: inks()},
		{name: "images.idx3-ubyte.gz", data: packed, want: greyIs(" (4 × 4)"), grey: inks()},
		{name: "raw-named.idx3-ubyte.gz", data: pictures, want: greyIs(" (4 × 4)"), grey: inks()},
		{name: "gz-named-raw.idx3-ubyte", data: packed, want: greyIs(" (4 × 4)"), grey: inks()},
		{name: "no-extension", data: pictures, want: greyIs(" (4 × 4)"), grey: inks()},
		{name: "two-members.gz", data: gz(pictures[:100], pictures[100:]), want: greyIs(" (4 × 4)"), grey: inks()},
		{name: "threshold", data: packed, opt: Options{Binarize: Threshold}, want: tableIs(" (4 × 4)") + ", 1 for intensities above 0.5"},
		{name: "threshold-low", data: pictures, opt: Options{Binarize: Threshold, Threshold: 0.1}, want: "40 rows × 16 columns (4 × 4), 640 ones (100.0 %), 1 for intensities above 0.1", bits: bytes.Repeat([]byte{1}, 640)},
		{name: "dynamic", data: pictures, opt: Options{Binarize: Dynamic}, want: greyIs(" (4 × 4)"), grey: inks()},
		{name: "binary", data: idx(8, table(), 40, 4, 4), want: tableIs(" (4 × 4)")},
		{name: "binary-threshold", data: idx(8, table(), 40, 4, 4), opt: Options{Binarize: Threshold}, want: tableIs(" (4 × 4)")},
		{name: "binary-fixed", data: idx(8, table(), 40, 4, 4), opt: Options{Binarize: Fixed}, want: tableIs(" (4 × 4)")},
		{name: "late-grey", data: idx(8, []byte{0, 1, 1, 0, 1, 128}, 3, 2), want: "3 rows × 2 columns, grey, mean intensity 0.086", grey: []uint8{0, 1, 1, 0, 1, 128}},
		{name: "late-threshold", data: idx(8, []byte{0, 1, 1, 0, 1, 128}, 3, 2), opt: Options{Binarize: Threshold}, want: "3 rows × 2 columns, 1 one (16.7 %), 1 for intensities above 0.5", bits: []uint8{0, 0, 0, 0, 0, 1}},
		{name: "late-any-ink", data: idx(8, []byte{0, 1, 1, 0, 1, 128}, 3, 2), opt: Options{Binarize: Threshold, Threshold: 0.001}, want: "3 rows × 2 columns, 4 ones (66.7 %), 1 for intensities above 0.001", bits: []uint8{0, 1, 1, 0, 1, 1}},
		{name: "rank2", data: idx(8, table(), 40, 16), want: tableIs("")},
		{name: "rank4", data: idx(8, table(), 40, 1, 4, 4), want: tableIs(" (1 × 4 × 4)")},
		{name: "int8", data: idx(9, table(), 40, 16), want: tableIs("")},
		{name: "int16", data: idx(0xb, encode(binary.BigEndian, table(), as[int16]), 40, 16), want: tableIs("")},
		{name: "int32", data: idx(0xc, encode(binary.BigEndian, table(), as[int32]), 40, 16), want: tableIs("")},
		{name: "float32", data: idx(0xd, encode(binary.BigEndian, table(), as[float32]), 40, 16), want: tableIs("")},
		{name: "float64", data: idx(0xe, encode(binary.BigEndian, table(), as[float64]), 40, 16), want: tableIs("")},
		{name: "int16-grey", data: idx(0xb, encode(binary.BigEndian, inks(), as[int16]), 40, 16), kind: ErrValue, text: "row 0, column 0 (from 0): found 30, expected 0 or 1 (for grey levels from 0 to 255 use --binarize threshold, dynamic or fixed)"},
		{name: "int16-dynamic", data: idx(0xb, encode(binary.BigEndian, inks(), as[int16]), 40, 16), opt: Options{Binarize: Dynamic}, want: greyIs("") + ", values read as grey levels from 0 to 255", grey: inks()},
		{name: "int16-over", data: idx(0xb, []byte{1, 0}, 1, 1), opt: Options{Binarize: Dynamic}, kind: ErrValue, text: "row 0, column 0 (from 0): found 256, expected a whole number from 0 to 255"},

		{name: "truncated.gz", data: packed[:len(packed)/2], kind: ErrTruncated, text: cutGzip},
		{name: "truncated-header.gz", data: packed[:5], kind: ErrTruncated, text: cutGzip},
		{name: "truncated-trailer.gz", data: packed[:len(packed)-4], kind: ErrTruncated, text: cutGzip},
		{name: "crc.gz", data: flip(-8), kind: ErrFormat, text: damaged},
		{name: "garbage-after.gz", data: append(bytes.Clone(packed), "garbage, not zeros"...), kind: ErrFormat, text: "the compressed data are damaged (gzip: invalid header)"},
		{name: "flipped.gz", data: append(bytes.Clone(packed[:10]), 0xff, 0xff), kind: ErrFormat, text: "the compressed data are damaged (flate: corrupt input before offset 1)"},
		{name: "html.gz", data: []byte("\n<!DOCTYPE html><html><body>Not found"), kind: ErrFormat, text: `not gzip data: it starts with "<!DOCTYPE html><html><body>Not ", an HTML page perhaps, saved in place of a download`},
		{name: "html", data: []byte("<html>"), kind: ErrFormat, text: `not data: it starts with "<html>", an HTML page perhaps, saved in place of a download`},
		{name: "type.idx", data: idx(7, inks(), 40, 4, 4), kind: ErrFormat, text: "IDX element type 0x07 is unknown, expected 0x08 to 0x0e"},
		{name: "first-bytes.idx", data: append([]byte{0x12, 0x34, 8, 3}, pictures[4:]...), kind: ErrFormat, text: `not an IDX file: it starts with "\x124\b\x03", expected two zero bytes`},
		{name: "labels-as-images.idx3-ubyte", data: idx(8, make([]byte, 40), 40), kind: ErrFormat, text: "an array of rank 1 (40 uint8), expected rank 2 or more, rows × columns (labels, or a single row without its dimension of 1?)"},
		{name: "little-endian.idx3-ubyte", data: littleHeader, kind: ErrFormat, text: `not an IDX file: it starts with "\x03\b\x00\x00", perhaps an IDX header in little-endian order`},
		{name: "short.idx3-ubyte", data: pictures[:556], kind: ErrTruncated, text: whole + " need 640 bytes, the file has 540 after its header"},
		{name: "short.idx3-ubyte.gz", data: gz(pictures[:556]), kind: ErrTruncated, text: "the file ends inside the data, after 556 bytes"},
		{name: "trailing.idx3-ubyte", data: append(bytes.Clone(pictures), make([]byte, 7)...), kind: ErrFormat, text: whole + " need 640 bytes, the file has 647 after its header"},
		{name: "header-cut.idx3-ubyte", data: cutHeader, kind: ErrTruncated, text: "the file ends inside the IDX header of rank 3, after 9 bytes"},
		{name: "magic-cut.idx3-ubyte", data: cutHeader[:3], kind: ErrTruncated, text: "the file ends inside the IDX header, after 3 bytes"},
		{name: "empty.idx3-ubyte", data: nil, kind: ErrEmpty, text: "empty file (0 bytes)"},
		{name: "empty.gz", data: gz(nil), kind: ErrEmpty, text: "empty file (0 bytes)"},
		{name: "huge.idx3-ubyte", data: idx(8, make([]byte, 32), 1<<32-1, 1<<32-1, 1<<32-1), kind: ErrFormat, text: "the dimensions 4294967295 × 4294967295 × 4294967295 uint8 overflow"},
		{name: "wrap64.idx", data: idx(8, make([]byte, 32), 1<<31, 1<<31, 4), kind: ErrFormat, text: "the dimensions 2147483648 × 2147483648 × 4 uint8 overflow"},
		{name: "wrap32.idx", data: idx(8, make([]byte, 32), 1<<16, 1<<16, 1), kind: ErrTruncated, text: "65536 × 65536 × 1 uint8 elements need 4294967296 bytes, the file has 32 after its header"},
		{name: "wrap32.idx.gz", data: gz(idx(8, make([]byte, 32), 1<<16, 1<<16, 1)), kind: ErrTruncated, text: "65536 × 65536 × 1 uint8 elements need 4294967296 bytes, more than 37 bytes of compressed data can hold"},
		{name: "no-images.idx3-ubyte", data: idx(8, nil, 0, 28, 28), kind: ErrEmpty, text: "no rows (0 × 28 × 28 uint8)"},
		{name: "no-pixels.idx3-ubyte", data: idx(8, nil, 5, 0, 28), kind: ErrEmpty, text: "no columns, a zero-sized dimension (5 × 0 × 28 uint8)"},
		{name: "rank0.idx", data: idx(8, []byte{1}), kind: ErrFormat, text: "an array of rank 0, a single value, expected rows and columns"},
		{name: "rank255.idx", data: idx(8, []byte{1}, ones(255)...), kind: ErrFormat, text: "an array of rank 255, expected 2 to 8"},
		{name: "bomb.gz", data: gz(idx(8, make([]byte, 24<<20), 40, 4, 4)), kind: ErrFormat, text: "there are more bytes after " + whole + ", all that its header declares"},
		{name: "bomb-narrow.gz", data: gz(idx(8, make([]byte, 4<<20), 4<<20, 1)), kind: ErrTooLarge, text: "the data take 134742016 bytes of memory or more, over the limit of 134217728 (Options.MaxBytes)"},
		{name: "limit.idx", data: pictures, opt: Options{MaxBytes: 600}, kind: ErrTooLarge, text: "the data take 640 bytes of memory or more, over the limit of 600 (Options.MaxBytes)"},
	})
}

func ones(n int) []uint32 {
	d := make([]uint32, n)
	for i := range d {
		d[i] = 1
	}
	return d
}
