package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReport writes the report of two rows from their results, one of a model that
// was fine-tuned from a start without an error to compare with.
func TestReport(t *testing.T) {
	dir := t.TempDir()
	if err := report(dir); err != nil {
		t.Fatal(err)
	}
	likelihood := &result{Name: rows[0].name, Train: "bitdbn train", Eval: "bitdbn eval", SHA256: strings.Repeat("ab", 32)}
	likelihood.Evaluation.Likelihood.Bound.Bound = term{-85.5, 0.2}
	tuned := &result{Name: "updown-short", Tune: "bitdbn finetune", Eval: "bitdbn eval", SHA256: strings.Repeat("cd", 32)}
	tuned.Evaluation.Classification = &classification{Rows: 10000, Errors: 123, ErrorRate: 0.0123}
	for _, r := range []*result{likelihood, tuned} {
		if err := r.save(filepath.Join(dir, "results")); err != nil {
			t.Fatal(err)
		}
	}
	if err := report(dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "RESULTS.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"**−85.50** ± 0.20", "| – | **1.23 %** (123 of 10000)", "`abababababab…`", "  bitdbn train\n  bitdbn eval\n", "  bitdbn finetune\n  bitdbn eval\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "results", rows[0].name+".json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := report(dir); err == nil || !strings.Contains(err.Error(), rows[0].name) {
		t.Errorf("a damaged result: %v", err)
	}
}

// TestRowsDescribe requires each row to have a name of its own, something to run,
// and commands that say so.
func TestRowsDescribe(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rows {
		if seen[r.name] || r.train == "" && r.tune == "" || r.from != "" && (!seen[r.from] || r.train != "" || r.tune == "") || r.data == "" && r.density == "" {
			t.Errorf("row %+v", r)
		}
		seen[r.name] = true
		d := r.describe()
		_, test := r.names()
		if (d.Train != "") != (r.train != "" || r.from != "") || (d.Tune != "") != (r.tune != "") || !strings.Contains(d.Eval, "--data "+test) {
			t.Errorf("row %s: %+v", r.name, d)
		}
	}
}
