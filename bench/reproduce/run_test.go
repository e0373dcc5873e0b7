package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Variables that name the file to which this program, in place of the tests, notes how
// it is called as the bitdbn command, and which call fails, counted from 1.
const (
	callsFile   = "REPRODUCE_TEST_CALLS"
	failingCall = "REPRODUCE_TEST_FAIL"
)

func TestMain(m *testing.M) {
	if file := os.Getenv(callsFile); file != "" {
		if err := standIn(file, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	log.SetOutput(io.Discard)
	os.Exit(m.Run())
}

// standIn is a bitdbn command that notes how it is called, writes that into the model,
// finds a log-probability of -5 or one error in ten, and gives the model's length as its digest.
func standIn(file string, args []string) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	call := strings.Join(args, " ") + "\n"
	if _, err := f.WriteString(call); err != nil {
		return err
	}
	after := func(flag string) string { return args[slices.Index(args, flag)+1] }
	switch args[0] {
	case "eval":
		if slices.Contains(args, "--draws") { // of classes
			fmt.Println(`{"rows":10,"classification":{"rows":10,"errors":1,"error_rate":0.1}}`)
		} else {
			fmt.Println(`{"rows":10,"likelihood":{"layers":1,"bound":{"bound":{"mean":-5}}}}`)
		}
	case "info":
		b, err := os.ReadFile(after("-m"))
		if err != nil {
			return err
		}
		fmt.Printf(`{"digest":"%064d"}`, len(b))
	default:
		model := "--out"
		if slices.Contains(args, "--resume") {
			model = "--resume"
		}
		if err := os.WriteFile(after(model), []byte(call), 0o644); err != nil {
			return err
		}
	}
	calls, err := os.ReadFile(file)
	if err == nil && os.Getenv(failingCall) == fmt.Sprint(bytes.Count(calls, []byte("\n"))) {
		err = errors.New("interrupted, as a test wants it")
	}
	return err
}

// stage returns a suite in a new folder that runs the stand-in, and a function that
// returns the calls since it was asked last.
func stage(t *testing.T) (*suite, func() []string) {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "calls")
	t.Setenv(callsFile, file)
	s := &suite{program(self), places{density: filepath.Join(dir, "density"), models: filepath.Join(dir, "models")}, filepath.Join(dir, "results")}
	return s, func() (calls []string) {
		text, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if err := remove(file); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			calls = append(calls, strings.ReplaceAll(strings.TrimSpace(line), dir, ""))
		}
		return calls
	}
}

// verbs returns the first words of calls.
func verbs(calls []string) string {
	for i, c := range calls {
		calls[i], _, _ = strings.Cut(c, " ")
	}
	return strings.Join(calls, " ")
}

