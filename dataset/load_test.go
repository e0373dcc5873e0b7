package dataset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeFile(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// classesText writes a label a line.
func classesText(n int) string {
	var s strings.Builder
	for i := range n {
		s.WriteByte('0' + byte(i%10))
		s.WriteByte('\n')
	}
	return s.String()
}

func classesOf(n int) []byte {
	b := []byte(strings.ReplaceAll(classesText(n), "\n", ""))
	return mapped(b, func(c uint8) uint8 { return c - '0' })
}

func TestLabelFile(t *testing.T) {
	t.Chdir(t.TempDir())
	writeFile(t, "data.csv", []byte(csv()))
	le := binary.LittleEndian
	ten := classesOf(40)
	for name, data := range map[string][]byte{
		"labels.idx1-ubyte":    idx(8, ten, 40),
		"labels.idx1-ubyte.gz": gz(idx(8, ten, 40)),
		"labels.npy":           npy("<i8", "False", "(40,)", encode(le, ten, as[int64])),
		"float.npy":            npy("<f4", "False", "(40, 1)", encode(le, ten, as[float32])),
		"labels.csv":           []byte(classesText(40)),
		"header.csv":           []byte("class\n\n" + classesText(40) + "# end\n"),
		"labels.txt.gz":        gz([]byte(classesText(40))),
	} {
		writeFile(t, name, data)
		set, err := Open("data.csv", Options{LabelFile: name})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		checkSet(t, set)
		if want := tableIs("") + ", labels 0 to 9"; set.Describe() != want || set.Labels[13] != 3 {
			t.Errorf("%s: %s, want %s", name, set.Describe(), want)
		}
	}
	writeFile(t, "binary.txt", []byte("10\n"+classesText(39)))
	if set, err := Open("data.csv", Options{LabelFile: "binary.txt"}); err != nil || set.Labels[0] != 10 {
		t.Errorf("%v", err)
	}

	for _, c := range []fileCase{
		{name: "39.idx", data: idx(8, ten[:39], 39), kind: ErrLabels, text: "40 rows but 39 labels"},
		{name: "39.txt", data: []byte(classesText(39)), kind: ErrLabels, text: "40 rows but 39 labels"},
		{name: "41.txt", data: []byte(classesText(41)), kind: ErrLabels, text: "line 41: 40 rows but more labels"},
		{name: "images.idx", data: idx(8, table(), 40, 4, 4), kind: ErrLabels, text: "labels of shape 40 × 4 × 4 uint8, expected one number a row"},
		{name: "range.idx", data: idx(8, append([]byte{11}, ten[1:]...), 40), opt: Options{Classes: 10}, kind: ErrLabels, text: "row 0 (from 0): label 11, expected a whole number from 0 to 9"},
		{name: "minus.idx", data: idx(9, append([]byte{255}, ten[1:]...), 40), kind: ErrLabels, text: "row 0 (from 0): label -1, expected a whole number from 0 to 65535"},
		{name: "nan.npy", data: npy("<f2", "False", "(40,)", bytes.Repeat([]byte{0, 0x7e}, 40)), kind: ErrLabels, text: "row 0 (from 0): label NaN, expected a whole number from 0 to 65535"},
		{name: "rank0.npy", data: npy("<i4", "False", "()", make([]byte, 4)), kind: ErrFormat, text: "an array of rank 0, a single value, expected rows and columns"},
		{name: "short.npy", data: npy("<i4", "False", "(40,)", make([]byte, 4)), kind: ErrTruncated, text: "40 int32 elements need 160 bytes, the file has 4 after its header"},
		{name: "names.txt", data: []byte("class\ncat\n"), kind: ErrLabels, text: `line 2: label "cat", expected a whole number from 0`},
		{name: "two.txt", data: []byte("1,2\n"), kind: ErrLabels, text: `line 1: label "1,2", expected a whole number from 0`},
		{name: "labels.npz", data: npz(entry{"y.npy", nil, true}), kind: ErrFormat, text: "a label file of format npz, expected idx, npy or text"},
		{name: "empty.txt", kind: ErrEmpty, text: "empty file (0 bytes)"},
		{name: "cut.txt.gz", data: gz([]byte(classesText(40)))[:20], kind: ErrTruncated, text: "unexpected end of the compressed data; the file is cut short, as by a download that stopped"},
	} {
		t.Run(c.name, func(t *testing.T) {
			writeFile(t, c.name, c.data)
			c.opt.LabelFile = c.name
			_, err := Open("data.csv", c.opt)
			checkError(t, err, c.name, c.kind, c.text)
		})
	}
	_, err := Open("data.csv", Options{LabelFile: "none.txt"})
	checkError(t, err, "none.txt", ErrOpen, "no such file or directory")
}

// writeMNIST writes a small data set in the form of MNIST.
func writeMNIST(t *testing.T, dir string) {
	writeFile(t, filepath.Join(dir, "train-images-idx3-ubyte.gz"), gz(idx(8, inks(), 40, 4, 4)))
	writeFile(t, filepath.Join(dir, "train-labels-idx1-ubyte.gz"), gz(idx(8, classesOf(40), 40)))
	writeFile(t, filepath.Join(dir, "t10k-images.idx3-ubyte"), idx(8, inks()[:160], 10, 4, 4))
}

func TestFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	_, err := Load("mnist", Options{})
	checkError(t, err, "mnist", ErrOpen, "the folder data/mnist is not there; run make data to fetch it")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error("not fs.ErrNotExist")
	}
	writeMNIST(t, mnistDir)
	for _, c := range []struct {
		load string
		opt  Options
		name string
		want string
	}{
		{"mnist", Options{}, "mnist:train", greyIs(" (4 × 4)") + ", labels 0 to 9"},
		{"mnist:train", Options{Split: Test}, "mnist:train", greyIs(" (4 × 4)") + ", labels 0 to 9"},
		{"mnist:test", Options{}, "mnist:test", "10 rows × 16 columns (4 × 4), grey, mean intensity 0.451, no label file in the folder"},
		{mnistDir, Options{Binarize: Threshold}, mnistDir, tableIs(" (4 × 4)") + ", labels 0 to 9, 1 for intensities above 0.5"},
		{mnistDir, Options{NoLabels: true}, mnistDir, greyIs(" (4 × 4)")},
	} {
		set, err := Load(c.load, c.opt)
		if err != nil {
			t.Errorf("%s: %v", c.load, err)
			continue
		}
		checkSet(t, set)
		if set.Name != c.name || set.Describe() != c.want {
			t.Errorf("%s: %s, %s\nwant %s, %s", c.load, set.Name, set.Describe(), c.name, c.want)
		}
	}
	if err := os.MkdirAll("bare", 0o755); err != nil {
		t.Fatal(err)
	}
	_, err = Load("bare", Options{Split: Test})
	checkError(t, err, "bare", ErrOpen, "a folder without images of MNIST for the split test (t10k-images-idx3-ubyte, t10k-images-idx3-ubyte.gz, t10k-images.idx3-ubyte, t10k-images.idx3-ubyte.gz)")
	_, err = Load("mnist:tset", Options{})
	checkError(t, err, "mnist:tset", ErrOption, `unknown split "tset", expected one of train, test, fit, valid`)
	writeFile(t, filepath.Join(mnistDir, "train-labels-idx1-ubyte.gz"), gz(idx(8, classesOf(39), 39)))
	_, err = Load("mnist", Options{})
	checkError(t, err, filepath.Join(mnistDir, "train-labels-idx1-ubyte.gz"), ErrLabels, "40 rows but 39 labels")
}

