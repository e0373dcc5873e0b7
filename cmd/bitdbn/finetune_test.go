package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/mlp"
	"github.com/bitdbn/bitdbn/rbm"
)

// TestFinetuneCommand fine-tunes a model with labels, at once and with more and
// more epochs, and expects the same file; and one without labels.
func TestFinetuneCommand(t *testing.T) {
	dir, data, plain := t.TempDir(), labelledTable(t), table(t)
	pre, whole, parts, free := filepath.Join(dir, "pre"), filepath.Join(dir, "whole"), filepath.Join(dir, "parts"), filepath.Join(dir, "free")
	read := []string{"--data", data, "--label-column", "last"}
	tune := append([]string{"finetune", "updown", "--quiet", "-m", pre, "--lr", "0.02", "--cd", "2", "--average-from", "2", "--batch", "30", "--valid", data}, read...)
	for _, args := range [][]string{
		append([]string{"train", "--quiet", "--labels", "--layers", "20,15,10", "--epochs", "2", "--out", pre}, read...),
		slices.Concat(tune, []string{"--epochs", "5", "--out", whole, "--threads", "1"}),
		slices.Concat(tune, []string{"--epochs", "2", "--out", parts, "--threads", "2"}),
		append([]string{"finetune", "updown", "--quiet", "--resume", parts, "--epochs", "5"}, read...),
		append([]string{"eval", "-m", whole}, read...),
		{"sample", "-m", whole, "--label", "all", "-n", "2", "--steps", "5", "--out", filepath.Join(dir, "s.npy")},
		{"train", "--quiet", "--layers", "6,4", "--epochs", "1", "--out", free, "--data", plain},
		{"finetune", "updown", "--quiet", "-m", free, "--data", plain, "--epochs", "2", "--out", free + "2"},
		{"eval", "-m", free + "2", "--data", plain},
		{"info", "-m", free + "2"},
	} {
		if err := command(t.Context(), args...); err != nil {
			t.Fatalf("bitdbn %s: %v", strings.Join(args, " "), err)
		}
	}
	if sum(t, whole) != sum(t, parts) {
		t.Error("fine-tuning in parts gives another file")
	}
}

// TestInterruptFinetune cancels a fine-tuning before every step and goes on with
// it.
func TestInterruptFinetune(t *testing.T) {
	dir, data := t.TempDir(), table(t)
	pre, whole, part := filepath.Join(dir, "pre"), filepath.Join(dir, "whole"), filepath.Join(dir, "part")
	tune := []string{"finetune", "updown", "--quiet", "-m", pre, "--data", data, "--batch", "50", "--epochs", "3", "--out"}
	if err := command(t.Context(), "train", "--quiet", "--layers", "6,4", "--epochs", "1", "--out", pre, "--data", data); err != nil {
		t.Fatal(err)
	}
	if err := command(t.Context(), slices.Concat(tune, []string{whole})...); err != nil {
		t.Fatal(err)
	}
	want := sum(t, whole)
	const steps = 3 * 3
	for n := 1; n < steps; n++ {
		err := command(&cancelAfter{t.Context(), n}, slices.Concat(tune, []string{part})...)
		if err == nil || !strings.Contains(err.Error(), "--resume "+part) {
			t.Fatalf("interrupted before step %d: %v, expected how to go on", n+1, err)
		}
		if err := command(t.Context(), "finetune", "updown", "--quiet", "--resume", part, "--data", data); err != nil {
			t.Fatal(err)
		}
		if got := sum(t, part); got != want {
			t.Errorf("interrupted before step %d and resumed: model %s, expected %s", n+1, got, want)
		}
	}
}

func TestFinetuneErrors(t *testing.T) {
	dir, data := t.TempDir(), table(t)
	model, out := filepath.Join(dir, "m"), filepath.Join(dir, "out")
	if err := command(t.Context(), "train", "--quiet", "--layers", "6,4", "--epochs", "1", "--out", model, "--data", data); err != nil {
		t.Fatal(err)
	}
	tune := []string{"finetune", "updown", "--quiet", "--data", data}
	for _, c := range []struct {
		args []string
		want error
	}{
		{nil, errUsage},
		{[]string{"-m", model}, errUsage},
		{[]string{"-m", model, "--resume", model, "--out", out}, errUsage},
		{[]string{"-m", model, "--out", out, "--lr", "x"}, errUsage},
		{[]string{"-m", model, "--out", out, "--epochs", "0"}, errUsage},
		{[]string{"-m", model, "--out", out, "--draws", "0"}, errUsage},
		{[]string{"-m", model, "--out", out, "--pcd", "-1"}, errUsage},
		{[]string{"-m", model, "--out", out, "--pcd", "1", "--cd", "2"}, errUsage},
		{[]string{"-m", model, "--out", out, "--cd", "2", "--chains", "5"}, errUsage},
		{[]string{"-m", model, "--out", out, "--cd", "2", "--contrastive"}, errUsage},
		{[]string{"-m", model, "--out", out, "--epochs", "30", "--average-from", "31"}, errUsage},
		{[]string{"--resume", model, "--average-from", "1"}, errUsage},
		{[]string{"-m", model, "--out", out, "--directed-lr", "x"}, errUsage},
		{[]string{"-m", model, "--out", out, "--directed-lr", "-1"}, errUsage},
		{[]string{"--resume", model, "--lr", "0.1"}, errUsage},
		{[]string{"--resume", model, "--pcd", "1"}, errUsage},
		{[]string{"--resume", model}, dbn.ErrFile},
		{[]string{"-m", model, "--out", out, "--data", "digits"}, rbm.ErrData},
	} {
		if err := command(t.Context(), slices.Concat(tune, c.args)...); !errors.Is(err, c.want) {
			t.Errorf("finetune updown %s: %v, expected %v", strings.Join(c.args, " "), err, c.want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("finetune updown %s left a file", strings.Join(c.args, " "))
		}
	}
}

// TestFinetuneNotes expects a fine-tuned model to say how the data that it was
// tuned on were read, not those of its pretraining.
func TestFinetuneNotes(t *testing.T) {
	dir := t.TempDir()
	pre, tuned, net := filepath.Join(dir, "pre"), filepath.Join(dir, "tuned"), filepath.Join(dir, "net")
	for _, args := range [][]string{
		{"train", "--labels", "--layers", "8,6", "--epochs", "1", "--data", "digits", "--binarize", "threshold", "--threshold", "0.3", "--out", pre},
		{"finetune", "updown", "-m", pre, "--epochs", "1", "--binarize", "fixed", "--out", tuned},
		{"finetune", "backprop", "-m", pre, "--epochs", "1", "--data", "digits:test", "--binarize", "dynamic", "--out", net},
	} {
		if err := command(t.Context(), append(args, "--quiet")...); err != nil {
			t.Fatalf("bitdbn %s: %v", strings.Join(args, " "), err)
		}
	}
	f, err := dbn.Load(tuned)
	if err != nil {
		t.Fatal(err)
	}
	n, err := mlp.Load(net)
	if err != nil {
		t.Fatal(err)
	}
	if f.Info["binarize"] != "fixed" || f.Info["data"] != "digits" || f.Info["shape"] != "28,28" {
		t.Errorf("up-down on digits, drawn once: %v", f.Info)
	}
	if n.Info["binarize"] != "dynamic" || n.Info["data"] != "digits:test" {
		t.Errorf("backprop on grey digits:test: %v", n.Info)
	}
}
