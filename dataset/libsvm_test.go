package dataset

import (
	"fmt"
	"strings"
	"testing"
)

// sparse writes the table in libsvm form, with the label of each row by class.
func sparse(base int, class func(i int) string) string {
	var s strings.Builder
	for i := range tableRows {
		s.WriteString(class(i))
		for j := range tableCols {
			if tableBit(i, j) == 1 {
				fmt.Fprintf(&s, " %d:1", j+base)
			}
		}
		s.WriteByte('\n')
	}
	return s.String()
}

func spin(i int) string { return []string{"-1", "+1"}[i%2] }

func TestLibSVM(t *testing.T) {
	one, zero := sparse(1, spin), sparse(0, spin)
	digits := sparse(1, func(i int) string { return fmt.Sprint(i % 10) })
	targets := sparse(1, func(i int) string { return fmt.Sprint(float64(i) / 4) })
	mixed := sparse(1, func(i int) string { return fmt.Sprint(i%3 - 1) })
	is := tableIs("")
	const spins = ", labels 0 to 1, labels -1 and 1 read as 0 and 1"
	const guessed = ", number of columns from the largest index, 16"
	more := func(text, row string) []byte { return []byte(text + row + "\n") }
	runCases(t, []fileCase{
		{name: "one.svm", data: []byte(one), opt: Options{Features: 16}, want: is + spins},
		{name: "one-guess.svm", data: []byte(one), want: strings.Replace(is+spins, ", labels -1", guessed+", labels -1", 1)},
		{name: "one-guess.svm.gz", data: gz([]byte(one)), want: strings.Replace(is+spins, ", labels -1", guessed+", labels -1", 1)},
		{name: "zero.libsvm", data: []byte(zero), opt: Options{Features: 16, ZeroBased: true}, want: is + spins},
		{name: "by-option.txt", data: []byte(one), opt: Options{Features: 16, Format: FormatLibSVM}, want: is + spins},
		{name: "digits.svm", data: []byte(digits), opt: Options{Features: 16}, want: is + ", labels 0 to 9"},
		{name: "no-labels.svm", data: []byte(targets), opt: Options{Features: 16, NoLabels: true}, want: is},
		{name: "comments.svm", data: []byte("# all\n" + digits + "\n"), opt: Options{Features: 16}, want: is + ", labels 0 to 9, 2 lines without data skipped"},
		{name: "unsorted.svm", data: []byte("1 3:1 1:1 2:0\n0\n"), bits: []byte{1, 0, 1, 0, 0, 0}, want: "2 rows × 3 columns, 2 ones (33.3 %), labels 0 to 1, number of columns from the largest index, 3"},
		{name: "wide.svm", data: []byte("1 1:1 200:1 # two\n"), opt: Options{Features: 300}, bits: units(1, 300, func(_, j int) uint8 { return map[int]uint8{0: 1, 199: 1}[j] }), want: "1 row × 300 columns, 2 ones (0.7 %), labels 0 to 1"},
		{name: "grey.svm", data: []byte("1 2:0.5\n0 1:1\n"), opt: Options{Binarize: Dynamic}, grey: []byte{0, 128, 255, 0}, want: "2 rows × 2 columns, grey, mean intensity 0.375, labels 0 to 1, number of columns from the largest index, 2, intensities rounded to whole 255ths"},
		{name: "query.svm", data: []byte("1 qid:3 2:1\n0 1:1\n"), bits: []byte{0, 1, 1, 0}, want: "2 rows × 2 columns, 2 ones (50.0 %), labels 0 to 1, number of columns from the largest index, 2, qid skipped"},
		{name: "from-1.svm", data: []byte("3 1:1\n1 2:1\n3\n"), bits: []byte{1, 0, 0, 1, 0, 0}, want: "3 rows × 2 columns, 2 ones (33.3 %), labels 0 to 2, number of columns from the largest index, 2, labels 1 to 3 read as 0 to 2"},
		{name: "from-1-classes.svm", data: []byte("2 1:1\n1 1:0\n"), opt: Options{Classes: 3}, bits: []byte{1, 0}, want: "2 rows × 1 column, 1 one (50.0 %), labels 0 to 2, number of columns from the largest index, 1"},
		{name: "only-1.svm", data: []byte("1 1:1\n"), bits: []byte{1}, want: "1 row × 1 column, 1 one (100.0 %), labels 0 to 1, number of columns from the largest index, 1"},
		{name: "named.svm", data: []byte("2 1:1\n"), opt: Options{Features: 1, ClassNames: []string{"1", "2", "3"}}, bits: []byte{1}, want: `1 row × 1 column, 1 one (100.0 %), labels 0 to 2, classes "1", "2", "3"`},
		{name: "named-spins.svm", data: []byte("-1 1:1\n+1.0\n"), opt: Options{Features: 1, ClassNames: []string{"-1", "1"}}, bits: []byte{1, 0}, want: `2 rows × 1 column, 1 one (50.0 %), labels 0 to 1, classes "-1", "1"`},
		{name: "named-other.svm", data: []byte("0 1:1\n"), opt: Options{ClassNames: []string{"1", "2"}}, kind: ErrLabels, text: `line 1: label "0", expected one of "1", "2"`},

		{name: "zero-as-one.svm", data: []byte("1 0:1\n"), kind: ErrFormat, text: "line 1: index 0, expected indices from 1 (use --index-base 0 if they count from 0)"},
		{name: "index.svm", data: more(one, "1 17:1"), opt: Options{Features: 16}, kind: ErrFormat, text: "line 41: index 17, expected no more than 16 with 16 features"},
		{name: "index-zero.svm", data: []byte("1 16:1\n"), opt: Options{Features: 16, ZeroBased: true}, kind: ErrFormat, text: "line 1: index 16, expected no more than 15 with 16 features"},
		{name: "twice.svm", data: more(one, "1 3:1 2:1 3:0"), kind: ErrFormat, text: "line 41: index 3 twice"},
		{name: "huge.svm", data: []byte("1 9223372036854775807:1\n"), kind: ErrTooLarge, text: "line 1: index 9223372036854775807, expected no more than 2147483647"},
		{name: "wrap.svm", data: []byte("1 18446744073709551617:1\n"), kind: ErrFormat, text: `line 1: index "18446744073709551617", expected a whole number`},
		{name: "sparse-huge.svm", data: []byte("1 1000000000:1\n"), kind: ErrTooLarge, text: "1 rows with indices up to 1000000000 take 125000000 bytes of memory; if that is right, give the number of columns with --features"},
		{name: "asked-huge.svm", data: []byte(strings.Repeat("1\n", 20)), opt: Options{Features: 1 << 30, MaxBytes: 16 << 20}, kind: ErrTooLarge, text: "the data take 134217728 bytes of memory or more, over the limit of 16777216 (Options.MaxBytes)"},
		{name: "grey-limit.svm", data: []byte("1 1:0.5\n" + strings.Repeat("1 1:1\n", 9)), opt: Options{Features: 1000, Binarize: Dynamic, MaxBytes: 5000}, kind: ErrTooLarge, text: "the data take 6000 bytes of memory or more, over the limit of 5000 (Options.MaxBytes)"},
		{name: "cut.svm.gz", data: gz([]byte(one))[:60], kind: ErrTruncated, text: "unexpected end of the compressed data; the file is cut short, as by a download that stopped"},
		{name: "value.svm", data: []byte("1 1:1\n1 2:2\n"), kind: ErrValue, text: "line 2, index 2: found 2, expected 0 or 1 (for grey levels from 0 to 255 use --binarize threshold, dynamic or fixed)"},
		{name: "nan.svm", data: []byte("1 1:nan\n"), kind: ErrValue, text: `line 1: index 1: found "nan", expected a number`},
		{name: "pair.svm", data: []byte("1 1:1 2\n"), kind: ErrFormat, text: `line 1: found "2", expected index:value`},
		{name: "no-label.svm", data: []byte("1:1 2:1\n"), kind: ErrFormat, text: `line 1: found "1:1", expected a label before the first index`},
		{name: "query-late.svm", data: []byte("1 2:1 qid:3\n"), kind: ErrFormat, text: `line 1: index "qid", expected a whole number`},
		{name: "query-word.svm", data: []byte("1 qid:a 2:1\n"), kind: ErrFormat, text: `line 1: index "qid", expected a whole number`},
		{name: "no-units.svm", data: []byte("1\n0\n"), kind: ErrEmpty, text: "no columns, as no unit is set; give their number with --features"},
		{name: "no-rows.svm", data: []byte("#\n"), opt: Options{Features: 3}, kind: ErrEmpty, text: "no rows"},
		{name: "targets.svm", data: []byte(targets), kind: ErrLabels, text: "line 2: label 0.25, expected a whole number from 0 to 65535"},
		{name: "mixed.svm", data: []byte(mixed), kind: ErrLabels, text: "row 1 (from 0) has the label 0 and others have -1, expected whole numbers from 0, or -1 and 1 only"},
		{name: "words.svm", data: []byte("cat 1:1\n"), kind: ErrLabels, text: `line 1: label "cat", expected a whole number from 0`},
	})
}

