package main

import (
	"fmt"
	"strings"

	"github.com/bitdbn/bitdbn"
)

// layer is the operands of one product, and storage for its results.
type layer struct {
	b, k, n int
	ws      *bitdbn.Workspace
	w       *bitdbn.Weights
	x       *bitdbn.BitMatrix
	y       []float32
	h       *bitdbn.BitMatrix
	p       *bitdbn.FixedMatrix
	draws   bitdbn.Draws
}

// newLayer returns operands with the given part of the bits set.
func newLayer(b, k, n int, density float64) (*layer, error) {
	ws, err := bitdbn.NewWorkspace(1)
	if err != nil {
		return nil, err
	}
	l := &layer{b: b, k: k, n: n, ws: ws, w: bitdbn.NewWeights(k, n), x: bitdbn.NewBitMatrix(b, k),
		y: make([]float32, b*n), h: bitdbn.NewBitMatrix(b, n), p: bitdbn.NewFixedMatrix(b, n), draws: bitdbn.NewStream(1, 0).At(0)}
	random := bitdbn.NewStream(2, 0)
	values := make([]float32, k*n)
	for i := range values {
		values[i] = float32(random.Word(0, 0, uint32(i)))/(1<<32) - 0.5
	}
	for i := range b {
		for j := range k {
			l.x.Set(i, j, float64(random.Word(1, uint32(i), uint32(j)))/(1<<32) < density)
		}
	}
	return l, l.w.Pack(values, make([]float32, n))
}

// at returns a contender that runs f at a level.
func (l *layer) at(level string, f func()) contender {
	return func() (float64, error) {
		if err := bitdbn.SetLevel(level); err != nil {
			return 0, err
		}
		return timed(f), nil
	}
}

func (l *layer) product() { l.w.Activations(l.ws, l.y, l.x) }

// products compares x·W + c with float32 results to sgemm.
func (c *comparison) products() error {
	c.printf("## Products\n\n`Weights.Activations`, bits × weights + bias into float32, against sgemm of the same shape. GMAC/s counts every multiplication of the dense product.\n\n")
	c.printf("| rows × in × out | bits set | sgemm, GMAC/s |")
	for _, l := range levels() {
		c.printf(" %s, GMAC/s | ratio |", l)
	}
	c.printf("\n|---|---|---|%s\n", strings.Repeat("---|---|", len(levels())))
	for _, shape := range [][3]int{{128, 784, 512}, {512, 784, 512}, {128, 784, 2000}} {
		for _, density := range []float64{0.5, 0.13} {
			l, err := newLayer(shape[0], shape[1], shape[2], density)
			if err != nil {
				return err
			}
			contenders := []contender{func() (float64, error) { return c.blas.seconds(fmt.Sprint(l.b, l.k, l.n)) }}
			for _, level := range levels() {
				contenders = append(contenders, l.at(level, l.product))
			}
			s, err := alternate(c.rounds, contenders...)
			if err != nil {
				return err
			}
			macs := float64(l.b*l.k*l.n) / 1e9
			c.printf("| %d × %d × %d | %.0f %% | %.0f |", l.b, l.k, l.n, 100*density, macs/s[0])
			for _, own := range s[1:] {
				c.printf(" %.0f | %.2f |", macs/own, s[0]/own)
			}
			c.printf("\n")
			l.ws.Close()
		}
	}
	c.printf("\n")
	return nil
}

// units shows what drawing costs on top of the product.
func (c *comparison) units() error {
	c.printf("## Draws\n\n128 × 784 × 500, half of the bits set: sigmoid, draw and packing, fused with the product, and the same with 16-bit probabilities stored.\n\n")
	c.printf("| level | product, µs | drawn | drawn, with probabilities |\n|---|---|---|---|\n")
	l, err := newLayer(128, 784, 500, 0.5)
	if err != nil {
		return err
	}
	defer l.ws.Close()
	for _, level := range levels() {
		s, err := alternate(c.rounds,
			l.at(level, l.product),
			l.at(level, func() { l.w.Sample(l.ws, l.h, nil, l.x, l.draws) }),
			l.at(level, func() { l.w.Sample(l.ws, l.h, l.p, l.x, l.draws) }))
		if err != nil {
			return err
		}
		c.printf("| %s | %.1f | %+.1f %% | %+.1f %% |\n", level, 1e6*s[0], 100*(s[1]/s[0]-1), 100*(s[2]/s[0]-1))
	}
	c.printf("\n")
	return nil
}
