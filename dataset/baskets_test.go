package dataset

import (
	"fmt"
	"strings"
	"testing"
)

// basketText writes the ones of the table as baskets.
func basketText() string {
	var s strings.Builder
	for i := range tableRows {
		for j := range tableCols {
			if tableBit(i, j) == 1 {
				fmt.Fprintf(&s, "%d ", j)
			}
		}
		s.WriteByte('\n')
	}
	return s.String()
}

func TestBaskets(t *testing.T) {
	text := basketText()
	is := tableIs("")
	const guessed = ", number of columns from the largest item, 15"
	runCases(t, []fileCase{
		{name: "by-contents.dat", data: []byte(text), want: is + guessed},
		{name: "by-contents.dat.gz", data: gz([]byte(text)), want: is + guessed},
		{name: "features.basket", data: []byte(text), opt: Options{Features: 16}, want: is},
		{name: "mark.dat", data: []byte("\xef\xbb\xbf" + text), want: is + guessed},
		{name: "by-option.txt", data: []byte("0 1\n1 0\n"), opt: Options{Format: FormatBaskets}, bits: []byte{1, 1, 1, 1}, want: "2 rows × 2 columns, 4 ones (100.0 %), number of columns from the largest item, 1"},
		{name: "by-name.fimi", data: []byte("0 1\n1 0\n"), bits: []byte{1, 1, 1, 1}, want: "2 rows × 2 columns, 4 ones (100.0 %), number of columns from the largest item, 1"},
		{name: "twice.basket", data: []byte("2 0\t2 2\r\n\r\n1\r\n"), bits: []byte{1, 0, 1, 0, 1, 0}, want: "2 rows × 3 columns, 3 ones (50.0 %), number of columns from the largest item, 2, 1 line without data skipped"},

		{name: "table.dat", data: []byte(lineText(table(), 16, " ", "\n")), want: is},
		{name: "ragged-table.dat", data: []byte(edit(lineText(table(), 16, " ", "\n"), 12, func(s string) string { return s[:25] })), kind: ErrFormat, text: "line 12: 13 fields, expected 16 as in line 1"},
		{name: "ragged-counts.dat", data: []byte("0 1 2 0\n0 2 1\n"), kind: ErrValue, text: "line 1, column 3: found 2, expected 0 or 1 (if the line is a header, use --header yes; for grey levels from 0 to 255 use --binarize threshold, dynamic or fixed)"},
		{name: "bits-only.dat", data: []byte("0 1\n1\n0\n"), kind: ErrFormat, text: "line 2: 1 field, expected 2 as in line 1"},

		{name: "minus.basket", data: []byte("1 2\n-1\n"), kind: ErrFormat, text: `line 2: item "-1", expected a whole number`},
		{name: "word.basket", data: []byte("milk bread\n"), kind: ErrFormat, text: `line 1: item "milk", expected a whole number`},
		{name: "features.basket", data: []byte(text), opt: Options{Features: 12}, kind: ErrFormat, text: "line 1: item 13, expected no more than 11 with 12 features"},
		{name: "huge.basket", data: []byte("1 1000000000\n"), kind: ErrTooLarge, text: "1 rows with items up to 1000000000 take 125000064 bytes of memory; if that is right, give the number of columns with --features"},
		{name: "over.basket", data: []byte("9223372036854775807\n"), kind: ErrTooLarge, text: "line 1: item 9223372036854775807, expected no more than 2147483646"},
		{name: "empty.basket", data: []byte("\n\n"), kind: ErrEmpty, text: "no columns, as no unit is set; give their number with --features"},
		{name: "no-rows.basket", data: []byte("\n\n"), opt: Options{Features: 2}, kind: ErrEmpty, text: "no rows"},
		{name: "zero-based.basket", data: []byte("0 1\n"), opt: Options{ZeroBased: true}, kind: ErrOption, text: "an index base was given, but the file is baskets, not libsvm"},
	})
}

func FuzzBaskets(f *testing.F) {
	for _, s := range []string{basketText()[:100], "0 1\r1\r", "1 2 3\n\n4\n", "3 3 3\n1\n", "1000000 2\n5\n"} {
		f.Add([]byte(s))
	}
	fuzzFile(f, "fuzz.basket", Options{Format: FormatBaskets, Features: 5}, Options{Format: FormatText})
}
