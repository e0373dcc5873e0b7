package main

import (
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/mlp"
)

// output runs a command line and returns what it writes to standard output.
func output(t *testing.T, args ...string) string {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	defer func(before *os.File) { os.Stdout = before }(os.Stdout)
	os.Stdout = f
	if err := command(t.Context(), args...); err != nil {
		t.Fatalf("bitdbn %s: %v", strings.Join(args, " "), err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// digest returns the digest that info gives, as text and as JSON alike.
func digest(t *testing.T, model string) string {
	t.Helper()
	var r infoReport
	if err := json.Unmarshal([]byte(output(t, "info", "--json", "-m", model)), &r); err != nil {
		t.Fatal(err)
	}
	if text := output(t, "info", "-m", model); !strings.HasSuffix(text, "\ndigest: "+r.Digest+"\n") || len(r.Digest) != 64 {
		t.Errorf("%s: digest %s, but printed\n%s", model, r.Digest, text)
	}
	return r.Digest
}

// TestDigest trains models of each kind. Their digests depend on the parameters,
// to the bit, and on the options, and on nothing else in the file.
func TestDigest(t *testing.T) {
	dir, data := t.TempDir(), labelledTable(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	read := []string{"--quiet", "--data", data, "--label-column", "last"}
	for _, args := range [][]string{
		{"train", "--labels", "--layers", "9,7", "--epochs", "2", "--out", at("stack")},
		{"train", "--labels", "--layers", "9,7", "--epochs", "2", "--threads", "3", "--out", at("stack again")},
		{"train", "--labels", "--layers", "9,7", "--epochs", "2", "--seed", "2", "--out", at("seed")},
		{"finetune", "updown", "-m", at("stack"), "--epochs", "1", "--out", at("tuned")},
		{"finetune", "updown", "-m", at("stack"), "--epochs", "1", "--l2", "0", "--out", at("tuned otherwise")},
		{"finetune", "backprop", "-m", at("stack"), "--epochs", "1", "--out", at("net")},
		{"finetune", "backprop", "-m", at("stack"), "--epochs", "1", "--out", at("net again"), "--threads", "2"},
	} {
		if err := command(t.Context(), slices.Concat(args, read)...); err != nil {
			t.Fatalf("bitdbn %s: %v", strings.Join(args, " "), err)
		}
	}
	stack, tuned, net := digest(t, at("stack")), digest(t, at("tuned")), digest(t, at("net"))
	if digest(t, at("stack again")) != stack || digest(t, at("net again")) != net {
		t.Error("the same training has another digest")
	}
	if digest(t, at("seed")) == stack || digest(t, at("tuned otherwise")) == tuned {
		t.Error("other training has the same digest")
	}

	f, err := dbn.Load(at("stack"))
	if err != nil {
		t.Fatal(err)
	}
	f.Info["data"] = "elsewhere"
	f.Training.State.Momentum.W[0]++
	if got := saved(t, f, at("noted")); got != stack {
		t.Error("notes or the state of training are in the digest")
	}
	flip(&f.Network.Layers[1].W[3])
	if got := saved(t, f, at("flipped")); got == stack {
		t.Error("a bit of a weight is not in the digest")
	}
	if f, err = dbn.Load(at("tuned")); err != nil {
		t.Fatal(err)
	}
	flip(&f.Network.Generative[0].W[3])
	if got := saved(t, f, at("flipped")); got == tuned {
		t.Error("a bit of a generative weight is not in the digest")
	}
	g, err := mlp.Load(at("net"))
	if err != nil {
		t.Fatal(err)
	}
	g.Training.Cursor.Loss++
	if got := saved(t, g, at("noted")); got != net {
		t.Error("the state of training is in the digest of a network")
	}
	flip(&g.Network.Layers[0].B[1])
	if got := saved(t, g, at("flipped")); got == net {
		t.Error("a bit of a bias is not in the digest")
	}
}

// flip changes the last bit of v.
func flip(v *float32) { *v = math.Float32frombits(math.Float32bits(*v) ^ 1) }

func saved(t *testing.T, f interface{ Save(path string) error }, path string) string {
	t.Helper()
	if err := f.Save(path); err != nil {
		t.Fatal(err)
	}
	return digest(t, path)
}
