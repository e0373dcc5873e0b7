package main

import (
	"errors"
	"math"
	"path/filepath"
	"testing"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/rbm"
)

// TestLikelihoodMethods compares the exact log Z with both estimates.
func TestLikelihoodMethods(t *testing.T) {
	ws, err := bitdbn.NewWorkspace(1)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	m := rbm.New(12, 6)
	m.InitWeights(1, rbm.InitStream(1, 0))
	rows := rbm.Bits{BitMatrix: bitdbn.NewBitMatrix(50, 12)}
	for i := range 50 {
		rows.Set(i, i%12, true)
	}
	n := &dbn.Network{Layers: []*rbm.Model{m}}
	held, err := n.Monitors(ws, rows, 50)
	if err != nil {
		t.Fatal(err)
	}
	var reports []*likelihoodReport
	for _, name := range []string{"auto", "exact", "ais"} {
		l := likelihoodFlags{method: name, chains: 200}
		method, err := l.resolve(n)
		if err != nil {
			t.Fatal(err)
		}
		r, err := l.evaluate(t.Context(), ws, m, method, rows, held[0], true)
		if err != nil {
			t.Fatal(err)
		}
		reports = append(reports, r)
	}
	exact, ais := reports[1], reports[2]
	if reports[0].Method != "exact" || reports[0].LogZ != exact.LogZ || exact.LogProbability != -held[0].FreeEnergy-exact.LogZ {
		t.Errorf("auto %+v, exact %+v", reports[0], exact)
	}
	for _, e := range []*logZReport{ais.Forward, ais.Reverse} {
		if !(e.Low <= exact.LogZ && exact.LogZ <= e.High) {
			t.Errorf("estimate %+v, exact %v", e, exact.LogZ)
		}
	}
	if ais.Doubt != "" || math.Abs(ais.LogZ-exact.LogZ) > 0.1 {
		t.Errorf("estimate %+v, exact %v", ais, exact.LogZ)
	}
}

func TestLikelihoodFlags(t *testing.T) {
	data, model := table(t), filepath.Join(t.TempDir(), "m")
	if err := command(t.Context(), "train", "--quiet", "--data", data, "--layers", "6,4", "--epochs", "1", "--out", model); err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"exact", "ais", "always"} {
		if err := command(t.Context(), "eval", "-m", model, "--data", data, "--likelihood", method); !errors.Is(err, errUsage) {
			t.Errorf("--likelihood %s on two layers: error %v", method, err)
		}
	}
	if err := command(t.Context(), "train", "--quiet", "--data", data, "--layers", "6", "--epochs", "1", "--out", model); err != nil {
		t.Fatal(err)
	}
	if err := command(t.Context(), "eval", "-m", model, "--data", data, "--likelihood", "ais", "--chains", "0"); !errors.Is(err, errUsage) {
		t.Errorf("--chains 0: error %v", err)
	}
}
