package mlp

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/internal/average"
	"github.com/bitdbn/bitdbn/internal/loop"
	"github.com/bitdbn/bitdbn/internal/portable"
	"github.com/bitdbn/bitdbn/rbm"
)

// ErrDiverged is wrapped by the error of a step whose loss is not finite.
var ErrDiverged = errors.New("mlp: training diverged")

// Options say how a network is trained: by stochastic gradient descent with
// momentum.
type Options struct {
	Epochs, Batch int
	LearningRate  rbm.Schedule // of the mean gradient
	Momentum      rbm.Schedule
	L2            float64 // cost of half the squared weights; biases are free
	// Dropout and InputDropout are the parts of hidden units and of inputs that a
	// step leaves out, rounded to multiples of 1/255, the others being scaled up
	// (Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout",
	// JMLR 15, 2014).
	Dropout, InputDropout float64
	Seed                  uint64
	// AverageFrom, if not 0, is the epoch, counted from 1, from whose end on the
	// network is the mean over the ends of epochs. The training itself goes on from
	// the last state.
	AverageFrom int `json:",omitempty"`
}

// Start is what a network starts from, of which depends how many epochs it needs.
type Start int

// The starts: random weights, a stack that is pretrained, and one that was fine-tuned
// as a whole before, which soon learns the training rows by heart.
const (
	Fresh Start = iota
	Pretrained
	FineTuned
)

// DefaultOptions returns options that suit so many rows of data: a learning rate
// that falls to nearly zero, inputs of which a step leaves out some, and 60
// epochs from a fresh network, 30 from a pretrained and 20 from a fine-tuned one, or
// as many as 3,000 steps take.
func DefaultOptions(rows int, start Start) Options {
	batch := max(1, min(rows, 100))
	epochs := map[Start]int{Fresh: 60, Pretrained: 30, FineTuned: 20}[start]
	return Options{
		Epochs: max(epochs, 3000*batch/max(rows, 1)), Batch: batch, LearningRate: rbm.Falling(0.1), Momentum: rbm.Constant(0.9),
		InputDropout: 0.2, Seed: 1,
	}
}

// Validate returns an error, which wraps [rbm.ErrOptions], for the first option
// that makes no sense.
func (o *Options) Validate() error {
	r := rbm.DefaultOptions(1, 1, 1)
	r.Epochs, r.Batch, r.LearningRate, r.Momentum, r.L2 = o.Epochs, o.Batch, o.LearningRate, o.Momentum, o.L2
	if err := r.Validate(); err != nil {
		return err
	}
	for name, p := range map[string]float64{"Dropout": o.Dropout, "InputDropout": o.InputDropout} {
		if !(p >= 0 && p < 1) {
			return fmt.Errorf("%w: %s is %v, expected 0 or more and less than 1", rbm.ErrOptions, name, p)
		}
	}
	if o.AverageFrom < 0 || o.AverageFrom > o.Epochs {
		return fmt.Errorf("%w: AverageFrom is %d, expected an epoch from 1 to %d, or 0", rbm.ErrOptions, o.AverageFrom, o.Epochs)
	}
	return nil
}

// Trainer fits a network to rows and their classes. A step allocates nothing.
type Trainer struct {
	ws       *bitdbn.Workspace
	opt      Options
	net      *Network
	momentum *Network // of the same shape
	mean     *Network // of the ends of epochs, or nil
	averaged int      // ends of epochs in it
	rows     Rows
	labels   []int
	cursor   Cursor
	order    rbm.Order
	rate     float32 // of the epoch
	inertia  float32

	drop     []*dropout      // of the inputs and the hidden layers
	at       int             // the layer of the elementwise work below
	units    func(row int)   // makes one row of units from their inputs
	through  func(row int)   // passes one row of gradients through the units
	move     func(row int)   // moves the weights of one input
	act      []bitdbn.Floats // of the inputs, the hidden layers and the output
	delta    []bitdbn.Floats // gradients with respect to the inputs of each layer
	turned   []float32       // act of one layer, transposed
	gradient []float32       // of the weights of one layer
}

