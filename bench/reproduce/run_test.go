package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// program is a bitdbn command that notes how it is called, writes the call into
// the model, and finds one error in ten.
const program = `#!/bin/sh
echo "$@" >> "$(dirname "$0")/calls"
[ "$1" = eval ] && echo '{"rows":10,"classification":{"rows":10,"errors":1,"error_rate":0.1}}'
for a; do [ "$last" = --out ] && echo "$@" > "$a"; last=$a; done
exit 0
`

// TestRunFrom runs a row that starts from the model of another, which is run for
// it, but not a second time.
func TestRunFrom(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the program is a shell script")
	}
	dir := t.TempDir()
	s := &suite{filepath.Join(dir, "bitdbn"), "", filepath.Join(dir, "models"), filepath.Join(dir, "results")}
	if err := os.WriteFile(s.program, []byte(program), 0o755); err != nil {
		t.Fatal(err)
	}
	r := rowNamed("backprop")
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
