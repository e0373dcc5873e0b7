package bitdbn_test

import (
	"fmt"
	"reflect"
	"runtime"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// TestDownSameBits makes every kind of product with the downward weights of a
// layer, which workers share out in several ways, with shapes in which there are
// fewer hidden blocks than workers, more, and a multiple of them.
func TestDownSameBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	shapes := []struct{ rows, visible, hidden int }{
		{9, 300, 250}, {100, 784, 500}, {64, 130, 520}, {1, 512, 129}, {65, 192, 192}, {600, 200, 256}, {30, 40, 700},
	}
	if testing.Short() {
		shapes = shapes[:1]
	}
	for _, s := range shapes {
		for _, density := range []float64{0, 0.1, 0.5} {
			rng := newRand(4)
			p := randomParams(rng, s.visible, s.hidden, 0.1)
			m := load(t, newWorkspace(t, 1), s.visible, s.hidden, p, bitdbn.NewParams(s.visible, s.hidden))
			h := randomBits(rng, s.rows, s.hidden, density)
			want := downProducts(newWorkspace(t, 1), m.Down(), h)
			for _, workers := range []int{2, 3, 4, 7} {
				for _, processors := range []int{1, 2} {
					runtime.GOMAXPROCS(processors)
					if !reflect.DeepEqual(downProducts(newWorkspace(t, workers), m.Down(), h), want) {
						t.Errorf("%+v, density %v: other results with %d workers on %d processors", s, density, workers, processors)
					}
				}
			}
		}
	}
}

// downProducts returns what each kind of product makes of h, twice each, so that
// the second finds a used workspace.
func downProducts(ws *bitdbn.Workspace, w *bitdbn.Weights, h *bitdbn.BitMatrix) []any {
	n := h.Rows() * w.Out()
	draws := bitdbn.NewStream(1, 2).At(3)
	var all []any
	for range 2 {
		inputs, probs := make([]float32, n), make([]float32, n)
		fixed, drawn := bitdbn.NewFixedMatrix(h.Rows(), w.Out()), bitdbn.NewFixedMatrix(h.Rows(), w.Out())
		bits, alone, annealed := ones(h.Rows(), w.Out()), ones(h.Rows(), w.Out()), ones(h.Rows(), w.Out())
		sums, work := make([]float64, h.Rows()), make([]float64, h.Rows())
		w.Activations(ws, inputs, h)
		w.Probs(ws, probs, h)
		w.Fixed(ws, fixed, h)
		w.Sample(ws, bits, drawn, h, draws)
		w.Sample(ws, alone, nil, h, draws)
		w.Softplus(ws, sums, h)
		w.Anneal(ws, annealed, work, h, draws, 0.3, 0.4)
		all = append(all, inputs, probs, fixed, bits, drawn, alone, sums, annealed, work)
	}
	if !reflect.DeepEqual(all[:len(all)/2], all[len(all)/2:]) {
		return []any{fmt.Errorf("a used workspace has other results")}
	}
	return all
}
