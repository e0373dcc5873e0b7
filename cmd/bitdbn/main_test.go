package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/bitdbn/bitdbn/dbn"

	"github.com/bitdbn/bitdbn"
)

// asCommand makes the test binary behave as the command, for tests that need a
// process.
const asCommand = "BITDBN_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// command runs a command line in this process.
func command(ctx context.Context, args ...string) error {
	root := newRoot()
	root.SetArgs(args)
	return root.ExecuteContext(ctx)
}

// table writes a CSV file of 120 rows of 12 units and returns its path.
func table(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	state := uint32(1)
	for range 120 {
		for j := range 12 {
			state = state*1664525 + 1013904223
			if j > 0 {
				b.WriteByte(',')
			}
			fmt.Fprint(&b, state>>31)
		}
		b.WriteByte('\n')
	}
	path := filepath.Join(t.TempDir(), "table.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func sum(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(b))
}

// TestThreadsAndLevelsGiveTheSameFile trains two layers for three epochs.
func TestThreadsAndLevelsGiveTheSameFile(t *testing.T) {
	data, dir := table(t), t.TempDir()
	train := func(name string, more ...string) string {
		out := filepath.Join(dir, name)
		args := append([]string{"train", "--quiet", "--data", data, "--layers", "70,20", "--epochs", "3",
			"--batch", "25", "--out", out}, more...)
		if err := command(t.Context(), args...); err != nil {
			t.Fatal(err)
		}
		return sum(t, out)
	}
	want := train("1", "--threads", "1")
	for _, threads := range []string{"2", "3", "7"} {
		if got := train(threads, "--threads", threads); got != want {
			t.Errorf("%s threads: model %s, expected %s", threads, got, want)
		}
	}
	before := bitdbn.Level()
	for _, level := range bitdbn.Levels() {
		if err := bitdbn.SetLevel(level); err != nil {
			t.Fatal(err)
		}
		if got := train(level, "--threads", "2"); got != want {
			t.Errorf("level %s: model %s, expected %s", level, got, want)
		}
	}
	if err := bitdbn.SetLevel(before); err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if got := train("p", "--threads", "3"); got != want {
		t.Errorf("one processor: model %s, expected %s", got, want)
	}
	if got := train("s", "--seed", "2"); got == want {
		t.Error("another seed gives the same model")
	}
}

// cancelAfter is a context that is cancelled when it has been asked n times.
type cancelAfter struct {
	context.Context
	n int
}

func (c *cancelAfter) Err() error {
	if c.n--; c.n < 0 {
		return context.Canceled
	}
	return nil
}

func TestInterruptAndResume(t *testing.T) {
	data, dir := table(t), t.TempDir()
	whole := filepath.Join(dir, "whole")
	args := []string{"train", "--quiet", "--data", data, "--layers", "20,8", "--epochs", "3", "--batch", "50", "--pcd", "1", "--center", "--out"}
	if err := command(t.Context(), append(args, whole)...); err != nil {
		t.Fatal(err)
	}
	want := sum(t, whole)
	const steps = 2 * 3 * 3
	for n := 1; n < steps; n++ {
		part := filepath.Join(dir, fmt.Sprint("part", n))
		err := command(&cancelAfter{t.Context(), n}, append(args, part)...)
		if err == nil || !strings.Contains(err.Error(), "--resume "+part) {
			t.Fatalf("interrupted before step %d: %v, expected how to go on", n+1, err)
		}
		if err := command(t.Context(), "train", "--quiet", "--resume", part); err != nil {
			t.Fatal(err)
		}
		if got := sum(t, part); got != want {
			t.Errorf("interrupted before step %d and resumed: model %s, expected %s", n+1, got, want)
		}
	}
}

// TestKill kills trainings that write checkpoints all the time.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	data, out := table(t), filepath.Join(t.TempDir(), "m")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	readable := 0
	for i := range 50 {
		c := exec.Command(self, "train", "--quiet", "--data", data, "--layers", "300", "--epochs", "1000000",
			"--checkpoint-every", "1ns", "--out", out)
		c.Env = append(os.Environ(), asCommand+"=1")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(20+7*i%60) * time.Millisecond)
		_ = c.Process.Kill()
		_ = c.Wait()
		if _, err := dbn.Load(out); err == nil {
			readable++
		} else if !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("after kill %d: %v", i+1, err)
		}
	}
	if readable < 10 {
		t.Errorf("only %d of 50 kills came after a checkpoint", readable)
	}
}

func TestUsageErrors(t *testing.T) {
	data, dir := table(t), t.TempDir()
	out := filepath.Join(dir, "m")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"train", "--data", data, "--out", out}, "--layers"},
		{[]string{"train", "--data", data, "--layers", "5"}, "--out"},
		{[]string{"train", "--layers", "5", "--out", out}, "--data"},
		{[]string{"train", "--data", data, "--layers", "5", "--out", out, "--lr", "x"}, "--lr"},
		{[]string{"train", "--data", data, "--layers", "5", "--out", out, "--lr", "0"}, "LearningRate"},
		{[]string{"train", "--data", data, "--layers", "5", "--out", out, "--cd", "2", "--pcd", "1"}, "--cd and --pcd"},
		{[]string{"train", "--data", data, "--layers", "5", "--out", out, "--chains", "3"}, "need --pcd"},
		{[]string{"train", "--data", data, "--layers", "5", "--out", out, "--batch", "0"}, "Batch"},
		{[]string{"train", "--data", data, "--layers", "5", "--out", out, "--binarize", "maybe"}, "--binarize"},
		{[]string{"train", "--resume", out, "--lr", "0.1"}, "--lr is fixed"},
		{[]string{"train", "--nonsense"}, "--help"},
		{[]string{"eval", "--data", data}, "-m"},
		{[]string{"sample", "-m", out, "-n", "0"}, "no such file"},
	} {
		err := command(t.Context(), c.args...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("bitdbn %s: %v, expected mention of %q", strings.Join(c.args, " "), err, c.want)
			continue
		}
		if !errors.Is(err, errUsage) && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("bitdbn %s: %v is not a usage error", strings.Join(c.args, " "), err)
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("bitdbn %s: error of more than one line: %v", strings.Join(c.args, " "), err)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("failed commands left %v", entries)
	}
}

