package atomicfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

var errDisk = errors.New("disk on fire")

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m.safetensors")
	for _, s := range []string{"first", "", strings.Repeat("long", bufferBytes), "last"} {
		mustWrite(t, path, s)
		checkContent(t, path, s)
	}
	checkFolder(t, dir, "m.safetensors")
}

func TestRelativePath(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	mustWrite(t, "m", "a")
	mustWrite(t, "./m", "b")
	checkContent(t, filepath.Join(dir, "m"), "b")
	checkFolder(t, dir, "m")
}

func TestLongName(t *testing.T) {
	dir := t.TempDir()
	name := strings.Repeat("n", 255)
	mustWrite(t, filepath.Join(dir, name), "a")
	checkFolder(t, dir, name)
}

// TestFailure lets a writer fail in each way, over a file and over none.
func TestFailure(t *testing.T) {
	for name, write := range map[string]func(io.Writer) error{
		"at once": func(io.Writer) error { return errDisk },
		"half way": func(w io.Writer) error {
			w.Write(make([]byte, 3*bufferBytes))
			return fmt.Errorf("tensor W: %w", errDisk)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "m")
			err := Write(path, write)
			if !errors.Is(err, errDisk) {
				t.Errorf("found %v, expected %v", err, errDisk)
			}
			checkMessage(t, err, path)
			checkFolder(t, dir)

			mustWrite(t, path, "old")
			if err := Write(path, write); !errors.Is(err, errDisk) {
				t.Errorf("found %v, expected %v", err, errDisk)
			}
			checkContent(t, path, "old")
			checkFolder(t, dir, "m")
		})
	}
}

func TestPanic(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m")
	mustWrite(t, path, "old")
	defer func() {
		if got := recover(); got != "boo" {
			t.Errorf("recovered %v", got)
		}
		checkContent(t, path, "old")
		checkFolder(t, dir, "m")
	}()
	Write(path, func(w io.Writer) error {
		io.WriteString(w, "new")
		panic("boo")
	})
}

// TestIgnoredError closes the file under a writer that does not look at its
// errors. The file must not be taken for complete.
func TestIgnoredError(t *testing.T) {
	dir := t.TempDir()
	tmp, err := createTemp(filepath.Join(dir, "m"), 0o644, false)
	if err != nil {
		t.Fatal(err)
	}
	err = tmp.fill(func(w io.Writer) error {
		tmp.file.Close()
		w.Write(make([]byte, 3*bufferBytes))
		return nil
	})
	if !errors.Is(err, fs.ErrClosed) {
		t.Errorf("found %v, expected %v", err, fs.ErrClosed)
	}
	if err := tmp.sync(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("sync: found %v, expected %v", err, fs.ErrClosed)
	}
	tmp.discard()
	checkFolder(t, dir)
}

// TestRenameFails turns the target into a folder while it is written.
func TestRenameFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m")
	err := Write(path, func(io.Writer) error { return os.MkdirAll(filepath.Join(path, "sub"), 0o755) })
	checkMessage(t, err, path)
	checkFolder(t, dir, "m")
}

func TestBadTargets(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	mustWrite(t, file, "old")
	for path, word := range map[string]string{
		"":                                  "no file name",
		dir:                                 "expected a regular file",
		dir + string(filepath.Separator):    "expected a regular file",
		filepath.Join(dir, "missing", "m"):  "missing",
		filepath.Join(file, "m"):            "file",
		filepath.Join(dir, "nul\x00inside"): "nul",
	} {
		called := false
		err := Write(path, func(io.Writer) error { called = true; return nil })
		checkMessage(t, err, path, word)
		if called {
			t.Errorf("%q: the writer was called", path)
		}
	}
	checkContent(t, file, "old")
	checkFolder(t, dir, "file")
}

func TestDevice(t *testing.T) {
	info, err := os.Stat(os.DevNull)
	if err != nil || runtime.GOOS == "windows" {
		t.Skipf("no %s: %v", os.DevNull, err)
	}
	checkMessage(t, Write(os.DevNull, text("a")), os.DevNull, "expected a regular file")
	if after, err := os.Stat(os.DevNull); err != nil || after.Mode() != info.Mode() {
		t.Errorf("%s has become %v, %v", os.DevNull, after, err)
	}
}

func TestUnwritableFolder(t *testing.T) {
	if os.Geteuid() <= 0 {
		t.Skip("root and Windows write into every folder")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "m")
	mustWrite(t, path, "old")
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o755)
	err := Write(path, text("new"))
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("found %v, expected %v", err, fs.ErrPermission)
	}
	checkMessage(t, err, path, dir)
	checkContent(t, path, "old")
	checkFolder(t, dir, "m")
}

// TestUnreadableFolder writes where files can be created and not listed.
func TestUnreadableFolder(t *testing.T) {
	if os.Geteuid() <= 0 {
		t.Skip("root and Windows read every folder")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o300); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o755)
	path := filepath.Join(dir, "m")
	mustWrite(t, path, "new")
	checkContent(t, path, "new")
}

func TestPermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no permission bits")
	}
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "m")
	mustWrite(t, path, "new") // the umask is the same for both
	if got, want := mode(t, path), mode(t, plain); got != want {
		t.Errorf("new file: %v, expected %v", got, want)
	}
	for _, perm := range []fs.FileMode{0o600, 0o640, 0o666, 0o444, 0o755, 0o200} {
		if err := os.Chmod(path, perm); err != nil {
			t.Fatal(err)
		}
		mustWrite(t, path, "again")
		if got := mode(t, path); got != perm {
			t.Errorf("found %v, expected %v", got, perm)
		}
	}
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

// TestConcurrent writes one path from many goroutines. Each must succeed,
// though each also removes temporary files that nobody uses.
func TestConcurrent(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows replaces no file while another rename has it open")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "m")
	content := func(i int) []byte { return bytes.Repeat([]byte{byte('a' + i)}, 1000+i) }
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 10 {
				if err := Write(path, text(string(content(i)))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	got, err := os.ReadFile(path)
	if err != nil || len(got) < 1000 || !bytes.Equal(got, content(len(got)-1000)) {
		t.Errorf("found %d bytes, %v", len(got), err)
	}
	checkFolder(t, dir, "m")
}
