package rbm

import (
	"fmt"

	"github.com/bitdbn/bitdbn"
)

// State is everything that a training needs to go on with the same bits as if
// it had never stopped, apart from its options and its data.
type State struct {
	Model    *Model
	Momentum bitdbn.Params
	Exponent int // of the packed weights
	Cursor   Cursor

	Chains                      *bitdbn.BitMatrix // visible states, or nil
	VisibleOffset, HiddenOffset []float32         // of the centred gradient
	HiddenAverage               []float32         // that sparsity watches
}

// State returns a copy of the state between two steps.
func (t *Trainer) State() *State {
	s := &State{
		Model:         t.Model(),
		Momentum:      bitdbn.NewParams(t.master.Up().In(), t.master.Up().Out()),
		Exponent:      t.master.Exponent(),
		Cursor:        t.cursor,
		VisibleOffset: append([]float32(nil), t.offsets.visible...),
		HiddenOffset:  append([]float32(nil), t.offsets.hidden...),
		HiddenAverage: append([]float32(nil), t.sparsity.average...),
	}
	t.master.Store(bitdbn.Params{}, s.Momentum)
	if t.chains != nil {
		s.Chains = bitdbn.NewBitMatrix(t.chains.Rows(), t.chains.Cols())
		copy(s.Chains.Words(), t.chains.Words())
	}
	return s
}

// Resume returns a trainer that goes on where s stopped, given the same source
// and options; only Epochs may have grown, and then matters for the schedules.
// The error wraps [ErrOptions], [ErrModel] or [ErrData].
func Resume(ws *bitdbn.Workspace, s *State, src Source, opt Options) (*Trainer, error) {
	t, err := newTrainer(ws, s.Model, src, opt)
	if err != nil {
		return nil, err
	}
	if err := s.check(t); err != nil {
		return nil, err
	}
	if err := t.master.Load(ws, s.Model.Params, s.Momentum, s.Exponent); err != nil {
		return nil, err
	}
	if t.chains != nil {
		copy(t.chains.Words(), s.Chains.Words())
	}
	copy(t.offsets.visible, s.VisibleOffset)
	copy(t.offsets.hidden, s.HiddenOffset)
	copy(t.sparsity.average, s.HiddenAverage)
	t.cursor = s.Cursor
	if t.cursor.Row == len(t.order) && t.cursor.Row > 0 { // the epoch that is finished
		t.cursor.Epoch--
		t.startEpoch()
		t.cursor.Epoch++
		return t, nil
	}
	t.startEpoch()
	return t, nil
}

// check returns an error unless s fits the trainer.
func (s *State) check(t *Trainer) error {
	m := s.Model
	for _, c := range []struct {
		name      string
		got, want int
	}{
		{"weight momenta", len(s.Momentum.W), len(m.W)},
		{"visible bias momenta", len(s.Momentum.B), m.Visible},
		{"hidden bias momenta", len(s.Momentum.C), m.Hidden},
		{"visible offsets", len(s.VisibleOffset), m.Visible},
		{"hidden offsets", len(s.HiddenOffset), m.Hidden},
		{"hidden averages", len(s.HiddenAverage), m.Hidden},
	} {
		if c.got != c.want {
			return fmt.Errorf("%w: state has %d %s, expected %d", ErrModel, c.got, c.name, c.want)
		}
	}
	if (s.Chains == nil) != (t.chains == nil) {
		return fmt.Errorf("%w: persistent chains in the state or the options only", ErrOptions)
	}
	if s.Chains != nil && (s.Chains.Rows() != t.chains.Rows() || s.Chains.Cols() != t.chains.Cols()) {
		return fmt.Errorf("%w: state has %d chains of %d units, expected %d of %d", ErrModel,
			s.Chains.Rows(), s.Chains.Cols(), t.chains.Rows(), t.chains.Cols())
	}
	c := s.Cursor
	if c.Row < 0 || c.Row > t.src.Rows() || c.Epoch < 0 || c.Row < t.src.Rows() && c.Row%t.opt.Batch != 0 {
		return fmt.Errorf("%w: the state stopped at row %d of epoch %d, which these %d rows in batches of %d do not have",
			ErrData, c.Row, c.Epoch+1, t.src.Rows(), t.opt.Batch)
	}
	return nil
}
