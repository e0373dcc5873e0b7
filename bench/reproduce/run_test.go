package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// callsFile names the file to which this program, in place of the tests, notes how
// it is called as the bitdbn command.
const callsFile = "REPRODUCE_TEST_CALLS"

func TestMain(m *testing.M) {
	if file := os.Getenv(callsFile); file != "" {
		if err := standIn(file, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// standIn is a bitdbn command that notes how it is called, writes the call into the
// model, and finds one error in ten.
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
	if args[0] == "eval" {
		fmt.Println(`{"rows":10,"classification":{"rows":10,"errors":1,"error_rate":0.1}}`)
		return nil
	}
	return os.WriteFile(args[slices.Index(args, "--out")+1], []byte(call), 0o644)
}

// TestRunFrom runs a row that starts from the model of another, which is run for
// it, but not a second time.
func TestRunFrom(t *testing.T) {
	dir := t.TempDir()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(callsFile, filepath.Join(dir, "calls"))
	s := &suite{program, "", filepath.Join(dir, "models"), filepath.Join(dir, "results")}
	r := rowNamed("updown-averaged")
	calls := func() (verbs []string) {
		out, err := s.run(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if c := out.Before; c == nil || c.Errors != 1 || out.Evaluation.Classification.Rows != 10 || len(out.SHA256) != 64 {
			t.Errorf("result %+v", out)
		}
		file := filepath.Join(dir, "calls")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			verbs = append(verbs, strings.Fields(line)[0])
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		return verbs
	}
	const all = "train eval finetune eval finetune eval"
	if got := strings.Join(calls(), " "); got != all {
		t.Errorf("first ran %q, expected %q", got, all)
	}
	if got := strings.Join(calls(), " "); got != "finetune eval" {
		t.Errorf("then ran %q, expected the row alone", got)
	}
	for _, path := range []string{s.model(rowNamed(r.from)), filepath.Join(s.results, r.from+".json")} {
		if err := os.Truncate(path, 0); err != nil {
			t.Fatal(err)
		}
		if path == s.model(rowNamed(r.from)) {
			if got := strings.Join(calls(), " "); got != all {
				t.Errorf("with another model ran %q, expected %q", got, all)
			}
		} else if _, err := s.run(t.Context(), r); err == nil {
			t.Error("a damaged result is taken")
		}
	}
}
