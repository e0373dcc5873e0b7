package dataset

import (
	"fmt"
	"strings"
	"testing"
)

// market writes the ones of the table as entries, column by column as most
// programs do.
func market(banner, value string) string {
	var s strings.Builder
	n := 0
	for j := range tableCols {
		for i := range tableRows {
			if tableBit(i, j) == 1 {
				n++
				fmt.Fprintf(&s, "%d %d%s\n", i+1, j+1, value)
			}
		}
	}
	return fmt.Sprintf("%s\n%% invented\n\n%d %d %d\n", banner, tableRows, tableCols, n) + s.String()
}

func TestMatrixMarket(t *testing.T) {
	const general = "%%MatrixMarket matrix coordinate integer general\n"
	const array = "%%MatrixMarket matrix array real general\n"
	const symmetric = "%%MatrixMarket matrix coordinate pattern symmetric\n"
	integer := market(strings.TrimSpace(general), " 1")
	all := array + "40 16\n" + lineText(columns(), 1, "", "\n")
	is := tableIs("")
	bad := func(name, text string, kind error, message string) fileCase {
		return fileCase{name: name, data: []byte(text), kind: kind, text: message}
	}
	runCases(t, []fileCase{
		{name: "integer.mtx", data: []byte(integer), want: is},
		{name: "integer.mtx.gz", data: gz([]byte(integer)), want: is},
		{name: "by-contents", data: []byte(integer), want: is},
		{name: "real.mtx", data: []byte(market("%%MatrixMarket matrix coordinate real general", " 1.0e+00")), want: is},
		{name: "pattern.mtx", data: []byte(market("%%matrixmarket MATRIX Coordinate Pattern General", "")), want: is},
		{name: "array.mtx", data: []byte(all), want: is},
		{name: "array.mtx.gz", data: gz([]byte(all)), want: is},
		{name: "features.mtx", data: []byte(integer), opt: Options{Features: 16}, want: is},
		{name: "zeros.mtx", data: []byte(general + "3 2 1\n2 1 0\n"), bits: make([]byte, 6), want: "3 rows × 2 columns, 0 ones (0.0 %)"},
		{name: "none.mtx", data: []byte(general + "3 2 0"), bits: make([]byte, 6), want: "3 rows × 2 columns, 0 ones (0.0 %)"},
		{name: "symmetric.mtx", data: []byte(symmetric + "3 3 3\n2 1\n3 3\n3 2\n"), bits: []byte{0, 1, 0, 1, 0, 1, 0, 1, 1}, want: "3 rows × 3 columns, 5 ones (55.6 %), symmetric, entries above the diagonal as below it"},
		{name: "grey.mtx", data: []byte(general + "2 2 2\n2 1 200\n1 2 1\n"), opt: Options{Binarize: Dynamic}, grey: []byte{0, 1, 200, 0}, want: "2 rows × 2 columns, grey, mean intensity 0.197, values read as grey levels from 0 to 255"},
		{name: "wide.mtx", data: []byte(general + "2 20000000 1\n2 20000000 1\n"), opt: Options{Features: 20000000}, bits: func() []byte { b := make([]byte, 40000000); b[len(b)-1] = 1; return b }(), want: "2 rows × 20000000 columns, 1 one (0.0 %)"},

		bad("other.mtx", "0,1\n", ErrFormat, `not a Matrix Market file: it starts with "0,1", expected %%MatrixMarket`),
		bad("banner.mtx", "%%MatrixMarket matrix\n", ErrFormat, "line 1: 2 words in the banner, expected %%MatrixMarket matrix, a layout, a type and a symmetry"),
		bad("vector.mtx", "%%MatrixMarket vector coordinate real general\n", ErrFormat, `line 1: found "vector", expected matrix`),
		bad("complex.mtx", "%%MatrixMarket matrix coordinate complex general\n", ErrFormat, `line 1: found "complex", expected real, integer, double, pattern`),
		bad("skew.mtx", "%%MatrixMarket matrix coordinate real skew-symmetric\n", ErrFormat, `line 1: found "skew-symmetric", expected general, symmetric`),
		bad("array-symmetric.mtx", "%%MatrixMarket matrix array real symmetric\n", ErrFormat, "line 1: an array that is real symmetric, expected real or integer, and general"),
		bad("banner-only.mtx", general+"% no more", ErrTruncated, "the file ends before the line of sizes"),
		bad("two-sizes.mtx", general+"3 2\n", ErrFormat, "line 2: 2 sizes, expected the numbers of rows, columns, entries"),
		bad("size.mtx", general+"3 -2 1\n", ErrFormat, `line 2: size "-2", expected a whole number`),
		bad("empty.mtx", general+"0 2 0\n", ErrEmpty, "no data (0 rows × 2 columns)"),
		bad("empty-array.mtx", array+"0 2\n", ErrEmpty, "no data (0 × 2 values)"),
		bad("not-square.mtx", symmetric+"3 2 0\n", ErrFormat, "line 2: a symmetric matrix of 3 rows and 2 columns, expected as many"),
		bad("too-full.mtx", general+"3 2 7\n", ErrFormat, "line 2: 7 entries in 3 rows × 2 columns, expected no more than fit"),
		bad("huge-count.mtx", general+"100000 100000 9000000000\n1 1 1\n", ErrTruncated, "line 2: 9000000000 entries declared, more than a file of 80 bytes can hold"),
		bad("huge-array.mtx", array+"4294967296 4294967296\n1\n", ErrTruncated, "line 2: 4294967296 × 4294967296 values declared, more than a file of 65 bytes can hold"),
		bad("huge.mtx", general+"1000000 1000000 1\n1 1 1\n", ErrTooLarge, "1000000 rows × 1000000 columns take 125056000000 bytes of memory; if that is right, give the number of columns with --features"),
		bad("over.mtx", general+"1 9000000000 1\n1 1 1\n", ErrTooLarge, "1 rows × 9000000000 columns, expected no more than 2147483647 of each"),
		{name: "asked.mtx", data: []byte(general + "1000000 1000000 1\n1 1 1\n"), opt: Options{Features: 1000000}, kind: ErrTooLarge, text: "the data take 125056000000 bytes of memory or more, over the limit of 4294967296 (Options.MaxBytes)"},
		{name: "width.mtx", data: []byte(integer), opt: Options{Features: 12}, kind: ErrOption, text: "12 features were given, but the file has 16 columns"},
		{name: "limit.mtx.gz", data: gz([]byte(general + "9 9 9\n" + strings.Repeat("1 1 1\n", 9))), opt: Options{MaxBytes: 64}, kind: ErrTooLarge, text: "the entries take more than 64 bytes of memory (Options.MaxBytes)"},
		bad("short.mtx", general+"3 2 2\n% a note\n1 1 1\n", ErrTruncated, "2 entries declared, the file ends after 1"),
		bad("long.mtx", general+"3 2 1\n1 1 1\n2 1 1\n", ErrFormat, "line 4: more than the 1 entries declared"),
		bad("short-array.mtx", array+"2 2\n1\n% and more\n0\n", ErrTruncated, "2 × 2 values declared, the file ends after 2"),
		bad("long-array.mtx", array+"1 1\n1\n0\n", ErrFormat, "line 4: more than the 1 × 1 values declared"),
		bad("wide-array.mtx", array+"1 2\n1 0\n", ErrFormat, `line 3: found "1 0", expected one value a line`),
		bad("zero-based.mtx", general+"3 2 1\n0 1 1\n", ErrFormat, `line 3: row "0", expected a whole number from 1 to 3`),
		bad("column.mtx", general+"3 2 1\n3 3 1\n", ErrFormat, `line 3: column "3", expected a whole number from 1 to 2`),
		bad("fields.mtx", general+"3 2 1\n3 2 1 1\n", ErrFormat, "line 3: 4 fields, expected 3"),
		bad("pattern-value.mtx", symmetric+"3 3 1\n3 2 1\n", ErrFormat, "line 3: 3 fields, expected 2"),
		bad("above.mtx", symmetric+"3 3 1\n1 2\n", ErrFormat, "line 3: row 1, column 2 is above the diagonal of a symmetric matrix, expected entries on and below it"),
		bad("twice.mtx", general+"3 2 2\n2 2 1\n2 2 0\n", ErrFormat, "row 2, column 2 (from 1): an entry twice"),
		bad("nan.mtx", general+"3 2 1\n2 2 nan\n", ErrValue, `line 3: found "nan", expected a number`),
		bad("two.mtx", general+"3 2 1\n2 2 3\n", ErrValue, "row 2, column 2 (from 1): found 3, expected 0 or 1 (for grey levels from 0 to 255 use --binarize threshold, dynamic or fixed)"),
		bad("two-array.mtx", array+"1 2\n0\n-1\n", ErrValue, "line 4, row 1, column 2 (from 1): found -1, expected 0 or 1 (spins of -1 and +1 become units as (x+1)/2)"),
		{name: "cut.mtx.gz", data: gz([]byte(integer))[:60], kind: ErrTruncated, text: "unexpected end of the compressed data; the file is cut short, as by a download that stopped"},
	})
}

func FuzzMatrixMarket(f *testing.F) {
	for _, s := range []string{
		market("%%MatrixMarket matrix coordinate integer general", " 1")[:200],
		"%%MatrixMarket matrix coordinate pattern symmetric\n2 2 2\n1 1\n2 1\n",
		"%%MatrixMarket matrix array real general\n2 1\n0\n0.5\n",
		"%%MatrixMarket matrix coordinate real general\n%\n2 300 1\n2 300 200\n",
	} {
		f.Add([]byte(s))
	}
	fuzzFile(f, "fuzz.mtx", Options{Features: 2})
}
