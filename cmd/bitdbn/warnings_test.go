package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn/dbn"
)

// reports are what a watch sees: of each epoch the RMS of the weights, the part of the
// hidden units that is saturated, the free-energy gap, and the swap rates.
type reports []struct {
	rms, saturated, gap float64
	swaps               []float64
}

// TestWatch provokes each warning of a training, once, and leaves each out where
// nothing is wrong.
func TestWatch(t *testing.T) {
	for _, c := range []struct {
		name string
		in   reports
		want string // in the one warning; "" for none
	}{
		{"weights that grow", reports{{0.02, 0, 0, nil}, {0.1, 0, 0, nil}, {0.25, 0, 0, nil}, {0.4, 0, 0, nil}, {0.7, 0, 0, nil}}, ""},
		{"weights that jump", reports{{0.2, 0, 0, nil}, {0.5, 0, 0, nil}, {1.2, 0, 0, nil}}, "jumped"},
		{"units that are often sure", reports{{0.1, 0.9, 0, nil}}, ""},
		{"saturated units", reports{{0.1, 0.97, 0, nil}, {0.1, 0.98, 0, nil}}, "97 % of the hidden"},
		{"a gap that stays", reports{{0.1, 0, 9, nil}, {0.1, 0, 9.1, nil}, {0.1, 0, 9.05, nil}, {0.1, 0, 9.2, nil}, {0.1, 0, 9.1, nil}}, ""},
		{"a small gap that grows", reports{{0.1, 0, 1, nil}, {0.1, 0, 2, nil}, {0.1, 0, 3, nil}, {0.1, 0, 4, nil}, {0.1, 0, 4.5, nil}}, ""},
		{"a gap that grows", reports{{0.1, 0, 1, nil}, {0.1, 0, 2, nil}, {0.1, 0, 4, nil}, {0.1, 0, 6, nil}, {0.1, 0, 8, nil}}, "gap is 6.0 nats"},
		{"temperatures that swap", reports{{0.1, 0, 0, []float64{0.5, 0.02}}}, ""},
		{"temperatures that do not", reports{{0.1, 0, 0, []float64{0.5, 0.002}}}, "hardly swap (0.002"},
	} {
		var w watch
		var got []string
		for _, r := range c.in {
			e := &epoch{train: dbn.Monitor{WeightRMS: r.rms, Saturated: r.saturated}, valid: &dbn.Monitor{FreeEnergy: r.gap}}
			got = append(got, w.epoch(e, r.swaps, -100)...)
		}
		switch {
		case c.want == "" && len(got) > 0:
			t.Errorf("%s: %q", c.name, got)
		case c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)):
			t.Errorf("%s: %q, expected one with %q", c.name, got, c.want)
		}
	}
}

// TestWatchLayers requires that a new layer is watched anew.
func TestWatchLayers(t *testing.T) {
	var w watch
	for layer := range 2 {
		for i, rms := range []float64{1, 1.1} {
			e := &epoch{Progress: dbn.Progress{Layer: layer}, train: dbn.Monitor{WeightRMS: rms + float64(5*layer), Saturated: 1}}
			if got := w.epoch(e, nil, 0); len(got) != 1-i {
				t.Errorf("layer %d, report %d: %q", layer, i, got)
			}
		}
	}
}

func TestBelowByHowMuch(t *testing.T) {
	base := dbn.Term{Mean: -20, StandardError: 0.5}
	for mean, warned := range map[float64]bool{-10: false, -20: false, -20.04: false, -20.06: true, -30: true} {
		if got := belowIndependent(dbn.Term{Mean: mean}, base); (got != "") != warned {
			t.Errorf("%v nats, independent units %v: %q", mean, base.Mean, got)
		}
	}
}

func TestWorseStart(t *testing.T) {
	report := func(errors, rows int) *classificationReport {
		return &classificationReport{Errors: errors, Rows: rows, ErrorRate: float64(errors) / float64(rows)}
	}
	for _, c := range []struct {
		before, after *classificationReport
		warned        bool
	}{
		{report(40, 1000), report(30, 1000), false},
		{report(40, 1000), report(48, 1000), false}, // chance
		{report(40, 1000), report(90, 1000), true},
		{report(400, 10000), report(500, 10000), true},
		{report(0, 10), report(0, 10), false},
		{nil, report(90, 100), false},
		{report(9, 100), nil, false},
	} {
		if got := worseStart(c.before, c.after); (got != "") != c.warned {
			t.Errorf("%v, %v: %q", c.before, c.after, got)
		}
	}
}

