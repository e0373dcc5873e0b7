package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const boundLog = `layer,epoch,bound,bound_error
1,2,-90.5,0.5
2,1,,
2,2,-87.25,0.5
2,4,-86.5,0.25
`

// TestDrawBound reads the bounds of the second layer from a log, and draws them.
func TestDrawBound(t *testing.T) {
	dir := t.TempDir()
	log, out := filepath.Join(dir, "log.csv"), filepath.Join(dir, "bound.png")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(log, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(boundLog)
	b, err := boundOf(log, "2")
	if err != nil || len(b.XYs) != 2 || b.XYs[1].X != 4 || b.XYs[1].Y != -86.5 || b.YErrors[0].High != 1 {
		t.Errorf("%v, %v", b, err)
	}
	if err := drawBound(log, out, term{Mean: -88}); err != nil {
		t.Fatal(err)
	}
	if png, err := os.ReadFile(out); err != nil || !strings.HasPrefix(string(png), "\x89PNG") {
		t.Errorf("no picture, %v", err)
	}
	for text, want := range map[string]string{
		"layer,epoch,bound\n":                                 "no column bound_error",
		"layer,epoch,bound,bound_error\n1,1,-3,0.1\n":         "no bound of layer 2",
		"layer,epoch,bound,bound_error\n2,1,much,0.1\n":       "line 2: bound",
		"layer,epoch,bound,bound_error\n2,1,-3,0.1\n2,2,-3\n": "wrong number of fields",
	} {
		write(text)
		if _, err := boundOf(log, "2"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, expected %s", text, err, want)
		}
	}
}

func TestGrowth(t *testing.T) {
	e := &evaluation{Likelihood: new(likelihood)}
	e.Likelihood.Bound.Bound.Mean, e.Likelihood.Bound.Weighted.Mean = -84.75, -84.5
	first := &evaluation{Likelihood: new(likelihood)}
	first.Likelihood.Bound.Bound.Mean = -85.5
	got := tableRow{}.growth(&run{First: first}, e)
	if want := "first layer alone −85.50, so the others add +0.75 to the bound and +1.00 or more"; !strings.Contains(got, want) {
		t.Errorf("%q, expected %q", got, want)
	}
	if got := (tableRow{}).growth(&run{}, e); got != "" {
		t.Errorf("without the first layer %q", got)
	}
}
