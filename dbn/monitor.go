package dbn

import (
	"math"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
	"gonum.org/v1/gonum/floats"
)

// Monitor holds what can be said of the machine in training without its
// partition function. Free energies are means over rows, in nats.
type Monitor struct {
	ReconstructionError  float64 // part of the bits that one drawn reconstruction gets wrong
	ReconstructionStdErr float64 // standard error of ReconstructionError, rows being a sample
	FreeEnergy           float64
	FreeEnergyError      float64 // standard error of FreeEnergy, rows being a sample
	Saturated            float64 // part of the hidden probabilities below 0.01 or above 0.99
	WeightRMS            float64 // root of the mean squared weight
}

// Watch computes the monitor of the current layer over the first rows of src,
// at most n of them, drawn the same way each time. src holds data like those of the network:
// they are passed up to the layer. The difference of the free energies of held-out and
// training rows, the free-energy gap, grows with overfitting; it has no lower
// bound.
func (p *Pretraining) Watch(src rbm.Source, n int) (Monitor, error) {
	input, err := p.net.Hidden(src, p.layer, p.opt.forLayer(p.layer).Seed)
	if err != nil {
		return Monitor{}, err
	}
	packed := p.train.Packed()
	m := Watch(p.ws, packed, input, n)
	var sum float64
	model := p.train.Model()
	for _, w := range model.W {
		sum += float64(w) * float64(w)
	}
	m.WeightRMS = math.Sqrt(sum / float64(len(model.W)))
	return m, nil
}

// Watch computes a monitor, WeightRMS left out, of a machine over the first
// rows of its input, at most n of them.
func Watch(ws *bitdbn.Workspace, p *rbm.Packed, input rbm.Source, n int) Monitor {
	var m Monitor
	var rows, saturated int
	var wrong, energies []float64 // of each row
	stream := rbm.MonitorStream()
	for x := range batches(ws, input, min(n, input.Rows())) {
		h, v := bitdbn.NewBitMatrix(x.Rows(), p.Up.Out()), bitdbn.NewBitMatrix(x.Rows(), x.Cols())
		probs := bitdbn.NewFixedMatrix(x.Rows(), p.Up.Out())
		p.Up.Sample(ws, h, probs, x, stream.At(rbm.EvaluationStep+uint64(2*rows)))
		p.Down.Sample(ws, v, nil, h, stream.At(rbm.EvaluationStep+uint64(2*rows+1)))
		for r := range x.Rows() {
			row, again := x.Slice(r, r+1), v.Slice(r, r+1)
			wrong = append(wrong, float64(bitdbn.Hamming(&row, &again)))
		}
		saturated += countSaturated(probs)
		energy := make([]float64, x.Rows())
		p.FreeEnergy(ws, energy, x)
		energies = append(energies, energy...)
		rows += x.Rows()
	}
	energy := NewTerm(energies)
	m.FreeEnergy, m.FreeEnergyError = energy.Mean, energy.StandardError
	m.ReconstructionError = floats.Sum(wrong) / float64(rows*p.Up.In())
	m.ReconstructionStdErr = NewTerm(wrong).StandardError / float64(p.Up.In())
	m.Saturated = float64(saturated) / float64(rows*p.Up.Out())
	return m
}

func countSaturated(p *bitdbn.FixedMatrix) int {
	const low, high = bitdbn.FixedOne / 100, bitdbn.FixedOne * 99 / 100
	n := 0
	for i := range p.Rows() {
		for j := range p.Cols() {
			if q := p.At(i, j); q < low || q > high {
				n++
			}
		}
	}
	return n
}

// Monitors returns what [Watch] says of each layer over the first rows of src,
// at most n of them, passed up to the layer; a top layer with labels is left
// out if src has none.
func (n *Network) Monitors(ws *bitdbn.Workspace, src rbm.Source, rows int) ([]Monitor, error) {
	packed, err := n.pack(len(n.Layers))
	if err != nil {
		return nil, err
	}
	monitors := make([]Monitor, len(packed))
	for i, p := range packed {
		input, err := n.Hidden(src, i, 0)
		if err != nil {
			return nil, err
		}
		if input.Visible() != p.Up.In() {
			return monitors[:i], nil
		}
		monitors[i] = Watch(ws, p, input, rows)
	}
	return monitors, nil
}
