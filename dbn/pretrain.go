package dbn

import (
	"context"
	"errors"
	"fmt"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/internal/loop"
	"github.com/bitdbn/bitdbn/rbm"
)

// ErrOptions is wrapped by errors about options that make no sense for a
// network.
var ErrOptions = errors.New("dbn: invalid option")

// Options say how a network is pretrained.
type Options struct {
	// Layer holds the options of each layer's training; the last entry serves
	// for all further layers. None means those of [DefaultOptions]. Layer numbers in
	// them are set by this package.
	Layer []rbm.Options
	// WeightStd is the standard deviation of the first weights; 0 means 0.01.
	WeightStd float64
	// Tied starts each layer but the first from the transposed weights of the
	// layer below, biases exchanged, so that the stack is the same model as
	// before and the bound begins tight. Each layer must then have at least as
	// many hidden units as the layer below has visible ones; those beyond begin
	// with weights of WeightStd.
	Tied bool
}

// forLayer returns the options of layer i.
func (o *Options) forLayer(i int) rbm.Options {
	opt := o.Layer[min(i, len(o.Layer)-1)]
	opt.Layer = i
	return opt
}

// validate returns an error for options that do not fit n.
func (o *Options) validate(n *Network) error {
	if len(o.Layer) == 0 {
		return fmt.Errorf("%w: there are none of any layer", ErrOptions)
	}
	for i := range n.Layers {
		opt := o.forLayer(i)
		if err := opt.Validate(); err != nil {
			return fmt.Errorf("layer %d: %w", i+1, err)
		}
	}
	if o.WeightStd < 0 || o.WeightStd > 10 || o.WeightStd != o.WeightStd {
		return fmt.Errorf("%w: WeightStd is %v, expected 0 to 10", ErrOptions, o.WeightStd)
	}
	units := n.Units()
	for i := 2; o.Tied && i < len(units); i++ {
		if units[i] < units[i-2] {
			return fmt.Errorf("%w: Tied needs layer %d to have %d hidden units or more, found %d", ErrOptions, i, units[i-2], units[i])
		}
	}
	return nil
}

// Pretraining is the greedy training of a network, layer by layer.
type Pretraining struct {
	ws    *bitdbn.Workspace
	net   *Network // layers below the current one are final
	src   rbm.Source
	opt   Options
	layer int
	input rbm.Source // of the current layer
	train *rbm.Trainer
}

// NewPretraining returns the training of a new network with the given layers of
// hidden units on the rows of src, and of label units if src is [Labelled]. The error wraps [ErrOptions], [ErrNetwork], or an error
// of package rbm.
func NewPretraining(ws *bitdbn.Workspace, src rbm.Source, hidden []int, opt Options) (*Pretraining, error) {
	if len(hidden) == 0 {
		return nil, fmt.Errorf("%w: no layers", ErrNetwork)
	}
	for i, h := range hidden {
		if h <= 0 {
			return nil, fmt.Errorf("%w: layer %d has %d hidden units", ErrNetwork, i+1, h)
		}
	}
	if src.Rows() == 0 || src.Visible() == 0 {
		return nil, fmt.Errorf("%w: %d rows of %d units", rbm.ErrData, src.Rows(), src.Visible())
	}
	p := &Pretraining{ws: ws, net: New(src.Visible(), hidden...), src: src}
	if l, ok := src.(Labelled); ok {
		if err := l.check(); err != nil {
			return nil, err
		}
		top := &p.net.Layers[len(hidden)-1]
		*top = rbm.New((*top).Visible+l.Classes, (*top).Hidden)
		(*top).Labels = l.Classes
	}
	if len(opt.Layer) == 0 {
		opt = DefaultOptions(Plan{Rows: src.Rows(), Visible: src.Visible(), Hidden: hidden, Classes: p.net.Classes(), Tied: opt.Tied, WeightStd: opt.WeightStd})
	}
	p.opt = opt
	if err := p.opt.validate(p.net); err != nil {
		return nil, err
	}
	return p, p.startLayer(0)
}

// startLayer makes layer i, given those below, the one in training.
func (p *Pretraining) startLayer(i int) error {
	opt := p.opt.forLayer(i)
	if err := p.feed(i); err != nil {
		return err
	}
	m := rbm.New(p.net.Layers[i].Visible, p.net.Layers[i].Hidden)
	m.Labels = p.net.Layers[i].Labels
	p.start(m, i, opt.Seed)
	t, err := rbm.NewTrainer(p.ws, m, p.input, opt)
	p.train = t
	return err
}

