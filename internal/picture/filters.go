package picture

import (
	"fmt"
	"io"

	"github.com/bitdbn/bitdbn/dbn"
)

// Filters writes the weights of the first n hidden units of a layer, counted
// from 1, as images of the given shape. Weights of a higher layer live in the
// space of the hidden units below; they are passed down linearly, W1·W2·…, to
// show what a unit stands for, with generative weights where a network has them.
// Labels are left out. In each image grey is 0, and the
// largest magnitude is black or white. The error wraps [ErrShape], or is w's.
func Filters(w io.Writer, net *dbn.Network, layer int, shape []int, n int) error {
	if layer < 1 || layer > len(net.Layers) {
		return fmt.Errorf("%w: there is no layer %d, expected 1 to %d", ErrShape, layer, len(net.Layers))
	}
	n = min(n, net.Layers[layer-1].Hidden)
	if n < 1 {
		return fmt.Errorf("%w: no hidden units to draw", ErrShape)
	}
	visible := net.Units()[0]
	values := make([]float32, 0, n*visible)
	for j := range n {
		values = append(values, centred(project(net, layer, j))...)
	}
	return Grid(w, values, n, shape)
}

// project returns what unit j of a layer stands for in visible space.
func project(net *dbn.Network, layer, j int) []float64 {
	v := make([]float64, net.Layers[layer-1].Hidden)
	v[j] = 1
	for l := layer - 1; l >= 0; l-- {
		m := net.Downwards(l)
		down := make([]float64, m.Visible-m.Labels)
		for i := range down {
			for k, x := range v {
				down[i] += x * float64(m.W[i*m.Hidden+k])
			}
		}
		v = down
	}
	return v
}

// centred maps 0 to ½ and the largest magnitude to 0 or 1.
func centred(v []float64) []float32 {
	var top float64
	for _, x := range v {
		top = max(top, x, -x)
	}
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = 0.5
		if top > 0 {
			out[i] += float32(x / top / 2)
		}
	}
	return out
}
