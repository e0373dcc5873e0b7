package main

import (
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// TestLogBound requires a bound in every epoch in which log Z takes a moment, and
// in others where it is asked for.
func TestLogBound(t *testing.T) {
	dir, data := t.TempDir(), table(t)
	model, log := filepath.Join(dir, "m"), filepath.Join(dir, "log.csv")
	for _, c := range []struct {
		layers, every string
		want          []bool // of the epochs of all layers
	}{
		{"6,4", "0", []bool{true, true, true, true, true, true}},
		{"30,40", "0", []bool{true, true, true, false, false, false}},
		{"30,40", "3", []bool{true, true, true, false, false, true}},
	} {
		if err := command(t.Context(), "train", "--quiet", "--data", data, "--layers", c.layers, "--epochs", "3", "--threads", "1",
			"--likelihood-every", c.every, "--out", model, "--log", log); err != nil {
			t.Fatal(err)
		}
		var got []bool
		for _, row := range readLog(t, log) {
			bound, err := strconv.ParseFloat(row["bound"], 64)
			if err == nil && !(bound < 0 && bound > -100) {
				t.Errorf("--layers %s: bound %v", c.layers, bound)
			}
			got = append(got, err == nil)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("--layers %s, --likelihood-every %s: epochs with a bound %v, expected %v", c.layers, c.every, got, c.want)
		}
	}
}

// readLog returns the rows of a log by column.
func readLog(t *testing.T, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// TestForeignLog refuses to continue a log with other columns, and leaves it
// as it was.
func TestForeignLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.csv")
	for text, want := range map[string]error{"": nil, "layer,epoch\n1,1\n": errLog, "\"": errLog} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		l, err := openLog(path, true)
		if !errors.Is(err, want) {
			t.Errorf("log %q: %v, expected %v", text, err, want)
		}
		if err == nil {
			l.close()
			continue
		}
		if now, err := os.ReadFile(path); err != nil || string(now) != text {
			t.Errorf("log %q became %q (%v)", text, now, err)
		}
	}
}

// TestThinnedLog requires a hundred reports of a training of many epochs, the last
// epoch, and those in which a likelihood is asked for, among them; and that a training
// that goes on reports the same epochs.
func TestThinnedLog(t *testing.T) {
	dir, data := t.TempDir(), table(t)
	model, log := filepath.Join(dir, "m"), filepath.Join(dir, "log.csv")
	train := func(args ...string) {
		t.Helper()
		args = append([]string{"train", "--quiet", "--data", data, "--threads", "1", "--log", log}, args...)
		if err := command(t.Context(), args...); err != nil {
			t.Fatal(err)
		}
	}
	epochs := func() (got []int) {
		for _, row := range readLog(t, log) {
			n, err := strconv.Atoi(row["epoch"])
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, n)
		}
		return got
	}
	var want []int
	for e := 1; e <= 250; e++ {
		if e%3 == 0 || e%100 == 0 || e == 250 {
			want = append(want, e)
		}
	}
	train("--layers", "30", "--lr", "0.1", "--epochs", "250", "--likelihood-every", "100", "--out", model)
	if got := epochs(); !slices.Equal(got, want) {
		t.Errorf("epochs %v, expected %v", got, want)
	}
	train("--resume", model, "--epochs", "260")
	if got := epochs(); !slices.Equal(got, append(want, 252, 255, 258, 260)) {
		t.Errorf("after a longer training epochs %v", got)
	}
}
