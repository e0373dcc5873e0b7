package rbm

import "github.com/bitdbn/bitdbn"

// offsets are the offsets of the centred gradient: exponential averages of the
// means of the units over the data.
type offsets struct {
	visible, hidden []float32
	rate            float32
}

func newOffsets(visible, hidden int, rate float64) offsets {
	return offsets{make([]float32, visible), make([]float32, hidden), float32(rate)}
}

// start sets the visible offsets to the means of the data, and the hidden ones
// to the probability of a unit that knows nothing.
func (o *offsets) start(means []float64) {
	for i, p := range means {
		o.visible[i] = float32(p)
	}
	for j := range o.hidden {
		o.hidden[j] = 0.5
	}
}

func (o *offsets) follow(visible, hidden []float32) {
	average(o.visible, visible, o.rate)
	average(o.hidden, hidden, o.rate)
}

// average moves each element of a part of the way to that of b.
func average(a, b []float32, rate float32) {
	for i, v := range b {
		a[i] += float32(rate * (v - a[i]))
	}
}

// sparsity pulls the average probability of each hidden unit to a target.
type sparsity struct {
	target, cost, rate float32
	average            []float32
	pull               []float32
}

func newSparsity(hidden int, o Options) sparsity {
	s := sparsity{
		target: float32(o.SparsityTarget), cost: float32(o.SparsityCost), rate: float32(1 - o.SparsityDecay),
		average: make([]float32, hidden), pull: make([]float32, hidden),
	}
	for j := range s.average {
		s.average[j] = s.target
	}
	return s
}

// aim adds to the pull on each hidden bias cost·(target − average).
func (s *sparsity) aim(pull []float32) {
	for j := range pull {
		pull[j] += float32(s.cost * (s.target - s.average[j]))
	}
}

func (s *sparsity) follow(hidden []float32) { average(s.average, hidden, s.rate) }

// costOfBiases lets the biases of a centred machine take up what the L2 cost takes
// off its weights.
//
// The cost is of the weights of the machine whose units are v−μ and h−λ, and its
// biases, b+W·λ and c+Wᵀ·μ, are free of it: so b moves by lr·L2·W·λ, and c by
// lr·L2·Wᵀ·μ, when W shrinks by lr·L2·W. Without that, training comes to rest where
// the units' means are wrong by L2·W·λ and L2·Wᵀ·μ; and a strong cost, which moves
// the inputs of hidden units faster than the gradient can move them back,
// drives the units to be always on or always off, one by one.
//
// W·λ and Wᵀ·μ are estimated from a few rows of the data phase, whose units have the
// means λ and μ: inputs less biases.
type costOfBiases struct {
	l2              float32
	v, h            bitdbn.BitMatrix // the rows
	inputs          []float32
	visible, hidden []float32 // the pulls at the biases
}

// costRows is from how many rows W·λ and Wᵀ·μ are estimated, and costSteps in how many
// steps once, for all of them: their noise then adds little to that of the
// batches' gradients, and their products, which read all weights, 2 % to the time.
const costRows, costSteps = 4, 4

func newCostOfBiases(visible, hidden int, l2 float64) costOfBiases {
	return costOfBiases{
		l2: float32(l2), inputs: make([]float32, costRows*max(visible, hidden)),
		visible: make([]float32, visible), hidden: make([]float32, hidden),
	}
}

// take sets the pulls of a step from the rows of the data phase.
func (c *costOfBiases) take(ws *bitdbn.Workspace, m *bitdbn.Master, data *phase, step uint64) {
	if step%costSteps != 0 {
		clear(c.visible)
		clear(c.hidden)
		return
	}
	n := min(costRows, data.v.Rows())
	c.v, c.h = data.v.Slice(0, n), data.h.Slice(0, n)
	c.pull(c.hidden, ws, m.Up(), m.HiddenBiases(), &c.v)
	c.pull(c.visible, ws, m.Down(), m.VisibleBiases(), &c.h)
}

// pull sets dst to L2, of all steps, times the mean over the rows of x of the inputs
// that w gives, less the biases.
func (c *costOfBiases) pull(dst []float32, ws *bitdbn.Workspace, w *bitdbn.Weights, bias []float32, x *bitdbn.BitMatrix) {
	inputs := c.inputs[:x.Rows()*len(dst)]
	w.Activations(ws, inputs, x)
	for i, b := range bias {
		var sum float32
		for r := range x.Rows() {
			sum += inputs[r*len(dst)+i] - b
		}
		dst[i] = float32(costSteps*c.l2/float32(x.Rows())) * sum
	}
}
