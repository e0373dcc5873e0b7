package dataset

import (
	"strings"
	"testing"
)

// pbmRows packs bits into the rows of a raw PBM file, with ones for padding.
func pbmRows(b []uint8, cols int) []byte {
	var out []byte
	for i := 0; i < len(b); i += cols {
		for j := 0; j < cols; j += 8 {
			octet := byte(0)
			for k := range 8 {
				bit := uint8(1)
				if j+k < cols {
					bit = b[i+j+k]
				}
				octet = octet<<1 | bit
			}
			out = append(out, octet)
		}
	}
	return out
}

func TestPBM(t *testing.T) {
	thirteen := units(40, 13, func(i, j int) uint8 { return tableBit(i, j) })
	raw := append([]byte("P4\n# pad bits set\n13 40\n"), pbmRows(thirteen, 13)...)
	const is = "40 rows × 13 columns, 250 ones (48.1 %)"
	plain := lineText(table(), 16, " ", "\n")
	wide := units(2, 40000, func(i, j int) uint8 { return uint8(i ^ j&1) })
	runCases(t, []fileCase{
		{name: "raw.pbm", data: raw, bits: thirteen, want: is},
		{name: "raw.pbm.gz", data: gz(raw), bits: thirteen, want: is},
		{name: "by-contents", data: raw, bits: thirteen, want: is},
		{name: "wide.pbm", data: append([]byte("P4 40000 2 "), pbmRows(wide, 40000)...), bits: wide, want: "2 rows × 40000 columns, 40000 ones (50.0 %)"},
		{name: "plain.pbm", data: []byte("P1\n16 40\n" + plain), want: tableIs("")},
		{name: "plain.pbm.gz", data: gz([]byte("P1\n16 40\n" + plain)), want: tableIs("")},
		{name: "dense.pbm", data: []byte("P1 #16\n16 #40\n 40\n" + strings.ReplaceAll(plain, " ", "")), want: tableIs("")},
		{name: "glued.pbm", data: []byte("P1\n16# width\n40# height\n" + plain), want: tableIs("")},
		{name: "glued-raw.pbm", data: append([]byte("P4 13#width\n40#height\n"), raw[len("P4\n# pad bits set\n13 40\n"):]...), bits: thirteen, want: is},
		{name: "glued-cut.pbm", data: []byte("P4 13#width"), kind: ErrTruncated, text: "the file ends inside the PBM header or before its last pixel"},

		{name: "short.pbm", data: raw[:len(raw)-1], kind: ErrTruncated, text: "40 × 13 pixels need 80 bytes, the file has 79 after its header"},
		{name: "long.pbm", data: append(raw, 0), kind: ErrFormat, text: "40 × 13 pixels need 80 bytes, the file has 81 after its header"},
		{name: "long.pbm.gz", data: gz(append(raw, 0)), kind: ErrFormat, text: "there are more bytes after 40 × 13 pixels"},
		{name: "huge.pbm", data: []byte("P4 2147483647 2147483647\n0"), kind: ErrTruncated, text: "2147483647 × 2147483647 pixels need 576460752034988032 bytes, the file has 1 after its header"},
		{name: "huge-plain.pbm", data: []byte("P1 2147483647 2147483647\n0"), kind: ErrTruncated, text: "2147483647 × 2147483647 pixels need a byte or more each, the file has 1 after its header"},
		{name: "overflow.pbm", data: []byte("P4 99999999999999999999 1\n"), kind: ErrFormat, text: "a PBM width or height over 2^31"},
		{name: "zero.pbm", data: []byte("P4 0 10\n"), kind: ErrEmpty, text: "no pixels (10 × 0 pixels)"},
		{name: "cut.pbm", data: []byte("P4 1"), kind: ErrTruncated, text: "the file ends inside the PBM header or before its last pixel"},
		{name: "cut-plain.pbm.gz", data: gz([]byte("P1 3 1\n01")), kind: ErrTruncated, text: "the file ends inside the PBM header or before its last pixel"},
		{name: "size.pbm", data: []byte("P4 4x4\n"), kind: ErrFormat, text: `PBM header: found "x", expected the width and height`},
		{name: "cut-height.pbm", data: []byte("P4 1 "), kind: ErrTruncated, text: "the file ends inside the PBM header or before its last pixel"},
		{name: "cut-raw.pbm.gz", data: gz([]byte("P4 8 2\na")), kind: ErrTruncated, text: "the file ends inside the pixels, after 8 bytes"},
		{name: "limit.pbm", data: []byte("P4 1 40000\n" + strings.Repeat("\x00", 40000)), opt: Options{MaxBytes: 1000}, kind: ErrTooLarge, text: "the data take 524288 bytes of memory or more, over the limit of 1000 (Options.MaxBytes)"},
		{name: "limit-plain.pbm", data: []byte("P1 1 40000\n" + strings.Repeat("0", 40000)), opt: Options{MaxBytes: 1000}, kind: ErrTooLarge, text: "the data take 524288 bytes of memory or more, over the limit of 1000 (Options.MaxBytes)"},
		{name: "long-plain.pbm", data: []byte("P1 2 1\n01\n \n"), bits: []byte{0, 1}, want: "1 row × 2 columns, 1 one (50.0 %)"},
		{name: "magic-cut.pbm", data: []byte("P"), kind: ErrTruncated, text: "the file ends inside the PBM header, after 1 byte"},
		{name: "two.pbm", data: []byte("P1 3 2\n010 012"), kind: ErrValue, text: `row 1, column 2 (from 0): found "2", expected 0 or 1`},
		{name: "more.pbm", data: []byte("P1 2 1\n01 1"), kind: ErrFormat, text: "there are more bytes after 1 × 2 pixels"},
		{name: "other.pbm", data: []byte("0 1\n"), kind: ErrFormat, text: `not a PBM file: it starts with "0 ", expected P1 or P4`},
	})
}