// Cursor is the place of a training.
type Cursor struct {
	Epoch, Row int // epochs finished, and rows of the current one that are done
	Step       uint64
	Loss       float64 // mean −log p(label) over those rows, in nats
}

// NewTrainer returns a trainer that starts from a copy of n. The error wraps
// [ErrNetwork], [rbm.ErrOptions] or [rbm.ErrData].
func NewTrainer(ws *bitdbn.Workspace, n *Network, rows Rows, labels []int, o Options) (*Trainer, error) {
	if err := n.Validate(); err != nil {
		return nil, err
	}
	zero := n.clone()
	for _, l := range zero.Layers {
		clear(l.W)
		clear(l.B)
	}
	return newTrainer(ws, n.clone(), zero, rows, labels, o, Cursor{})
}

func newTrainer(ws *bitdbn.Workspace, n, momentum *Network, rows Rows, labels []int, o Options, c Cursor) (*Trainer, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := checkRows(n, rows, labels); err != nil {
		return nil, err
	}
	t := &Trainer{
		ws: ws, opt: o, net: n, momentum: momentum, rows: rows, labels: labels, cursor: c,
		order: rbm.NewOrder(rows.Rows(), rbm.TuneShuffleStream(o.Seed)),
	}
	batch := min(o.Batch, rows.Rows())
	widest, weights := 0, 0
	for i, units := range n.Units() {
		t.act = append(t.act, bitdbn.NewFloats(batch, units))
		widest = max(widest, units)
		if i < len(n.Layers) { // all but the output
			p := o.Dropout
			if i == 0 {
				p = o.InputDropout
			}
			t.drop = append(t.drop, newDropout(p, batch, units, rbm.WakeStream(o.Seed, i)))
		}
		if i > 0 {
			t.delta = append(t.delta, bitdbn.NewFloats(batch, units))
			weights = max(weights, len(n.Layers[i-1].W))
		}
	}
	t.turned, t.gradient = make([]float32, batch*widest), make([]float32, weights)
	t.units, t.through, t.move = t.unitsOf, t.throughUnits, t.moveWeights // once, since this allocates
	if o.AverageFrom > 0 {
		t.mean = n.clone()
	}
	t.startEpoch()
	return t, nil
}

func checkRows(n *Network, rows Rows, labels []int) error {
	switch {
	case rows.Rows() == 0:
		return fmt.Errorf("%w: no rows", rbm.ErrData)
	case rows.Width() != n.Layers[0].In:
		return fmt.Errorf("%w: rows of %d units, expected %d", rbm.ErrData, rows.Width(), n.Layers[0].In)
	case len(labels) != rows.Rows():
		return fmt.Errorf("%w: %d labels for %d rows", rbm.ErrData, len(labels), rows.Rows())
	}
	for r, y := range labels {
		if y < 0 || y >= n.Classes() {
			return fmt.Errorf("%w: row %d has the label %d, expected 0 to %d", rbm.ErrData, r, y, n.Classes()-1)
		}
	}
	return nil
}

// startEpoch sets what depends on the epoch that the next step is in.
func (t *Trainer) startEpoch() {
	e := t.cursor.Epoch
	if t.cursor.Row == len(t.order.Rows) && e > 0 { // the epoch that is finished
		e--
	}
	t.order.Shuffle(e)
	t.rate = float32(t.opt.LearningRate.At(e, t.opt.Epochs))
	t.inertia = float32(t.opt.Momentum.At(e, t.opt.Epochs))
}

// Done reports whether all epochs are finished.
func (t *Trainer) Done() bool { return t.cursor.Epoch >= t.opt.Epochs }

// Cursor returns the place that training has reached.
func (t *Trainer) Cursor() Cursor { return t.cursor }

