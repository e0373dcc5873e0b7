package main

import (
	"context"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn/dataset"
	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/rbm"
)

// runCommand runs a command line that must not fail.
func runCommand(t *testing.T, args ...string) {
	t.Helper()
	if err := command(t.Context(), args...); err != nil {
		t.Fatalf("bitdbn %s: %v", strings.Join(args, " "), err)
	}
}

// evaluated returns eval's JSON.
func evaluated(t *testing.T, args ...string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(output(t, append([]string{"eval", "--json"}, args...)...)), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// at returns the number at a path such as likelihood.bound.mean.
func at(t *testing.T, object map[string]any, path string) float64 {
	t.Helper()
	var v any = object
	for _, key := range strings.Split(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			t.Fatalf("%s: no object at %s in %v", path, key, object)
		}
		v = m[key]
	}
	x, ok := v.(float64)
	if !ok {
		t.Fatalf("%s is %v in %v", path, v, object)
	}
	return x
}

func near(a, b, within float64) bool { return math.Abs(a-b) <= within }

// labelledModels returns the rows of a table with labels and without, and a machine
// and a stack trained on them.
func labelledModels(t *testing.T) (with, without, machine, stack string) {
	t.Helper()
	with, dir := labelledTable(t), t.TempDir()
	text, err := os.ReadFile(with)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	for i, l := range lines {
		lines[i] = l[:strings.LastIndexByte(l, ',')]
	}
	without, machine, stack = filepath.Join(dir, "without.csv"), filepath.Join(dir, "machine"), filepath.Join(dir, "stack")
	if err := os.WriteFile(without, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, m := range [][2]string{{machine, "6"}, {stack, "6,4"}} {
		runCommand(t, "train", "--quiet", "--labels", "--layers", m[1], "--epochs", "20", "--batch", "20", "--lr", "0.1",
			"--data", with, "--label-column", "last", "--out", m[0])
	}
	return with, without, machine, stack
}

// exactLogs returns log p(x), log p(x,y) and log p(y|x) of rows, by enumeration.
func exactLogs(t *testing.T, model, data string, rows int) (x, xy, conditional dbn.Term) {
	t.Helper()
	f, err := dbn.Load(model)
	if err != nil {
		t.Fatal(err)
	}
	set, err := dataset.Load(data, dataset.Options{LabelColumn: dataset.LastColumn})
	if err != nil {
		t.Fatal(err)
	}
	set = firstRows(set, rows)
	marginal, err := f.Network.Exact(t.Context(), set.Bits)
	if err != nil {
		t.Fatal(err)
	}
	joint, err := f.Network.ExactJoint(t.Context(), set.Bits, set.Labels)
	if err != nil {
		t.Fatal(err)
	}
	var logs [3][]float64
	for r := range marginal {
		logs[0] = append(logs[0], marginal[r].LogProbability)
		logs[1] = append(logs[1], joint[r].LogProbability)
		logs[2] = append(logs[2], joint[r].LogProbability-marginal[r].LogProbability)
	}
	return dbn.NewTerm(logs[0]), dbn.NewTerm(logs[1]), dbn.NewTerm(logs[2])
}

// TestEvalOfLabels compares what eval says of a machine with labels with sums over
// all states, of all rows and of some, by either log Z, with labels in the data
// and without.
func TestEvalOfLabels(t *testing.T) {
	with, without, machine, _ := labelledModels(t)
	read := []string{"-m", machine, "--data", with, "--label-column", "last"}
	for _, c := range []struct {
		rows   int
		method string
		within float64
	}{{0, "auto", 1e-5}, {100, "exact", 1e-5}, {0, "ais", 0.1}} {
		x, xy, conditional := exactLogs(t, machine, with, c.rows)
		args := []string{"--threads", "1", "--likelihood", c.method, "--chains", "30", "--rows", strconv.Itoa(c.rows)}
		e := evaluated(t, append(args, read...)...)
		for _, v := range []struct {
			name   string
			want   float64
			within float64
		}{
			{"log_prob", x.Mean, c.within}, {"log_prob_se", x.StandardError, 1e-5},
			{"log_prob_xy", xy.Mean, c.within}, {"log_prob_xy_se", xy.StandardError, 1e-5},
			{"log_prob_y_given_x", conditional.Mean, 1e-5}, {"log_prob_y_given_x_se", conditional.StandardError, 1e-5},
			{"likelihood.bound.bound.mean", x.Mean, c.within}, {"likelihood.bound.joint.bound.mean", xy.Mean, c.within},
			{"classification.log_loss", -conditional.Mean, 1e-5}, {"classification.log_loss_se", conditional.StandardError, 1e-5},
			{"pseudo_likelihood", at(t, e, "pseudo_likelihood_per_unit") * 13, 1e-9},
			{"data_rows", 240, 0},
		} {
			if got := at(t, e, v.name); !near(got, v.want, v.within) {
				t.Errorf("%+v: %s is %v, expected %v", c, v.name, got, v.want)
			}
		}
		rows := float64(240)
		if c.rows > 0 {
			rows = float64(c.rows)
		}
		for _, name := range []string{"rows", "classification.rows", "likelihood.bound.rows"} {
			if at(t, e, name) != rows {
				t.Errorf("%+v: %s is %v", c, name, at(t, e, name))
			}
		}

		plain := evaluated(t, append(args, "-m", machine, "--data", without)...)
		if got := at(t, plain, "log_prob"); !near(got, x.Mean, c.within) {
			t.Errorf("%+v, data without labels: log p(x) %v, expected %v", c, got, x.Mean)
		}
		for _, name := range []string{"log_prob_xy", "log_prob_y_given_x", "classification", "pseudo_likelihood"} {
			if plain[name] != nil {
				t.Errorf("%+v, data without labels: %s is %v", c, name, plain[name])
			}
		}
	}
	none := evaluated(t, append([]string{"--likelihood", "none"}, read...)...)
	if none["likelihood"] != nil || none["log_prob"] != nil || none["classification"] == nil || none["pseudo_likelihood"] == nil {
		t.Errorf("--likelihood none: %v", none)
	}
	text := output(t, append([]string{"eval", "--rows", "100"}, read...)...)
	for _, want := range []string{"rows 1 to 100 of 240", "pseudo-likelihood of layer 1: ", " a unit", "log-probability of rows with their labels ", "classification error "} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// TestEvalOfLabelledStack requires bounds below the exact log-probabilities, and
// the weighted ones between.
func TestEvalOfLabelledStack(t *testing.T) {
	with, without, _, stack := labelledModels(t)
	x, xy, conditional := exactLogs(t, stack, with, 0)
	e := evaluated(t, "-m", stack, "--data", with, "--label-column", "last", "--draws", "300")
	const slack = 0.02
	for _, b := range []struct {
		path  string
		exact float64
	}{{"likelihood.bound.", x.Mean}, {"likelihood.bound.joint.", xy.Mean}} {
		bound, weighted := at(t, e, b.path+"bound.mean"), at(t, e, b.path+"weighted_bound.mean")
		if !(bound <= weighted+slack && weighted <= b.exact+slack && weighted > b.exact-0.1) {
			t.Errorf("%s: bound %v, weighted %v, log-probability %v", b.path, bound, weighted, b.exact)
		}
	}
	if got := at(t, e, "log_prob_y_given_x"); !near(got, conditional.Mean, 0.05) {
		t.Errorf("log p(y|x) %v, expected %v", got, conditional.Mean)
	}
	for _, v := range [][2]any{{"likelihood.exact.log_probability", x.Mean}, {"likelihood.exact.log_probability_se", x.StandardError}} {
		if got := at(t, e, v[0].(string)); !near(got, v[1].(float64), 1e-9) {
			t.Errorf("%s is %v, expected %v", v[0], got, v[1])
		}
	}
	if e["log_prob"] != nil || at(t, e, "pseudo_likelihood") >= 0 {
		t.Errorf("%v", e)
	}
	plain := evaluated(t, "-m", stack, "--data", without, "--draws", "300")
	if got, want := at(t, plain, "likelihood.bound.weighted_bound.mean"), at(t, e, "likelihood.bound.weighted_bound.mean"); !near(got, want, 1e-9) {
		t.Errorf("data without labels: weighted bound %v, with %v", got, want)
	}
	if text := output(t, "eval", "-m", stack, "--data", with, "--label-column", "last"); !strings.Contains(text, ": 240 rows,") || !strings.Contains(text, "variational bound with the labels ") {
		t.Error(text)
	}
}

// TestEvalStandardErrors requires those of monitors and of the gap.
func TestEvalStandardErrors(t *testing.T) {
	data, model := table(t), filepath.Join(t.TempDir(), "m")
	runCommand(t, "train", "--quiet", "--data", data, "--layers", "6", "--epochs", "1", "--out", model)
	e := evaluated(t, "-m", model, "--data", data, "--train", data, "--rows", "50")
	layer := e["layers"].([]any)[0].(map[string]any)
	free := at(t, layer, "free_energy_se")
	if !(free > 0 && at(t, layer, "reconstruction_error_se") > 0) || !near(at(t, layer, "free_energy_gap_se"), free*math.Sqrt2, 1e-9) {
		t.Errorf("%v", layer)
	}
	// log p(x) = −F(x) − log Z
	if !near(at(t, e, "log_prob_se"), free, 1e-9) || !near(at(t, e, "log_prob"), -at(t, layer, "free_energy")-at(t, e, "likelihood.log_z"), 1e-9) {
		t.Errorf("%v", e)
	}
	if at(t, e, "pseudo_likelihood_se") <= 0 {
		t.Errorf("%v", e)
	}
}

// TestTrainOfLabels requires the likelihood of rows with labels in training's
// report, as eval gives it.
func TestTrainOfLabels(t *testing.T) {
	data, model := labelledTable(t), filepath.Join(t.TempDir(), "m")
	read := []string{"--data", data, "--label-column", "last"}
	var report map[string]any
	text := output(t, append(read, "train", "--quiet", "--json", "--labels", "--layers", "6", "--epochs", "2", "--out", model)...)
	if err := json.Unmarshal([]byte(text), &report); err != nil {
		t.Fatal(err)
	}
	e := evaluated(t, append(read, "-m", model)...)
	for _, path := range []string{"likelihood.bound.bound.mean", "likelihood.bound.joint.bound.mean"} {
		if got, want := at(t, report, path), at(t, e, path); !near(got, want, 1e-6) {
			t.Errorf("%s: %v in training, eval has %v", path, got, want)
		}
	}
}

// scores reads a CSV file of score by column.
func scores(t *testing.T, path string) (names []string, columns map[string][]float64) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns = map[string][]float64{}
	for _, line := range lines[1:] {
		for c, text := range line {
			x, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			columns[lines[0][c]] = append(columns[lines[0][c]], x)
		}
	}
	return lines[0], columns
}

// TestScore requires the columns of each kind of model, whose means eval gives,
// and the same numbers as NPY.
func TestScore(t *testing.T) {
	with, without, machine, stack := labelledModels(t)
	dir := t.TempDir()
	out, npy, unlabelled := filepath.Join(dir, "s.csv"), filepath.Join(dir, "s.npy"), filepath.Join(dir, "m")
	runCommand(t, "train", "--quiet", "--data", without, "--layers", "5", "--epochs", "1", "--out", unlabelled)
	read := []string{"--data", with, "--label-column", "last"}
	const bound = "likelihood.bound."
	for _, c := range []struct {
		args []string
		rows int
		want []string // columns
		eval []string // their means in eval's JSON
	}{
		{append(read, "-m", machine, "--pseudo-likelihood"), 240,
			[]string{"log_prob", "log_prob_xy", "log_prob_y_given_x", "pseudo_likelihood"},
			[]string{"log_prob", "log_prob_xy", "log_prob_y_given_x", "pseudo_likelihood"}},
		{append(read, "-m", machine, "--rows", "70", "--threads", "1", "--likelihood", "ais", "--chains", "10"), 70,
			[]string{"log_prob", "log_prob_xy", "log_prob_y_given_x"}, nil},
		{append(read, "-m", stack, "--draws", "3"), 240,
			[]string{"bound", "weighted_bound", "bound_xy", "weighted_bound_xy", "log_prob_y_given_x"},
			[]string{bound + "bound.mean", bound + "weighted_bound.mean", bound + "joint.bound.mean", bound + "joint.weighted_bound.mean", "log_prob_y_given_x"}},
		{[]string{"--data", without, "-m", stack}, 240, []string{"bound", "weighted_bound"}, []string{bound + "bound.mean", bound + "weighted_bound.mean"}},
		{[]string{"--data", without, "-m", machine}, 240, []string{"log_prob"}, []string{"log_prob"}},
		{[]string{"--data", without, "-m", unlabelled, "--rows", "1000"}, 240, []string{"log_prob"}, []string{"log_prob"}},
	} {
		runCommand(t, append([]string{"score", "--out", out}, c.args...)...)
		names, columns := scores(t, out)
		if !slices.Equal(names, c.want) || len(columns[names[0]]) != c.rows {
			t.Fatalf("score %v: columns %v of %d rows", c.args, names, len(columns[names[0]]))
		}
		if c.eval != nil {
			e := evaluated(t, slices.DeleteFunc(slices.Clone(c.args), func(a string) bool { return a == "--pseudo-likelihood" })...)
			for i, path := range c.eval {
				if got, want := dbn.NewTerm(columns[names[i]]).Mean, at(t, e, path); !near(got, want, 1e-9) {
					t.Errorf("score %v: mean %s %v, eval has %v", c.args, names[i], got, want)
				}
			}
		}
		runCommand(t, append([]string{"score", "--out", npy}, c.args...)...)
		b, err := os.ReadFile(npy)
		if err != nil {
			t.Fatal(err)
		}
		head := 10 + int(binary.LittleEndian.Uint16(b[8:]))
		if shape := fmt.Sprintf("'shape': (%d, %d)", c.rows, len(names)); !strings.Contains(string(b[:head]), shape) || !strings.Contains(string(b[:head]), "'<f8'") {
			t.Fatalf("header %q, expected %s", b[:head], shape)
		}
		for r := range c.rows {
			for i, name := range names {
				if got := math.Float64frombits(binary.LittleEndian.Uint64(b[head+8*(r*len(names)+i):])); got != columns[name][r] {
					t.Fatalf("row %d, %s: %v as NPY, %v as CSV", r, name, got, columns[name][r])
				}
			}
		}
	}
}

func TestScoreErrors(t *testing.T) {
	with, without, machine, stack := labelledModels(t)
	out := filepath.Join(t.TempDir(), "out.csv")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	wide := filepath.Join(t.TempDir(), "wide.csv")
	if err := os.WriteFile(wide, []byte("0,1\n1,1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		ctx  context.Context
		args []string
		want error
	}{
		{t.Context(), []string{"score", "-m", machine, "--data", without}, errUsage},
		{t.Context(), []string{"score", "--data", without, "--out", out}, errUsage},
		{t.Context(), []string{"score", "-m", machine, "--out", out}, errUsage},
		{t.Context(), []string{"score", "-m", machine, "--data", without, "--out", out, "--rows", "-1"}, errUsage},
		{t.Context(), []string{"score", "-m", stack, "--data", without, "--out", out, "--draws", "0"}, errUsage},
		{t.Context(), []string{"score", "-m", machine, "--data", without, "--out", out, "--likelihood", "ais", "--chains", "0"}, errUsage},
		{t.Context(), []string{"score", "-m", machine, "--data", without, "--out", out, "--likelihood", "none"}, errUsage},
		{t.Context(), []string{"score", "-m", machine, "--data", without, "--out", out, "--likelihood", "always"}, errUsage},
		{t.Context(), []string{"score", "-m", machine, "--data", without, "--out", out, "--pseudo-likelihood"}, rbm.ErrData},
		{t.Context(), []string{"score", "-m", machine, "--data", wide, "--out", out}, rbm.ErrData},
		{cancelled, []string{"score", "-m", stack, "--data", with, "--label-column", "last", "--out", out}, context.Canceled},
		{t.Context(), []string{"eval", "-m", machine, "--data", without, "--rows", "-1"}, errUsage},
		{t.Context(), []string{"score", "-m", filepath.Join(t.TempDir(), "none"), "--data", without, "--out", out}, os.ErrNotExist},
	} {
		if err := command(c.ctx, c.args...); !errors.Is(err, c.want) {
			t.Errorf("bitdbn %s: %v, expected %v", strings.Join(c.args, " "), err, c.want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("bitdbn %s: left a file", strings.Join(c.args, " "))
		}
	}
}

// TestFirstRows requires rows, intensities and labels to stay together.
func TestFirstRows(t *testing.T) {
	set, err := dataset.Load("digits", dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, set.Rows, set.Rows + 1} {
		if firstRows(set, n) != set {
			t.Errorf("%d rows of %d: another set", n, set.Rows)
		}
	}
	few := firstRows(set, 7)
	if few.Rows != 7 || len(few.Labels) != 7 || !slices.Equal(few.Grey, set.Grey[:7*set.Cols]) || set.Rows == 7 {
		t.Errorf("%d rows, %d labels, %d intensities", few.Rows, len(few.Labels), len(few.Grey))
	}
}
