package bitdbn_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// eachLevel calls f once for each level that there is, in use during the call.
func eachLevel(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	before := bitdbn.Level()
	t.Cleanup(func() {
		if err := bitdbn.SetLevel(before); err != nil {
			t.Error(err)
		}
	})
	for _, name := range bitdbn.Levels() {
		t.Run(name, func(t *testing.T) {
			if err := bitdbn.SetLevel(name); err != nil {
				t.Fatal(err)
			}
			if bitdbn.Level() != name {
				t.Fatalf("level is %s", bitdbn.Level())
			}
			f(t)
		})
	}
}

func TestLevels(t *testing.T) {
	names := bitdbn.Levels()
	if len(names) == 0 || names[0] != "purego" {
		t.Errorf("levels are %q, want purego first", names)
	}
	before := bitdbn.Level()
	if !slices.Contains(names, before) {
		t.Errorf("level %q is none of %q", before, names)
	}
	for _, bad := range []string{"", "sse9", "PUREGO"} {
		err := bitdbn.SetLevel(bad)
		if !errors.Is(err, bitdbn.ErrLevel) {
			t.Errorf("SetLevel(%q): error %v", bad, err)
			continue
		}
		for _, part := range append(names, fmt.Sprintf("%q", bad)) {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("SetLevel(%q): error %q does not name %s", bad, err, part)
			}
		}
		if bitdbn.Level() != before {
			t.Errorf("SetLevel(%q) changed the level to %s", bad, bitdbn.Level())
		}
	}
}

// TestLevelOfEnvironment starts programs under BITDBN_LEVEL.
func TestLevelOfEnvironment(t *testing.T) {
	const child = "BITDBN_TEST_CHILD"
	if os.Getenv(child) != "" {
		_, err := bitdbn.NewWorkspace(1)
		fmt.Printf("level=%s is=%v error=%v\n", bitdbn.Level(), errors.Is(err, bitdbn.ErrLevel), err)
		return
	}
	for _, c := range []struct{ value, want string }{
		{"purego", "level=purego is=false error=<nil>"},
		{"sse9", "is=true error=BITDBN_LEVEL=sse9:"},
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestLevelOfEnvironment$")
		cmd.Env = append(os.Environ(), child+"=1", "BITDBN_LEVEL="+c.value)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if !strings.Contains(string(out), c.want) {
			t.Errorf("BITDBN_LEVEL=%s: printed %q, want %q in it", c.value, out, c.want)
		}
	}
}