// Epochs returns the number of epochs that training is to have.
func (t *Trainer) Epochs() int { return t.opt.Epochs }

// EpochDone reports whether the last step finished an epoch.
func (t *Trainer) EpochDone() bool { return t.cursor.Row == len(t.order.Rows) }

// Network returns a copy of the network as it is now: the last state, or the mean
// once there is one.
func (t *Trainer) Network() *Network {
	if t.averaged > 0 {
		return t.mean.clone()
	}
	return t.net.clone()
}

// Step trains on one batch. It does nothing once training is done. The error
// wraps [ErrDiverged].
func (t *Trainer) Step() error {
	if t.Done() {
		return nil
	}
	if t.EpochDone() {
		t.cursor.Row, t.cursor.Loss = 0, 0
		t.startEpoch()
	}
	index := t.order.Rows[t.cursor.Row:]
	index = index[:min(len(index), t.opt.Batch)]
	t.use(len(index))
	t.rows.Fill(t.act[0].Data, index)
	t.forward()
	loss := t.outputDelta(index)
	if loss-loss != 0 {
		return fmt.Errorf("epoch %d, step %d: %w: lower the learning rate (now %v)", t.cursor.Epoch+1, t.cursor.Step+1, ErrDiverged, t.rate)
	}
	t.backward()
	done := float64(t.cursor.Row)
	t.cursor.Row += len(index)
	t.cursor.Loss += (loss - t.cursor.Loss) * float64(len(index)) / (done + float64(len(index)))
	t.cursor.Step++
	if t.EpochDone() {
		t.cursor.Epoch++
		t.average()
	}
	return nil
}

// average takes the network at the end of an epoch into the mean.
func (t *Trainer) average() {
	if t.mean == nil || t.cursor.Epoch < t.opt.AverageFrom {
		return
	}
	t.averaged++
	for i, l := range t.net.Layers {
		average.Add(t.mean.Layers[i].W, l.W, t.averaged)
		average.Add(t.mean.Layers[i].B, l.B, t.averaged)
	}
}

// use makes the first n rows of all buffers the ones in use.
func (t *Trainer) use(n int) {
	for _, all := range [][]bitdbn.Floats{t.act, t.delta} {
		for i := range all {
			all[i] = all[i].Head(n)
		}
	}
}

// forward computes all layers of the batch, some units left out.
func (t *Trainer) forward() {
	for i, l := range t.net.Layers {
		t.at = i
		t.ws.Each(t.act[i].Rows, t.units)
		l.inputs(t.ws, t.act[i+1], t.act[i])
	}
	softmax(t.act[len(t.net.Layers)])
}

// unitsOf makes row r of the units of the layer that t is at: inputs, or hidden
// units from their inputs, some left out.
func (t *Trainer) unitsOf(r int) {
	row := t.act[t.at].Row(r)
	if t.at > 0 {
		sigmoid(row)
	}
	t.drop[t.at].apply(row, r, t.cursor.Step)
}

// dropout leaves units of a layer out.
type dropout struct {
	kept  []uint8 // 255 times the probability that a unit is kept, for each
	scale float32 // of those that are
	draws *bitdbn.Stream
	mask  *bitdbn.BitMatrix
}

// newDropout returns the dropout of a part p of the units of some rows, nil if it
// is 0. The probability is rounded to a multiple of 1/255.
func newDropout(p float64, rows, units int, draws *bitdbn.Stream) *dropout {
	kept := uint8(math.Round(255 * (1 - p)))
	if kept == 255 {
		return nil
	}
	kept = max(kept, 1)
	return &dropout{slices.Repeat([]uint8{kept}, units), 255 / float32(kept), draws, bitdbn.NewBitMatrix(rows, units)}
}

// keep returns the probability that a unit is kept.
func (d *dropout) keep() float32 {
	if d == nil {
		return 1
	}
	return 1 / d.scale
}

