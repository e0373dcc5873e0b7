package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// spelled writes the table with words for 0 and 1.
func spelled(zero, one, sep string) []byte {
	var s strings.Builder
	for i, v := range table() {
		s.WriteString([]string{zero, one}[v])
		if i%tableCols == tableCols-1 {
			s.WriteByte('\n')
		} else {
			s.WriteString(sep)
		}
	}
	return []byte(s.String())
}

// withColumn puts the row number modulo 10 in front of or after each row.
func withColumn(front bool) []byte {
	var s strings.Builder
	for i, line := range strings.Split(strings.TrimSpace(csv()), "\n") {
		if front {
			fmt.Fprintf(&s, "%d,%s\n", i, line)
		} else {
			fmt.Fprintf(&s, "%s,%d\n", line, i%10)
		}
	}
	return []byte(s.String())
}

func header(of func(i int) string, sep string) string {
	names := make([]string, tableCols)
	for i := range names {
		names[i] = of(i)
	}
	return strings.Join(names, sep) + "\n"
}

func TestText(t *testing.T) {
	plain := csv()
	b := table()
	is := tableIs("")
	names := header(func(i int) string { return fmt.Sprintf("u%d", i) }, ",")
	numbers := header(func(i int) string { return fmt.Sprint(i) }, ",")
	quotedNames := header(func(i int) string { return fmt.Sprintf(`"unit ""%d"", of 16"`, i) }, ",")
	blanks := "\n" + edit(plain, 7, func(s string) string { return s + "\n \t" }) + "\n\n"
	long := strings.Repeat("0,", 60000) + "1\n"
	longBits := append(make([]byte, 60000), 1)
	var haplotypes strings.Builder
	for i, line := range strings.Split(strings.TrimSpace(lineText(b, 16, " ", "\n")), "\n") {
		fmt.Fprintf(&haplotypes, "Real S%d %s\n", i, line)
	}
	runCases(t, []fileCase{
		{name: "plain.csv", data: []byte(plain), want: is},
		{name: "plain.csv.gz", data: gz([]byte(plain)), want: is},
		{name: "plain.data", data: []byte(plain), want: is},
		{name: "header.csv", data: []byte(names + plain), want: is + ", header line 1 skipped"},
		{name: "header-yes.csv", data: []byte(names + plain), opt: Options{Header: HeaderYes}, want: is + ", header line 1 skipped"},
		{name: "header-after-blank.csv", data: []byte("\n" + names + plain), want: is + ", header line 2 skipped, 1 blank line skipped"},
		{name: "numeric-header.csv", data: []byte(numbers + plain), opt: Options{Header: HeaderYes}, want: is + ", header line 1 skipped"},
		{name: "quoted-header.csv", data: []byte(quotedNames + plain), want: is + ", header line 1 skipped"},
		{name: "dense-header.txt", data: []byte("genotype\n" + lineText(b, 16, "", "\n")), want: is + ", header line 1 skipped"},
		{name: "comments.csv", data: []byte("# made by hand\n" + plain + "#end"), want: is + ", 2 comment lines skipped"},
		{name: "crlf.csv", data: []byte(lineText(b, 16, ",", "\r\n")), want: is},
		{name: "cr.csv", data: []byte(lineText(b, 16, ",", "\r")), want: is},
		{name: "cr-only-one.csv", data: []byte("0,1\r"), bits: []byte{0, 1}, want: "1 row × 2 columns, 1 one (50.0 %)"},
		{name: "no-newline.csv", data: []byte(strings.TrimSpace(plain)), want: is},
		{name: "blank-lines.csv", data: []byte(blanks), want: is + ", 4 blank lines skipped"},
		{name: "bom.csv", data: []byte("\xef\xbb\xbf" + plain), want: is},
		{name: "spaces.csv", data: []byte(lineText(b, 16, ", ", "\n")), want: is},
		{name: "floats.csv", data: spelled("0.0", "1.0", ","), want: is},
		{name: "sci.csv", data: spelled("0.000000000000000000e+00", "1.000000000000000000e+00", ","), want: is},
		{name: "signs.csv", data: spelled("-0", "+1E0", ","), want: is},
		{name: "matlab.txt", data: spelled("  0.0000000e+00", "  1.0000000e+00", " "), want: is},
		{name: "true-false.csv", data: spelled("False", "True", ","), want: is},
		{name: "true-false-R.csv", data: spelled("FALSE", "TRUE", " "), want: is},
		{name: "quoted.csv", data: spelled(`"0"`, `"1"`, ","), want: is},
		{name: "quoted-spaces.csv", data: spelled(` "0"`, `"1" `, " ,"), want: is},
		{name: "quoted-whitespace.txt", data: spelled(`"0"`, `"1"`, " "), want: is},
		{name: "semicolon.csv", data: []byte(lineText(b, 16, ";", "\n")), want: is},
		{name: "tab.tsv", data: []byte(lineText(b, 16, "\t", "\n")), want: is},
		{name: "whitespace.amat", data: []byte(lineText(b, 16, " ", "\n")), want: is},
		{name: "mixed-blanks.amat", data: []byte(lineText(b, 16, " \t ", "\n")), want: is},
		{name: "trailing-space.amat", data: []byte(lineText(b, 16, " ", " \n")), want: is},
		{name: "dense.txt", data: []byte(lineText(b, 16, "", "\n")), want: is},
		{name: "dense-space.txt", data: []byte(lineText(b, 16, "", " \n")), want: is},
		{name: "one-column.csv", data: []byte(lineText(b[:40], 1, "", "\n")), bits: b[:40], want: "40 rows × 1 column, 21 ones (52.5 %)"},
		{name: "one.csv", data: []byte("1"), bits: []byte{1}, want: "1 row × 1 column, 1 one (100.0 %)"},
		{name: "long-line.csv", data: []byte(long), bits: longBits, want: "1 row × 60001 columns, 1 one (0.0 %)"},
		{name: "haplotypes.hapt", data: []byte(haplotypes.String()), opt: Options{SkipColumns: 2}, want: is + ", 2 columns skipped"},
		{name: "index.csv", data: withColumn(true), opt: Options{SkipColumns: 1}, want: is + ", 1 column skipped"},
		{name: "label-last.csv", data: withColumn(false), opt: Options{LabelColumn: LastColumn}, want: is + ", labels 0 to 9, labels from column 17"},
		{name: "label-17.csv", data: withColumn(false), opt: Options{LabelColumn: 17, Classes: 12}, want: is + ", labels 0 to 11, labels from column 17"},
		{name: "label-first.csv", data: withColumn(true), opt: Options{LabelColumn: 1}, want: is + ", labels 0 to 39, labels from column 1"},
		{name: "label-skipped.csv", data: withColumn(true), opt: Options{LabelColumn: 1, SkipColumns: 1}, want: is + ", labels 0 to 39, 1 column skipped, labels from column 1"},
		{name: "label-unread.csv", data: withColumn(false), opt: Options{LabelColumn: LastColumn, NoLabels: true}, want: is + ", no units from column 17"},
		{name: "label-names.csv", data: []byte("0,1,dog\n1,1,cat\n0,0,dog\n"), opt: Options{LabelColumn: LastColumn}, bits: []byte{0, 1, 1, 1, 0, 0}, want: `3 rows × 2 columns, 3 ones (50.0 %), labels 0 to 1, labels from column 3, classes "cat", "dog"`},
		{name: "label-from-1.csv", data: []byte("0,1\n1,2\n"), opt: Options{LabelColumn: LastColumn}, bits: []byte{0, 1}, want: "2 rows × 1 column, 1 one (50.0 %), labels 0 to 2, labels from column 2, no row has the label 0, which is a class"},
		{name: "forced.npy", data: []byte(plain), opt: Options{Format: FormatText}, want: is},

		{name: "grey.csv", data: []byte("0,128\n255,1\n"), opt: Options{Binarize: Dynamic}, grey: []byte{0, 128, 255, 1}, want: "2 rows × 2 columns, grey, mean intensity 0.376, values read as grey levels from 0 to 255"},
		{name: "grey-plain.csv", data: []byte("0,128\n0,1\n"), opt: Options{Binarize: Dynamic}, grey: []byte{0, 128, 0, 1}, want: "2 rows × 2 columns, grey, mean intensity 0.126, values read as grey levels from 0 to 255"},
		{name: "unit.csv", data: []byte("0,0.5\n0,1\n0.25,1.0\n"), opt: Options{Binarize: Dynamic}, grey: []byte{0, 128, 0, 255, 64, 255}, want: "3 rows × 2 columns, grey, mean intensity 0.459, intensities rounded to whole 255ths"},
		{name: "unit-threshold.csv", data: []byte("1,0.5\n0,1\n0.75,1.0\n"), opt: Options{Binarize: Threshold}, bits: []byte{1, 0, 0, 1, 1, 1}, want: "3 rows × 2 columns, 4 ones (66.7 %), 1 for intensities above 0.5"},
		{name: "grey-threshold.csv", data: []byte("1,200\n0,1\n75,128\n"), opt: Options{Binarize: Threshold}, bits: []byte{0, 1, 0, 0, 0, 1}, want: "3 rows × 2 columns, 2 ones (33.3 %), values read as grey levels from 0 to 255, 1 for intensities above 0.5"},
	})
}

