package dataset

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
)

func TestNPZ(t *testing.T) {
	le := binary.LittleEndian
	x := npy("|u1", "False", shape40x16, table())
	classes := make([]uint8, 40)
	for i := range classes {
		classes[i] = uint8(i % 10)
	}
	y := npy("<i8", "False", "(40,)", encode(le, classes, as[int64]))
	short := npy("<i8", "False", "(39,)", encode(le, classes[:39], as[int64]))
	halves := npy("<f4", "False", "(40,)", encode(le, classes, func(v uint8) float32 { return float32(v) / 2 }))
	column := npy("|u1", "False", "(40, 1)", classes)
	oneHot := npy("|u1", "False", "(40, 10)", make([]byte, 400))
	scalar := npy("<i4", "False", "()", make([]byte, 4))
	objects := npy("|O", "False", "(2,)", []byte("pickle"))
	labelled := func(array string) string {
		return tableIs("") + `, labels 0 to 9, labels from array "` + array + `"`
	}
	stored := npz(entry{"X.npy", x, true})
	broken := bytes.Clone(npz(entry{"X.npy", x, false}))
	broken[30+len("X.npy")] = 0xff // no such kind of block
	wrongSum := bytes.Clone(stored)
	wrongSum[len("PK")+28+len("X.npy")+len(x)-2] ^= 1 // the last unit
	encrypted := npz(entry{"X.npy", x, true})
	encrypted[bytes.Index(encrypted, []byte("PK\x01\x02"))+8] |= 1
	method := npz(entry{"X.npy", x, true})
	method[bytes.Index(method, []byte("PK\x01\x02"))+10] = 12
	var many []entry
	for i := range 10 {
		many = append(many, entry{fmt.Sprintf("a%d.npy", i), x, false})
	}
	crowd := make([]entry, maxMembers+1)
	for i := range crowd {
		crowd[i] = entry{name: fmt.Sprint(i), stored: true}
	}
	shape := " (40 × 16 uint8)"

	runCases(t, []fileCase{
		{name: "stored.npz", data: npz(entry{"X.npy", x, true}, entry{"y.npy", y, true}), want: labelled("y")},
		{name: "deflated.npz", data: npz(entry{"X.npy", x, false}, entry{"y.npy", y, false}), want: labelled("y")},
		{name: "alone.npz", data: stored, want: tableIs("")},
		{name: "packed.npz.gz", data: gz(stored), want: tableIs("")},
		{name: "by-contents", data: stored, want: tableIs("")},
		{name: "split.npz", data: npz(entry{"x_test.npy", column, true}, entry{"x_train.npy", x, true}, entry{"y_test.npy", short, true}, entry{"y_train.npy", y, true}), opt: Options{Array: "x_train"}, want: labelled("y_train")},
		{name: "data-labels.npz", data: npz(entry{"train_data.npy", x, true}, entry{"train_labels.npy", y, true}, entry{"valid_labels.npy", short, true}, entry{"length.npy", scalar, true}), want: labelled("train_labels")},
		{name: "column-labels.npz", data: npz(entry{"images.npy", x, true}, entry{"images_labels.npy", column, true}), want: labelled("images_labels")},
		{name: "label-array.npz", data: npz(entry{"a.npy", x, true}, entry{"b.npy", y, true}), opt: Options{LabelArray: "b"}, want: labelled("b")},
		{name: "last-x.npz", data: npz(entry{"trainX.npy", x, true}, entry{"trainY.npy", y, true}), want: labelled("trainY")},
		{name: "objects-too.npz", data: npz(entry{"names.npy", objects, true}, entry{"X.npy", x, true}), want: tableIs("")},
		{name: "no-labels.npz", data: npz(entry{"X.npy", x, true}, entry{"y.npy", halves, true}), opt: Options{NoLabels: true}, want: tableIs("")},
		{name: "no-suffix.npz", data: npz(entry{"X", x, false}), want: tableIs("")},
		{name: "traversal.npz", data: npz(entry{"../../x.npy", x, true}), want: tableIs("")},
		{name: "folder.npz", data: npz(entry{"sub/", nil, true}, entry{"sub/X.npy", x, true}), want: tableIs("")},

		{name: "three.npz", data: npz(entry{"a.npy", x, true}, entry{"b.npy", x, true}, entry{"c.npy", y, true}), kind: ErrAmbiguous, text: `"a"` + shape + `, "b"` + shape + " can be the data; choose one with --array"},
		{name: "three-b.npz", data: npz(entry{"a.npy", x, true}, entry{"b.npy", x, true}, entry{"c.npy", y, true}), opt: Options{Array: "b"}, want: tableIs("")},
		{name: "three-none.npz", data: npz(entry{"a.npy", x, true}, entry{"c.npy", y, true}, entry{"o.npy", objects, true}), opt: Options{Array: "d"}, kind: ErrOption, text: `no array called "d" among "a"` + shape + `, "c" (40 int64), "o" (not readable)`},
		{name: "rank1.npz", data: npz(entry{"a.npy", y, true}, entry{"n.npy", scalar, true}), kind: ErrFormat, text: `no array of rank 2 or more among "a" (40 int64), "n" (scalar int32)`},
		{name: "only-objects.npz", data: npz(entry{"names.npy", objects, true}), kind: ErrFormat, text: `array "names": elements of type "|O" (Python objects, which only Python can load), expected bool, integers or floats`},
		{name: "objects-chosen.npz", data: npz(entry{"names.npy", objects, true}, entry{"X.npy", x, true}), opt: Options{Array: "names"}, kind: ErrFormat, text: `array "names": elements of type "|O" (Python objects, which only Python can load), expected bool, integers or floats`},
		{name: "many.npz", data: npz(many...), kind: ErrAmbiguous, text: `"a0"` + shape + `, "a1"` + shape + `, "a2"` + shape + `, "a3"` + shape + `, "a4"` + shape + `, "a5"` + shape + `, "a6"` + shape + `, "a7"` + shape + `, … can be the data; choose one with --array`},
		{name: "duplicate.npz", data: npz(entry{"X.npy", x, true}, entry{"X.npy", oneHot, true}), kind: ErrAmbiguous, text: `two arrays called "X"`},
		{name: "crowd.npz", data: npz(crowd...), kind: ErrTooLarge, text: "4097 files in a zip archive, expected no more than 4096"},
		{name: "truncated.npz", data: stored[:300], kind: ErrFormat, text: "no directory at the end of the zip archive; the file is cut short or not an NPZ file"},
		{name: "broken.npz", data: broken, kind: ErrFormat, text: `array "X": the compressed data are damaged (flate: corrupt input before offset 1)`},
		{name: "wrong-sum.npz", data: wrongSum, kind: ErrFormat, text: `array "X": the compressed data have another checksum than they should; the file is damaged`},
		{name: "empty.npz", data: npz(), kind: ErrEmpty, text: "no arrays in an archive of 0 files"},
		{name: "text.npz", data: npz(entry{"readme.txt", []byte("hello"), true}), kind: ErrEmpty, text: "no arrays in an archive of 1 file"},
		{name: "not-zip.npz", data: []byte("0,1\n"), kind: ErrFormat, text: "no directory at the end of the zip archive; the file is cut short or not an NPZ file"},
		{name: "encrypted.npz", data: encrypted, kind: ErrFormat, text: `array "X": encrypted`},
		{name: "method.npz", data: method, kind: ErrFormat, text: `array "X": compressed in a way other than deflate`},
		{name: "value.npz", data: npz(entry{"X.npy", npy("|u1", "False", "(1, 2)", []byte{0, 2}), true}), kind: ErrValue, text: `array "X": row 0, column 1 (from 0): found 2, expected 0 or 1 (for grey levels from 0 to 255 use --binarize threshold, dynamic or fixed)`},
		{name: "short-labels.npz", data: npz(entry{"X.npy", x, true}, entry{"y.npy", short, true}), kind: ErrLabels, text: `array "y": 40 rows but 39 labels`},
		{name: "half-labels.npz", data: npz(entry{"X.npy", x, true}, entry{"y.npy", halves, true}), kind: ErrLabels, text: `array "y": row 1 (from 0): label 0.5, expected a whole number from 0 to 65535`},
		{name: "one-hot.npz", data: npz(entry{"X.npy", x, true}, entry{"labels.npy", oneHot, true}), kind: ErrLabels, text: `array "labels": labels of shape 40 × 10 uint8, expected one number a row`},
		{name: "no-such-labels.npz", data: stored, opt: Options{LabelArray: "y"}, kind: ErrOption, text: `no array called "y" among "X"` + shape},
		{name: "huge.npz", data: npz(entry{"X.npy", npy("|u1", "False", "(1000000000, 100000)", nil), false}), kind: ErrTruncated, text: `array "X": 1000000000 × 100000 uint8 elements need 100000000000000 bytes, more than 204 bytes of compressed data can hold`},
		{name: "lies.npz", data: npz(entry{"X.npy", npy("|u1", "False", "(400, 16)", table()), false}), kind: ErrTruncated, text: `array "X": the file ends inside the data, after 768 bytes`},
	})
}

// TestNPZBomb reads many rows from a few kilobytes.
func TestNPZBomb(t *testing.T) {
	const rows = 1 << 16
	x := npy("|u1", "False", fmt.Sprintf("(%d, 64)", rows), make([]byte, rows*64))
	runCases(t, []fileCase{
		{name: "zeros.npz", data: npz(entry{"X.npy", x, false}), bits: make([]uint8, rows*64), want: "65536 rows × 64 columns, 0 ones (0.0 %)"},
		{name: "limit.npz", data: npz(entry{"X.npy", x, false}), opt: Options{MaxBytes: 1 << 20}, kind: ErrTooLarge, text: `array "X": the data take 1056768 bytes of memory or more, over the limit of 1048576 (Options.MaxBytes)`},
	})
}
