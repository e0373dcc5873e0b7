package dataset

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"
)

const shape40x16 = "(40, 16)"

// float16 encodes 0 and 1.
func float16(v uint8) uint16 { return uint16(v) * 0x3c00 }

func TestNPYTypes(t *testing.T) {
	le, be := binary.LittleEndian, binary.BigEndian
	b := table()
	var cases []fileCase
	for descr, body := range map[string][]byte{
		"|b1": b, "|u1": b, "|i1": b, "u1": b,
		"<u2": encode(le, b, as[uint16]), "<i2": encode(le, b, as[int16]),
		"<u4": encode(le, b, as[uint32]), "<i4": encode(le, b, as[int32]),
		"<u8": encode(le, b, as[uint64]), "<i8": encode(le, b, as[int64]),
		"<f2": encode(le, b, float16), "<f4": encode(le, b, as[float32]), "<f8": encode(le, b, as[float64]),
		">i4": encode(be, b, as[int32]), ">u2": encode(be, b, as[uint16]), ">i8": encode(be, b, as[int64]),
		">f2": encode(be, b, float16), ">f4": encode(be, b, as[float32]), ">f8": encode(be, b, as[float64]),
		"=f4": encode(le, b, as[float32]), "i8": encode(le, b, as[int64]),
	} {
		file := npy(descr, "False", shape40x16, body)
		name := strings.NewReplacer("|", "", "<", "little-", ">", "big-", "=", "native-").Replace(descr) + ".npy"
		cases = append(cases,
			fileCase{name: name, data: file, want: tableIs("")},
			fileCase{name: name + ".gz", data: gz(file), want: tableIs("")})
	}
	c := columns()
	for descr, body := range map[string][]byte{"|b1": c, "|u1": c, "<f8": encode(le, c, as[float64]), ">i4": encode(be, c, as[int32])} {
		cases = append(cases, fileCase{name: "fortran-" + descr[1:] + ".npy", data: npy(descr, "True", shape40x16, body), want: tableIs("")})
	}
	runCases(t, cases)
}