func TestBadText(t *testing.T) {
	plain := csv()
	const missing = " (missing values must be filled in, or their rows left out)"
	const grey = "for grey levels from 0 to 255 use --binarize threshold, dynamic or fixed"
	names := header(func(i int) string { return fmt.Sprintf("u%d", i) }, ",")
	numbers := header(func(i int) string { return fmt.Sprint(i) }, ",")
	bad := func(name, to, found string) fileCase {
		return fileCase{name: name, data: []byte(cellEdit(plain, 5, 7, to)), kind: ErrValue, text: "line 5, column 7: " + found}
	}
	var utf16 []byte
	for _, c := range []byte(plain) {
		utf16 = append(utf16, c, 0)
	}
	runCases(t, []fileCase{
		bad("missing.csv", "", "an empty field, expected 0 or 1"+missing),
		bad("na.csv", "NA", `found "NA", expected 0 or 1`+missing),
		bad("nan.csv", "nan", `found "nan", expected 0 or 1`+missing),
		bad("inf.csv", "Inf", `found "Inf", expected 0 or 1`),
		bad("question.csv", "?", `found "?", expected 0 or 1`+missing),
		bad("two.csv", "2", "found 2, expected 0 or 1 ("+grey+")"),
		bad("minus1.csv", "-1", "found -1, expected 0 or 1 (spins of -1 and +1 become units as (x+1)/2)"),
		bad("half.csv", "0.5", "found 0.5, expected 0 or 1 (for intensities from 0 to 1 use --binarize threshold, dynamic or fixed)"),
		bad("hexfloat.csv", "0x1p0", `found "0x1p0", expected 0 or 1`),
		bad("underscore.csv", "1_0", `found "1_0", expected 0 or 1`),
		bad("fullwidth.csv", "１", `found "１", expected 0 or 1`),
		bad("nul.csv", "1\x00", `found "1\x00", expected 0 or 1`),
		bad("sparse.csv", "3:1", `found "3:1", expected 0 or 1 (libsvm data? use --format libsvm)`),
		bad("1e999.csv", "1e999", `found "1e999", expected 0 or 1`),
		bad("long.csv", strings.Repeat("x", 1000), `found "`+strings.Repeat("x", maxShown)+`"…, expected 0 or 1`),
		bad("quote.csv", `"1`, ``).as(ErrFormat, "line 5: a quote that is not closed on the line, or text after it"),
		bad("after-quote.csv", `"1" 0`, ``).as(ErrFormat, "line 5: a quote that is not closed on the line, or text after it"),
		{name: "quote-first.csv", data: []byte(`"0,1`), kind: ErrFormat, text: "line 1: a quote that is not closed on the line, or text after it"},
		{name: "trailing-comma.csv", data: []byte(lineText(table(), 16, ",", ",\n")), kind: ErrValue, text: "line 1, column 17: an empty field, expected 0 or 1 (does the line end with a separator?)"},
		{name: "short.csv", data: []byte(edit(plain, 12, func(s string) string { return s[:25] })), kind: ErrFormat, text: "line 12: 13 fields, expected 16 as in line 1"},
		{name: "short-after-header.csv", data: []byte(edit(names+plain, 12, func(s string) string { return "1" })), kind: ErrFormat, text: "line 12: 1 field, expected 16 as in line 2"},
		{name: "long-row.csv", data: []byte(edit(plain, 40, func(s string) string { return s + ",1,1" })), kind: ErrFormat, text: "line 40: 18 fields, expected 16 as in line 1"},
		{name: "dense-long.txt", data: []byte("01\n011\n"), kind: ErrFormat, text: "line 2: 3 fields, expected 2 as in line 1"},
		{name: "dense-two.txt", data: []byte("01\n02\n"), kind: ErrValue, text: "line 2, column 2: found 2, expected 0 or 1 (if the column is a label, use --label-column last; " + grey + ")"},
		{name: "numeric-header.csv", data: []byte(numbers + plain), kind: ErrValue, text: "line 1, column 3: found 2, expected 0 or 1 (if the line is a header, use --header yes; " + grey + ")"},
		{name: "header-no.csv", data: []byte(names + plain), opt: Options{Header: HeaderNo}, kind: ErrValue, text: `line 1, column 1: found "u0", expected 0 or 1 (for a header line use --header yes, for columns of names --skip-columns)`},
		{name: "index.csv", data: withColumn(true), kind: ErrValue, text: "line 3, column 1: found 2, expected 0 or 1 (if the column numbers the rows, use --skip-columns 1; " + grey + ")"},
		{name: "label.csv", data: withColumn(false), kind: ErrValue, text: "line 3, column 17: found 2, expected 0 or 1 (if the column is a label, use --label-column last; " + grey + ")"},
		{name: "measurements.csv", data: []byte("5.1,3.5,1.4,0.2\n"), kind: ErrValue, text: "line 1, column 1: found 5.1, expected 0 or 1"},
		{name: "empty.csv", kind: ErrEmpty, text: "empty file (0 bytes)"},
		{name: "blank.csv", data: []byte("\n \n"), kind: ErrEmpty, text: "no rows, only blank lines and comments"},
		{name: "header-only.csv", data: []byte(names), kind: ErrEmpty, text: "no rows after the header, line 1"},
		{name: "utf16.csv", data: append([]byte("\xff\xfe"), utf16...), kind: ErrFormat, text: "text in UTF-16, expected UTF-8 or ASCII"},
		{name: "utf16-big.csv", data: []byte("\xfe\xff\x000"), kind: ErrFormat, text: "text in UTF-16, expected UTF-8 or ASCII"},
		{name: "cut.csv.gz", data: gz([]byte(plain))[:60], kind: ErrTruncated, text: "unexpected end of the compressed data; the file is cut short, as by a download that stopped"},
		{name: "endless-line.csv.gz", data: gz(bytes.Repeat([]byte("0,"), maxLine/2+bufferSize)), kind: ErrTooLarge, text: "line 1: more than 8 MiB, expected shorter lines"},
		{name: "label-20.csv", data: []byte(plain), opt: Options{LabelColumn: 20}, kind: ErrOption, text: "line 1: label column 20, but the line has 16 fields"},
		{name: "skip-all.csv", data: []byte(plain), opt: Options{SkipColumns: 16}, kind: ErrOption, text: "line 1: no units are left besides 16 columns to skip and the label, but the line has 16 fields"},
		{name: "label-only.csv", data: []byte("1\n"), opt: Options{LabelColumn: 1}, kind: ErrOption, text: "line 1: no units are left besides 0 columns to skip and the label, but the line has 1 field"},
		{name: "label-missing.csv", data: []byte("0,setosa\n1,NA\n"), opt: Options{LabelColumn: 2}, kind: ErrLabels, text: `line 2, column 2: label "NA", expected a whole number from 0`},
		{name: "label-mixed-1.csv", data: []byte("0,1\n1,setosa\n"), opt: Options{LabelColumn: 2}, kind: ErrLabels, text: `line 2, column 2: label "setosa", expected a whole number from 0`},
		{name: "label-mixed-2.csv", data: []byte("0,setosa\n1,1\n"), opt: Options{LabelColumn: 2}, kind: ErrLabels, text: "line 2, column 2: label 1, expected a name, as above"},
		{name: "label-other.csv", data: []byte("0,cow\n"), opt: Options{LabelColumn: 2, ClassNames: []string{"cat", "dog"}}, kind: ErrLabels, text: `line 1, column 2: label "cow", expected one of "cat", "dog"`},
		{name: "label-many.csv", data: []byte("0,cow\n0,cat\n0,dog\n"), opt: Options{LabelColumn: 2, Classes: 2}, kind: ErrLabels, text: `line 3, column 2: label "dog", expected no more classes than the 2 before it`},
		{name: "class-names.csv", data: []byte("0,cow\n"), opt: Options{LabelColumn: 2, Classes: 2, ClassNames: []string{"cow"}}, kind: ErrOption, text: "1 names of classes, expected 1 to 65536, and as many as classes"},
		{name: "label-minus.csv", data: []byte("0,1,-1\n"), opt: Options{LabelColumn: LastColumn}, kind: ErrLabels, text: "line 1, column 3: label -1, expected a whole number from 0 to 65535"},
		{name: "label-classes.csv", data: []byte("0,1,10\n"), opt: Options{LabelColumn: LastColumn, Classes: 10}, kind: ErrLabels, text: "line 1, column 3: label 10, expected a whole number from 0 to 9"},
		{name: "mixed-1.csv", data: []byte("0.5,2\n"), opt: Options{Binarize: Dynamic}, kind: ErrValue, text: "line 1, column 2: found 2, expected a value from 0 to 1 (grey levels from 0 to 255 become intensities as x/255)"},
		{name: "mixed-2.csv", data: []byte("200,0.5\n"), opt: Options{Binarize: Threshold}, kind: ErrValue, text: "line 1, column 2: found 0.5, expected a whole number from 0 to 255 (the values before it are grey levels from 0 to 255)"},
		{name: "over.csv", data: []byte("256\n"), opt: Options{Binarize: Threshold}, kind: ErrValue, text: "line 1, column 1: found 256, expected a value from 0 to 1, or a whole number up to 255"},
		{name: "limit.csv", data: []byte(strings.Repeat("1\n", 2000)), opt: Options{MaxBytes: 1000}, kind: ErrTooLarge, text: "the data take 128000 bytes of memory or more, over the limit of 1000 (Options.MaxBytes)"},
		{name: "label-advice.csv", data: []byte("1,0\n0,300\n"), kind: ErrValue, text: "line 2, column 2: found 300, expected 0 or 1 (if the column is a label, use --label-column last)"},
		{name: "label-middle.csv", data: []byte("0,9,2\n"), opt: Options{LabelColumn: 2, Header: HeaderNo}, kind: ErrValue, text: "line 1, column 3: found 2, expected 0 or 1 (if the line is a header, use --header yes; " + grey + ")"},
		{name: "plain-no.csv", data: []byte("0,1\n0;1\n"), kind: ErrFormat, text: "line 2: 1 field, expected 2 as in line 1"},
		{name: "unknown", data: []byte("\x7fELF\x02\x01\x01\x00"), kind: ErrFormat, text: `the format is not known: it starts with "\x7fELF\x02\x01\x01\x00"`},
		{name: "double.gz", data: gz(gz([]byte(plain))), kind: ErrFormat, text: "gzip data inside gzip data, expected to unpack once"},
		{name: "model.safetensors", data: []byte("\x02\x00\x00\x00\x00\x00\x00\x00{}"), kind: ErrFormat, text: "a safetensors file, which holds a model and no data"},
		{name: "grey.pgm", data: []byte("P5 2 2 255\n"), kind: ErrFormat, text: "a picture of Netpbm type P5, expected P1 or P4"},
	})
}

