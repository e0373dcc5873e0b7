package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// found returns an evaluation with a log-probability.
func found(mean float64) *evaluation {
	l := &likelihood{Layers: 1}
	l.Bound.Bound = term{mean, 0.2}
	return &evaluation{Likelihood: l}
}

// TestReport writes the report of rows from their results: of one run and a choice, of
// several seeds, and of a model that was fine-tuned from a start without an error.
func TestReport(t *testing.T) {
	dir := t.TempDir()
	read := func() string {
		t.Helper()
		if err := report(dir); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, "RESULTS.md"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	read()
	at := machine{time.Date(2026, 11, 27, 1, 2, 3, 0, time.UTC), "processor", "avx2", 2}
	commands := recipe{Train: "bitdbn train", Eval: "bitdbn eval"}
	single := &result{Name: rows[0].name, recipe: commands,
		Runs:   []*run{{Seed: 1, machine: at, Digest: strings.Repeat("ab", 32), Seconds: 7, Test: found(-85.5)}},
		Choice: &run{Seed: 1, machine: at, Valid: found(-86.25)}}
	several := &result{Name: "dna-23", recipe: commands}
	for i, mean := range []float64{-1, -2, -3} {
		several.Runs = append(several.Runs, &run{Seed: uint64(i + 1), machine: at, Valid: found(mean), Test: found(2 * mean)})
	}
	one := &evaluation{Classification: &classification{Rows: 10000, Errors: 123, ErrorRate: 0.0123}}
	tuned := &result{Name: "updown-short", recipe: recipe{Tune: "bitdbn finetune", Eval: "bitdbn eval"},
		Runs: []*run{{Seed: 1, machine: at, Digest: strings.Repeat("cd", 32), Seconds: 1, TuneSeconds: 2, Test: one}}}
	for _, r := range []*result{single, several, tuned} {
		if err := r.save(filepath.Join(dir, "results")); err != nil {
			t.Fatal(err)
		}
	}
	text := read()
	for _, want := range []string{
		"| **−86.25** ± 0.20 | **−85.50** ± 0.20 |", "| 7 s, 2 × processor, avx2, 2026-11-27, seed 1 | `abababababab…` |",
		"| **−2.00** ± 1.00 of 3 seeds: −1.00, −2.00, −3.00 | **−4.00** ± 2.00 of 3 seeds: −2.00, −4.00, −6.00 |",
		"| – | – | **1.23 %** (123 of 10000) | 1.25 %", "| 1 s + 2 s, 2 ×", "`cdcdcdcdcdcd…`",
		"  bitdbn train\n  bitdbn eval\n", "  bitdbn finetune\n  bitdbn eval\n", "  and with --seed to 3\n", reportOld,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	tuned.Choice = &run{Seed: 1, machine: at, Valid: one}
	if err := tuned.save(filepath.Join(dir, "results")); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(read(), reportOld) {
		t.Error("the report says that rows have no validation figure, and all have")
	}
	single.Runs = nil
	if err := single.save(filepath.Join(dir, "results")); err != nil {
		t.Fatal(err)
	}
	if want := "| **−86.25** ± 0.20 | – |"; !strings.Contains(read(), want) {
		t.Errorf("the report of a choice lacks %q", want)
	}
	if err := os.WriteFile(filepath.Join(dir, "results", rows[0].name+".json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := report(dir); err == nil || !strings.Contains(err.Error(), rows[0].name) {
		t.Errorf("a damaged result: %v", err)
	}
	for _, bad := range []*result{
		{Runs: []*run{nil}}, {Runs: []*run{{}}}, {Runs: []*run{{Valid: one}}}, {Runs: []*run{{Test: one, Valid: found(1)}}},
		{Runs: []*run{{Test: new(evaluation)}}}, {Choice: new(run)},
	} {
		bad.Name = rows[0].name
		if err := bad.save(filepath.Join(dir, "results")); err != nil {
			t.Fatal(err)
		}
		if err := report(dir); err == nil || !strings.Contains(err.Error(), rows[0].name) {
			t.Errorf("a result without figures, %+v: %v", bad, err)
		}
	}
}

// TestReportIsOfResults requires the reports that are committed to be of the results
// that are.
func TestReportIsOfResults(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "results"), os.DirFS("results")); err != nil {
		t.Fatal(err)
	}
	if err := report(dir); err != nil {
		t.Fatal(err)
	}
	if err := reportTried(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"RESULTS.md", "TRIED.md"} {
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != string(want) {
			t.Errorf("%s is not of results/, %v; go run ./bench/reproduce -report", name, err)
		}
	}
}

// TestRowsDescribe requires each row to have a name of its own, something to run,
// and commands that say so.
func TestRowsDescribe(t *testing.T) {
	seen := map[string]bool{}
	for i := range rows {
		r := &rows[i]
		if seen[r.name] || r.train == "" && r.tune == "" || r.from != "" && (!seen[r.from] || r.train != "" || r.tune == "") || (r.data == "") == (r.density == "") {
			t.Errorf("row %+v", r)
		}
		if r.from != "" && rowNamed(r.from).runs() < r.runs() {
			t.Errorf("row %s has more seeds than %s, from which it starts", r.name, r.from)
		}
		seen[r.name] = true
		d := job{r, 1, false}.recipe()
		if (d.Train != "") != (r.train != "" || r.from != "") || (d.Tune != "") != (r.tune != "") {
			t.Errorf("row %s: %+v", r.name, d)
		}
		valid, test := strings.Contains(d.Eval, "valid"), strings.Contains(d.Eval, "test")
		if !test || valid != (r.density != "") {
			t.Errorf("row %s is evaluated by %q", r.name, d.Eval)
		}
	}
}
