package dbn

import (
	"errors"
	"fmt"
	"iter"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
)

// ErrNetwork is wrapped by errors about a network that cannot be used.
var ErrNetwork = errors.New("dbn: invalid network")

// Network is a stack of machines: the hidden units of each are the visible
// units of the next. Below the top it is generative downwards, with the
// weights and visible biases of a layer; upwards, the weights and hidden biases
// approximate the posterior.
type Network struct {
	Layers []*rbm.Model // from the data up

	// Generative, if not nil, has for each layer below the top the weights, of the
	// same shape, and the visible biases that are used downwards instead of the
	// layer's own: fine-tuning unties the two.
	Generative []*rbm.Model
}

// First returns the network of the first layers of n, of which the last is then the
// top machine: what n was before the layers above were added. The error wraps
// [ErrNetwork].
func (n *Network) First(layers int) (*Network, error) {
	if layers < 1 || layers > len(n.Layers) {
		return nil, fmt.Errorf("%w: the first %d layers of %d", ErrNetwork, layers, len(n.Layers))
	}
	f := &Network{Layers: n.Layers[:layers]}
	if n.Generative != nil {
		f.Generative = n.Generative[:layers-1]
	}
	return f, nil
}

// Downwards returns the model with whose weights and visible biases layer i,
// counted from 0, is used downwards.
func (n *Network) Downwards(i int) *rbm.Model {
	if n.Generative != nil && i < len(n.Layers)-1 {
		return n.Generative[i]
	}
	return n.Layers[i]
}

// New returns a network of visible units and layers of hidden units, all of
// whose parameters are zero. It panics if a number is not positive.
func New(visible int, hidden ...int) *Network {
	n := new(Network)
	for _, h := range hidden {
		n.Layers = append(n.Layers, rbm.New(visible, h))
		visible = h
	}
	return n
}

// Units returns the number of units in each layer, the visible one first, without
// the labels.
func (n *Network) Units() []int {
	if len(n.Layers) == 0 {
		return nil
	}
	units := []int{n.Layers[0].Visible - n.Layers[0].Labels}
	for _, l := range n.Layers {
		units = append(units, l.Hidden)
	}
	return units
}

// Validate returns an error, which wraps [ErrNetwork], unless the layers fit
// each other and every parameter is finite.
func (n *Network) Validate() error {
	if n == nil || len(n.Layers) == 0 {
		return fmt.Errorf("%w: no layers", ErrNetwork)
	}
	for i, l := range n.Layers {
		if l == nil {
			return fmt.Errorf("%w: layer %d is missing", ErrNetwork, i+1)
		}
		if err := l.Validate(); err != nil {
			return fmt.Errorf("%w: layer %d: %w", ErrNetwork, i+1, err)
		}
		if i < len(n.Layers)-1 && l.Labels > 0 {
			return fmt.Errorf("%w: layer %d has %d labels, which only the top layer may have", ErrNetwork, i+1, l.Labels)
		}
		if i > 0 && l.Visible-l.Labels != n.Layers[i-1].Hidden {
			return fmt.Errorf("%w: layer %d has %d visible units, expected the %d hidden ones of the layer below",
				ErrNetwork, i+1, l.Visible-l.Labels, n.Layers[i-1].Hidden)
		}
	}
	return n.validateGenerative()
}

// validateGenerative returns an error unless the weights used downwards have
// the shapes of their layers.
func (n *Network) validateGenerative() error {
	if n.Generative == nil {
		return nil
	}
	if len(n.Generative) != len(n.Layers)-1 {
		return fmt.Errorf("%w: %d generative layers, expected %d", ErrNetwork, len(n.Generative), len(n.Layers)-1)
	}
	for i, g := range n.Generative {
		if g == nil {
			return fmt.Errorf("%w: generative layer %d is missing", ErrNetwork, i+1)
		}
		if err := g.Validate(); err != nil {
			return fmt.Errorf("%w: generative layer %d: %w", ErrNetwork, i+1, err)
		}
		if l := n.Layers[i]; g.Visible != l.Visible || g.Hidden != l.Hidden {
			return fmt.Errorf("%w: generative layer %d is %d × %d, expected %d × %d", ErrNetwork, i+1, g.Visible, g.Hidden, l.Visible, l.Hidden)
		}
	}
	return nil
}

// pack returns the first layers of n in the form that products use.
func (n *Network) pack(layers int) ([]*rbm.Packed, error) {
	if err := n.Validate(); err != nil {
		return nil, err
	}
	if layers < 0 || layers > len(n.Layers) {
		return nil, fmt.Errorf("%w: the first %d layers of %d", ErrNetwork, layers, len(n.Layers))
	}
	packed := make([]*rbm.Packed, layers)
	for i := range packed {
		p, err := n.Layers[i].Pack()
		if err != nil {
			return nil, fmt.Errorf("layer %d: %w", i+1, err)
		}
		if g := n.Downwards(i); g != n.Layers[i] {
			if err := p.Down.PackTransposed(g.W, g.B); err != nil {
				return nil, fmt.Errorf("generative layer %d: %w", i+1, err)
			}
		}
		packed[i] = p
	}
	return packed, nil
}

