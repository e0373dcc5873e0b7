package bitdbn_test

import (
	"fmt"
	"log"

	"github.com/bitdbn/bitdbn"
)

// A trainer that holds float32 data and weights asks for activations,
// probabilities and draws.
func Example_float32() {
	const rows, visible, hidden = 2, 3, 2
	batch := []float32{
		1, 0, 1,
		0, 1, 0,
	}
	weights := []float32{ // visible × hidden
		2, -1,
		0, 3,
		-2, 1,
	}
	bias := []float32{0, -3}

	ws, err := bitdbn.NewWorkspace(1)
	if err != nil {
		log.Fatal(err)
	}
	defer ws.Close()
	x := bitdbn.NewBitMatrix(rows, visible)
	if err := x.PackFloats(batch); err != nil {
		log.Fatal(err)
	}
	up := bitdbn.NewWeights(visible, hidden)
	if err := up.Pack(weights, bias); err != nil {
		log.Fatal(err)
	}

	activations := make([]float32, rows*hidden)
	up.Activations(ws, activations, x)
	probs := make([]float32, rows*hidden)
	up.Probs(ws, probs, x)
	h := bitdbn.NewBitMatrix(rows, hidden)
	up.Sample(ws, h, nil, x, bitdbn.NewStream(1, 0).At(0))
	states := make([]float32, rows*hidden)
	h.Floats(states)

	fmt.Println("activations", activations)
	fmt.Printf("probabilities %.3f\n", probs)
	fmt.Println("states", states)
	// Output:
	// activations [0 -3 0 0]
	// probabilities [0.500 0.047 0.500 0.500]
	// states [0 0 0 1]
}

// Intensities between 0 and 1 are refused, or drawn when a stream is given.
func ExampleBitMatrix_DrawFloats() {
	grey := []float32{0, 0.25, 0.75, 1}
	x := bitdbn.NewBitMatrix(1, 4)
	fmt.Println(x.PackFloats(grey))

	stream, counts := bitdbn.NewStream(1, 0), make([]int, 4)
	for epoch := range uint64(1000) {
		if err := x.DrawFloats(grey, stream.At(epoch)); err != nil {
			log.Fatal(err)
		}
		for j := range counts {
			if x.At(0, j) {
				counts[j]++
			}
		}
	}
	fmt.Println(counts)
	// Output:
	// bitdbn: value out of range: row 0, column 1: found 0.25, expected 0 or 1
	// [0 269 771 1000]
}

// A trainer that keeps its own weights and momenta asks for the gradient: the
// correlations of units that are on together, in the data and in the model.
func ExamplePhase_Correlations() {
	const rows, visible, hidden = 2, 3, 2
	ws, err := bitdbn.NewWorkspace(1)
	if err != nil {
		log.Fatal(err)
	}
	defer ws.Close()
	up := bitdbn.NewWeights(visible, hidden) // zero: every probability is ½
	x := bitdbn.NewBitMatrix(rows, visible)
	x.PackBytes([]byte{
		1, 0, 1,
		1, 1, 0,
	})
	p := bitdbn.NewFixedMatrix(rows, hidden)
	up.Fixed(ws, p, x)

	sums := make([]int32, visible*hidden)
	if err := (bitdbn.Phase{X: x, H: p}).Correlations(ws, sums); err != nil {
		log.Fatal(err)
	}
	gradient := make([]float32, len(sums))
	for k, sum := range sums {
		gradient[k] = float32(sum) / (rows * bitdbn.FixedOne)
	}
	fmt.Println(gradient)
	// Output: [0.5 0.5 0.25 0.25 0.25 0.25]
}

// A trainer that keeps everything packed: contrastive divergence with one Gibbs
// step, without an allocation in the loop.
func Example_packed() {
	const rows, visible, hidden, steps = 4, 6, 3, 2000
	ws, err := bitdbn.NewWorkspace(1)
	if err != nil {
		log.Fatal(err)
	}
	defer ws.Close()
	data := bitdbn.NewBitMatrix(rows, visible)
	data.PackBytes([]byte{
		1, 1, 1, 0, 0, 0,
		1, 1, 1, 0, 0, 0,
		0, 0, 0, 1, 1, 1,
		0, 0, 0, 1, 1, 1,
	})
	start, stream := bitdbn.NewParams(visible, hidden), bitdbn.NewStream(1, 0)
	for k := range start.W {
		start.W[k] = 0.1 * (float32(stream.Word(0, 0, uint32(k)))/(1<<32) - 0.5)
	}
	machine := bitdbn.NewMaster(visible, hidden)
	if err := machine.Load(ws, start, bitdbn.NewParams(visible, hidden), bitdbn.AutoExponent); err != nil {
		log.Fatal(err)
	}

	h, v := bitdbn.NewBitMatrix(rows, hidden), bitdbn.NewBitMatrix(rows, visible)
	p, q := bitdbn.NewFixedMatrix(rows, hidden), bitdbn.NewFixedMatrix(rows, hidden)
	hDraws, vDraws := bitdbn.NewStream(1, 1), bitdbn.NewStream(1, 2)
	update := bitdbn.Update{LearningRate: 0.1, Momentum: 0.5}
	for step := range uint64(steps) {
		machine.Up().Sample(ws, h, p, data, hDraws.At(step))
		machine.Down().Sample(ws, v, nil, h, vDraws.At(step))
		machine.Up().Fixed(ws, q, v)
		if err := machine.Step(ws, bitdbn.Phase{X: data, H: p}, bitdbn.Phase{X: v, H: q}, &update); err != nil {
			log.Fatal(err)
		}
	}

	machine.Up().Sample(ws, h, nil, data, hDraws.At(steps))
	machine.Down().Sample(ws, v, nil, h, vDraws.At(steps))
	fmt.Println("bits that a reconstruction gets wrong:", bitdbn.Hamming(data, v))
	// Output:
	// bits that a reconstruction gets wrong: 0
}