// TestStyle reads tables whose separator is not plain from one line.
func TestStyle(t *testing.T) {
	names := "gene one\t0\t1\ngene two\t1\t0\nactin\t1\t1\n"
	euro := strings.ReplaceAll(strings.ReplaceAll(string(spelled("0.0", "1.0", ";")), ".", ","), "\r", "")
	words := header(func(i int) string { return fmt.Sprintf("unit %d; of, all", i) }, "\t")
	three := []byte{0, 1, 1, 0, 1, 1}
	const skipped = "3 rows × 2 columns, 4 ones (66.7 %), 1 column skipped"
	is := tableIs("")
	comma := ", numbers with decimal commas"
	bad := func(name, text string, o Options, kind error, message string) fileCase {
		return fileCase{name: name, data: []byte(text), opt: o, kind: kind, text: message}
	}
	runCases(t, []fileCase{
		{name: "names.tsv", data: []byte(names), opt: Options{SkipColumns: 1}, bits: three, want: skipped},
		{name: "two-words.tsv", data: []byte(strings.ReplaceAll(names, "actin", "beta actin")), opt: Options{SkipColumns: 1}, bits: three, want: skipped},
		{name: "semicolons.csv", data: []byte(strings.ReplaceAll(names, "\t", ";")), opt: Options{SkipColumns: 1}, bits: three, want: skipped},
		{name: "bars.txt", data: []byte(strings.ReplaceAll(names, "\t", " | ")), opt: Options{SkipColumns: 1}, bits: three, want: skipped},
		{name: "commas-in-names.tsv", data: []byte(strings.ReplaceAll(names, "gene ", "a,b;c ")), opt: Options{SkipColumns: 1}, bits: three, want: skipped},
		{name: "words.tsv", data: []byte(words + lineText(table(), 16, "\t", "\n")), want: is + ", header line 1 skipped"},
		{name: "bars.csv", data: []byte(lineText(table(), 16, "|", "\n")), want: is},
		{name: "euro.csv", data: []byte(euro), want: is + comma},
		{name: "euro.csv.gz", data: gz([]byte(euro)), want: is + comma},
		{name: "euro.tsv", data: []byte(strings.ReplaceAll(euro, ";", "\t")), want: is + comma},
		{name: "euro.txt", data: []byte(strings.ReplaceAll(euro, ";", "  ")), want: is + comma},
		{name: "euro-header.csv", data: []byte(words + euro), want: is + comma + ", header line 1 skipped"},
		{name: "euro-two.csv", data: []byte("0,5;1\n0,25;0,75\n"), opt: Options{Binarize: Dynamic}, grey: []byte{128, 255, 64, 191}, want: "2 rows × 2 columns, grey, mean intensity 0.625, intensities rounded to whole 255ths" + comma},
		{name: "euro-column.txt", data: []byte("1,0\n0,0\n"), opt: Options{Decimal: DecimalComma}, bits: []byte{1, 0}, want: "2 rows × 1 column, 1 one (50.0 %)" + comma},
		{name: "euro-labels.csv", data: []byte("0,0;1,0\n1,0;0,0\n"), opt: Options{LabelColumn: LastColumn}, bits: []byte{0, 1}, want: "2 rows × 1 column, 1 one (50.0 %), labels 0 to 1" + comma + ", labels from column 2"},
		{name: "pairs.csv", data: []byte("1,0\n0,0\n"), bits: []byte{1, 0, 0, 0}, want: "2 rows × 2 columns, 1 one (25.0 %)"},
		{name: "asked.txt", data: []byte("1,0;0,0\n"), opt: Options{Separator: SeparatorSemicolon}, bits: []byte{1, 0}, want: "1 row × 2 columns, 1 one (50.0 %)" + comma},
		{name: "asked-blanks.txt", data: []byte("10\n"), opt: Options{Separator: SeparatorBlanks, Binarize: Threshold}, bits: []byte{0}, want: "1 row × 1 column, 0 ones (0.0 %), values read as grey levels from 0 to 255, 1 for intensities above 0.5"},
		{name: "long.tsv", data: []byte("a b\t" + strings.Repeat("0\t", 60000) + "1\n"), opt: Options{SkipColumns: 1}, bits: append(make([]byte, 60000), 1), want: "1 row × 60001 columns, 1 one (0.0 %), 1 column skipped"},

		bad("comma.csv", "1;0\n0;0,5\n", Options{Decimal: DecimalPoint}, ErrValue, `line 2, column 2: found "0,5", expected 0 or 1 (for decimal commas use --decimal comma)`),
		bad("thousands.csv", "1;0\n0;1.000,5\n", Options{Decimal: DecimalComma}, ErrValue, `line 2, column 2: found "1.000,5", expected 0 or 1`),
		bad("other.csv", "1;0\n", Options{Separator: SeparatorComma, Header: HeaderNo}, ErrValue, `line 1, column 1: found "1;0", expected 0 or 1 (for a header line use --header yes, for columns of names --skip-columns)`),
		bad("both.csv", "1;0\n", Options{Separator: SeparatorComma, Decimal: DecimalComma}, ErrOption, "commas between fields and in numbers"),
		bad("mtx.mtx", "%%MatrixMarket matrix\n", Options{Separator: SeparatorComma}, ErrOption, "a separator was given, but the file is mtx, not text"),
		bad("decimal.mtx", "%%MatrixMarket matrix\n", Options{Decimal: DecimalComma}, ErrOption, "a decimal option was given, but the file is mtx, not text"),
	})
}

