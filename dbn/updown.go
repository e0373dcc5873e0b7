package dbn

import (
	"context"
	"fmt"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/internal/loop"
	"github.com/bitdbn/bitdbn/rbm"
)

// UpDownOptions say how a network is fine-tuned.
type UpDownOptions struct {
	Epochs, Batch int
	LearningRate  rbm.Schedule // of the mean gradients of all layers
	Momentum      rbm.Schedule
	GibbsSteps    rbm.Schedule // in the top machine, between up and down
	L2            float64      // cost of half the squared weights
	Limit         float64      // magnitude of a parameter at which training counts as diverged
	Seed          uint64
}

// DefaultUpDownOptions returns options near those of Hinton, Osindero and Teh
// (2006): batches of 100 and three Gibbs steps, growing to ten.
func DefaultUpDownOptions() UpDownOptions {
	o := rbm.DefaultOptions()
	steps, err := rbm.ParseSchedule("3..10")
	if err != nil {
		panic(err) // a constant
	}
	return UpDownOptions{
		Epochs: 30, Batch: o.Batch, LearningRate: rbm.Constant(0.01), Momentum: rbm.Constant(0.5),
		GibbsSteps: steps, L2: 0.00001, Limit: o.Limit, Seed: o.Seed,
	}
}

// Validate returns an error, which wraps [rbm.ErrOptions], for the first option
// that makes no sense.
func (o *UpDownOptions) Validate() error {
	r := rbm.DefaultOptions()
	r.Epochs, r.Batch, r.LearningRate, r.Momentum = o.Epochs, o.Batch, o.LearningRate, o.Momentum
	r.GibbsSteps, r.L2, r.Limit = o.GibbsSteps, o.L2, o.Limit
	return r.Validate()
}

// UpDown is the fine-tuning of a whole network by the up-down algorithm, a
// contrastive form of wake-sleep (Hinton, Osindero and Teh, "A fast learning
// algorithm for deep belief nets", Neural Computation 18, 2006). Below the top
// machine, weights upwards (recognition) and downwards (generative) are untied.
// With x0 the data, of each batch:
//
//	up     x(l+1) ~ q(·|xl) through recognition weights;
//	       generative weights learn to reconstruct: ΔG ∝ (xl − p(xl|x(l+1)))·x(l+1)ᵀ
//	top    contrastive divergence of the top machine from its units, with their
//	       label if there is one, by a number of Gibbs steps
//	down   y(l) ~ p(·|y(l+1)) through generative weights, from where the Gibbs
//	       steps ended; recognition weights learn to recover the causes:
//	       ΔR ∝ yl·(y(l+1) − q(y(l+1)|yl))ᵀ
//
// All gradients are taken before any weight moves. A step allocates nothing.
type UpDown struct {
	ws     *bitdbn.Workspace
	opt    UpDownOptions
	net    *Network // shapes, and the biases that fine-tuning does not use
	src    rbm.Source
	labels []int // of the rows, or nil

	cursor rbm.Cursor
	order  []int
	update bitdbn.Update
	k      int

	directed []*directedLayer // below the top machine, from the data up
	top      *bitdbn.Master
	topData  state // of the top machine's visible and hidden units
	topModel state

	shuffle, topWake, topSleep *bitdbn.Stream
}

// state holds the units of one phase of the top machine.
type state struct {
	allV, allH *bitdbn.BitMatrix
	allP       *bitdbn.FixedMatrix
	v, h       bitdbn.BitMatrix
	p          bitdbn.FixedMatrix
}

func newState(rows, visible, hidden int) state {
	return state{allV: bitdbn.NewBitMatrix(rows, visible), allH: bitdbn.NewBitMatrix(rows, hidden), allP: bitdbn.NewFixedMatrix(rows, hidden)}
}

func (s *state) use(n int) {
	s.v, s.h, s.p = s.allV.Slice(0, n), s.allH.Slice(0, n), s.allP.Head(n)
}