func TestNPYHeaders(t *testing.T) {
	const usual = "{'descr': '|u1', 'fortran_order': False, 'shape': (40, 16), }"
	dict := func(version byte, dict string) []byte { return npyDict(version, dict, table()) }
	at := func(byte int, what string) string {
		return fmt.Sprintf("NPY header, at byte %d of its dict: %s", byte, what)
	}
	replace := func(old, new string) []byte {
		if !strings.Contains(usual, old) {
			t.Fatal(old)
		}
		return dict(1, strings.Replace(usual, old, new, 1))
	}
	const types = ", expected bool, integers or floats"
	runCases(t, []fileCase{
		{name: "v2.npy", data: dict(2, usual), want: tableIs("")},
		{name: "v3.npy", data: dict(3, usual), want: tableIs("")},
		{name: "python2.npy", data: replace("(40, 16)", "(40L, 16L)"), want: tableIs("")},
		{name: "key-order.npy", data: append(npyRaw(1, `{"shape":(40,16),"fortran_order":False,"descr":"|u1"}`+"\n"), table()...), want: tableIs("")},
		{name: "no-newline.npy", data: append(npyRaw(1, usual), table()...), want: tableIs("")},
		{name: "unaligned.npy", data: append(npyRaw(1, usual+"    \n"), table()...), want: tableIs("")},
		{name: "by-contents", data: dict(1, usual), want: tableIs("")},

		{name: "header-huge.npy", data: append([]byte(npyMagic), 2, 0, 0xf0, 0xff, 0xff, 0xff, '{'), kind: ErrFormat, text: "an NPY header of 4294967280 bytes, expected no more than 65536"},
		{name: "header-longer.npy", data: append([]byte(npyMagic), 1, 0, 0xff, 0xff, '{', '}'), kind: ErrTruncated, text: "the file ends inside the NPY header, after 12 bytes"},
		{name: "v2-cut.npy", data: append([]byte(npyMagic), 2, 0, 1, 0), kind: ErrTruncated, text: "the file ends inside the NPY header, after 10 bytes"},
		{name: "magic-only.npy", data: []byte(npyMagic), kind: ErrTruncated, text: "the file ends inside the NPY header, after 6 bytes"},
		{name: "magic.npy", data: append([]byte("\x93NUMPX"), dict(1, usual)[6:]...), kind: ErrFormat, text: `not an NPY file: it starts with "\x93NUMPX"`},
		{name: "version9.npy", data: dict(9, usual), kind: ErrFormat, text: "NPY format version 9.0, expected 1 to 3"},
		{name: "missing-key.npy", data: replace("'fortran_order': False, ", ""), kind: ErrFormat, text: at(37, "no key fortran_order")},
		{name: "double-key.npy", data: replace("'fortran_order': False", "'descr': '|u1'"), kind: ErrFormat, text: at(24, `the key "descr" twice`)},
		{name: "other-key.npy", data: replace("fortran_order", "order"), kind: ErrFormat, text: at(25, `an unknown key "order"`)},
		{name: "eval.npy", data: replace("40", "__import__('os').getpid()"), kind: ErrFormat, text: at(51, `"__import__('os').getpid(), 16), }" in the shape, expected a whole number`)},
		{name: "order.npy", data: replace("False", "0"), kind: ErrFormat, text: at(34, `fortran_order "0, 'shape': (40, 16), }", expected True or False`)},
		{name: "no-dict.npy", data: dict(1, "[]"), kind: ErrFormat, text: at(0, `"[]", expected {`)},
		{name: "no-colon.npy", data: dict(1, "{'descr' '|u1'}"), kind: ErrFormat, text: at(9, `"'|u1'}", expected :`)},
		{name: "no-comma.npy", data: replace("'|u1',", "'|u1'"), kind: ErrFormat, text: at(16, `"'fortran_order': False, 'shape': (40, 16"…, expected a comma or }`)},
		{name: "open.npy", data: dict(1, "{'descr': '|u1', "), kind: ErrFormat, text: at(64-10, "the end, expected a string")},
		{name: "open-string.npy", data: dict(1, "{'descr"), kind: ErrFormat, text: at(1, `"'descr", expected a plain string`)},
		{name: "number-descr.npy", data: replace("'|u1'", "1"), kind: ErrFormat, text: at(10, `"1, 'fortran_order': False, 'shape': (40,"…, expected a string`)},
		{name: "after.npy", data: replace("}", "} + {}"), kind: ErrFormat, text: at(62, `"+ {}" after the dict`)},
		{name: "shape-float.npy", data: replace("40", "40.0"), kind: ErrFormat, text: at(53, `".0, 16), }" in the shape, expected a comma`)},
		{name: "shape-negative.npy", data: replace("40", "-40"), kind: ErrFormat, text: at(51, `"-40, 16), }" in the shape, expected a whole number`)},
		{name: "shape-list.npy", data: replace("(40, 16)", "[40, 16]"), kind: ErrFormat, text: at(50, `"[40, 16], }", expected (`)},
		{name: "shape-int.npy", data: replace("(40, 16)", "(40)"), kind: ErrFormat, text: at(54, "a shape that is not a tuple")},
		{name: "shape-2e63.npy", data: replace("40", "9223372036854775808"), kind: ErrFormat, text: at(51, `"9223372036854775808, 16), }" in the shape, expected a whole number`)},
		{name: "structured.npy", data: replace("'|u1'", "[('a', '<f8')]"), kind: ErrFormat, text: at(10, `structured elements "[('a', '<f8')], 'fortran_order': False, "…, expected one number each`)},

		{name: "complex.npy", data: replace("|u1", "<c8"), kind: ErrFormat, text: `elements of type "<c8" (complex numbers)` + types},
		{name: "unicode.npy", data: replace("|u1", "<U1"), kind: ErrFormat, text: `elements of type "<U1" (strings)` + types},
		{name: "object.npy", data: replace("|u1", "|O"), kind: ErrFormat, text: `elements of type "|O" (Python objects, which only Python can load)` + types},
		{name: "void.npy", data: replace("|u1", "|V8"), kind: ErrFormat, text: `elements of type "|V8" (raw bytes)` + types},
		{name: "time.npy", data: replace("|u1", "<M8[ns]"), kind: ErrFormat, text: `elements of type "<M8[ns]" (times)` + types},
		{name: "itemsize.npy", data: replace("|u1", "<u3"), kind: ErrFormat, text: `elements of type "<u3"` + types},
		{name: "no-order.npy", data: replace("|u1", "|u2"), kind: ErrFormat, text: `elements of type "|u2"` + types},
		{name: "descr-text.npy", data: replace("|u1", "<ixy"), kind: ErrFormat, text: `elements of type "<ixy"` + types},
		{name: "descr-empty.npy", data: replace("|u1", ""), kind: ErrFormat, text: `elements of type ""` + types},
	})
}