// Hidden returns the source of draws from q(h|x): the rows of src, passed
// up through the first layers of n, each unit drawn. Its streams are those of a
// training with that seed. If src is [Labelled] and the layer above, which the
// draws are for, has labels, they stand behind the units of each row. The error
// wraps [ErrNetwork] or [rbm.ErrData].
func (n *Network) Hidden(src rbm.Source, layers int, seed uint64) (rbm.Source, error) {
	packed, err := n.pack(layers)
	if err != nil {
		return nil, err
	}
	if err := n.accepts(src); err != nil {
		return nil, err
	}
	l, labelled := src.(Labelled)
	if labelled {
		if err := l.check(); err != nil {
			return nil, err
		}
		src = l.Source
	}
	for i, p := range packed {
		src = &hidden{below: src, up: p.Up, draws: rbm.PresentationStream(seed, i+1)}
	}
	if layers < len(n.Layers) && n.Layers[layers].Labels > 0 && labelled {
		if err := n.checkClasses(l); err != nil {
			return nil, err
		}
		src = &withLabels{below: src, labels: l.Labels, classes: l.Classes}
	}
	return src, nil
}

// Classes returns the number of labels of the top layer, or 0.
func (n *Network) Classes() int {
	if len(n.Layers) == 0 {
		return 0
	}
	return n.Layers[len(n.Layers)-1].Labels
}

// accepts returns an error unless src has rows of the width of n.
func (n *Network) accepts(src rbm.Source) error {
	if want := n.Units()[0]; src.Visible() != want {
		return fmt.Errorf("%w: rows of %d units, expected %d", rbm.ErrData, src.Visible(), want)
	}
	if src.Rows() == 0 {
		return fmt.Errorf("%w: no rows", rbm.ErrData)
	}
	return nil
}

// hidden is a source of the drawn hidden units of one layer.
type hidden struct {
	below rbm.Source
	up    *bitdbn.Weights
	draws *bitdbn.Stream

	rows *bitdbn.BitMatrix // of the source below, as many as were ever asked for
	view bitdbn.BitMatrix
}

// Rows returns the number of rows.
func (h *hidden) Rows() int { return h.below.Rows() }

// Visible returns the number of units in a row.
func (h *hidden) Visible() int { return h.up.Out() }

// Fill draws rows.
func (h *hidden) Fill(ws *bitdbn.Workspace, dst *bitdbn.BitMatrix, index []int, step uint64) {
	if h.rows == nil || h.rows.Rows() < len(index) {
		h.rows = bitdbn.NewBitMatrix(len(index), h.up.In())
	}
	h.view = h.rows.Slice(0, len(index))
	h.below.Fill(ws, &h.view, index, step)
	h.up.Sample(ws, dst, nil, &h.view, h.draws.At(step))
}

// Means returns the mean of each unit in one draw of all rows.
func (h *hidden) Means(ws *bitdbn.Workspace) []float64 { return drawnMeans(ws, h) }

// drawnMeans returns the mean of each unit in one draw of all rows of src.
func drawnMeans(ws *bitdbn.Workspace, src rbm.Source) []float64 {
	counts, part := make([]int, src.Visible()), make([]int, src.Visible())
	for x := range batches(ws, src, src.Rows()) {
		x.ColumnCounts(part)
		for i, n := range part {
			counts[i] += n
		}
	}
	means := make([]float64, len(counts))
	for i, n := range counts {
		means[i] = float64(n) / float64(src.Rows())
	}
	return means
}

// batchRows is how many rows are evaluated at once.
const batchRows = 500

// batches yields the first n rows of src in batches, drawn as they are for
// evaluation. A batch is valid until the next.
func batches(ws *bitdbn.Workspace, src rbm.Source, n int) iter.Seq[*bitdbn.BitMatrix] {
	return func(yield func(*bitdbn.BitMatrix) bool) {
		m := bitdbn.NewBitMatrix(min(batchRows, n), src.Visible())
		for lo := 0; lo < n; lo += batchRows {
			x := m.Slice(0, min(batchRows, n-lo))
			fillBatch(ws, src, &x, lo, 0)
			if !yield(&x) {
				return
			}
		}
	}
}

// fillBatch sets x to the rows of src from lo on. Each draw of rows that are
// drawn is another one, and always the same.
func fillBatch(ws *bitdbn.Workspace, src rbm.Source, x *bitdbn.BitMatrix, lo, draw int) {
	index := make([]int, x.Rows())
	for r := range index {
		index[r] = lo + r
	}
	src.Fill(ws, x, index, rbm.EvaluationStep+uint64(draw)<<40+uint64(lo))
}