func (s *state) phase() bitdbn.Phase { return bitdbn.Phase{X: &s.v, H: &s.p} }

// NewUpDown returns the fine-tuning of a copy of n on the rows of src, with
// their labels if n has labels; src must then be [Labelled]. The error wraps
// [ErrNetwork], [rbm.ErrOptions], or [rbm.ErrData].
func NewUpDown(ws *bitdbn.Workspace, n *Network, src rbm.Source, opt UpDownOptions) (*UpDown, error) {
	return newUpDown(ws, n, src, &FineTuning{Options: opt})
}

// newUpDown returns a fine-tuning from where t stopped, or, if t has no momenta,
// from its start.
func newUpDown(ws *bitdbn.Workspace, n *Network, src rbm.Source, t *FineTuning) (*UpDown, error) {
	opt := t.Options
	if err := opt.Validate(); err != nil {
		return nil, err
	}
	if err := n.Validate(); err != nil {
		return nil, err
	}
	if len(n.Layers) < 2 {
		return nil, fmt.Errorf("%w: %d layer, expected 2 or more", ErrNetwork, len(n.Layers))
	}
	if err := n.accepts(src); err != nil {
		return nil, err
	}
	u := &UpDown{
		ws: ws, opt: opt, net: n, src: src, order: make([]int, src.Rows()),
		shuffle: rbm.TuneShuffleStream(opt.Seed),
	}
	u.update.L2, u.update.Limit = float32(opt.L2), float32(opt.Limit)
	if n.Classes() > 0 {
		l, ok := src.(Labelled)
		if !ok {
			return nil, fmt.Errorf("%w: the network has labels, the rows have none", rbm.ErrData)
		}
		if err := l.check(); err != nil {
			return nil, err
		}
		if l.Classes != n.Classes() {
			return nil, fmt.Errorf("%w: labels of %d classes, expected %d", rbm.ErrData, l.Classes, n.Classes())
		}
		u.labels = l.Labels
	}
	if err := u.load(t); err != nil {
		return nil, err
	}
	u.cursor = t.Cursor
	if u.cursor.Row == len(u.order) && u.cursor.Row > 0 { // the epoch that is finished
		u.cursor.Epoch--
		defer func() { u.cursor.Epoch++ }()
	}
	u.startEpoch()
	return u, nil
}

// load makes the masters, with the parameters of the network and the momenta
// of t.
func (u *UpDown) load(t *FineTuning) error {
	batch, last := min(u.opt.Batch, u.src.Rows()), len(u.net.Layers)-1
	var params []bitdbn.Params // of the masters
	for i, l := range u.net.Layers[:last] {
		d := newDirectedLayer(l.Visible, l.Hidden, batch)
		d.wake, d.sleep = rbm.WakeStream(u.opt.Seed, i), rbm.SleepStream(u.opt.Seed, i)
		u.directed = append(u.directed, d)
		r, g := directedParams(l, u.net.Downwards(i))
		params = append(params, r, g)
	}
	top := u.net.Layers[last]
	u.top = bitdbn.NewMaster(top.Visible, top.Hidden)
	u.top.Down().SetGroup(top.Labels)
	u.topData, u.topModel = newState(batch, top.Visible, top.Hidden), newState(batch, top.Visible, top.Hidden)
	u.topWake, u.topSleep = rbm.WakeStream(u.opt.Seed, last), rbm.SleepStream(u.opt.Seed, last)
	params = append(params, top.Params)
	for k, m := range u.masters() {
		momentum, exponent := bitdbn.NewParams(m.Up().In(), m.Up().Out()), bitdbn.AutoExponent
		if t.Momenta != nil {
			momentum, exponent = t.Momenta[k], t.Exponents[k]
		}
		if err := m.Load(u.ws, params[k], momentum, exponent); err != nil {
			return fmt.Errorf("%w: layer %d: %w", ErrNetwork, k/2+1, err)
		}
	}
	return nil
}

