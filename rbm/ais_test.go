package rbm

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// annealedMachines are small, and have modes far apart.
func annealedMachines() []*Model {
	return []*Model{machine(3, 2, 1, 1), machine(8, 8, 1, 2), machine(12, 5, 2, 3), machine(65, 10, 0.5, 4), machine(10, 130, 0.3, 5)}
}

// TestAIS requires both estimates within three standard errors of log Z, and
// the same at every level and with any number of workers.
func TestAIS(t *testing.T) {
	for _, m := range annealedMachines() {
		p, want := pack(t, m), refer(m).logZ()
		o := AISOptions{Chains: 300, Betas: UniformBetas(300), Base: make([]float32, m.Visible), Seed: 1}
		for i := range o.Base {
			o.Base[i] = m.B[i] / 2
		}
		var forward, reverse float64
		for _, workers := range []int{1, 3} {
			ws := workspace(t, workers)
			f, err := p.AIS(t.Context(), ws, o)
			if err != nil {
				t.Fatal(err)
			}
			checkEstimate(t, m, "forward", f, want)
			s := NewSampler(p, 300, 3)
			s.Run(ws, 1000)
			r, err := p.ReverseAIS(t.Context(), ws, s.V, o)
			if err != nil {
				t.Fatal(err)
			}
			checkEstimate(t, m, "reverse", r, want)
			if workers > 1 && (f.LogZ != forward || r.LogZ != reverse) {
				t.Errorf("%s: other estimates with %d workers", kindName(m), workers)
			}
			forward, reverse = f.LogZ, r.LogZ
		}
	}
}

func checkEstimate(t *testing.T, m *Model, name string, e *LogZEstimate, want float64) {
	t.Helper()
	if !(e.Low <= want && want <= e.High && e.Low <= e.LogZ && e.LogZ <= e.High) {
		t.Errorf("%s, %s: log Z %v in [%v, %v], expected %v", kindName(m), name, e.LogZ, e.Low, e.High, want)
	}
	if e.High-e.Low > 0.5 {
		t.Errorf("%s, %s: an interval of %v to %v says little", kindName(m), name, e.Low, e.High)
	}
	if e.Doubt() != "" || e.EffectiveChains > float64(e.Chains) || e.EffectiveChains < 1 {
		t.Errorf("%s, %s: %v of %d chains: %s", kindName(m), name, e.EffectiveChains, e.Chains, e.Doubt())
	}
}

// TestAISOfBaseRates estimates machines whose hidden units do nothing: all
// weights are equal, and the estimate is exact.
func TestAISOfBaseRates(t *testing.T) {
	m := New(70, 9)
	o := AISOptions{Chains: 5, Betas: UniformBetas(10), Base: make([]float32, 70)}
	for i := range m.B {
		m.B[i] = float32(i%7) - 3
		o.Base[i] = m.B[i]
	}
	e, err := pack(t, m).AIS(t.Context(), workspace(t, 1), o)
	if err != nil {
		t.Fatal(err)
	}
	if want := refer(New(1, 9)).logZ() - math.Ln2 + independent(m.B); math.Abs(e.LogZ-want) > 1e-5 || e.EffectiveChains < 4.999 {
		t.Errorf("log Z %v with %v effective chains, expected %v", e.LogZ, e.EffectiveChains, want)
	}
}

func independent(biases []float32) float64 {
	var z float64
	for _, b := range biases {
		z += softplus(float64(b))
	}
	return z
}

// TestAISDoubt requires a warning where two temperatures are asked to bridge
// what they cannot.
func TestAISDoubt(t *testing.T) {
	m := machine(60, 60, 3, 1)
	e, err := pack(t, m).AIS(t.Context(), workspace(t, 1), AISOptions{Chains: 100, Betas: UniformBetas(1), Base: make([]float32, 60)})
	if err != nil {
		t.Fatal(err)
	}
	if e.Doubt() == "" {
		t.Errorf("%v of %d chains count and nothing is said", e.EffectiveChains, e.Chains)
	}
}

