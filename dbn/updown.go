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
	// Options are those of the top machine's training: CD-k, or persistent
	// chains. Epochs, Batch, Momentum, L1, L2 and Limit are those of all layers.
	rbm.Options
	// Directed is the learning rate of the layers below the top machine.
	Directed rbm.Schedule
	// Contrastive lets the way down start at a reconstruction of the data, drawn
	// behind the top machine's step, where that machine has persistent chains. It
	// makes no difference without them.
	Contrastive bool
	// AverageFrom, if not 0, is the epoch, counted from 1, from whose end on the
	// network is the mean of all layers' parameters over the ends of epochs. The
	// training itself goes on from the last state.
	AverageFrom int `json:",omitempty"`
}

// DefaultUpDownOptions returns options that suit so many rows of data: persistent
// chains and a centred gradient in the top machine, and a way down that starts near
// the data. The rate falls, faster in the directed layers, whose gradients have the
// noise of draws in two layers.
func DefaultUpDownOptions(rows int) UpDownOptions {
	o := rbm.DefaultOptions(rows, 1, 1)
	o.Epochs = max(100, o.Epochs/4)
	o.LearningRate, o.L2 = rbm.Falling(0.1), 0.00001
	o.Persistent, o.Chains = true, o.Batch
	return UpDownOptions{Options: o, Directed: rbm.Falling(0.05), Contrastive: true}
}

