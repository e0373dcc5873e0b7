package main

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestFlagsOfFiles requires every flag of a command whose text speaks of a file, a
// model or data to be one that is settled, so that no new one is forgotten.
func TestFlagsOfFiles(t *testing.T) {
	known := append(slices.Clone(outputFlags), inputFlags...)
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			reads := strings.Contains(f.Usage, "to write") || strings.Contains(f.Usage, "file to") || strings.Contains(f.Usage, "model file") ||
				strings.HasPrefix(f.Usage, "held-out data") || strings.HasPrefix(f.Usage, "training data") || strings.HasPrefix(f.Usage, "data whose")
			if reads && f.Value.Type() == "string" && !slices.Contains(known, f.Name) {
				t.Errorf("%s: --%s: %s", c.CommandPath(), f.Name, f.Usage)
			}
		})
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(newRoot())
}

// everyOutput returns a command line for each command with outputs, with its inputs
// in dir and without its outputs, and the flags of these.
func everyOutput(t *testing.T, dir string) (commands []struct {
	args    []string
	outputs []string
}, inputs []string) {
	t.Helper()
	data, model, labelled := table(t), filepath.Join(dir, "m.safetensors"), filepath.Join(dir, "l.safetensors")
	net, npz, log := filepath.Join(dir, "net.safetensors"), filepath.Join(dir, "m.npz"), filepath.Join(dir, "log.csv")
	withLabels, labels := labelledTable(t), filepath.Join(dir, "labels.txt")
	if err := os.WriteFile(labels, []byte(strings.Repeat("0\n1\n", 60)), 0o644); err != nil {
		t.Fatal(err)
	}
	read := []string{"--data", withLabels, "--label-column", "last"}
	for _, args := range [][]string{
		{"train", "--quiet", "--data", data, "--layers", "6,4", "--epochs", "1", "--log", log, "--out", model},
		slices.Concat([]string{"train", "--quiet", "--labels", "--layers", "6,4", "--epochs", "1", "--out", labelled}, read),
		slices.Concat([]string{"finetune", "backprop", "--quiet", "-m", labelled, "--epochs", "1", "--out", net}, read),
		{"export", "-m", model, "--out", npz},
	} {
		if err := command(t.Context(), args...); err != nil {
			t.Fatalf("bitdbn %s: %v", strings.Join(args, " "), err)
		}
	}
	add := func(outputs string, args ...string) {
		commands = append(commands, struct{ args, outputs []string }{args, strings.Fields(outputs)})
	}
	add("--out --log", "train", "--quiet", "--data", data, "--valid", data, "--layers", "6,4", "--epochs", "1")
	add("--log", "train", "--quiet", "--data", data, "--resume", model, "--epochs", "1")
	add("--out", "train", "--quiet", "--data", data, "--label-file", labels, "--labels", "--layers", "6", "--epochs", "1")
	add("--out", slices.Concat([]string{"finetune", "updown", "--quiet", "-m", labelled, "--valid", withLabels, "--epochs", "1"}, read)...)
	add("--out", slices.Concat([]string{"finetune", "backprop", "--quiet", "-m", labelled, "--valid", withLabels, "--epochs", "1"}, read)...)
	add("--out", slices.Concat([]string{"predict", "-m", net}, read)...)
	add("--out", "score", "-m", model, "--data", data)
	add("--out", "transform", "-m", model, "--data", data)
	add("--out --png", "sample", "-m", model, "-n", "3", "--steps", "2", "--shape", "3,4")
	add("--out --png", "sample", "-m", model, "--complete", data, "--keep", "0-3", "-n", "3", "--steps", "2", "--shape", "3,4")
	add("--out", "plot", "-m", model, "--shape", "3,4")
	add("--out", "plot", log)
	add("--out", "export", "-m", model)
	add("--out", "import", npz)
	return commands, []string{data, model, labelled, net, npz, log, withLabels, labels}
}

// TestInputsStay runs every command with each of its outputs set to each of its inputs,
// by its own name, by a link and by a hard link, and requires an error of usage and
// all files as they were.
func TestInputsStay(t *testing.T) {
	dir := t.TempDir()
	commands, files := everyOutput(t, dir)
	contents := func() map[string]string {
		all := map[string]string{}
		for _, f := range files {
			all[f] = sum(t, f)
		}
		return all
	}
	before := contents()
	for i, c := range commands {
		for _, out := range c.outputs {
			for k, in := range files {
				if !slices.Contains(c.args, in) {
					continue
				}
				link, hard := filepath.Join(dir, "link"), filepath.Join(dir, "hard")
				if err := errors.Join(os.Symlink(in, link), os.Link(in, hard)); err != nil {
					t.Fatal(err)
				}
				folder := filepath.Dir(in)
				roundabout := strings.Join([]string{folder, "..", filepath.Base(folder), ".", filepath.Base(in)}, "/")
				for _, name := range []string{in, roundabout, link, hard} {
					args := slices.Concat(c.args, []string{out, name})
					if err := command(t.Context(), args...); !errors.Is(err, errUsage) {
						t.Errorf("bitdbn %s: %v, expected an error of usage", strings.Join(args, " "), err)
					}
				}
				if err := errors.Join(os.Remove(link), os.Remove(hard)); err != nil {
					t.Fatal(err)
				}
				if now := contents(); !maps.Equal(now, before) {
					t.Fatalf("command %d, %s, input %d: an input has changed", i, out, k)
				}
			}
		}
	}
}

// TestOutputsSettled requires bad outputs to be refused before data are read, here by
// data that are not there.
func TestOutputsSettled(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(os.WriteFile(at("file"), []byte("a,b\n1,0\n"), 0o644), os.Mkdir(at("folder"), 0o755), os.WriteFile(at("empty"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	long := at(strings.Repeat("n", 300))
	for _, c := range []struct {
		flags string
		want  string
	}{
		{"--out " + at("folder"), "is a folder"},
		{"--out " + dir, "is a folder"},
		{"--out " + at("m") + " --log " + at("m"), "is the file of"},
		{"--out " + at("m") + " --log " + at("folder/../m"), "is the file of"},
		{"--out " + at("m") + " --log " + at("file"), "not a log of this training"},
		{"--out " + at("m") + " --log " + at("folder"), "is a folder"},
	} {
		args := append([]string{"train", "--data", at("missing.csv"), "--layers", "3"}, strings.Fields(c.flags)...)
		err := command(t.Context(), args...)
		if !errors.Is(err, errUsage) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected %s", c.flags, err, c.want)
		}
	}
	for name, want := range map[string]string{at("none/m"): "cannot be written", at("file/m"): "not a directory", long: "name too long"} {
		err := command(t.Context(), "train", "--data", at("missing.csv"), "--layers", "3", "--out", name)
		if err == nil || errors.Is(err, errUsage) || !strings.Contains(err.Error(), want) {
			t.Errorf("--out %.40s: %v, expected %s", name, err, want)
		}
	}
	// What can be written is not complained of, and is not made.
	for _, flags := range []string{"--out " + at("m") + " --log " + at("empty"), "--out " + at("file") + " --log " + at("l")} {
		args := append([]string{"train", "--data", at("missing.csv"), "--layers", "3"}, strings.Fields(flags)...)
		if err := command(t.Context(), args...); err == nil || errors.Is(err, errUsage) {
			t.Errorf("%s: %v, expected that the data are not there", flags, err)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 3 {
		t.Errorf("%d files, %v, expected 3", len(left), err)
	}
}