func TestAISErrors(t *testing.T) {
	p, ws := pack(t, New(4, 3)), workspace(t, 1)
	for name, o := range map[string]AISOptions{
		"no chains":      {Chains: 0, Betas: UniformBetas(2), Base: make([]float32, 4)},
		"short base":     {Chains: 1, Betas: UniformBetas(2), Base: make([]float32, 3)},
		"no betas":       {Chains: 1, Base: make([]float32, 4)},
		"not from 0":     {Chains: 1, Betas: []float32{0.1, 1}, Base: make([]float32, 4)},
		"not to 1":       {Chains: 1, Betas: []float32{0, 0.9}, Base: make([]float32, 4)},
		"not rising":     {Chains: 1, Betas: []float32{0, 0.5, 0.5, 1}, Base: make([]float32, 4)},
		"not a number":   {Chains: 1, Betas: []float32{0, float32(math.NaN()), 1}, Base: make([]float32, 4)},
		"reverse, short": {Betas: UniformBetas(2), Base: make([]float32, 3)},
	} {
		if _, err := p.AIS(t.Context(), ws, o); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: error %v, expected %v", name, err, ErrOptions)
		}
		if _, err := p.ReverseAIS(t.Context(), ws, bitdbn.NewBitMatrix(1, 4), o); name != "no chains" && !errors.Is(err, ErrOptions) {
			t.Errorf("%s, reverse: error %v, expected %v", name, err, ErrOptions)
		}
	}
	if _, err := p.ReverseAIS(t.Context(), ws, bitdbn.NewBitMatrix(1, 5), DefaultAISOptions(make([]float32, 4))); !errors.Is(err, ErrOptions) {
		t.Errorf("chains of another width: error %v, expected %v", err, ErrOptions)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.AIS(ctx, ws, DefaultAISOptions(make([]float32, 4))); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}

func TestStandardBetas(t *testing.T) {
	b := StandardBetas()
	if len(b) != 14501 || b[0] != 0 || b[500] != 0.5 || b[4500] != 0.9 || b[14500] != 1 {
		t.Errorf("%d temperatures, %v, %v, %v, %v", len(b), b[0], b[500], b[4500], b[len(b)-1])
	}
}

// TestResample requires each chain as often as its weight says, to within one.
func TestResample(t *testing.T) {
	const chains, n = 7, 1000
	e := &LogZEstimate{V: bitdbn.NewBitMatrix(chains, chains), LogWeights: make([]float64, chains)}
	total := 0.0
	for i := range chains {
		e.V.Set(i, i, true)
		e.LogWeights[i] = math.Log(float64(i*i)) + 500 // the first has no weight
		total += float64(i * i)
	}
	for seed := range uint64(20) {
		var got [chains]int
		e.Resample(n, seed).ColumnCounts(got[:])
		for i, got := range got {
			if want := n * float64(i*i) / total; math.Abs(float64(got)-want) > 1 {
				t.Errorf("seed %d: chain %d is drawn %v times, expected %.1f", seed, i, got, want)
			}
		}
	}
}

// TestReverseFromResampled estimates log Z of a machine between whose modes
// chains do not move: the reverse estimate needs starts in all of them.
func TestReverseFromResampled(t *testing.T) {
	ws, m := workspace(t, 2), machine(10, 4, 15, 3)
	p := pack(t, m)
	want, err := m.LogZ(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	o := AISOptions{Chains: 1000, Betas: UniformBetas(1000), Base: make([]float32, 10)}
	forward, err := p.AIS(t.Context(), ws, o)
	if err != nil {
		t.Fatal(err)
	}
	reverse, err := p.ReverseAIS(t.Context(), ws, forward.Resample(1000, 1), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []*LogZEstimate{forward, reverse} {
		if !(e.Low <= want && want <= e.High) || e.Doubt() != "" {
			t.Errorf("log Z %v, %v to %v, %v of %d chains effective, expected %v", e.LogZ, e.Low, e.High, e.EffectiveChains, e.Chains, want)
		}
	}
}
