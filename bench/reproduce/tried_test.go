package main

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn/dataset"
)

// TestBars requires 30 patterns, all different, each of equal lines.
func TestBars(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range bars() {
		flat := true
		for i := range p {
			flat = flat && p[i] == p[i/4*4]
		}
		upright := true
		for i := range p {
			upright = upright && p[i] == p[i%4]
		}
		if len(p) != 16 || seen[string(p)] || !flat && !upright {
			t.Errorf("pattern %v", p)
		}
		seen[string(p)] = true
	}
	if len(seen) != 30 {
		t.Errorf("%d patterns, expected 30", len(seen))
	}
}

// TestSpikes requires the density asked for, correlations that independent cells do
// not have, and the same bits each time.
func TestSpikes(t *testing.T) {
	all := spikes()
	if len(all) != 40000 || len(all[0]) != 50 {
		t.Fatalf("%d × %d, expected 40000 × 50", len(all), len(all[0]))
	}
	ones := make([]float64, 50)
	var sum, squares float64
	for _, row := range all {
		n := 0.0
		for j, bit := range row {
			ones[j] += float64(bit)
			n += float64(bit)
		}
		sum += n
		squares += n * n
	}
	rows := float64(len(all))
	if density := sum / rows / 50; math.Abs(density-0.09) > 0.002 {
		t.Errorf("density %.4f, expected 0.09", density)
	}
	independent := 0.0 // variance of the spikes in a bin
	for _, n := range ones {
		independent += n / rows * (1 - n/rows)
	}
	if variance := squares/rows - sum/rows*sum/rows; variance < 1.5*independent {
		t.Errorf("variance of the spikes in a bin %.3f, that of independent cells %.3f, expected half as much again", variance, independent)
	}
	if !slices.EqualFunc(all, spikes(), slices.Equal) {
		t.Error("other spikes the second time")
	}
}

// TestKinds writes the sets that the program makes, and compares what is to be trained
// on with the numbers of rows that costs are divided by.
func TestKinds(t *testing.T) {
	dir := t.TempDir()
	s := &suite{places: places{density: dir}}
	for _, k := range kinds {
		if k.made != nil {
			if err := k.write(filepath.Join(dir, k.name)); err != nil {
				t.Fatal(err)
			}
		} else if k.data != "digits" {
			continue
		}
		j, err := k.trial(&candidate{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.checkRows(j, k.rows); err != nil {
			t.Error(err)
		}
		if s.checkRows(j, k.rows+1) == nil {
			t.Errorf("%s: another number of rows is no error", k.name)
		}
	}
	valid, err := dataset.Load(filepath.Join(dir, "spikes", "spikes.valid.data"), dataset.Options{})
	if err != nil || valid.Rows != 10000 {
		t.Errorf("%+v, %v, expected 10000 rows", valid, err)
	}
}

// TestTrials requires trials to have files of their own, to look at validation rows
// alone, and to have the method and the cost asked for.
func TestTrials(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range kinds {
		for i := range candidates {
			j, err := k.trial(&candidates[i])
			if err != nil {
				t.Fatal(err)
			}
			r := j.recipe()
			if seen[j.name] || strings.Contains(r.Eval, "test") || !strings.Contains(r.Eval, "valid") || strings.Contains(r.Train, "/rows") ||
				strings.Count(r.Train, "--pcd")+strings.Count(r.Train, "--cd") != 1 {
				t.Errorf("trial %s: %+v", j.name, r)
			}
			seen[j.name] = true
		}
	}
	j, err := kinds[1].trial(&candidate{"A b, 3/rows", "--cd 1 --l2 3/rows"})
	want := "bitdbn train --layers 500 --binarize fixed --cd 1 --l2 6e-05 --data mnist:fit --seed 1 --out mnist--a-b-3-rows-fit.safetensors"
	if err != nil || j.recipe().Train != want {
		t.Errorf("trained by %q, %v, expected %q", j.recipe().Train, err, want)
	}
	if _, err := kinds[0].trial(&candidate{"bad", "--l2 x/rows"}); err == nil || !strings.Contains(err.Error(), `"x/rows"`) {
		t.Errorf("a bad candidate: %v", err)
	}
}

// TestTried tries all candidates on the kinds that are made, interrupted at first, and
// reports.
func TestTried(t *testing.T) {
	dir := t.TempDir()
	s, calls := stage(t)
	s.results = filepath.Join(dir, "results")
	t.Setenv(failingCall, "3")
	if err := s.tryAll(t.Context(), "bars", dir); err == nil {
		t.Fatal("the interruption is no error")
	}
	t.Setenv(failingCall, "")
	if got := verbs(calls()); got != "train info eval" {
		t.Errorf("ran %q", got)
	}
	if err := s.tryAll(t.Context(), "bars", dir); err != nil {
		t.Fatal(err)
	}
	got := calls()
	if want := "train --data /models/tried/bars/bars.train.data --threads 1 --resume /models/tried/bars--defaults-fit.safetensors"; got[0] != want {
		t.Errorf("went on with %q, expected %q", got[0], want)
	}
	if len(got) != 3*len(candidates) {
		t.Errorf("ran %q, expected three commands for each candidate", got)
	}
	if err := s.tryAll(t.Context(), "bars", dir); err != nil {
		t.Fatal(err)
	}
	if got := calls(); len(got) != 0 {
		t.Errorf("once more ran %q", got)
	}

	for i := range candidates { // the stand-in finds all alike
		path := filepath.Join(s.results, triedResults, "bars--"+fileName(candidates[i].name)+".json")
		out := new(result)
		if err := readJSON(path, out); err != nil {
			t.Fatal(err)
		}
		out.Choice.Valid, out.Choice.Seconds = found(-5-float64(i)), 7
		if err := writeJSON(path, out); err != nil {
			t.Fatal(err)
		}
	}
	if err := reportTried(dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "TRIED.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| – | **−5.00** (7.0 s) | – |\n", "| – | −6.00 (7.0 s) | – |\n", " bars | spikes |\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	for _, named := range []string{"none", "bars,none"} {
		if err := s.tryAll(t.Context(), named, dir); err == nil {
			t.Errorf("kinds %q are no error", named)
		}
	}
	s.density = ""
	if err := s.tryAll(t.Context(), "dna", dir); err == nil || !strings.Contains(err.Error(), "-density") {
		t.Errorf("density data without their folder: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.tryAll(ctx, "spikes", dir); err == nil {
		t.Error("a cancelled context is no error")
	}
}
