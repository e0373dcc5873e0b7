package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn/mlp"
	"github.com/bitdbn/bitdbn/rbm"
)

// TestBackpropCommand trains a classifier from a stack and from random weights,
// at once, interrupted before every step, and with more and more epochs.
func TestBackpropCommand(t *testing.T) {
	dir, data := t.TempDir(), labelledTable(t)
	pre, whole, part, fresh, csv := filepath.Join(dir, "pre"), filepath.Join(dir, "whole"), filepath.Join(dir, "part"), filepath.Join(dir, "fresh"), filepath.Join(dir, "p.csv")
	read := []string{"--data", data, "--label-column", "last"}
	tune := slices.Concat([]string{"finetune", "backprop", "--quiet", "--batch", "60", "--lr", "0.1", "--valid", data, "--dropout", "0.1", "--out"}, []string{})
	for _, args := range [][]string{
		slices.Concat([]string{"train", "--quiet", "--labels", "--layers", "20,15", "--epochs", "2", "--out", pre}, read),
		slices.Concat(tune, []string{whole, "-m", pre, "--epochs", "3"}, read),
		slices.Concat(tune, []string{part, "-m", pre, "--epochs", "1"}, read),
		slices.Concat([]string{"finetune", "backprop", "--quiet", "--resume", part, "--valid", data, "--epochs", "3"}, read),
		slices.Concat(tune, []string{fresh, "--fresh", "20,15", "--epochs", "60", "--lr", "0.3"}, read),
		slices.Concat([]string{"eval", "-m", fresh}, read),
		slices.Concat([]string{"eval", "--json", "-m", fresh}, read),
		slices.Concat([]string{"predict", "-m", fresh, "--out", csv}, read),
	} {
		if err := command(t.Context(), args...); err != nil {
			t.Fatalf("bitdbn %s: %v", strings.Join(args, " "), err)
		}
	}
	want := sum(t, whole)
	if sum(t, part) != want {
		t.Error("training in parts gives another file")
	}
	const steps = 3 * 4
	for n := 1; n < steps; n++ {
		// Predictions at the end of an epoch ask the context too.
		err := command(&cancelAfter{t.Context(), n}, slices.Concat(tune, []string{part, "-m", pre, "--epochs", "3"}, read)...)
		if err == nil || !strings.Contains(err.Error(), "--resume "+part) {
			t.Fatalf("interrupted: %v, expected how to go on", err)
		}
		if err := command(t.Context(), slices.Concat([]string{"finetune", "backprop", "--quiet", "--resume", part, "--valid", data}, read)...); err != nil {
			t.Fatal(err)
		}
		if got := sum(t, part); got != want {
			t.Errorf("interrupted at question %d and resumed: model %s, expected %s", n, got, want)
		}
	}
	text, err := os.ReadFile(csv)
	if err != nil || strings.Count(string(text), "\n") != 241 {
		t.Errorf("%d lines of predictions, error %v", strings.Count(string(text), "\n"), err)
	}
}

// TestPatience ends a training that gets no better, and keeps its best network.
func TestPatience(t *testing.T) {
	data, model := labelledTable(t), filepath.Join(t.TempDir(), "m")
	err := command(t.Context(), "finetune", "backprop", "--quiet", "--fresh", "5", "--data", data, "--label-column", "last", "--valid", data,
		"--rows", "9", "--lr", "1", "--batch", "3", "--epochs", "500", "--patience", "5", "--out", model)
	if err != nil {
		t.Fatal(err)
	}
	f, err := mlp.Load(model)
	if err != nil {
		t.Fatal(err)
	}
	c, best := f.Training.Cursor, int(f.Training.Notes["best_epoch"])
	if c.Epoch >= 500 || c.Epoch != best+5 {
		t.Errorf("ended behind epoch %d, the best was %d", c.Epoch, best)
	}
	if slices.Equal(f.Network.Layers[0].W, f.Training.Network.Layers[0].W) {
		t.Error("the network kept is the last")
	}
}

func TestBackpropErrors(t *testing.T) {
	dir, data, plain := t.TempDir(), labelledTable(t), table(t)
	model, out := filepath.Join(dir, "m"), filepath.Join(dir, "out")
	if err := command(t.Context(), "train", "--quiet", "--layers", "6,4", "--epochs", "1", "--out", model, "--data", plain); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want error
	}{
		{nil, errUsage},
		{[]string{"-m", model}, errUsage},
		{[]string{"-m", model, "--fresh", "3", "--out", out}, errUsage},
		{[]string{"--fresh", "0", "--out", out}, errUsage},
		{[]string{"-m", model, "--out", out, "--lr", "x"}, errUsage},
		{[]string{"-m", model, "--out", out, "--dropout", "1"}, errUsage},
		{[]string{"-m", model, "--out", out, "--patience", "3"}, errUsage},
		{[]string{"-m", model, "--out", out, "--rows", "-1"}, errUsage},
		{[]string{"--resume", model}, mlp.ErrFile},
		{[]string{"--resume", model, "--seed", "3"}, errUsage},
		{[]string{"-m", model, "--out", out, "--label-column", "1", "--data", plain}, rbm.ErrData},
	} {
		args := slices.Concat([]string{"finetune", "backprop", "--quiet", "--data", data, "--label-column", "last"}, c.args)
		if err := command(t.Context(), args...); !errors.Is(err, c.want) {
			t.Errorf("finetune backprop %s: %v, expected %v", strings.Join(c.args, " "), err, c.want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("finetune backprop %s left a file", strings.Join(c.args, " "))
		}
	}
}

// TestBackpropResumesItsDraws goes on with a training on grey rows that are drawn once,
// by another seed than the default.
func TestBackpropResumesItsDraws(t *testing.T) {
	dir := t.TempDir()
	whole, part := filepath.Join(dir, "whole"), filepath.Join(dir, "part")
	train := []string{"finetune", "backprop", "--quiet", "--data", "digits", "--binarize", "fixed", "--seed", "2", "--fresh", "10", "--rows", "300", "--lr", "0.1"}
	for _, args := range [][]string{
		slices.Concat(train, []string{"--epochs", "2", "--out", whole}),
		slices.Concat(train, []string{"--epochs", "1", "--out", part}),
		{"finetune", "backprop", "--quiet", "--data", "digits", "--rows", "300", "--resume", part, "--epochs", "2"},
	} {
		if err := command(t.Context(), args...); err != nil {
			t.Fatalf("bitdbn %s: %v", strings.Join(args, " "), err)
		}
	}
	if digest(t, part) != digest(t, whole) {
		t.Error("training in parts gives another network")
	}
}
