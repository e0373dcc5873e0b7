package rbm

import (
	"math"
	"testing"
)

// TestCostsLeaveMeans requires that a machine with a strong cost of its weights
// comes to rest where its units are on as often as the data drive them: a cost of
// weights is none of biases, which can keep every mean in place. That the gradient
// is centred must not make the cost one of biases.
func TestCostsLeaveMeans(t *testing.T) {
	ws := workspace(t, 1)
	rows := repeat(text("111100", "111110", "111101", "000011", "110011", "111111"), 100)
	for _, center := range []bool{false, true} {
		o := plain(0.1)
		o.LearningRate, o.Center, o.L2 = Schedule{[]stage{{0, 0.3, 0.001}}}, center, 0.01
		o.Persistent, o.Chains, o.Batch, o.Epochs = true, 600, 600, 1500
		o.Momentum = Constant(0)
		src := bitRows(rows)
		m := New(src.Visible(), 3)
		m.InitWeights(0.5, InitStream(1, 0))
		m.InitVisibleBiases(src.Means(ws), src.Rows())
		r := refer(finish(t, trainer(t, ws, m, src, o)))
		means := make([]float64, r.v)
		for s, p := range r.distribution() {
			for i, x := range states(r.v)[s] {
				means[i] += p * x
			}
		}
		for i, want := range src.Means(ws) {
			if math.Abs(means[i]-want) > 0.01 {
				t.Errorf("centred %v: unit %d is on with probability %.4f, in the data %.4f", center, i, means[i], want)
			}
		}
	}
}

// TestStrongCost trains many visible units with a cost that the gradient of a
// hidden unit cannot hold against where the cost moves its input: no unit may end
// always on or always off.
func TestStrongCost(t *testing.T) {
	ws := workspace(t, 1)
	const visible, rows = 256, 100
	data := make([][]float64, rows)
	for r := range data {
		data[r] = make([]float64, visible)
		for i := range data[r] {
			data[r][i] = float64(r % 2)
		}
	}
	o := plain(0.2)
	o.Center, o.L2, o.Batch, o.Epochs, o.Persistent, o.Chains = true, 0.02, 20, 200, true, 20
	m := New(visible, 4)
	m.InitWeights(0.01, InitStream(1, 0))
	src := bitRows(data)
	trained := finish(t, trainer(t, ws, m, src, o))
	r := refer(trained)
	for j := range r.h {
		var mean float64
		for _, v := range data {
			mean += r.hiddenProbs(v)[j] / rows
		}
		if mean < 0.05 || mean > 0.95 {
			t.Errorf("hidden unit %d is on with probability %.3f", j, mean)
		}
	}
}