func TestNPYShapes(t *testing.T) {
	b := table()
	wide := func(cols int) fileCase {
		u := units(3, cols, func(i, j int) uint8 { return uint8(1 - i%2) })
		return fileCase{
			name: fmt.Sprintf("%d-columns.npy", cols), data: npy("|u1", "False", fmt.Sprintf("(3, %d)", cols), u), bits: u,
			want: fmt.Sprintf("3 rows × %d columns, %d ones (66.7 %%)", cols, 2*cols),
		}
	}
	cases := []fileCase{
		{name: "column.npy", data: npy("|u1", "False", "(40, 1)", b[:40]), bits: b[:40], want: "40 rows × 1 column, 21 ones (52.5 %)"},
		{name: "row.npy", data: npy("|u1", "False", "(1, 16)", b[:16]), bits: b[:16], want: "1 row × 16 columns, 8 ones (50.0 %)"},
		{name: "rank3.npy", data: npy("|u1", "False", "(40, 2, 8)", b), want: tableIs(" (2 × 8)")},
		{name: "rank3-fortran.npy", data: npy("|u1", "True", "(40, 2, 8)", fortran3(b)), want: tableIs(" (2 × 8)")},
		{name: "rank3-fortran-float.npy.gz", data: gz(npy("<f4", "True", "(40, 2, 8)", encode(binary.LittleEndian, fortran3(b), as[float32]))), want: tableIs(" (2 × 8)")},
		{name: "rank1.npy", data: npy("|u1", "False", "(16,)", b[:16]), kind: ErrFormat, text: "an array of rank 1 (16 uint8), expected rank 2 or more, rows × columns (labels, or a single row without its dimension of 1?)"},
		{name: "rank0.npy", data: npy("<f8", "False", "()", make([]byte, 8)), kind: ErrFormat, text: "an array of rank 0, a single value, expected rows and columns"},
		{name: "rank9.npy", data: npy("|u1", "False", "(1,1,1,1,1,1,1,1,1)", b[:1]), kind: ErrFormat, text: "an array of rank 9, expected 2 to 8"},
		{name: "no-rows.npy", data: npy("|u1", "False", "(0, 16)", nil), kind: ErrEmpty, text: "no rows (0 × 16 uint8)"},
		{name: "no-columns.npy", data: npy("|u1", "False", "(40, 0)", nil), kind: ErrEmpty, text: "no columns, a zero-sized dimension (40 × 0 uint8)"},
		{name: "overflow.npy", data: npy("<f8", "False", "(4294967296, 4294967296, 16)", make([]byte, 64)), kind: ErrFormat, text: "the dimensions 4294967296 × 4294967296 × 16 float64 overflow"},
		{name: "times8.npy", data: npy("<f8", "False", "(2305843009213693952, 1)", make([]byte, 64)), kind: ErrFormat, text: "the dimensions 2305843009213693952 × 1 float64 overflow"},
		{name: "huge.npy", data: npy("|u1", "False", "(1000000000, 100000)", make([]byte, 64)), kind: ErrTruncated, text: "1000000000 × 100000 uint8 elements need 100000000000000 bytes, the file has 64 after its header"},
		{name: "short.npy", data: npy("|u1", "False", shape40x16, b[:631]), kind: ErrTruncated, text: "40 × 16 uint8 elements need 640 bytes, the file has 631 after its header"},
		{name: "long.npy", data: npy("|u1", "False", shape40x16, append(bytes.Clone(b), b[:9]...)), kind: ErrFormat, text: "40 × 16 uint8 elements need 640 bytes, the file has 649 after its header"},
	}
	for _, cols := range []int{7, 8, 63, 64, 65, 511, 512, 513} {
		cases = append(cases, wide(cols))
	}
	runCases(t, cases)
}

// fortran3 writes the table as 40 × 2 × 8 with the first index the fastest.
func fortran3(b []uint8) []uint8 {
	var out []uint8
	for z := range 8 {
		for y := range 2 {
			for x := range 40 {
				out = append(out, b[x*16+y*8+z])
			}
		}
	}
	return out
}