func TestStyleNames(t *testing.T) {
	for name, want := range map[string]Separator{"auto": SeparatorAuto, "tab": SeparatorTab, "\t": SeparatorTab, ",": SeparatorComma, ";": SeparatorSemicolon, "|": SeparatorBar, " ": SeparatorBlanks, "blanks": SeparatorBlanks} {
		if got, err := ParseSeparator(name); got != want || err != nil {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
	for name, want := range map[string]Decimal{"auto": DecimalAuto, "point": DecimalPoint, ".": DecimalPoint, "comma": DecimalComma, ",": DecimalComma} {
		if got, err := ParseDecimal(name); got != want || err != nil {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"", ":", "?"} {
		if _, err := ParseSeparator(name); !errors.Is(err, ErrOption) {
			t.Errorf("separator %q: %v", name, err)
		}
		if _, err := ParseDecimal(name); !errors.Is(err, ErrOption) {
			t.Errorf("decimal %q: %v", name, err)
		}
	}
}

// as changes the error that a case expects.
func (c fileCase) as(kind error, text string) fileCase {
	c.kind, c.text = kind, text
	return c
}

// TestHeaderWords reads tables whose first line is or is not a header.
func TestHeaderWords(t *testing.T) {
	for first, want := range map[string]bool{
		"a,b":      true,
		",b":       true,
		"id,0":     false,
		"1,2":      false,
		"NA,NA":    false,
		"true,b":   false,
		"x1 x2":    true,
		"nan;inf":  true,
		`"a","b"`:  true,
		`"a","b`:   false,
		"age\tsex": true,
	} {
		r := &text{o: &Options{}, style: styleOf([][]byte{[]byte(first)}, &Options{})}
		if got := r.isHeader([]byte(first)); got != want {
			t.Errorf("%q is a header: %v, want %v", first, got, want)
		}
	}
}
