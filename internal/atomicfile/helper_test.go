package atomicfile

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// text returns a function for Write that writes s.
func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// mustWrite writes s to path.
func mustWrite(t *testing.T, path, s string) {
	t.Helper()
	if err := Write(path, text(s)); err != nil {
		t.Fatal(err)
	}
}

// checkContent requires the file at path to hold s.
func checkContent(t *testing.T, path, s string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != s {
		t.Errorf("found %.40q, %v, expected %.40q", got, err, s)
	}
}

// checkFolder requires a folder to hold these files and no others.
func checkFolder(t *testing.T, dir string, names ...string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range list {
		got = append(got, entry.Name())
	}
	if fmt.Sprint(got) != fmt.Sprint(names) {
		t.Errorf("folder holds %v, expected %v", got, names)
	}
}

// checkMessage requires an error of one line with the given words, and without
// the name of a temporary file.
func checkMessage(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("found no error")
	}
	if strings.ContainsAny(err.Error(), "\n") || strings.Contains(err.Error(), tempPrefix) {
		t.Errorf("message %q", err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("message %q lacks %q", err, word)
		}
	}
}

// temps returns the temporary files in a folder.
func temps(t *testing.T, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, tempPrefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}