func TestOpen(t *testing.T) {
	t.Chdir(t.TempDir())
	_, err := Open("none.csv", Options{})
	checkError(t, err, "none.csv", ErrOpen, "no such file or directory")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error("not fs.ErrNotExist")
	}
	if os.Getuid() != 0 {
		writeFile(t, "secret.csv", []byte("0\n"))
		os.Chmod("secret.csv", 0)
		_, err = Open("secret.csv", Options{})
		checkError(t, err, "secret.csv", ErrOpen, "permission denied")
	}
}

func TestOptions(t *testing.T) {
	t.Chdir(t.TempDir())
	writeFile(t, "x.csv", []byte(csv()))
	writeFile(t, "x.npy", npy("|u1", "False", shape40x16, table()))
	for _, c := range []struct {
		file string
		opt  Options
		text string
	}{
		{"x.csv", Options{Threshold: 1}, "threshold 1, expected a value between 0 and 1"},
		{"x.csv", Options{Threshold: nan}, "threshold NaN, expected a value between 0 and 1"},
		{"x.csv", Options{LabelColumn: -2}, "label column -2, expected a column from 1 or the last"},
		{"x.csv", Options{SkipColumns: -1}, "-1 columns to skip, expected 0 or more"},
		{"x.csv", Options{Features: -1}, "-1 features, expected 1 to 2147483647"},
		{"x.csv", Options{Classes: 1 << 20}, "1048576 classes, expected 1 to 65536"},
		{"x.csv", Options{MaxBytes: -1}, "a limit of -1 bytes"},
		{"x.csv", Options{LabelFile: "y", LabelColumn: 1}, "a label file was given, and a label column or array too"},
		{"x.csv", Options{Binarize: 9}, "binarize unknown(9), header auto, split train, format auto, separator auto, decimal auto"},
		{"x.csv", Options{Array: "X"}, "an array name was given, but the file is text, not npz"},
		{"x.csv", Options{Features: 16}, "a number of features was given, but the file is text, not npz, libsvm, baskets or mtx"},
		{"x.npy", Options{Header: HeaderNo}, "a header option was given, but the file is npy, not text"},
		{"x.npy", Options{LabelColumn: LastColumn}, "a label column was given, but the file is npy, not text"},
	} {
		_, err := Open(c.file, c.opt)
		checkError(t, err, c.file, ErrOption, c.text)
	}
	if _, err := EmbeddedDigits(Options{MaxBytes: -1}); !errors.Is(err, ErrOption) {
		t.Error(err)
	}
}