// Validate returns an error, which wraps [rbm.ErrOptions], for the first option
// that makes no sense.
func (o *UpDownOptions) Validate() error {
	if err := o.Options.Validate(); err != nil {
		return err
	}
	directed := o.Options
	if directed.LearningRate = o.Directed; directed.Validate() != nil {
		return fmt.Errorf("%w: Directed is %v, expected 0 or more, and more than 0 in some epoch", rbm.ErrOptions, o.Directed)
	}
	if o.AverageFrom < 0 || o.AverageFrom > o.Epochs {
		return fmt.Errorf("%w: AverageFrom is %d, expected an epoch from 1 to %d, or 0", rbm.ErrOptions, o.AverageFrom, o.Epochs)
	}
	return nil
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
// A layer's gradient is taken before any weight moves that it depends on. With
// persistent chains in the top machine, the way down starts at states of the
// model instead of states near the data, and the algorithm is wake-sleep; unless
// it is to be contrastive, and recognition weights learn where they are needed.
// A step allocates nothing, but for the copy that the mean takes at the end of an
// epoch.
type UpDown struct {
	ws  *bitdbn.Workspace
	opt UpDownOptions
	net *Network // shapes, and the biases that fine-tuning does not use

	update   bitdbn.Update    // of the directed layers
	directed []*directedLayer // below the top machine, from the data up
	top      *rbm.Trainer     // on the way up
	near     reconstruction   // of the data, if the way down starts there
	mean     mean             // of the ends of epochs, if it is wanted
}

// NewUpDown returns the fine-tuning of a copy of n on the rows of src, with
// their labels if n has labels; src must then be [Labelled]. The error wraps
// [ErrNetwork], [rbm.ErrOptions], or [rbm.ErrData].
func NewUpDown(ws *bitdbn.Workspace, n *Network, src rbm.Source, opt UpDownOptions) (*UpDown, error) {
	return newUpDown(ws, n, src, &FineTuning{Options: opt})
}

// newUpDown returns a fine-tuning from where t stopped, or, if t has no state,
// from its start.
func newUpDown(ws *bitdbn.Workspace, n *Network, src rbm.Source, t *FineTuning) (*UpDown, error) {
	if err := t.Options.Validate(); err != nil {
		return nil, err
	}
	if err := n.Validate(); err != nil {
		return nil, err
	}
	if len(n.Layers) < 2 {
		return nil, fmt.Errorf("%w: %d layer, expected 2 or more", ErrNetwork, len(n.Layers))
	}
	if _, ok := src.(Labelled); !ok && n.Classes() > 0 {
		return nil, fmt.Errorf("%w: the network has labels, the rows have none", rbm.ErrData)
	}
	u := &UpDown{ws: ws, opt: t.Options, net: n}
	u.update.L1, u.update.L2, u.update.Limit = float32(u.opt.L1), float32(u.opt.L2), float32(u.opt.Limit)
	if err := u.loadDirected(t, src.Rows()); err != nil {
		return nil, err
	}
	top := len(u.directed)
	if u.startsNear() {
		u.near = reconstruction{all: bitdbn.NewBitMatrix(min(u.opt.Batch, src.Rows()), n.Layers[top].Visible), draws: rbm.SleepStream(u.opt.Seed, top)}
	}
	up, err := newUpPass(n, src, u.directed, u.opt.Seed)
	if err != nil {
		return nil, err
	}
	if t.Top == nil {
		u.top, err = rbm.NewTrainer(ws, n.Layers[top], up, u.topOptions())
	} else {
		u.top, err = rbm.Resume(ws, t.Top, up, u.topOptions())
	}
	return u, err
}

// topOptions returns the options of the top machine's training. Its streams are
// those of a layer beyond the stack, not those of its pretraining.
func (u *UpDown) topOptions() rbm.Options {
	o := u.opt.Options
	o.Layer = len(u.net.Layers)
	return o
}

// loadDirected makes the layers below the top, with the parameters of the network
// and the momenta of t.
func (u *UpDown) loadDirected(t *FineTuning, rows int) error {
	batch := min(u.opt.Batch, rows)
	dreams := batch
	if u.opt.Persistent && u.opt.Chains > 0 && !u.opt.Contrastive {
		dreams = u.opt.Chains
	}
	for i, l := range u.net.Layers[:len(u.net.Layers)-1] {
		d := newDirectedLayer(l.Visible, l.Hidden, batch, dreams)
		d.wake, d.sleep = rbm.WakeStream(u.opt.Seed, i), rbm.SleepStream(u.opt.Seed, i)
		u.directed = append(u.directed, d)
		r, g := directedParams(l, u.net.Downwards(i))
		for k, m := range []struct {
			master *bitdbn.Master
			params bitdbn.Params
		}{{d.recognition, r}, {d.generative, g}} {
			momentum, exponent := bitdbn.NewParams(m.master.Up().In(), m.master.Up().Out()), bitdbn.AutoExponent
			if t.Momenta != nil {
				momentum, exponent = t.Momenta[2*i+k], t.Exponents[2*i+k]
			}
			if err := m.master.Load(u.ws, m.params, momentum, exponent); err != nil {
				return fmt.Errorf("%w: layer %d: %w", ErrNetwork, i+1, err)
			}
		}
	}
	return nil
}

// Done reports whether all epochs are finished.
func (u *UpDown) Done() bool { return u.top.Done() }

// Progress returns the place that training has reached.
func (u *UpDown) Progress() Progress {
	return Progress{Layers: 1, Epochs: u.opt.Epochs, Rows: u.top.Source().Rows(), Cursor: u.top.Cursor()}
}

// Step makes one pass up and down with the next batch, and moves all weights.
// It does nothing once training is done. The error wraps [bitdbn.ErrDiverged].
func (u *UpDown) Step() error {
	if u.Done() {
		return nil
	}
	at := u.top.Cursor()
	if err := u.top.Step(); err != nil { // draws its batch by the way up
		return fmt.Errorf("layer %d, %w", len(u.net.Layers), err)
	}
	u.down(at.Step)
	u.update.LearningRate = float32(u.opt.Directed.At(at.Epoch, u.opt.Epochs))
	u.update.Momentum = float32(u.opt.Momentum.At(at.Epoch, u.opt.Epochs))
	for i, d := range u.directed {
		if err := d.move(u.ws, &u.update); err != nil {
			return fmt.Errorf("layer %d, epoch %d, step %d: %w: lower the learning rate (now %v) or the momentum (now %v)",
				i+1, at.Epoch+1, at.Step+1, err, u.update.LearningRate, u.update.Momentum)
		}
	}
	if p := u.Progress(); p.EpochDone() && u.opt.AverageFrom > 0 && p.Epoch >= u.opt.AverageFrom {
		u.mean.add(u.last())
	}
	return nil
}

// startsNear reports whether the way down starts at a reconstruction of the data
// that is drawn for it. That of CD-k is one by itself.
func (u *UpDown) startsNear() bool { return u.opt.Persistent && u.opt.Contrastive }

// reconstruction holds visible units of the top machine.
type reconstruction struct {
	all   *bitdbn.BitMatrix
	inUse bitdbn.BitMatrix
	draws *bitdbn.Stream
}

// start returns the units of the top machine at which the way down starts.
func (u *UpDown) start(step uint64) *bitdbn.BitMatrix {
	if !u.startsNear() {
		return u.top.Fantasies()
	}
	r := &u.near
	r.inUse = r.all.Slice(0, u.directed[0].data.x.Rows())
	u.top.Reconstruct(&r.inUse, r.draws.At(step))
	return &r.inUse
}

// down draws every layer from the one above, the sleep pass.
func (u *UpDown) down(step uint64) {
	above := u.start(step)
	for i := len(u.directed) - 1; i >= 0; i-- {
		d := u.directed[i]
		d.dream.use(above.Rows())
		d.dream.h.CopyColumns(above) // without labels
		d.generate(u.ws, step)
		above = &d.dream.x
	}
}

// Run makes steps until training is done, and calls after, if it is not nil,
// behind each. It stops between two steps when ctx is cancelled, and returns
// its error; or when after returns one.
func (u *UpDown) Run(ctx context.Context, after func() error) error {
	return loop.Run(ctx, u.Done, u.Step, after)
}

// Network returns a copy of the network as it is now: the last state, or the mean
// once there is one.
func (u *UpDown) Network() *Network {
	if u.mean.n > 0 {
		return u.mean.network.clone()
	}
	return u.last()
}

// last returns a copy of the last state.
func (u *UpDown) last() *Network {
	n := new(Network)
	for i, d := range u.directed {
		up, down := rbm.New(d.visible, d.hidden), rbm.New(d.visible, d.hidden)
		copy(up.B, u.net.Layers[i].B)
		d.store(up, down)
		n.Layers, n.Generative = append(n.Layers, up), append(n.Generative, down)
	}
	n.Layers = append(n.Layers, u.top.Model())
	return n
}

// FineTuning is the state of a fine-tuning between two steps, beside its
// network.
type FineTuning struct {
	Options   UpDownOptions
	Rows      int             // of the data
	Momenta   []bitdbn.Params // recognition and generative weights of each layer below the top
	Exponents []int           // of their packed copies
	Top       *rbm.State

	// Of a mean, which the network of the file then is.
	Averaged int      // ends of epochs in it
	Last     *Network // the last state, with which training goes on
}

// File returns the state of the fine-tuning as the content of a file.
func (u *UpDown) File(info map[string]string) *File {
	t := &FineTuning{Options: u.opt, Rows: u.top.Source().Rows(), Top: u.top.State()}
	for _, d := range u.directed {
		for _, m := range []*bitdbn.Master{d.recognition, d.generative} {
			p := bitdbn.NewParams(m.Up().In(), m.Up().Out())
			m.Store(bitdbn.Params{}, p)
			t.Momenta, t.Exponents = append(t.Momenta, p), append(t.Exponents, m.Exponent())
		}
	}
	if t.Averaged = u.mean.n; t.Averaged > 0 {
		t.Last = u.last()
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
		if done := t.Top.Cursor.Epoch; epochs < done {
			return nil, fmt.Errorf("%w: %d epochs, but fine-tuning has finished %d", ErrOptions, epochs, done)
		}
		t.Options.Epochs = epochs
	}
	if t.Averaged == 0 {
		return newUpDown(ws, f.Network, src, &t)
	}
	if err := f.Network.Validate(); err != nil {
		return nil, err
	}
	u, err := newUpDown(ws, t.Last, src, &t)
	if err != nil {
		return nil, err
	}
	if !f.Network.fits(u.last()) {
		return nil, fmt.Errorf("%w: the mean and the last state of a fine-tuning differ in their units", ErrNetwork)
	}
	u.mean = mean{t.Averaged, f.Network.clone()}
	return u, nil
}
