package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestFollowClasses requires that the notes of a model keep the names of its
// classes, and that other data are read by them.
func TestFollowClasses(t *testing.T) {
	for _, c := range []struct {
		name, column string
		all, some    string
		want         []int
	}{
		{"names.csv", "last", "0,1,dog\n1,0,cat\n1,1,emu\n", "1,1,emu\n0,1,dog\n", []int{2, 1}},
		{"numbers.svm", "", "2 2:1\n1 1:1\n3 1:1\n", "3 1:1\n2 2:1\n", []int{2, 1}},
		{"from-0.svm", "", "2 2:1\n0 1:1\n1 1:1\n", "1 2:1\n2 1:1\n", []int{1, 2}},
	} {
		path := filepath.Join(t.TempDir(), c.name)
		read := func(text string, d *dataFlags) []int {
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			set, err := d.load()
			if err != nil {
				t.Fatal(err)
			}
			return set.Labels
		}
		flags := func() *dataFlags {
			return &dataFlags{name: path, binarize: "auto", format: "auto", header: "auto", separator: "auto", decimal: "auto", indexBase: 1, labelColumn: c.column, labels: true}
		}
		trained, info := flags(), map[string]string{}
		read(c.all, trained)
		trained.note(info)
		other := flags()
		other.follow(info)
		if got := read(c.some, other); !slices.Equal(got, c.want) {
			t.Errorf("%s: classes %v, want %v", c.name, got, c.want)
		}
	}
}