func TestNames(t *testing.T) {
	for _, b := range []Binarize{Auto, Dynamic, Fixed, Threshold} {
		if got, err := ParseBinarize(b.String()); got != b || err != nil {
			t.Errorf("%v: %v, %v", b, got, err)
		}
	}
	for _, h := range []Header{HeaderAuto, HeaderYes, HeaderNo} {
		if got, err := ParseHeader(h.String()); got != h || err != nil {
			t.Errorf("%v: %v, %v", h, got, err)
		}
	}
	for _, s := range []Split{Train, Test, Fit, Valid} {
		if got, err := ParseSplit(s.String()); got != s || err != nil {
			t.Errorf("%v: %v, %v", s, got, err)
		}
	}
	for _, f := range []Format{FormatAuto, FormatIDX, FormatNPY, FormatNPZ, FormatText, FormatLibSVM, FormatPBM, FormatMatrixMarket, FormatBaskets, FormatBED} {
		if got, err := ParseFormat(f.String()); got != f || err != nil {
			t.Errorf("%v: %v, %v", f, got, err)
		}
	}
	_, err := ParseBinarize("half")
	if !errors.Is(err, ErrOption) || err.Error() != `unknown way to binarize "half", expected one of auto, dynamic, fixed, threshold` {
		t.Error(err)
	}
}

func TestDigits(t *testing.T) {
	for _, c := range []struct {
		name string
		each int
		want string
	}{
		{"digits", 250, "2500 rows × 784 columns (28 × 28), grey, mean intensity 0.132, labels 0 to 9"},
		{"digits:test", 50, "500 rows × 784 columns (28 × 28), grey, mean intensity 0.132, labels 0 to 9"},
	} {
		set, err := Load(c.name, Options{})
		if err != nil {
			t.Fatal(err)
		}
		checkSet(t, set)
		if got := set.Describe(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		var count [10]int
		for _, digit := range set.Labels {
			count[digit]++
		}
		for digit, n := range count {
			if n != c.each {
				t.Errorf("%s: %d of digit %d, want %d", c.name, n, digit, c.each)
			}
		}
	}
	set, err := EmbeddedDigits(Options{NoLabels: true})
	if err != nil || set.Labels != nil || set.Name != "digits:train" {
		t.Errorf("%+v, %v", set, err)
	}
	first := set.GreyRow(0)
	if len(first) != 784 || cap(first) != 784 || first[0] != 0 || first[28*7+15] == 0 { // a five
		t.Errorf("first digit %v", first)
	}
	if _, err := Load("digits", Options{Classes: 9}); !errors.Is(err, ErrLabels) {
		t.Error(err)
	}
	if _, err := Load("digits", Options{Array: "X"}); !errors.Is(err, ErrOption) {
		t.Error(err)
	}
}

// TestMNISTFiles reads MNIST if it is there, and compares the embedded digits
// with it.
func TestMNISTFiles(t *testing.T) {
	dir := filepath.Join("..", mnistDir)
	if _, err := os.Stat(dir); err != nil {
		t.Skip("MNIST is not there; make data fetches it")
	}
	all, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	some, err := EmbeddedDigits(Options{})
	if err != nil {
		t.Fatal(err)
	}
	var seen [10]int
	k := 0
	for i, digit := range all.Labels {
		if seen[digit]++; seen[digit] > 250 {
			continue
		}
		if some.Labels[k] != digit || !bytes.Equal(some.GreyRow(k), all.GreyRow(i)) {
			t.Fatalf("embedded digit %d is not image %d of MNIST", k, i)
		}
		k++
	}
}