// TestClassNames reads some of the rows that a model might be trained on, and
// then others of only some classes, which must be the same classes.
func TestClassNames(t *testing.T) {
	for _, c := range []struct {
		file, some, other string
		o                 Options
		names             string
		want              []int
	}{
		{"a.svm", "1 1:1\n2\n3\n", "3 1:1\n2\n", Options{}, "[1 2 3]", []int{2, 1}},
		{"b.svm", "0 1:1\n1\n2\n", "1 1:1\n2\n", Options{}, "[0 1 2]", []int{1, 2}},
		{"c.svm", "-1 1:1\n1\n", "1 1:1\n", Options{}, "[-1 1]", []int{1}},
		{"d.csv", "0,dog\n1,cat\n1,emu\n", "1,dog\n0,emu\n", Options{LabelColumn: LastColumn}, "[cat dog emu]", []int{1, 2}},
	} {
		set, err := readAll(c.file, []byte(c.some), c.o)
		if err != nil || fmt.Sprint(set.ClassNames) != c.names {
			t.Fatalf("%s: %v, error %v", c.file, set, err)
		}
		c.o.ClassNames = set.ClassNames
		other, err := readAll(c.file, []byte(c.other), c.o)
		if err != nil || fmt.Sprint(other.Labels) != fmt.Sprint(c.want) || other.Classes != set.Classes {
			t.Errorf("%s: %+v, error %v", c.file, other, err)
		}
	}
}
