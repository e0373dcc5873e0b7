package rbm

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"runtime"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// digest returns a SHA-256 of all bits of a state.
func digest(s *State) string {
	h := sha256.New()
	put := func(v any) { binary.Write(h, binary.LittleEndian, v) } // a hash never fails
	for _, p := range []bitdbn.Params{s.Model.Params, s.Momentum} {
		put(p.W)
		put(p.B)
		put(p.C)
	}
	put(s.VisibleOffset)
	put(s.HiddenOffset)
	put(s.HiddenAverage)
	put([]int64{int64(s.Exponent), int64(s.Cursor.Epoch), int64(s.Cursor.Row), int64(s.Cursor.Step),
		int64(s.Cursor.WrongBits), int64(s.Cursor.TotalBits)})
	if s.Chains != nil {
		put(s.Chains.Words())
	}
	return hex.EncodeToString(h.Sum(nil))
}

// determinismSources are rows of bits and of intensities, not a whole number
// of batches of them.
func determinismSources() []Source {
	grey := greyRamp(23)
	for i := range grey.Pixels {
		grey.Pixels[i] = uint8(i * 37)
	}
	grey.Width, grey.Pixels = 70, grey.Pixels[:23*70]
	return []Source{randomRows(23, 70, 0.3), grey}
}

// TestSameBits requires the same state, to the bit, with any number of workers,
// on one processor, and when training is interrupted behind every batch.
func TestSameBits(t *testing.T) {
	for _, c := range variants() {
		for _, src := range determinismSources() {
			train := func(workers int, interrupt bool) string {
				ws := workspace(t, workers)
				tr := trainer(t, ws, machine(70, 66, 0.1, 1), src, c.Options)
				for !tr.Done() {
					step(t, tr, 1)
					if !interrupt {
						continue
					}
					var err error
					if tr, err = Resume(ws, tr.State(), src, c.Options); err != nil {
						t.Fatal(err)
					}
				}
				return digest(tr.State())
			}
			want := train(1, false)
			for _, workers := range []int{2, 3, 7} {
				if train(workers, false) != want {
					t.Errorf("%s on %T: %d workers make another state", c.name, src, workers)
				}
			}
			if train(2, true) != want {
				t.Errorf("%s on %T: interruptions make another state", c.name, src)
			}
			procs := runtime.GOMAXPROCS(1)
			if train(3, false) != want {
				t.Errorf("%s on %T: one processor makes another state", c.name, src)
			}
			runtime.GOMAXPROCS(procs)
		}
	}
}

// TestSeeds requires that seeds, and layers, train differently.
func TestSeeds(t *testing.T) {
	ws := workspace(t, 1)
	seen := map[string]bool{}
	for _, c := range [][2]int{{1, 0}, {2, 0}, {1, 1}, {0, 0}, {0, 1}} {
		o := variants()[0].Options
		o.Seed, o.Layer = uint64(c[0]), c[1]
		tr := trainer(t, ws, machine(70, 66, 0.1, 1), determinismSources()[0], o)
		finish(t, tr)
		seen[digest(tr.State())] = true
	}
	if len(seen) != 5 {
		t.Errorf("5 seeds and layers make %d states", len(seen))
	}
}

// TestGolden requires the very bits that this version makes of one training:
// the promise is about every machine, and this is how another one would be
// found to break it. A change of the arithmetic changes it, and says so.
func TestGolden(t *testing.T) {
	m := New(70, 66)
	m.InitWeights(0.1, InitStream(5, 0))
	o := basic()
	o.Epochs, o.Batch, o.Seed = 3, 10, 5
	o.Persistent, o.Chains, o.GibbsSteps = true, 9, Constant(2)
	o.Center, o.SparsityTarget, o.SparsityCost, o.L1 = true, 0.1, 2, 0.001
	src := determinismSources()[1]
	m.InitVisibleBiases(src.Means(nil), src.Rows())
	tr := trainer(t, workspace(t, 2), m, src, o)
	finish(t, tr)
	const want = "15f2753588ebf6650fe6f855e10be49df52319bc207f5a64e44637419d7bcc71"
	if got := digest(tr.State()); got != want {
		t.Errorf("state has SHA-256 %s, expected %s", got, want)
	}
}

// TestMoreEpochs requires that two epochs, saved, and two more are four.
func TestMoreEpochs(t *testing.T) {
	ws := workspace(t, 1)
	src := determinismSources()[0]
	for _, c := range variants() {
		o := c.Options
		o.LearningRate, o.GibbsSteps = Constant(0.1), Constant(1) // ramps would know the end
		train := func(s *State, epochs int) *State {
			o.Epochs = epochs
			tr := trainer(t, ws, machine(70, 66, 0.1, 1), src, o)
			if s != nil {
				var err error
				if tr, err = Resume(ws, s, src, o); err != nil {
					t.Fatal(err)
				}
			}
			finish(t, tr)
			return tr.State()
		}
		if got, want := digest(train(train(nil, 2), 4)), digest(train(nil, 4)); got != want {
			t.Errorf("%s: epochs that were added later make another state", c.name)
		}
	}
}

