package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dataset"
	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/rbm"
)

// labelledTable writes rows of 12 units whose class, the last column, says
// which third of the units is on more often.
func labelledTable(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	stream := bitdbn.NewStream(1, 1)
	for r := range 240 {
		for j := range 12 {
			on := stream.Word(0, uint32(r), uint32(j))%10 < 2
			fmt.Fprintf(&b, "%d,", map[bool]int{false: 0, true: 1}[on != (j/4 == r%3)])
		}
		fmt.Fprintln(&b, r%3)
	}
	path := filepath.Join(t.TempDir(), "labelled.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLabelCommands trains on labels, predicts them, and compares the files with
// each other and with what eval counts.
func TestLabelCommands(t *testing.T) {
	dir, data := t.TempDir(), labelledTable(t)
	model, csvOut, npyOut, bits := filepath.Join(dir, "m"), filepath.Join(dir, "p.csv"), filepath.Join(dir, "p.npy"), filepath.Join(dir, "s.npy")
	read := []string{"--data", data, "--label-column", "last"}
	for _, args := range [][]string{
		append([]string{"train", "--quiet", "--labels", "--layers", "20,15", "--epochs", "40", "--batch", "20", "--lr", "0.1", "--out", model}, read...),
		append([]string{"train", "--quiet", "--resume", model, "--epochs", "41"}, read...),
		append([]string{"eval", "-m", model}, read...),
		append([]string{"eval", "-m", model, "--train", data}, read...),
		append([]string{"predict", "-m", model, "--out", csvOut}, read...),
		append([]string{"predict", "-m", model, "--out", npyOut}, read...),
		{"sample", "-m", model, "--label", "all", "-n", "5", "--steps", "20", "--out", bits},
		{"sample", "-m", model, "--label", "2", "-n", "5", "--steps", "20", "--out", bits},
		{"info", "-m", model},
	} {
		if err := command(t.Context(), args...); err != nil {
			t.Fatalf("bitdbn %s: %v", strings.Join(args, " "), err)
		}
	}

	f, err := dbn.Load(model)
	if err != nil {
		t.Fatal(err)
	}
	set, err := dataset.Load(data, dataset.Options{LabelColumn: dataset.LastColumn})
	if err != nil {
		t.Fatal(err)
	}
	ws, err := bitdbn.NewWorkspace(1)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	report, err := classify(t.Context(), ws, f.Network, dbn.Labelled{Source: rbm.Bits{BitMatrix: set.Bits}, Labels: set.Labels, Classes: 3}, 10)
	if err != nil {
		t.Fatal(err)
	}
	if report.Rows != 240 || report.Errors > 48 {
		t.Errorf("%d of %d rows wrong", report.Errors, report.Rows)
	}
	text, err := os.ReadFile(csvOut)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil || len(lines) != 241 || !slices.Equal(lines[0], []string{"label", "p0", "p1", "p2"}) {
		t.Fatalf("%d lines, error %v", len(lines), err)
	}
	wrong, confusion := 0, [3][3]int{}
	for r, line := range lines[1:] {
		got, _ := strconv.Atoi(line[0])
		confusion[set.Labels[r]][got]++
		if got != set.Labels[r] {
			wrong++
		}
	}
	if wrong != report.Errors || fmt.Sprint(confusion) != fmt.Sprint(report.Confusion) {
		t.Errorf("predict has %v, eval %v", confusion, report.Confusion)
	}
	probs, err := os.ReadFile(npyOut)
	if err != nil || len(probs) != 128+240*3*4 {
		t.Errorf("NPY file of %d bytes, error %v", len(probs), err)
	}
}

func TestLabelErrors(t *testing.T) {
	dir, data, plain := t.TempDir(), labelledTable(t), table(t)
	with, without, out := filepath.Join(dir, "with"), filepath.Join(dir, "without"), filepath.Join(dir, "out.csv")
	for _, args := range [][]string{
		{"train", "--quiet", "--labels", "--layers", "4", "--epochs", "1", "--out", with, "--data", data, "--label-column", "last"},
		{"train", "--quiet", "--layers", "4", "--epochs", "1", "--out", without, "--data", plain},
		{"eval", "-m", with, "--data", plain}, // without labels: no classification
	} {
		if err := command(t.Context(), args...); err != nil {
			t.Fatalf("bitdbn %s: %v", strings.Join(args, " "), err)
		}
	}
	for _, c := range []struct {
		args []string
		want error
	}{
		{[]string{"train", "--quiet", "--labels", "--layers", "4", "--out", out, "--data", plain}, rbm.ErrData},
		{[]string{"predict", "-m", without, "--data", plain, "--out", out}, dbn.ErrNoLabels},
		{[]string{"predict", "-m", with, "--data", plain}, errUsage},
		{[]string{"predict", "-m", with, "--data", plain, "--out", out, "--draws", "0"}, errUsage},
		{[]string{"predict", "-m", with, "--data", "digits:test", "--out", out}, rbm.ErrData},
		{[]string{"sample", "-m", without, "--label", "1", "--out", out}, dbn.ErrNoLabels},
		{[]string{"sample", "-m", without, "--label", "all", "--out", out}, dbn.ErrNoLabels},
		{[]string{"sample", "-m", with, "--label", "3", "--out", out}, dbn.ErrOptions},
		{[]string{"sample", "-m", with, "--label", "x", "--out", out}, errUsage},
		{[]string{"sample", "-m", with, "--label", "1", "--temperatures", "3", "--out", out}, errUsage},
	} {
		if err := command(t.Context(), c.args...); !errors.Is(err, c.want) {
			t.Errorf("bitdbn %s: %v, expected %v", strings.Join(c.args, " "), err, c.want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("bitdbn %s: left a file", strings.Join(c.args, " "))
		}
	}
}

// TestCompleteCommand completes rows, and draws chains over time.
func TestCompleteCommand(t *testing.T) {
	dir, data := t.TempDir(), table(t)
	model, bits, png := filepath.Join(dir, "m"), filepath.Join(dir, "s.npy"), filepath.Join(dir, "s.png")
	for _, args := range [][]string{
		{"train", "--quiet", "--layers", "6,4", "--epochs", "1", "--out", model, "--data", data},
		{"sample", "-m", model, "--complete", data, "--keep", "0-3,7", "-n", "30", "--steps", "10", "--out", bits, "--png", png, "--shape", "3,4"},
		{"sample", "-m", model, "-n", "3", "--frames", "4", "--steps", "8", "--png", png, "--shape", "3,4"},
	} {
		if err := command(t.Context(), args...); err != nil {
			t.Fatalf("bitdbn %s: %v", strings.Join(args, " "), err)
		}
	}
	set, err := dataset.Load(data, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(bits)
	if err != nil || len(got) != 128+30*12 {
		t.Fatalf("NPY file of %d bytes, error %v", len(got), err)
	}
	for r := range 30 {
		for _, i := range []int{0, 1, 2, 3, 7} {
			if (got[128+r*12+i] == 1) != set.Bits.At(r, i) {
				t.Errorf("row %d: unit %d was to be kept", r, i)
			}
		}
	}
	for _, more := range [][]string{
		{"--complete", data}, {"--keep", "1"}, {"--complete", data, "--keep", "12"}, {"--complete", data, "--keep", "3-2"}, {"--complete", data, "--keep", "x"},
		{"--complete", data, "--keep", "-1"}, {"--complete", data, "--keep", "1", "--label", "1"}, {"--frames", "3", "--steps", "10"}, {"--frames", "0"},
	} {
		if err := command(t.Context(), append([]string{"sample", "-m", model, "--out", bits}, more...)...); !errors.Is(err, errUsage) {
			t.Errorf("sample %s: %v, expected a usage error", strings.Join(more, " "), err)
		}
	}
	if err := command(t.Context(), "sample", "-m", model, "--complete", "digits", "--keep", "1", "--out", bits); !errors.Is(err, rbm.ErrData) {
		t.Errorf("rows of another width: %v", err)
	}
}

// TestFewerClasses evaluates, and holds out, rows that do not show every class of
// a model.
func TestFewerClasses(t *testing.T) {
	dir, data := t.TempDir(), labelledTable(t)
	text, err := os.ReadFile(data)
	if err != nil {
		t.Fatal(err)
	}
	few := filepath.Join(dir, "few.csv")
	lines := strings.SplitAfter(string(text), "\n")
	if err := os.WriteFile(few, []byte(lines[0]+lines[1]), 0o644); err != nil { // classes 0 and 1 of 0 to 2
		t.Fatal(err)
	}
	model, tuned := filepath.Join(dir, "m"), filepath.Join(dir, "tuned")
	read := []string{"--label-column", "last", "--data"}
	for _, args := range [][]string{
		append([]string{"train", "--quiet", "--labels", "--layers", "5,4", "--epochs", "1", "--out", model, "--valid", few}, append(read, data)...),
		append([]string{"finetune", "updown", "--quiet", "-m", model, "--epochs", "1", "--out", tuned, "--valid", few}, append(read, data)...),
		append([]string{"finetune", "updown", "--quiet", "-m", model, "--epochs", "1", "--out", tuned}, append(read, few)...),
		append([]string{"eval", "-m", tuned}, append(read, few)...),
		append([]string{"finetune", "backprop", "--quiet", "-m", model, "--epochs", "1", "--out", tuned, "--valid", few}, append(read, data)...),
		append([]string{"eval", "-m", tuned}, append(read, few)...),
	} {
		if err := command(t.Context(), args...); err != nil {
			t.Errorf("bitdbn %s: %v", strings.Join(args, " "), err)
		}
	}
}

// TestFollow requires that commands read data as a model's training did, its
// threshold too, unless flags say otherwise.
func TestFollow(t *testing.T) {
	info := map[string]string{"data": "mnist", "binarize": "threshold", "threshold": "0.3"}
	for _, c := range []struct {
		binarize, want string
		threshold      float64
	}{{"auto", "threshold", 0.3}, {"fixed", "fixed", 0.5}} {
		d := dataFlags{binarize: c.binarize}
		d.opt.Threshold = 0.5
		d.follow(info)
		if d.binarize != c.want || d.opt.Threshold != c.threshold || d.name != "" {
			t.Errorf("--binarize %s: %s with threshold %v of data %q", c.binarize, d.binarize, d.opt.Threshold, d.name)
		}
	}
}