// masters returns all weights that are trained: recognition and generative of
// each layer below the top, and the top machine's.
func (u *UpDown) masters() []*bitdbn.Master {
	var all []*bitdbn.Master
	for _, d := range u.directed {
		all = append(all, d.recognition, d.generative)
	}
	return append(all, u.top)
}

// startEpoch sets what depends on the epoch.
func (u *UpDown) startEpoch() {
	e := u.cursor.Epoch
	rbm.Shuffle(u.order, u.shuffle, e)
	u.update.LearningRate = float32(u.opt.LearningRate.At(e, u.opt.Epochs))
	u.update.Momentum = float32(u.opt.Momentum.At(e, u.opt.Epochs))
	u.k = int(u.opt.GibbsSteps.At(e, u.opt.Epochs))
}

// Done reports whether all epochs are finished.
func (u *UpDown) Done() bool { return u.cursor.Epoch >= u.opt.Epochs }

// Progress returns the place that training has reached.
func (u *UpDown) Progress() Progress {
	return Progress{Layers: 1, Epochs: u.opt.Epochs, Rows: len(u.order), Cursor: u.cursor}
}

// Step makes one pass up and down with the next batch, and moves all weights.
// It does nothing once training is done. The error wraps [bitdbn.ErrDiverged].
func (u *UpDown) Step() error {
	if u.Done() {
		return nil
	}
	if u.cursor.Row == len(u.order) {
		u.cursor.Row = 0
		u.startEpoch()
	}
	rows := u.order[u.cursor.Row:]
	rows = rows[:min(len(rows), u.opt.Batch)]
	u.up(rows)
	u.gibbs()
	u.down()
	if err := u.move(); err != nil {
		return fmt.Errorf("epoch %d, step %d: %w: lower the learning rate (now %v) or the momentum (now %v)",
			u.cursor.Epoch+1, u.cursor.Step+1, err, u.update.LearningRate, u.update.Momentum)
	}
	u.cursor.Step++
	if u.cursor.Row += len(rows); u.cursor.Row == len(u.order) {
		u.cursor.Epoch++
	}
	return nil
}

// up draws every layer from the one below, the wake pass.
func (u *UpDown) up(rows []int) {
	n, step := len(rows), u.cursor.Step
	for _, d := range u.directed {
		d.use(n)
	}
	u.topData.use(n)
	u.topModel.use(n)
	u.source().Fill(u.ws, &u.directed[0].data.x, rows, step)
	for i, d := range u.directed {
		d.recognise(u.ws, step)
		if i+1 < len(u.directed) {
			copy(u.directed[i+1].data.x.Words(), d.data.h.Words())
		} else {
			u.topData.v.CopyColumns(&d.data.h)
		}
	}
	units := u.directed[len(u.directed)-1].data.h.Cols()
	if u.labels != nil {
		for r, row := range rows {
			u.topData.v.Set(r, units+u.labels[row], true)
		}
	}
}

// source returns the rows without their labels.
func (u *UpDown) source() rbm.Source {
	if l, ok := u.src.(Labelled); ok {
		return l.Source
	}
	return u.src
}

// gibbs runs the chains of the top machine.
func (u *UpDown) gibbs() {
	up, down, d, m := u.top.Up(), u.top.Down(), &u.topData, &u.topModel
	at := u.cursor.Step << 20 // room for the Gibbs steps of this step
	up.Sample(u.ws, &d.h, &d.p, &d.v, u.topWake.At(at))
	h := &d.h
	for i := range uint64(u.k) {
		if i > 0 {
			up.Sample(u.ws, &m.h, nil, &m.v, u.topWake.At(at+i))
			h = &m.h
		}
		down.Sample(u.ws, &m.v, nil, h, u.topSleep.At(at+i))
	}
	up.Fixed(u.ws, &m.p, &m.v)
}