// TestResumeErrors hands over states that no training has been in.
func TestResumeErrors(t *testing.T) {
	ws, src := workspace(t, 1), randomRows(25, 6, 0.4)
	o := plain(0.1)
	o.Batch, o.Epochs, o.Persistent, o.Chains = 10, 3, true, 7
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	for _, c := range []struct {
		name   string
		want   error
		change func(s *State, o *Options)
	}{
		{"zero state", ErrModel, func(s *State, o *Options) { *s = State{} }},
		{"no model", ErrModel, func(s *State, o *Options) { s.Model = nil }},
		{"no sizes", ErrModel, func(s *State, o *Options) { s.Model.Visible = 0 }},
		{"another width", ErrData, func(s *State, o *Options) { s.Model = New(5, 4) }},
		{"NaN weight", ErrModel, func(s *State, o *Options) { s.Model.W[3] = nan }},
		{"NaN momentum", ErrModel, func(s *State, o *Options) { s.Momentum.W[3] = nan }},
		{"infinite momentum of a bias", ErrModel, func(s *State, o *Options) { s.Momentum.C[0] = inf }},
		{"NaN offset", ErrModel, func(s *State, o *Options) { s.VisibleOffset[1] = nan }},
		{"infinite average", ErrModel, func(s *State, o *Options) { s.HiddenAverage[1] = inf }},
		{"momenta missing", ErrModel, func(s *State, o *Options) { s.Momentum = bitdbn.Params{} }},
		{"momenta of another size", ErrModel, func(s *State, o *Options) { s.Momentum = bitdbn.NewParams(4, 6) }},
		{"visible offsets missing", ErrModel, func(s *State, o *Options) { s.VisibleOffset = nil }},
		{"hidden offsets too long", ErrModel, func(s *State, o *Options) { s.HiddenOffset = append(s.HiddenOffset, 0) }},
		{"averages missing", ErrModel, func(s *State, o *Options) { s.HiddenAverage = nil }},
		{"chains missing", ErrOptions, func(s *State, o *Options) { s.Chains = nil }},
		{"chains not wanted", ErrOptions, func(s *State, o *Options) { o.Persistent = false }},
		{"fewer chains", ErrModel, func(s *State, o *Options) { s.Chains = bitdbn.NewBitMatrix(6, 6) }},
		{"narrower chains", ErrModel, func(s *State, o *Options) { s.Chains = bitdbn.NewBitMatrix(7, 5) }},
		{"dirty padding", ErrModel, func(s *State, o *Options) { s.Chains.Row(2)[0] |= 1 << 6 }},
		{"dirty padding far off", ErrModel, func(s *State, o *Options) { s.Chains.Row(6)[7] = 1 << 63 }},
		{"negative row", ErrData, func(s *State, o *Options) { s.Cursor.Row = -10 }},
		{"row within a batch", ErrData, func(s *State, o *Options) { s.Cursor.Row = 11 }},
		{"row beyond the data", ErrData, func(s *State, o *Options) { s.Cursor.Row = 30 }},
		{"end of no epoch", ErrData, func(s *State, o *Options) { s.Cursor.Row, s.Cursor.Epoch = 25, 0 }},
		{"negative epoch", ErrData, func(s *State, o *Options) { s.Cursor.Epoch = -1 }},
		{"epoch beyond the last", ErrData, func(s *State, o *Options) { s.Cursor.Epoch = 4 }},
		{"epoch far beyond", ErrData, func(s *State, o *Options) { s.Cursor.Epoch = math.MaxInt }},
		{"another batch", ErrData, func(s *State, o *Options) { o.Batch = 9 }},
		{"large exponent", ErrModel, func(s *State, o *Options) { s.Exponent = 127 }},
		{"absurd exponent", ErrModel, func(s *State, o *Options) { s.Exponent = 1e9 }},
		{"small exponent", ErrModel, func(s *State, o *Options) { s.Exponent = -1e9 }},
		{"weights too large for the exponent", ErrModel, func(s *State, o *Options) { s.Model.W[0] = 1e30 }},
		{"options", ErrOptions, func(s *State, o *Options) { o.Epochs = 0 }},
	} {
		tr := trainer(t, ws, New(6, 4), src, o)
		step(t, tr, 5) // in the second epoch
		s, changed := tr.State(), o
		c.change(s, &changed)
		if _, err := Resume(ws, s, src, changed); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, expected %v", c.name, err, c.want)
		}
	}
}

// TestResumeAnywhere requires that each place that training stops at can be
// resumed, the first and the last included, from a state that is left alone.
func TestResumeAnywhere(t *testing.T) {
	ws, src := workspace(t, 1), randomRows(25, 6, 0.4)
	o := plain(0.1)
	o.Batch, o.Epochs, o.Persistent = 10, 2, true
	tr := trainer(t, ws, machine(6, 4, 0.1, 1), src, o)
	for {
		s := tr.State()
		want := digest(s)
		again, err := Resume(ws, s, src, o)
		if err != nil {
			t.Fatalf("%+v: %v", s.Cursor, err)
		}
		if digest(again.State()) != want {
			t.Errorf("%+v: resuming changes the state", s.Cursor)
		}
		step(t, again, 2)
		if digest(s) != want {
			t.Errorf("%+v: training changes the state it started from", s.Cursor)
		}
		if tr.Done() {
			break
		}
		step(t, tr, 1)
	}
}