// modes writes a table of two modes, nearly all zeros and nearly all ones, which
// independent columns know nothing of.
func modes(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	state := uint32(1)
	for r := range 300 {
		for j := range 30 {
			state = state*1664525 + 1013904223
			bit := r % 2
			if state>>25 < 2 { // 1 in 64
				bit = 1 - bit
			}
			if j > 0 {
				b.WriteByte(',')
			}
			fmt.Fprint(&b, bit)
		}
		b.WriteByte('\n')
	}
	path := filepath.Join(t.TempDir(), "modes.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// captured returns what f writes to a stream of the process.
func captured(t *testing.T, stream **os.File, f func()) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	old := *stream
	*stream = w
	text := make(chan string)
	go func() {
		b, _ := io.ReadAll(r)
		text <- string(b)
	}()
	f()
	*stream = old
	w.Close()
	return <-text
}

// checkEvalWarns requires eval to say what independent units score, by the rates of the
// training data or of the rows themselves, and to warn of a model that is worse.
func checkEvalWarns(t *testing.T, model, data string, warned bool) {
	t.Helper()
	for _, c := range []struct {
		flags []string
		rates string
	}{{nil, data}, {[]string{"--train", data, "--rows", "100"}, data}} {
		var report struct {
			Independent      float64
			IndependentRates string `json:"independent_rates"`
			Warnings         []string
		}
		args := append([]string{"eval", "-m", model, "--data", data}, c.flags...)
		run := func(more ...string) string {
			return captured(t, &os.Stdout, func() {
				if err := command(t.Context(), append(args, more...)...); err != nil {
					t.Fatal(err)
				}
			})
		}
		if err := json.Unmarshal([]byte(run("--json")), &report); err != nil {
			t.Fatal(err)
		}
		if math.Abs(report.Independent+20.8) > 0.1 || report.IndependentRates != c.rates {
			t.Errorf("eval %v: independent units %v by the rates of %s, expected 30 ln ½ by %s", c.flags, report.Independent, report.IndependentRates, c.rates)
		}
		text := run()
		if !strings.Contains(text, "independent units, on as often as in "+c.rates+": -20.") {
			t.Errorf("eval %v: %s", c.flags, text)
		}
		for _, said := range []string{text, strings.Join(report.Warnings, "\n")} {
			if strings.Contains(said, "worse than independent") != warned {
				t.Errorf("eval %v: %q", c.flags, said)
			}
		}
	}
}

// TestBelowIndependent trains on a table with options that make a model worse than
// independent columns, which must be said, and with the defaults, which must be
// better.
func TestBelowIndependent(t *testing.T) {
	data, out := modes(t), filepath.Join(t.TempDir(), "m")
	for _, c := range []struct {
		flags  []string
		warned bool
	}{
		{[]string{"--lr", "0.05", "--momentum", "0.9", "--center=false", "--epochs", "200"}, true},
		{[]string{"--epochs", "500"}, false},
		{[]string{"--epochs", "500", "--pcd", "1"}, false},
	} {
		var report struct {
			Independent float64
			Likelihood  struct {
				Bound struct{ Bound struct{ Mean float64 } }
			}
			Warnings []string
		}
		var shown string
		text := captured(t, &os.Stdout, func() {
			shown = captured(t, &os.Stderr, func() {
				if err := command(t.Context(), append([]string{"train", "--data", data, "--layers", "12", "--threads", "1", "--json", "--out", out}, c.flags...)...); err != nil {
					t.Fatal(err)
				}
			})
		})
		if err := json.Unmarshal([]byte(text), &report); err != nil {
			t.Fatal(err)
		}
		got := report.Likelihood.Bound.Bound.Mean
		if math.Abs(report.Independent+20.8) > 0.1 {
			t.Errorf("independent units %v, expected 30 ln ½", report.Independent)
		}
		if worse := got < report.Independent; worse != c.warned {
			t.Errorf("%v: %v nats, independent units %v", c.flags, got, report.Independent)
		}
		if !strings.Contains(shown, "independent units -20.") {
			t.Errorf("%v: independent units are not shown: %s", c.flags, shown)
		}
		for name, said := range map[string]string{"JSON": strings.Join(report.Warnings, "\n"), "standard error": shown} {
			if strings.Contains(said, "worse than independent") != c.warned {
				t.Errorf("%v: %s: %q", c.flags, name, said)
			}
		}
		checkEvalWarns(t, out, data, c.warned)
	}
}
