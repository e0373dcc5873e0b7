//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package atomicfile

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// childVar names what the test binary does instead of running tests, and
// pathVar the file that it does it to.
const (
	childVar = "ATOMICFILE_TEST_CHILD"
	pathVar  = "ATOMICFILE_TEST_PATH"
)

func TestMain(m *testing.M) {
	path := os.Getenv(pathVar)
	switch os.Getenv(childVar) {
	case "loop":
		writeForever(path)
	case "stop":
		stopHalfWay(path)
	case "limit":
		writeOverLimit(path)
	default:
		os.Exit(m.Run())
	}
}

// child starts the test binary in one of its other roles, and returns its
// output.
func child(t *testing.T, role, path string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVar+"="+role, pathVar+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd, bufio.NewReader(out)
}

// expectLine waits for a line of a child's output.
func expectLine(t *testing.T, out *bufio.Reader, want string) {
	t.Helper()
	if got, err := out.ReadString('\n'); err != nil || got != want+"\n" {
		t.Fatalf("child wrote %q, %v, expected %q", got, err, want)
	}
}

// kill ends a child in a way that it cannot notice.
func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
}

// checked returns content of random length that begins with its own hash.
func checked() []byte {
	body := bytes.Repeat([]byte{byte(rand.IntN(256))}, rand.IntN(3*bufferBytes))
	sum := sha256.Sum256(body)
	return append(sum[:], body...)
}

func isWhole(content []byte) bool {
	if len(content) < sha256.Size {
		return false
	}
	sum := sha256.Sum256(content[sha256.Size:])
	return bytes.Equal(sum[:], content[:sha256.Size])
}

// writeForever is the child that is killed at any moment.
func writeForever(path string) {
	fmt.Println("ready")
	for {
		err := Write(path, func(w io.Writer) error {
			_, err := w.Write(checked())
			return err
		})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
}

func TestKill(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m")
	mustWrite(t, path, string(checked()))
	left := 0
	for range 30 {
		cmd, out := child(t, "loop", path)
		expectLine(t, out, "ready")
		time.Sleep(rand.N(10 * time.Millisecond))
		kill(t, cmd)
		content, err := os.ReadFile(path)
		if err != nil || !isWhole(content) {
			t.Fatalf("found %d bytes, %v, expected a whole file", len(content), err)
		}
		left = max(left, len(temps(t, dir)))
	}
	t.Logf("killed 30 times, at most %d temporary files at once", left)
	mustWrite(t, path, "end")
	checkContent(t, path, "end")
	checkFolder(t, dir, "m")
}

// stopHalfWay is the child that waits with half a file written.
func stopHalfWay(path string) {
	Write(path, func(w io.Writer) error {
		w.Write(make([]byte, 3*bufferBytes/2))
		fmt.Println("half")
		time.Sleep(time.Minute) // to be killed long before
		return errDisk
	})
}

// TestStaleFiles kills two writers in the middle, and lets a third one go on.
// A write to another path removes nothing, one to the same path removes what
// the dead have left and not what the living use.
func TestStaleFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m")
	for range 2 {
		dead, out := child(t, "stop", path)
		expectLine(t, out, "half")
		kill(t, dead)
	}
	if n := len(temps(t, dir)); n != 2 {
		t.Fatalf("found %d temporary files, expected 2", n)
	}
	living, out := child(t, "stop", path)
	expectLine(t, out, "half")

	mustWrite(t, filepath.Join(dir, "m-other"), "a")
	if n := len(temps(t, dir)); n != 3 {
		t.Errorf("after a write to another path: found %d temporary files, expected 3", n)
	}
	mustWrite(t, path, "new")
	if n := len(temps(t, dir)); n != 1 {
		t.Errorf("after a write to the same path: found %d temporary files, expected 1", n)
	}
	kill(t, living)
	mustWrite(t, path, "newer")
	checkFolder(t, dir, "m", "m-other")
}

// TestFailureKeepsStaleFiles makes sure that only a success removes files.
func TestFailureKeepsStaleFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m")
	dead, out := child(t, "stop", path)
	expectLine(t, out, "half")
	kill(t, dead)
	if err := Write(path, func(io.Writer) error { return errDisk }); err == nil {
		t.Fatal("found no error")
	}
	if n := len(temps(t, dir)); n != 1 {
		t.Errorf("found %d temporary files, expected 1", n)
	}
}

// TestForeignFiles has files that look like temporary ones and are not.
func TestForeignFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m")
	stem := filepath.Base(tempStem(path))
	names := []string{
		stem,
		stem + "0123456789abcde",     // too short
		stem + "0123456789abcdefa",   // too long
		stem + "0123456789abcdeg",    // not hexadecimal
		stem + "x-0123456789abcdef",  // of the target m-x
		"x" + stem + "0123456789abc", // another prefix
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mkdir(t, filepath.Join(dir, stem+"0000000000000001"))
	outside := filepath.Join(t.TempDir(), "outside")
	mustWrite(t, outside, "a")
	symlink(t, outside, filepath.Join(dir, stem+"0000000000000002"))
	mustWrite(t, path, "new")
	checkContent(t, outside, "a")
	if list, _ := os.ReadDir(dir); len(list) != len(names)+3 {
		t.Errorf("found %v", list)
	}
}

// TestClaim goes through what can happen between creating a file and locking
// it.
func TestClaim(t *testing.T) {
	dir := t.TempDir()
	create := func(name string) *os.File {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	removed := create("removed")
	os.Remove(removed.Name())
	if _, ok := claim(removed); ok {
		t.Error("claimed a file that was removed")
	}
	replaced := create("replaced")
	os.Remove(replaced.Name())
	create("replaced")
	if _, ok := claim(replaced); ok {
		t.Error("claimed a file that was replaced")
	}
	taken := create("taken")
	lock, ok := claim(taken)
	if !ok || lock == nil {
		t.Fatalf("claim = %v, %v", lock, ok)
	}
	if _, ok := claim(taken); ok {
		t.Error("claimed a file that is locked")
	}
	removeUnlocked(taken.Name())
	checkFolder(t, dir, "replaced", "taken")
	lock.Close()
	removeUnlocked(taken.Name())
	removeUnlocked(taken.Name()) // is gone
	checkFolder(t, dir, "replaced")
}

// writeOverLimit is the child whose files must not grow past a limit, which to
// a writer is the same as a disk that is full.
func writeOverLimit(path string) {
	signal.Ignore(syscall.SIGXFSZ)
	limit := syscall.Rlimit{Cur: bufferBytes + 100, Max: bufferBytes + 100}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		fmt.Println(err)
		return
	}
	err := Write(path, func(w io.Writer) error {
		w.Write(make([]byte, 3*bufferBytes)) // the error is not looked at
		return nil
	})
	fmt.Println(err)
}

func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m")
	mustWrite(t, path, "old")
	_, out := child(t, "limit", path)
	expectLine(t, out, fmt.Sprintf("writing %s: %v", path, syscall.EFBIG))
	checkContent(t, path, "old")
	checkFolder(t, dir, "m")
}