// feed makes layer i the current one, and its input the draws of those below.
func (p *Pretraining) feed(i int) (err error) {
	p.layer = i
	p.input, err = p.net.Hidden(p.src, i, p.opt.forLayer(i).Seed)
	return err
}

// start sets the first parameters of m, which is to be layer i and still zero.
func (p *Pretraining) start(m *rbm.Model, i int, seed uint64) {
	std := p.opt.WeightStd
	if std == 0 {
		std = 0.01
	}
	m.InitWeights(float32(std), rbm.InitStream(seed, i))
	if !p.opt.Tied || i == 0 {
		m.InitVisibleBiases(p.input.Means(p.ws), p.input.Rows())
		return
	}
	below := p.net.Layers[i-1]
	if m.Labels > 0 { // which the layer below knows nothing of
		m.InitVisibleBiases(p.input.Means(p.ws), p.input.Rows())
	}
	for r := range below.Hidden {
		for c := range below.Visible {
			m.W[r*m.Hidden+c] = below.W[c*below.Hidden+r]
		}
	}
	copy(m.B, below.C)
	copy(m.C, below.B)
}

// Done reports whether every layer is trained.
func (p *Pretraining) Done() bool { return p.train.Done() && p.layer == len(p.net.Layers)-1 }

// Step trains the current layer on one batch; behind a layer's last batch it
// goes on to the next layer. It does nothing once all are done. The error
// wraps [bitdbn.ErrDiverged].
func (p *Pretraining) Step() error {
	if p.train.Done() && p.layer < len(p.net.Layers)-1 {
		p.net.Layers[p.layer] = p.train.Model()
		if err := p.startLayer(p.layer + 1); err != nil {
			return err
		}
	}
	if err := p.train.Step(); err != nil {
		return fmt.Errorf("layer %d, %w", p.layer+1, err)
	}
	return nil
}

// Run makes steps until training is done, and calls after, if it is not nil,
// behind each. It stops between two steps when ctx is cancelled, and returns
// its error; or when after returns one.
func (p *Pretraining) Run(ctx context.Context, after func() error) error {
	return loop.Run(ctx, p.Done, p.Step, after)
}

// Progress is the place that a pretraining has reached.
type Progress struct {
	Layer, Layers int // the current one, counted from 0, of so many
	Epochs, Rows  int // of the current layer
	rbm.Cursor
}

// Progress returns the place that training has reached.
func (p *Pretraining) Progress() Progress {
	return Progress{
		Layer: p.layer, Layers: len(p.net.Layers),
		Epochs: p.opt.forLayer(p.layer).Epochs, Rows: p.input.Rows(),
		Cursor: p.train.Cursor(),
	}
}

// Next returns the layer, counted from 0, that the next step trains, and its options.
func (p *Pretraining) Next() (layer int, opt rbm.Options) {
	layer = p.layer
	if p.train.Done() && layer < len(p.net.Layers)-1 {
		layer++
	}
	return layer, p.opt.forLayer(layer)
}

// EpochDone reports whether the last step finished an epoch.
func (p Progress) EpochDone() bool { return p.Row == p.Rows }

// Network returns a copy of the network as it is now; layers above the current
// one are still zero.
func (p *Pretraining) Network() *Network {
	n := &Network{Layers: append([]*rbm.Model(nil), p.net.Layers...)}
	n.Layers[p.layer] = p.train.Model()
	return n
}

// Pretrain trains a new network with the given layers of hidden units on the
// rows of src, and returns it. See [NewPretraining] and [Pretraining.Run].
func Pretrain(ctx context.Context, ws *bitdbn.Workspace, src rbm.Source, hidden []int, opt Options) (*Network, error) {
	p, err := NewPretraining(ws, src, hidden, opt)
	if err != nil {
		return nil, err
	}
	if err := p.Run(ctx, nil); err != nil {
		return nil, err
	}
	return p.Network(), nil
}

// Source returns the data that the network is trained on.
func (p *Pretraining) Source() rbm.Source { return p.src }

// Rates returns the learning rate and the momentum of the current epoch.
func (p *Pretraining) Rates() (learningRate, momentum float64) { return p.train.Rates() }

// SwapRates returns [rbm.Trainer.SwapRates] of the current layer.
func (p *Pretraining) SwapRates() []float64 { return p.train.SwapRates() }
