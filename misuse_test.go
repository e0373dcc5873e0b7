package bitdbn_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// TestMisuse makes mistakes in programs: each panics with a message that names
// the operation and the numbers.
func TestMisuse(t *testing.T) {
	const rows, in, out = 3, 5, 4
	ws := newWorkspace(t, 2)
	x, m := ones(rows, in), ones(rows, out)
	w := bitdbn.NewWeights(in, out)
	p := bitdbn.NewFixedMatrix(rows, out)
	d := bitdbn.NewStream(0, 0).At(0)
	master := bitdbn.NewMaster(in, out)
	phase := bitdbn.Phase{X: x, H: p}
	params := bitdbn.NewParams(in, out)
	step := func(u bitdbn.Update) func() { return func() { _ = master.Step(ws, phase, phase, &u) } }
	square := bitdbn.NewWeights(in, in)
	head := x.Slice(0, 2)
	for _, c := range []struct {
		want string // in the message
		f    func()
	}{
		{"product of 2 × 3 and 4 × 5 added to 2 × 5", func() { bitdbn.NewFloats(2, 5).MulAdd(ws, bitdbn.NewFloats(2, 3), bitdbn.NewFloats(4, 5)) }},
		{"product of 2 × 3 and 3 × 4 added to 2 × 5", func() { bitdbn.NewFloats(2, 5).MulAddTransposed(ws, bitdbn.NewFloats(2, 3), bitdbn.NewFloats(4, 3)) }},
		{"transpose of 2 × 3 into 2 × 3", func() { bitdbn.NewFloats(2, 3).TransposeTo(bitdbn.NewFloats(2, 3)) }},
		{"NewBitMatrix(-1, 2)", func() { bitdbn.NewBitMatrix(-1, 2) }},
		{"NewBitMatrix(1, -2)", func() { bitdbn.NewBitMatrix(1, -2) }},
		{"NewFixedMatrix(-1, 2)", func() { bitdbn.NewFixedMatrix(-1, 2) }},
		{"NewWeights(0, 2)", func() { bitdbn.NewWeights(0, 2) }},
		{"(2, 0): dimension not positive", func() { bitdbn.NewMaster(2, 0) }},
		{"index (3, 0) out of range of a 3 × 5 BitMatrix", func() { x.At(rows, 0) }},
		{"index (0, 5) out of range", func() { x.At(0, in) }}, // a bit of the padding
		{"index (0, 5) out of range", func() { x.Set(0, in, true) }},
		{"index (-1, 0) out of range", func() { x.Set(-1, 0, true) }},
		{"index (2, 0) out of range", func() { head.At(2, 0) }}, // of the rows behind a Slice
		{"index (0, 4) out of range of a 3 × 4 FixedMatrix", func() { p.At(0, out) }},
		{"Row(3)", func() { x.Row(rows) }},
		{"Row(-1)", func() { x.Row(-1) }},
		{"Row(2)", func() { head.Row(2) }},
		{"Row(1)", func() { bitdbn.NewBitMatrix(1, 0).Row(1) }},
		{"Slice(2, 4)", func() { x.Slice(2, 4) }},
		{"Slice(2, 1)", func() { x.Slice(2, 1) }},
		{"Slice(-1, 1)", func() { x.Slice(-1, 1) }},
		{"Head(4)", func() { p.Head(4) }},
		{"Head(-1)", func() { p.Head(-1) }},
		{"CopyRow of 4 columns into 5", func() { x.CopyRow(0, m, 0) }},
		{"Row(3)", func() { x.CopyRow(3, x, 0) }},
		{"CopyRows of 4 columns into 5", func() { x.CopyRows(ws, m, make([]int, rows)) }},
		{"CopyRows: slice of 2 elements for 3", func() { x.CopyRows(ws, x, make([]int, 2)) }},
		{"CopyRows: row 3 of 3", func() { x.CopyRows(ws, ones(rows, in), []int{0, 1, 3}) }},
		{"CopyRows: row -1 of 3", func() { x.CopyRows(ws, ones(rows, in), []int{0, 1, -1}) }},
		{"Transpose of 3 × 5 into 3 × 5", func() { x.Transpose(ones(rows, in)) }},
		{"Transpose: a matrix is both read and written", func() { s := ones(7, 7); s.Transpose(s) }},
		{"Hamming of 3 × 5 and 3 × 4", func() { bitdbn.Hamming(x, m) }},
		{"ColumnCounts: slice of 4 elements", func() { x.ColumnCounts(make([]int, 4)) }},
		{"PackBools: slice of 14 elements for 3 × 5", func() { x.PackBools(make([]bool, 14)) }},
		{"PackBytes: slice of 16", func() { x.PackBytes(make([]byte, 16)) }},
		{"PackFloats: slice of 0", func() { _ = x.PackFloats(nil) }},
		{"ThresholdFloats: slice of 14", func() { _ = x.ThresholdFloats(make([]float32, 14), 0) }},
		{"DrawFloats: slice of 14", func() { _ = x.DrawFloats(make([]float32, 14), d) }},
		{"DrawFloats with Draws", func() { _ = x.DrawFloats(make([]float32, 15), bitdbn.Draws{}) }},
		{"DrawGrey: slice of 4", func() { x.DrawGrey(0, make([]uint8, 4), d) }},
		{"DrawGreyRows: row 1 of 1", func() { x.DrawGreyRows(ws, make([]uint8, 9), []int{0, 0, 1}, d) }},
		{"DrawGreyRows with Draws", func() { x.DrawGreyRows(ws, make([]uint8, 15), []int{0, 1, 2}, bitdbn.Draws{}) }},
		{"DrawGrey with Draws", func() { x.DrawGrey(0, make([]uint8, 5), bitdbn.Draws{}) }},
		{"Row(3)", func() { x.DrawGrey(3, make([]uint8, 5), d) }},
		{"Floats: slice of 14", func() { x.Floats(make([]float32, 14)) }},
		{"Bytes: slice of 14", func() { x.Bytes(make([]byte, 14)) }},
		{"Bools: slice of 14", func() { x.Bools(make([]bool, 14)) }},
		{"Floats: slice of 13 elements for 3 × 4", func() { p.Floats(make([]float32, 13)) }},
		{"Pack: slice of 19 elements for 5 × 4", func() { _ = w.Pack(make([]float32, 19), make([]float32, out)) }},
		{"Pack: slice of 5 elements for 1 × 4", func() { _ = w.Pack(make([]float32, 20), make([]float32, in)) }},
		{"PackTransposed: slice of 19", func() { _ = w.PackTransposed(make([]float32, 19), make([]float32, out)) }},
		{"Activations: slice of 11", func() { w.Activations(ws, make([]float32, 11), x) }},
		{"Activations: bits with 4 columns for weights of 5", func() { w.Activations(ws, make([]float32, 12), m) }},
		{"Probs: slice of 11", func() { w.Probs(ws, make([]float32, 11), x) }},
		{"Probs: bits with 4 columns", func() { w.Probs(ws, make([]float32, 12), m) }},
		{"Fixed: 3 × 5 matrix for 3 rows × 4 units", func() { w.Fixed(ws, bitdbn.NewFixedMatrix(rows, in), x) }},
		{"Fixed: bits with 4 columns", func() { w.Fixed(ws, p, m) }},
		{"Sample: 3 × 5 matrix", func() { w.Sample(ws, ones(rows, in), nil, x, d) }},
		{"Sample: 2 × 4 matrix", func() { w.Sample(ws, m, bitdbn.NewFixedMatrix(2, out), x, d) }},
		{"Sample: bits with 4 columns", func() { w.Sample(ws, m, nil, m, d) }},
		{"Sample with Draws", func() { w.Sample(ws, m, nil, x, bitdbn.Draws{}) }},
		{"Sample: a matrix is both read and written", func() { square.Sample(ws, x, nil, x, d) }},
		{"Pack: weights are a Master's", func() { _ = master.Down().Pack(make([]float32, in*out), make([]float32, in)) }},
		{"Anneal: slice of 2", func() { w.Anneal(ws, ones(rows, out), make([]float64, 2), x, d, 0, 1) }},
		{"Anneal: bits with 4 columns", func() { w.Anneal(ws, ones(rows, out), make([]float64, rows), m, d, 0, 1) }},
		{"Temper.Offset: slice of 5", func() {
			w.SampleTempered(ws, ones(rows, out), x, d, bitdbn.Temper{Beta: 1, Offset: make([]float32, 5)})
		}},
		{"SetGroup(6) of 4 units", func() { w.SetGroup(6) }},
		{"SetGroup(-1) of 4 units", func() { w.SetGroup(-1) }},
		{"Softplus: slice of 2", func() { w.Softplus(ws, make([]float64, 2), x) }},
		{"Softplus: bits with 4 columns", func() { w.Softplus(ws, make([]float64, rows), m) }},
		{"Correlations: slice of 19", func() { _ = phase.Correlations(ws, make([]int32, 19)) }},
		{"Correlations: phase of 2 × 5 bits and 3 × 4", func() { _ = bitdbn.Phase{X: &head, H: p}.Correlations(ws, make([]int32, 20)) }},
		{"Step: phase of 3 × 4 bits", func() { _ = master.Step(ws, phase, bitdbn.Phase{X: m, H: p}, &bitdbn.Update{}) }},
		{"Step: Update has offsets for one side only", step(bitdbn.Update{VisibleOffset: make([]float32, in)})},
		{"Step: Update has offsets for one side only", step(bitdbn.Update{HiddenOffset: make([]float32, out)})},
		{"Step: Update.VisibleOffset: slice of 4", step(bitdbn.Update{VisibleOffset: make([]float32, 4), HiddenOffset: make([]float32, 4)})},
		{"Step: Update.HiddenOffset: slice of 5", step(bitdbn.Update{VisibleOffset: make([]float32, 5), HiddenOffset: make([]float32, 5)})},
		{"Step: Update.HiddenPull: slice of 5", step(bitdbn.Update{HiddenPull: make([]float32, 5)})},
		{"Load: slice of 5 elements for 4 × 1", func() {
			_ = bitdbn.NewMaster(out, in).Load(ws, params, params, bitdbn.AutoExponent)
		}},
		{"Load: slice of 0 elements for 5 × 4", func() { _ = master.Load(ws, params, bitdbn.Params{}, bitdbn.AutoExponent) }},
		{"Store: slice of 5 elements for 4 × 1", func() { bitdbn.NewMaster(out, in).Store(params, bitdbn.Params{}) }},
		{"Store: slice of 4 elements for 5 × 1", func() {
			master.Store(bitdbn.Params{}, bitdbn.Params{W: params.W, B: params.C, C: params.C})
		}},
	} {
		if message := panicOf(c.f); !strings.HasPrefix(message, "bitdbn: ") || !strings.Contains(message, c.want) {
			t.Errorf("panic %q, want %q in it", message, c.want)
		}
	}
	if all := ones(rows, in); !x.Equal(all) {
		t.Error("a refused operation changed a matrix")
	}
}

// panicOf returns the message with which f panics.
func panicOf(f func()) (message string) {
	defer func() { message = fmt.Sprint(recover()) }()
	f()
	return ""
}
