package dataset

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
)

// fuzzFile reads data under the name given, plain and gzipped, in each way to
// binarize. Whatever the bytes, it ends in a sound set or an error.
func fuzzFile(f *testing.F, name string, options ...Options) {
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, opt := range append(options, Options{}) {
			for _, how := range []Binarize{Auto, Dynamic, Threshold} {
				opt.Binarize, opt.MaxBytes = how, 16<<20
				set, err := readAll(name, data, opt)
				if err != nil {
					checkSentinel(t, err)
					continue
				}
				checkSet(t, set)
			}
		}
		if _, err := readAll(name, gz(data), Options{MaxBytes: 16 << 20}); err != nil {
			checkSentinel(t, err)
		}
	})
}

func checkSentinel(t *testing.T, err error) {
	t.Helper()
	if strings.ContainsAny(err.Error(), "\r\n") {
		t.Fatalf("not one line: %q", err)
	}
	for _, s := range sentinels {
		if errors.Is(err, s) {
			return
		}
	}
	t.Fatalf("wraps no error of the package: %v", err)
}

func FuzzIDX(f *testing.F) {
	f.Add(idx(8, inks(), 40, 4, 4))
	f.Add(gz(idx(8, table(), 40, 16)))
	f.Add(idx(8, make([]byte, 32), 1<<16, 1<<16, 1))
	f.Add(idx(0xd, make([]byte, 8), 2, 1))
	f.Add(idx(0xb, []byte{0, 1, 1, 0}, 1, 2))
	f.Add(idx(8, []byte{1}))
	fuzzFile(f, "fuzz.idx")
}

func FuzzNPY(f *testing.F) {
	f.Add(npy("|b1", "True", "(2, 3)", []byte{0, 1, 0, 1, 1, 1}))
	f.Add(npy("<f2", "False", "(2L, 1L)", []byte{0, 0x3c, 0, 0}))
	f.Add(npy(">f8", "False", "(1, 1)", make([]byte, 8)))
	f.Add(npy("<i8", "True", "(1, 2, 2)", encode(binary.LittleEndian, []uint8{0, 200, 1, 0}, as[int64])))
	f.Add(npyDict(2, "{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296, 16), }", nil))
	f.Add(npyDict(1, "{'descr': [('a', '<f8')], }", nil))
	fuzzFile(f, "fuzz.npy")
}

func FuzzNPZ(f *testing.F) {
	x := npy("|u1", "False", "(2, 2)", []byte{0, 1, 1, 0})
	y := npy("|u1", "False", "(2,)", []byte{0, 1})
	f.Add(npz(entry{"X.npy", x, true}, entry{"y.npy", y, true}))
	f.Add(npz(entry{"X.npy", x, false}))
	f.Add(npz(entry{"a.npy", x, true}, entry{"b.npy", x, false}))
	f.Add(npz(entry{"readme", []byte("hello"), true}))
	f.Add(npz())
	fuzzFile(f, "fuzz.npz", Options{Array: "X", NoLabels: true})
}

func FuzzText(f *testing.F) {
	for _, s := range []string{
		csv()[:96], "a,b\n0,1\n", "0;1\r\n1;0\r\n", "0\t1\r1\t0\r", "0110\n1001\n", "0 1 \n 1 0\n", "\xef\xbb\xbf0\n1\n",
		`"0","1"` + "\n", "0.5,1e0\n", "0,200\n1,3\n", "true,false\n", "# c\n\n0\n", "1 1:1 3:1\n-1 2:1\n", "0,NA\n", "P1 2 1\n01",
		"P4 3 1\n\xff", "\xff\xfe0\x00", "1,2,3\n", "a b\t0\t1\nc\t1\t0\n", "1,0;0,0\n0,5;1\n", "0|1\n1|0\n", "P1 2#w\n1#h\n01",
		"0,dog\n1,cat\n0,dog\n", "2 qid:1 1:1\n1 qid:2 2:1\n",
		"FID IID PAT MAT SEX PHENOTYPE rs_A\nF I 0 0 1 2 2\n",
	} {
		f.Add([]byte(s))
	}
	fuzzFile(f, "fuzz.txt",
		Options{Format: FormatLibSVM}, Options{Format: FormatLibSVM, Features: 5, ZeroBased: true},
		Options{Format: FormatText, LabelColumn: LastColumn}, Options{Format: FormatText, SkipColumns: 1, Header: HeaderYes},
		Options{Format: FormatLibSVM, ClassNames: []string{"-1", "1"}}, Options{Format: FormatText, Decimal: DecimalComma}, Options{Format: FormatText, Separator: SeparatorTab})
}
