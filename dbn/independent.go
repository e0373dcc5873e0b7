package dbn

import (
	"math"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
)

// Independent returns the mean log-probability of the first rows of src, at most n
// of them, by independent units that are on as often as in base, smoothed by half
// a row of ones and half a row of zeros: Σ_i x_i·b_i − log(1+e^b_i) with the biases b
// of [rbm.Model.InitVisibleBiases]. A model that is worse has learned less than
// nothing. Labels are left out.
func Independent(ws *bitdbn.Workspace, base, src rbm.Source, n int) Term {
	base, src = withoutLabels(base), withoutLabels(src)
	m := rbm.New(base.Visible(), 1)
	m.InitVisibleBiases(base.Means(ws), base.Rows())
	var off float64 // log-probability of a row of zeros
	for _, b := range m.B {
		off -= max(float64(b), 0) + math.Log1p(math.Exp(-math.Abs(float64(b))))
	}
	var values []float64
	for x := range batches(ws, src, min(n, src.Rows())) {
		for r := range x.Rows() {
			values = append(values, off+biasOf(m, x.Row(r)))
		}
	}
	return NewTerm(values)
}

// withoutLabels returns the rows of src alone.
func withoutLabels(src rbm.Source) rbm.Source {
	if l, ok := src.(Labelled); ok {
		return l.Source
	}
	return src
}