// TestRunFrom runs a row that starts from the model of another, which is run for it,
// but not a second time unless its model is another by then.
func TestRunFrom(t *testing.T) {
	s, calls := stage(t)
	r := rowNamed("updown-averaged")
	model, results := s.model(job{rowNamed(r.from), 1, false}.final()), filepath.Join(s.results, r.name+".json")
	run := func() string {
		if err := s.run(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		out, err := stored(s.results, r)
		if err != nil {
			t.Fatal(err)
		}
		if x := out.Runs[0]; x.Before == nil || x.Before.Errors != 1 || x.Test.Classification.Rows != 10 || len(x.Digest) != 64 || x.Seed != 1 || x.Threads == 0 {
			t.Errorf("run %+v", x)
		}
		return verbs(calls())
	}
	const all = "train eval finetune info eval finetune info eval"
	if got := run(); got != all {
		t.Errorf("first ran %q, expected %q", got, all)
	}
	if got := run(); got != "" {
		t.Errorf("then ran %q, expected nothing", got)
	}
	if err := remove(results); err != nil {
		t.Fatal(err)
	}
	if got := run(); got != "info finetune info eval" {
		t.Errorf("without its result ran %q, expected the row alone", got)
	}
	if err := errors.Join(remove(results), os.Truncate(model, 0)); err != nil {
		t.Fatal(err)
	}
	if got := run(); got != "info "+all {
		t.Errorf("with another model ran %q, expected all", got)
	}
	if left, err := filepath.Glob(filepath.Join(s.models, "*.unfinished")); len(left) > 0 || err != nil {
		t.Errorf("%v is left, %v", left, err)
	}
	for _, name := range []string{r.from, r.name} {
		if err := errors.Join(remove(results), os.Truncate(filepath.Join(s.results, r.from+".json"), 0)); err != nil {
			t.Fatal(err)
		}
		if err := s.run(t.Context(), rowNamed(name)); err == nil || !strings.Contains(err.Error(), r.from+".json") {
			t.Errorf("a damaged result of %s is taken: %v", r.from, err)
		}
	}
}

// TestSeeds runs a row of three seeds, interrupted after the first, and once more with
// another recipe.
func TestSeeds(t *testing.T) {
	s, calls := stage(t)
	r := exact("some", "", "--pcd 1").times(3)
	t.Setenv(failingCall, "6") // the second evaluation of seed 2
	if err := s.run(t.Context(), &r); err == nil {
		t.Fatal("the interruption is no error")
	}
	t.Setenv(failingCall, "")
	want := []string{
		"train --layers 23 --pcd 1 --data /density/some/some.train.data --threads 1 --seed 1 --out /models/some-23.safetensors",
		"info -m /models/some-23.safetensors --json",
		"eval -m /models/some-23.safetensors --data /density/some/some.valid.data --train /density/some/some.train.data --likelihood exact --threads 1 --json",
		"eval -m /models/some-23.safetensors --data /density/some/some.test.data --train /density/some/some.train.data --likelihood exact --threads 1 --json",
		"train --layers 23 --pcd 1 --data /density/some/some.train.data --threads 1 --seed 2 --out /models/some-23-seed2.safetensors",
		"info -m /models/some-23-seed2.safetensors --json",
	}
	if got := calls(); !slices.Equal(got, want) {
		t.Errorf("ran\n%s\nexpected\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if err := s.run(t.Context(), &r); err != nil {
		t.Fatal(err)
	}
	got := calls()
	if want := "train --data /density/some/some.train.data --threads 1 --resume /models/some-23-seed2.safetensors"; got[0] != want {
		t.Errorf("went on with %q, expected %q", got[0], want)
	}
	if got := verbs(got); got != "train info eval eval train info eval eval" {
		t.Errorf("went on with %q, expected the seeds that are missing", got)
	}
	out, err := stored(s.results, &r)
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range out.Runs {
		if x.Seed != uint64(i+1) || x.Valid == nil || x.Test == nil || x.Threads != 1 {
			t.Errorf("run %d: %+v", i, x)
		}
	}
	other := exact("some", "", "--pcd 2").times(3)
	if err := s.run(t.Context(), &other); err != nil {
		t.Fatal(err)
	}
	if got := verbs(calls()); got != strings.TrimSpace(strings.Repeat("train info eval eval ", 3)) {
		t.Errorf("with another recipe ran %q, expected all seeds", got)
	}
	if err := s.choose(t.Context(), &r); err == nil {
		t.Error("a choice of density data, which have validation rows of their own")
	}
}

// TestInterrupted interrupts the two trainings of a row, and goes on with each where
// it stopped, unless the recipe is another.
func TestInterrupted(t *testing.T) {
	s, calls := stage(t)
	r := tuned("some", "", "--labels --layers 5", "backprop --rows 7 --epochs 3", "")
	for _, c := range []struct{ fails, calls string }{
		{"1", "train"},
		{"3", "train eval finetune"},
		{"", "train eval finetune info eval"},
	} {
		t.Setenv(failingCall, c.fails)
		if err := s.run(t.Context(), &r); (err != nil) != (c.fails != "") {
			t.Fatalf("call %q fails: %v", c.fails, err)
		}
		got := calls()
		if c.fails == "" {
			want := "finetune backprop --data mnist --resume /models/some-tuned.safetensors --rows 7"
			if got[2] != want || !strings.Contains(got[0], "--resume /models/some.safetensors") {
				t.Errorf("ran %q and %q, expected to go on, the second by %q", got[0], got[2], want)
			}
		}
		if got := verbs(got); got != c.calls {
			t.Errorf("call %q fails: ran %q, expected %q", c.fails, got, c.calls)
		}
	}

	r.name = "more"
	t.Setenv(failingCall, "1")
	if err := s.choose(t.Context(), &r); err == nil {
		t.Fatal("the interruption is no error")
	}
	t.Setenv(failingCall, "")
	r.train += " --epochs 9"
	calls()
	if err := s.choose(t.Context(), &r); err != nil {
		t.Fatal(err)
	}
	got := calls()
	if strings.Contains(got[0], "--resume") || !strings.Contains(got[0], "--data mnist:fit --seed 1 --out /models/more-fit.safetensors") || !strings.Contains(got[4], "--data mnist:valid") {
		t.Errorf("with another recipe ran %q", got)
	}
	for _, c := range got {
		if strings.Contains(c, "mnist:test") {
			t.Errorf("a choice looks at test rows: %q", c)
		}
	}
	out, err := stored(s.results, &r)
	if err != nil || out.Choice == nil || out.Choice.Valid == nil || out.Choice.Test != nil || len(out.Runs) > 0 {
		t.Errorf("%+v, %v, expected a choice alone", out, err)
	}
	if err := s.run(t.Context(), &r); err != nil {
		t.Fatal(err)
	}
	if out, err = stored(s.results, &r); err != nil || out.Choice == nil || len(out.Runs) != 1 {
		t.Errorf("%+v, %v, expected a choice and a run", out, err)
	}
}