func TestRunErrors(t *testing.T) {
	data, dir := table(t), t.TempDir()
	out := filepath.Join(dir, "m")
	bad := filepath.Join(dir, "bad.csv")
	if err := os.WriteFile(bad, []byte("0,1\n1,2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"train", "--quiet", "--data", bad, "--layers", "5", "--out", out}, "line 2"},
		{[]string{"train", "--quiet", "--data", data, "--layers", "0", "--out", out}, "hidden units"},
		{[]string{"train", "--quiet", "--data", data, "--layers", "5", "--out", filepath.Join(dir, "no", "m")}, "cannot be written"},
		{[]string{"train", "--quiet", "--data", data, "--layers", "5", "--lr", "1e6", "--epochs", "20", "--out", out}, "diverged"},
		{[]string{"train", "--quiet", "--data", data, "--layers", "5", "--tied", "--epochs", "2", "--out", out}, ""},
		{[]string{"eval", "-m", out, "--data", bad}, "line 2"},
		{[]string{"info", "-m", data}, data},
	} {
		err := command(t.Context(), c.args...)
		if c.want == "" {
			if err != nil {
				t.Errorf("bitdbn %s: %v", strings.Join(c.args, " "), err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, errUsage) {
			t.Errorf("bitdbn %s: %v, expected mention of %q", strings.Join(c.args, " "), err, c.want)
		}
	}
}

// TestEveryCommand walks the path of a new user on the built-in digits.
func TestEveryCommand(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, args := range [][]string{
		{"train", "--quiet", "--data", "digits", "--valid", "digits:test", "--layers", "64,32", "--epochs", "2", "--log", at("log.csv"), "--out", at("m")},
		{"eval", "-m", at("m"), "--data", "digits:test", "--train", "digits", "--json"},
		{"info", "-m", at("m")},
		{"transform", "-m", at("m"), "--data", "digits:test", "--out", at("h.npy")},
		{"plot", "-m", at("m"), "--out", at("filters.png")},
		{"plot", "-m", at("m"), "--layer", "2", "--out", at("filters2.png")},
		{"plot", at("log.csv"), "--out", at("curves.png")},
		{"sample", "-m", at("m"), "-n", "9", "--steps", "5", "--png", at("s.png"), "--out", at("s.npy")},
		{"export", "-m", at("m"), "--out", at("m.npz")},
		{"import", at("m.npz"), "--out", at("again")},
		{"transform", "-m", at("again"), "--data", "digits:test", "--binarize", "auto", "--out", at("h2.npy")},
		{"cpu"},
	} {
		if err := command(t.Context(), args...); err != nil {
			t.Fatalf("bitdbn %s: %v", strings.Join(args, " "), err)
		}
	}
	for _, name := range []string{"log.csv", "h.npy", "filters.png", "filters2.png", "curves.png", "s.png", "s.npy"} {
		if info, err := os.Stat(at(name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v, expected a file with content", name, err)
		}
	}
	if sum(t, at("h.npy")) != sum(t, at("h2.npy")) {
		t.Error("features differ after export and import")
	}
}

// TestThreads requires a number of threads that can be meant, of every command.
func TestThreads(t *testing.T) {
	for _, line := range []string{"train --layers 3 --data x --out y", "train --resume x", "eval -m x --data y", "sample -m x --png y", "finetune updown -m x --out y", "score -m x"} {
		for _, n := range []string{"-3", "1000000"} {
			if err := command(t.Context(), append(strings.Fields(line), "--threads", n)...); !errors.Is(err, errUsage) || !strings.Contains(err.Error(), "--threads "+n) {
				t.Errorf("bitdbn %s --threads %s: %v", line, n, err)
			}
		}
	}
}

// TestMistypedCommands requires an error of usage with the nearest command, where
// there is one, and help where there is no command at all.
func TestMistypedCommands(t *testing.T) {
	for line, want := range map[string]string{
		"trian": "did you mean train?", "finetune updwn": "did you mean updown?", "frobnicate": "see bitdbn --help",
		"finetune": "", "": "", "--version": "",
	} {
		var err error
		out := captured(t, &os.Stdout, func() { err = command(t.Context(), strings.Fields(line)...) })
		if want == "" {
			if err != nil || out == "" {
				t.Errorf("bitdbn %s: %v, output %q", line, err, out)
			}
			continue
		}
		if !errors.Is(err, errUsage) || !strings.Contains(err.Error(), want) {
			t.Errorf("bitdbn %s: %v, expected %s", line, err, want)
		}
	}
}
