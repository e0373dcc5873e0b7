package dataset

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestFitAndValid requires the two splits to be the training rows in order, of
// digits, grey and binary, and of a folder, without a row in both.
func TestFitAndValid(t *testing.T) {
	t.Chdir(t.TempDir())
	writeMNIST(t, mnistDir)
	for _, c := range []struct {
		name       string
		how        Binarize
		fit, valid int
	}{
		{"digits", Auto, 2084, 416},
		{"digits", Threshold, 2084, 416},
		{"mnist", Auto, 34, 6},
		{"mnist", Threshold, 34, 6},
	} {
		load := func(split string, rows int) *Set {
			set, err := Load(c.name+split, Options{Binarize: c.how})
			if err != nil {
				t.Fatal(err)
			}
			checkSet(t, set)
			if set.Name != c.name+split || set.Rows != rows || set.Classes != 10 {
				t.Errorf("%s: %d rows, %d classes, expected %s of %d rows, 10 classes", set.Name, set.Rows, set.Classes, c.name+split, rows)
			}
			return set
		}
		all, fit, valid := load(":train", c.fit+c.valid), load(":fit", c.fit), load(":valid", c.valid)
		if !slices.Equal(slices.Concat(fit.Labels, valid.Labels), all.Labels) || !bytes.Equal(slices.Concat(fit.Grey, valid.Grey), all.Grey) {
			t.Errorf("%s: labels or intensities of the parts are not those of the whole", c.name)
		}
		if (c.how == Threshold) != (all.Bits != nil) {
			t.Fatalf("%s: bits %v under %v", c.name, all.Bits != nil, c.how)
		}
		if all.Bits != nil && !slices.Equal(slices.Concat(fit.Bits.Words(), valid.Bits.Words()), all.Bits.Words()) {
			t.Errorf("%s: bits of the parts are not those of the whole", c.name)
		}
	}
	set, err := Load("digits:valid", Options{NoLabels: true})
	if err != nil || set.Describe() != "416 rows × 784 columns (28 × 28), grey, mean intensity 0.139, the last of 2500" {
		t.Errorf("%v, %v", set.Describe(), err)
	}
	writeFile(t, filepath.Join(mnistDir, "train-images-idx3-ubyte.gz"), gz(idx(8, inks()[:5*16], 5, 4, 4)))
	_, err = Load("mnist:valid", Options{NoLabels: true})
	checkError(t, err, mnistDir, ErrEmpty, "5 rows, expected 6 or more to take the split valid of")
}

// TestFolderSplits names the splits of a folder of the files of MNIST, and a folder
// whose own name ends like one.
func TestFolderSplits(t *testing.T) {
	dir := t.TempDir()
	images := func(rows int) []byte {
		b := []byte{0, 0, 8, 3, 0, 0, 0, byte(rows), 0, 0, 0, 1, 0, 0, 0, 2}
		return append(b, make([]byte, 2*rows)...)
	}
	odd := filepath.Join(dir, "odd:test")
	for _, folder := range []string{dir, odd} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, rows := range map[string]int{"train": 12, "t10k": 5} {
			if err := os.WriteFile(filepath.Join(folder, name+"-images-idx3-ubyte"), images(rows), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, rows := range map[string]int{dir: 12, dir + ":train": 12, dir + ":test": 5, dir + ":fit": 10, dir + ":valid": 2, odd: 12, odd + ":test": 5} {
		s, err := Load(name, Options{})
		if err != nil || s.Rows != rows {
			t.Errorf("%s: %v, %v, expected %d rows", name, s, err, rows)
		}
	}
	for _, name := range []string{dir + ":tets", filepath.Join(dir, "none") + ":test"} {
		if _, err := Load(name, Options{}); !errors.Is(err, ErrOpen) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
