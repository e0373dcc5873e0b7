package rbm

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

// aim sets the pull on each hidden bias, cost·(target − average).
func (s *sparsity) aim(pull []float32) {
	for j := range pull {
		pull[j] = float32(s.cost * (s.target - s.average[j]))
	}
}

func (s *sparsity) follow(hidden []float32) { average(s.average, hidden, s.rate) }