// down draws every layer from the one above, the sleep pass.
func (u *UpDown) down() {
	for i := len(u.directed) - 1; i >= 0; i-- {
		d := u.directed[i]
		if i+1 < len(u.directed) {
			copy(d.dream.h.Words(), u.directed[i+1].dream.x.Words())
		} else {
			d.dream.h.CopyColumns(&u.topModel.v)
		}
		d.generate(u.ws, u.cursor.Step)
	}
}

// move moves the weights of all layers.
func (u *UpDown) move() error {
	for i, d := range u.directed {
		if err := d.move(u.ws, &u.update); err != nil {
			return fmt.Errorf("layer %d: %w", i+1, err)
		}
	}
	if err := u.top.Step(u.ws, u.topData.phase(), u.topModel.phase(), &u.update); err != nil {
		return fmt.Errorf("layer %d: %w", len(u.directed)+1, err)
	}
	return nil
}

// Run makes steps until training is done, and calls after, if it is not nil,
// behind each. It stops between two steps when ctx is cancelled, and returns
// its error; or when after returns one.
func (u *UpDown) Run(ctx context.Context, after func() error) error {
	return loop.Run(ctx, u.Done, u.Step, after)
}

// Network returns a copy of the network as it is now.
func (u *UpDown) Network() *Network {
	last := len(u.directed)
	n := new(Network)
	for i, d := range u.directed {
		up, down := rbm.New(d.visible, d.hidden), rbm.New(d.visible, d.hidden)
		copy(up.B, u.net.Layers[i].B)
		d.store(up, down)
		n.Layers, n.Generative = append(n.Layers, up), append(n.Generative, down)
	}
	top := rbm.New(u.net.Layers[last].Visible, u.net.Layers[last].Hidden)
	top.Labels = u.net.Classes()
	u.top.Store(top.Params, bitdbn.Params{})
	n.Layers = append(n.Layers, top)
	return n
}

// FineTuning is the state of a fine-tuning between two steps, beside its
// network.
type FineTuning struct {
	Options   UpDownOptions
	Rows      int // of the data
	Cursor    rbm.Cursor
	Momenta   []bitdbn.Params // recognition and generative weights of each layer below the top, and the top machine
	Exponents []int           // of their packed copies
}

// File returns the state of the fine-tuning as the content of a file.
func (u *UpDown) File(info map[string]string) *File {
	t := &FineTuning{Options: u.opt, Rows: len(u.order), Cursor: u.cursor}
	for _, m := range u.masters() {
		p := bitdbn.NewParams(m.Up().In(), m.Up().Out())
		m.Store(bitdbn.Params{}, p)
		t.Momenta, t.Exponents = append(t.Momenta, p), append(t.Exponents, m.Exponent())
	}
	return &File{Network: u.Network(), Info: info, FineTuning: t}
}

// ResumeUpDown returns the fine-tuning that goes on where f stopped, on the same
// data, with the same bits as if it had not. Options are those of f, but for
// the number of epochs, if epochs is not 0. The error wraps [ErrFile] or is one of
// [NewUpDown].
func ResumeUpDown(ws *bitdbn.Workspace, f *File, src rbm.Source, epochs int) (*UpDown, error) {
	if f.FineTuning == nil {
		return nil, fmt.Errorf("%w: the file holds no fine-tuning to resume", ErrFile)
	}
	t := *f.FineTuning
	if src.Rows() != t.Rows {
		return nil, fmt.Errorf("%w: fine-tuning was on %d rows, found %d", rbm.ErrData, t.Rows, src.Rows())
	}
	if epochs != 0 {
		if epochs < t.Cursor.Epoch {
			return nil, fmt.Errorf("%w: %d epochs, but fine-tuning has finished %d", ErrOptions, epochs, t.Cursor.Epoch)
		}
		t.Options.Epochs = epochs
	}
	return newUpDown(ws, f.Network, src, &t)
}