func TestNPYValues(t *testing.T) {
	le := binary.LittleEndian
	const intensities = " (for intensities from 0 to 1 use --binarize threshold, dynamic or fixed)"
	const missing = " (missing values must be filled in, or their rows left out)"
	with := func(row, col int, v float64) []float64 {
		f := make([]float64, 640)
		for i, u := range table() {
			f[i] = float64(u)
		}
		f[row*16+col] = v
		return f
	}
	f8 := func(v []float64) []byte {
		var b []byte
		for _, x := range v {
			b = le.AppendUint64(b, math.Float64bits(x))
		}
		return npy("<f8", "False", shape40x16, b)
	}
	probs := npy("<f4", "False", shape40x16, encode(le, table(), func(v uint8) float32 { return 0.15 + 0.75*float32(v) }))
	grey := mapped(table(), func(v uint8) uint8 { return 38 + v*(229-38) })
	greys := Set{Rows: 40, Cols: 16, Shape: []int{16}, Grey: grey}
	fortran := encode(le, columns(), as[float32])
	le.PutUint32(fortran[4*(3*40+2):], math.Float32bits(0.7)) // row 2, column 3
	bytes255 := mapped(table(), func(v uint8) uint8 { return v * 255 })
	twoGreys := []uint8{0, 255, 100, 1}

	runCases(t, []fileCase{
		{name: "minus-zero.npy", data: npy("<f4", "False", shape40x16, encode(le, table(), func(v uint8) float32 {
			if v == 0 {
				return float32(math.Copysign(0, -1))
			}
			return 1
		})), want: tableIs("")},
		{name: "high.npy", data: f8(with(0, 5, 1.5)), kind: ErrValue, text: "row 0, column 5 (from 0): found 1.5, expected 0 or 1"},
		{name: "low.npy", data: f8(with(2, 5, -0.25)), kind: ErrValue, text: "row 2, column 5 (from 0): found -0.25, expected 0 or 1"},
		{name: "nan.npy", data: f8(with(39, 15, nan)), kind: ErrValue, text: "row 39, column 15 (from 0): found NaN, expected 0 or 1" + missing},
		{name: "inf.npy", data: f8(with(0, 0, math.Inf(-1))), kind: ErrValue, text: "row 0, column 0 (from 0): found -Inf, expected 0 or 1"},
		{name: "denormal.npy", data: f8(with(0, 0, 5e-324)), kind: ErrValue, text: "row 0, column 0 (from 0): found 5e-324, expected 0 or 1" + intensities},
		{name: "float-255.npy", data: f8(with(0, 0, 255)), opt: Options{Binarize: Dynamic}, kind: ErrValue, text: "row 0, column 0 (from 0): found 255, expected a value from 0 to 1 (grey levels from 0 to 255 become intensities as x/255)"},
		{name: "nan-dynamic.npy", data: f8(with(1, 1, nan)), opt: Options{Binarize: Dynamic}, kind: ErrValue, text: "row 1, column 1 (from 0): found NaN, expected a value from 0 to 1" + missing},
		{name: "nan-threshold.npy", data: f8(with(1, 1, nan)), opt: Options{Binarize: Threshold}, kind: ErrValue, text: "row 1, column 1 (from 0): found NaN, expected a value from 0 to 1" + missing},
		{name: "late-nan-dynamic.npy", data: f8(append([]float64{0.5}, with(1, 1, nan)[1:]...)), opt: Options{Binarize: Dynamic}, kind: ErrValue, text: "row 1, column 1 (from 0): found NaN, expected a value from 0 to 1" + missing},
		{name: "fortran-value.npy", data: npy("<f4", "True", shape40x16, fortran), kind: ErrValue, text: "row 2, column 3 (from 0): found 0.7, expected 0 or 1" + intensities},
		{name: "fortran-grey.npy", data: npy("|u1", "True", "(2, 2)", []byte{0, 100, 255, 1}), opt: Options{Binarize: Fixed}, grey: twoGreys, want: "2 rows × 2 columns, grey, mean intensity 0.349, values read as grey levels from 0 to 255"},
		{name: "fortran-limit.npy", data: npy("|u1", "True", "(40, 16)", columns()), opt: Options{MaxBytes: 100}, kind: ErrTooLarge, text: "the data take 2560 bytes of memory or more, over the limit of 100 (Options.MaxBytes)"},
		{name: "fortran-threshold.npy", data: npy("|u1", "True", "(2, 2)", []byte{0, 100, 255, 1}), opt: Options{Binarize: Threshold}, bits: []uint8{0, 1, 0, 0}, want: "2 rows × 2 columns, 1 one (25.0 %), values read as grey levels from 0 to 255, 1 for intensities above 0.5"},

		{name: "probabilities.npy", data: probs, kind: ErrValue, text: "row 0, column 0 (from 0): found 0.15, expected 0 or 1" + intensities},
		{name: "probabilities-threshold.npy", data: probs, opt: Options{Binarize: Threshold}, want: tableIs("") + ", 1 for intensities above 0.5"},
		{name: "probabilities-095.npy", data: probs, opt: Options{Binarize: Threshold, Threshold: 0.95}, bits: make([]uint8, 640), want: "40 rows × 16 columns, 0 ones (0.0 %), 1 for intensities above 0.95"},
		{name: "probabilities-dynamic.npy", data: probs, opt: Options{Binarize: Dynamic}, grey: grey, want: greys.Describe() + ", intensities rounded to whole 255ths"},
		{name: "one-then-half.npy", data: npy("<f4", "False", "(1, 3)", encode(le, []uint8{1, 0, 2}, func(v uint8) float32 { return []float32{0, 1, 0.5}[v] })), opt: Options{Binarize: Fixed}, grey: []uint8{255, 0, 128}, want: "1 row × 3 columns, grey, mean intensity 0.501, intensities rounded to whole 255ths"},
		{name: "half-then-one.npy", data: npy("<f4", "False", "(1, 3)", encode(le, []uint8{2, 1, 0}, func(v uint8) float32 { return []float32{0, 1, 0.5}[v] })), opt: Options{Binarize: Fixed}, grey: []uint8{128, 255, 0}, want: "1 row × 3 columns, grey, mean intensity 0.501, intensities rounded to whole 255ths"},

		{name: "255.npy", data: npy("|u1", "False", shape40x16, bytes255), kind: ErrValue, text: "row 0, column 1 (from 0): found 255, expected 0 or 1 (for grey levels from 0 to 255 use --binarize threshold, dynamic or fixed)"},
		{name: "255-threshold.npy", data: npy("|u1", "False", shape40x16, bytes255), opt: Options{Binarize: Threshold}, want: tableIs("") + ", values read as grey levels from 0 to 255, 1 for intensities above 0.5"},
		{name: "255-int64.npy", data: npy("<i8", "False", shape40x16, encode(le, bytes255, as[int64])), opt: Options{Binarize: Threshold}, want: tableIs("") + ", values read as grey levels from 0 to 255, 1 for intensities above 0.5"},
		{name: "spins.npy", data: npy("|i1", "False", shape40x16, encode(le, table(), func(v uint8) int8 { return 2*int8(v) - 1 })), kind: ErrValue, text: "row 0, column 0 (from 0): found -1, expected 0 or 1 (spins of -1 and +1 become units as (x+1)/2)"},
		{name: "bool-2.npy", data: npy("|b1", "False", "(1, 3)", []byte{0, 1, 2}), kind: ErrValue, text: "row 0, column 2 (from 0): found 2, expected 0 or 1"},
		{name: "bool-2-dynamic.npy", data: npy("|b1", "False", "(1, 3)", []byte{0, 1, 2}), opt: Options{Binarize: Dynamic}, kind: ErrValue, text: "row 0, column 2 (from 0): found 2, expected 0 or 1"},
	})
}

func TestHalf(t *testing.T) {
	for h, want := range map[uint16]float64{
		0: 0, 0x3c00: 1, 0xbc00: -1, 0x3555: 0.333251953125, 0x7bff: 65504, 1: 0x1p-24, 0x0400: 0x1p-14, 0x8001: -0x1p-24,
		0x7c00: math.Inf(1), 0xfc00: math.Inf(-1),
	} {
		if got := half(h); got != want {
			t.Errorf("half(%#04x) = %v, want %v", h, got, want)
		}
	}
	if got := half(0x7e00); got == got {
		t.Errorf("half(0x7e00) = %v", got)
	}
}
