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

	Chains                      *bitdbn.BitMatrix // visible states, temperatures × chains, or nil
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
	if s.Model == nil {
		return nil, fmt.Errorf("%w: the state has none", ErrModel)
	}
	if err := checkTraining(s.Model, src, &opt); err != nil {
		return nil, err
	}
	if err := s.check(src.Rows(), &opt); err != nil { // before anything is allocated
		return nil, err
	}
	t := newTrainer(ws, s.Model, src, opt)
	if err := t.master.Load(ws, s.Model.Params, s.Momentum, s.Exponent); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	if t.chains != nil {
		copy(t.chains.Words(), s.Chains.Words())
	}
	copy(t.offsets.visible, s.VisibleOffset)
	copy(t.offsets.hidden, s.HiddenOffset)
	copy(t.sparsity.average, s.HiddenAverage)
	t.cursor = s.Cursor
	if t.cursor.Row == len(t.order.Rows) && t.cursor.Row > 0 { // the epoch that is finished
		t.cursor.Epoch--
		t.startEpoch()
		t.cursor.Epoch++
		return t, nil
	}
	t.startEpoch()
	return t, nil
}

// check returns an error unless s is of a training with these options on so
// many rows.
func (s *State) check(rows int, o *Options) error {
	m := s.Model
	for _, c := range []struct {
		name   string
		values []float32
		want   int
	}{
		{"weight momenta", s.Momentum.W, len(m.W)},
		{"visible bias momenta", s.Momentum.B, m.Visible},
		{"hidden bias momenta", s.Momentum.C, m.Hidden},
		{"visible offsets", s.VisibleOffset, m.Visible},
		{"hidden offsets", s.HiddenOffset, m.Hidden},
		{"hidden averages", s.HiddenAverage, m.Hidden},
	} {
		if len(c.values) != c.want {
			return fmt.Errorf("%w: state has %d %s, expected %d", ErrModel, len(c.values), c.name, c.want)
		}
		if err := checkFinite(c.name, c.values); err != nil {
			return err
		}
	}
	if err := s.checkChains(o.chains() * o.temperatures()); err != nil {
		return err
	}
	if c := s.Cursor; !c.Valid(rows, o.Batch, o.Epochs) {
		return fmt.Errorf("%w: the state stopped behind row %d with %d epochs finished, which %d epochs of %d rows in batches of %d do not have",
			ErrData, c.Row, c.Epoch, o.Epochs, rows, o.Batch)
	}
	return nil
}

// checkChains returns an error unless s has the given number of persistent
// chains.
func (s *State) checkChains(want int) error {
	switch c := s.Chains; {
	case (c == nil) != (want == 0):
		return fmt.Errorf("%w: persistent chains in the state or the options only", ErrOptions)
	case c == nil:
		return nil
	case c.Rows() != want || c.Cols() != s.Model.Visible:
		return fmt.Errorf("%w: state has %d chains of %d units, expected %d of %d", ErrModel, c.Rows(), c.Cols(), want, s.Model.Visible)
	case !c.PaddingZero():
		return fmt.Errorf("%w: state has chains with bits beyond unit %d", ErrModel, c.Cols())
	}
	return nil
}

// Valid reports whether a training on so many rows, in batches of batch ≥ 1, can
// be at c. Row is the number of rows from the last batch of an epoch until the
// first of the next.
func (c Cursor) Valid(rows, batch, epochs int) bool {
	within := c.Row >= 0 && c.Row < rows && c.Row%batch == 0
	behind := c.Row == rows && c.Epoch > 0
	return (within || behind) && c.Epoch >= 0 && c.Epoch <= epochs
}
