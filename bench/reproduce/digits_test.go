package main

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDigits runs the row on the built-in digits with the bitdbn command of this tree,
// on all training rows and on a part of them, and requires the results that are
// committed: each bit of the model, and the figures.
func TestDigits(t *testing.T) {
	dir := t.TempDir()
	s := &suite{build(t, dir), places{models: dir}, filepath.Join(dir, "results")}
	r := rowNamed("digits-16")
	committed, err := stored("results", r)
	if err != nil {
		t.Fatal(err)
	}
	if len(committed.Runs) != r.runs() || committed.Choice == nil {
		t.Fatalf("%d runs are committed of the recipe as it is, and the choice %v, expected %d and a choice; make reproduce ROW=%s",
			len(committed.Runs), committed.Choice != nil, r.runs(), r.name)
	}
	for _, j := range []job{{r, 1, false}, {r, 1, true}} {
		found, err := s.do(t.Context(), j)
		if err != nil {
			t.Fatal(err)
		}
		want := committed.find(j)
		if found.Digest != want.Digest || len(want.Digest) != 64 {
			t.Errorf("%s: digest %s, committed %s", j.base(), found.Digest, want.Digest)
		}
		mean := func(x *run) float64 { return x.heldOut().Likelihood.Bound.Bound.Mean }
		if !(math.Abs(mean(found)-mean(want)) < 1e-9) { // processors may differ in the last bits of a sum
			t.Errorf("%s: log-probability %v, committed %v", j.base(), mean(found), mean(want))
		}
	}
}

// build builds the bitdbn command of this tree in dir. It looks into the folders of its
// sources, so that go test does not take its result from the cache when they change.
func build(t *testing.T, dir string) program {
	bitdbn := filepath.Join(dir, "bitdbn")
	if text, err := exec.Command("go", "build", "-o", bitdbn, "../../cmd/bitdbn").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	sources, err := exec.Command("go", "list", "-deps", "-f", "{{if .Module}}{{if .Module.Main}}{{.Dir}}{{end}}{{end}}", "../../cmd/bitdbn").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range strings.Split(strings.TrimSpace(string(sources)), "\n") {
		if _, err := os.ReadDir(folder); err != nil {
			t.Fatal(err)
		}
	}
	return program(bitdbn)
}
