package dbn

import (
	"slices"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
	"gonum.org/v1/gonum/floats"
)

// evidence makes draws h of all hidden layers below the top machine from
// q(h|x), for the rows x of a batch, with what a bound needs of each.
type evidence struct {
	ws     *bitdbn.Workspace
	layers []*rbm.Packed
	draws  []*bitdbn.Stream // of each layer below the top

	below   []float64 // log p(x|h1) + log p(h1|h2) + …, of each row
	top     []float64 // log p*(h), unnormalised; of labels, log Σ_y p*(h,y)
	labels  []float64 // log p*(h,y), unnormalised, rows × labels; none without labels
	logQ    []float64 // log q(h|x)
	entropy []float64 // H(q(h1|x)) + H(q(h2|h1)) + …

	soft          []float64
	inputs, probs []float32
}

func newEvidence(ws *bitdbn.Workspace, layers []*rbm.Packed, seed uint64) *evidence {
	e := &evidence{ws: ws, layers: layers}
	for i := range layers[1:] {
		e.draws = append(e.draws, rbm.BoundStream(seed, i))
	}
	return e
}

// draw passes x up, with the draws of a step, and sets all terms.
func (e *evidence) draw(x *bitdbn.BitMatrix, step uint64) {
	for _, t := range []*[]float64{&e.below, &e.top, &e.logQ, &e.entropy, &e.soft} {
		*t = append((*t)[:0], make([]float64, x.Rows())...)
	}
	for i, d := range e.draws {
		h := bitdbn.NewBitMatrix(x.Rows(), e.layers[i].Up.Out())
		e.layers[i].Up.Sample(e.ws, h, nil, x, d.At(step))
		e.addEntropy(e.layers[i].Up, x)
		e.addLogProbability(e.logQ, e.layers[i].Up, h, x)
		e.addLogProbability(e.below, e.layers[i].Down, x, h)
		x = h
	}
	e.addTop(x)
}

// addTop sets the terms of the top machine, whose visible units, labels left out,
// are the rows of h.
func (e *evidence) addTop(h *bitdbn.BitMatrix) {
	top := e.layers[len(e.layers)-1]
	n := top.Down.Group()
	if n == 0 {
		top.FreeEnergy(e.ws, e.top, h)
		floats.Scale(-1, e.top)
		return
	}
	e.labels = slices.Grow(e.labels[:0], len(e.top)*n)[:len(e.top)*n]
	top.LabelLogs(e.ws, e.labels, h)
	for r := range e.top {
		e.top[r] = floats.LogSumExp(e.labels[r*n:][:n])
	}
}

// addLogProbability adds log p(x|h) to dst for each row, p being the units that w
// drives: Σ_i x_i·a_i − log(1+e^a_i) with inputs a.
func (e *evidence) addLogProbability(dst []float64, w *bitdbn.Weights, x, h *bitdbn.BitMatrix) {
	inputs := e.inputsOf(w, h)
	w.Softplus(e.ws, e.soft, h)
	for r := range dst {
		var on float64
		for i := range units(x.Row(r)) {
			on += float64(inputs[r*w.Out()+i])
		}
		dst[r] += on - e.soft[r]
	}
}

// addEntropy adds the entropy of the units that w drives, given each row of x:
// Σ_j log(1+e^a_j) − p_j·a_j with inputs a and probabilities p.
func (e *evidence) addEntropy(w *bitdbn.Weights, x *bitdbn.BitMatrix) {
	inputs := e.inputsOf(w, x)
	w.Softplus(e.ws, e.soft, x)
	e.probs = sized(e.probs, len(inputs))
	w.Probs(e.ws, e.probs, x)
	for r := range e.entropy {
		var on float64
		for j := r * w.Out(); j < (r+1)*w.Out(); j++ {
			on += float64(inputs[j]) * float64(e.probs[j])
		}
		e.entropy[r] += e.soft[r] - on
	}
}

func (e *evidence) inputsOf(w *bitdbn.Weights, x *bitdbn.BitMatrix) []float32 {
	e.inputs = sized(e.inputs, x.Rows()*w.Out())
	w.Activations(e.ws, e.inputs, x)
	return e.inputs
}

// sized returns s with length n, its contents lost.
func sized(s []float32, n int) []float32 {
	if cap(s) < n {
		return make([]float32, n)
	}
	return s[:n]
}
