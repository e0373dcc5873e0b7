package main

import (
	"encoding/json"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/rbm"
)

// stack returns a network of normal weights, and rows for it.
func stack(units ...int) (*dbn.Network, rbm.Bits) {
	n := dbn.New(units[0], units[1:]...)
	for i, m := range n.Layers {
		m.InitWeights(1, rbm.InitStream(1, i))
	}
	rows := rbm.Bits{BitMatrix: bitdbn.NewBitMatrix(50, units[0])}
	for i := range 50 {
		rows.Set(i, i%units[0], true)
	}
	return n, rows
}

// TestLikelihoodMethods compares the exact log Z with both estimates, of one
// layer and of more.
func TestLikelihoodMethods(t *testing.T) {
	ws, err := bitdbn.NewWorkspace(1)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	for _, units := range [][]int{{12, 6}, {12, 6, 5}, {12, 5, 4, 3}} {
		n, rows := stack(units...)
		var reports []*likelihoodReport
		for _, name := range []string{"auto", "exact", "ais"} {
			l := likelihoodFlags{method: name, chains: 200, draws: 20}
			method, err := l.resolve(n)
			if err != nil {
				t.Fatal(err)
			}
			r, err := l.evaluate(t.Context(), ws, n, method, rows, rows, 50, newProgress(true))
			if err != nil {
				t.Fatal(err)
			}
			reports = append(reports, r)
		}
		exact, ais := reports[1], reports[2]
		if reports[0].Method != "exact" || reports[0].LogZ != exact.LogZ || reports[0].Bound != exact.Bound {
			t.Errorf("%v: auto %+v, exact %+v", units, reports[0], exact)
		}
		for _, e := range []*logZReport{ais.Forward, ais.Reverse} {
			if !(float64(e.Low) <= exact.LogZ && exact.LogZ <= float64(e.High)) {
				t.Errorf("%v: estimate %+v, exact %v", units, e, exact.LogZ)
			}
		}
		if ais.Doubt != "" || math.Abs(ais.LogZ-exact.LogZ) > 0.1 {
			t.Errorf("%v: estimate %+v, exact %v", units, ais, exact.LogZ)
		}
		e, err := exactly(t.Context(), ws, n, rows, 50)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(e.LogProbability-e.KL-exact.Bound.Bound.Mean) > 0.2 {
			t.Errorf("%v: by summing over all states %+v, bound %+v", units, e, exact.Bound)
		}
	}
}

// TestLikelihoodCommand evaluates a stack as a user does.
func TestLikelihoodCommand(t *testing.T) {
	data, model := table(t), filepath.Join(t.TempDir(), "m")
	if err := command(t.Context(), "train", "--quiet", "--data", data, "--layers", "6,4", "--epochs", "1", "--out", model); err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"exact", "none", "auto"} {
		if err := command(t.Context(), "eval", "-m", model, "--data", data, "--likelihood", method); err != nil {
			t.Errorf("--likelihood %s: error %v", method, err)
		}
	}
	if err := command(t.Context(), "eval", "-m", model, "--data", data, "--layers", "1"); err != nil {
		t.Errorf("--layers 1: error %v", err)
	}
	for _, wrong := range [][2]string{{"--layers", "3"}, {"--layers", "-1"}, {"--likelihood", "always"}, {"--draws", "0"}, {"--draws", "-1"}} {
		if err := command(t.Context(), "eval", "-m", model, "--data", data, wrong[0], wrong[1]); !errors.Is(err, errUsage) {
			t.Errorf("%s %s: error %v", wrong[0], wrong[1], err)
		}
	}
	if err := command(t.Context(), "eval", "-m", model, "--data", data, "--likelihood", "ais", "--chains", "0"); !errors.Is(err, errUsage) {
		t.Errorf("--chains 0: error %v", err)
	}
}

// TestDoubt requires a word wherever the two estimates of log Z do not fit.
func TestDoubt(t *testing.T) {
	estimate := func(low, z, high, effective float64) *rbm.LogZEstimate {
		return &rbm.LogZEstimate{Low: low, LogZ: z, High: high, EffectiveChains: effective, Chains: 100}
	}
	for _, c := range []struct {
		name             string
		forward, reverse *rbm.LogZEstimate
		doubted          bool
	}{
		{"overlap", estimate(1, 2, 3, 50), estimate(1.5, 2.5, 3.5, 50), false},
		{"reverse lower, within the intervals", estimate(1, 2, 3, 50), estimate(1, 1.5, 2, 50), false},
		{"few forward", estimate(1, 2, 3, 5), estimate(1, 2, 3, 50), true},
		{"few in reverse", estimate(1, 2, 3, 50), estimate(1, 2, 3, 5), true},
		{"far apart", estimate(1, 2, 3, 50), estimate(2, 3.1, 4, 50), true},
		{"far apart downwards", estimate(1, 2, 3, 50), estimate(0, 0.9, 1.1, 50), true},
		{"disjoint downwards", estimate(1.9, 2, 2.1, 50), estimate(1.5, 1.6, 1.7, 50), true},
	} {
		if got := doubt(c.forward, c.reverse); (got != "") != c.doubted {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestUnboundedJSON(t *testing.T) {
	b, err := json.Marshal(logZReport{Low: intervalEnd(math.Inf(-1)), High: intervalEnd(math.Inf(1)), LogZ: 3})
	if err != nil || !strings.Contains(string(b), `"low":null,"high":null`) {
		t.Errorf("%s, %v", b, err)
	}
}