// apply sets units of row r to zero and scales up the others.
func (d *dropout) apply(row []float32, r int, step uint64) {
	if d == nil {
		return
	}
	d.mask.DrawGrey(r, d.kept, d.draws.At(step))
	for w, word := range d.mask.Row(r) {
		for k := range row[min(64*w, len(row)):min(64*w+64, len(row))] {
			row[64*w+k] *= float32(word>>k&1) * d.scale
		}
	}
}

// outputDelta sets the gradient of the mean −log p(label) with respect to the
// inputs of the output, (p − label)/rows, and returns that mean.
func (t *Trainer) outputDelta(index []int) float64 {
	p, d := t.act[len(t.act)-1], t.delta[len(t.delta)-1]
	var loss float64
	n := float32(len(index))
	for r, i := range index {
		row, out := p.Row(r), d.Row(r)
		for y, q := range row {
			out[y] = q / n
		}
		y := t.labels[i]
		out[y] -= 1 / n
		loss -= portable.Log(max(float64(row[y]), math.SmallestNonzeroFloat32))
		if row[y] != row[y] {
			return math.NaN()
		}
	}
	return loss / float64(n)
}

// backward passes the gradient down and moves all weights.
func (t *Trainer) backward() {
	for i := len(t.net.Layers) - 1; i >= 0; i-- {
		t.at = i
		l, a, d := t.net.Layers[i], t.act[i], t.delta[i]
		if i > 0 {
			below := t.delta[i-1]
			clear(below.Data)
			below.MulAddTransposed(t.ws, d, l.weights())
			t.ws.Each(below.Rows, t.through)
		}
		turned := bitdbn.Floats{Rows: a.Cols, Cols: a.Rows, Data: t.turned[:len(a.Data)]}
		a.TransposeTo(turned)
		gradient := bitdbn.Floats{Rows: l.In, Cols: l.Out, Data: t.gradient[:len(l.W)]}
		clear(gradient.Data)
		gradient.MulAdd(t.ws, turned, d)
		t.ws.Each(l.In, t.move)
		t.moveBiases(l, t.momentum.Layers[i], d)
	}
}

// throughUnits multiplies row r of the gradients of the units that t is at by the
// derivative of each unit a in its input, a·(1−a). A unit was handed on as 0, or,
// kept with some probability, scaled up.
func (t *Trainer) throughUnits(r int) {
	kept := t.drop[t.at].keep()
	gradient := t.delta[t.at-1].Row(r)
	for k, x := range t.act[t.at].Row(r) {
		gradient[k] *= x * (1 - float32(x*kept))
	}
}

// moveWeights moves the weights of input i of the layer that t is at along their
// gradient: m = momentum·m − rate·(gradient + L2·W), W += m.
func (t *Trainer) moveWeights(i int) {
	l := t.net.Layers[t.at]
	w, m, gradient := l.W[i*l.Out:][:l.Out], t.momentum.Layers[t.at].W[i*l.Out:][:l.Out], t.gradient[i*l.Out:][:l.Out]
	cost := float32(t.opt.L2)
	for k, x := range w {
		v := float32(t.inertia*m[k]) - float32(t.rate*(gradient[k]+float32(cost*x)))
		m[k], w[k] = v, x+v
	}
}

// moveBiases moves the biases of a layer along the sums of d.
func (t *Trainer) moveBiases(l, m *Dense, d bitdbn.Floats) {
	for j := range l.B {
		var g float32
		for r := range d.Rows {
			g += d.Data[r*d.Cols+j]
		}
		m.B[j] = float32(t.inertia*m.B[j]) - float32(t.rate*g)
		l.B[j] += m.B[j]
	}
}

// Run makes steps until training is done, and calls after, if it is not nil,
// behind each. It stops between two steps when ctx is cancelled, and returns
// its error; or when after returns one.
func (t *Trainer) Run(ctx context.Context, after func() error) error {
	return loop.Run(ctx, t.Done, t.Step, after)
}
