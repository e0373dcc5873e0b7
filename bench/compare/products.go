package main

import (
	"fmt"
	"slices"
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

// densities of bits that products are measured with.
var densities = []float64{0.5, 0.13}

// products compares x·W + c with float32 results to sgemm.
func (c *comparison) products() error {
	c.printf("## Products\n\n`Weights.Activations`, bits × weights + bias into float32, against sgemm of the same shape by OpenBLAS and by gonum. "+
		"GMAC/s counts every multiplication of the dense product; in brackets, as parts of what this core can do at most: fused multiply-adds of that level, "+
		"and loads, counting the weights of bits that are set (products by tables load fewer). Products of %s are checked against those of purego first.\n\n", strings.Join(levels(), ", "))
	c.printf("| rows × in × out | bits set | OpenBLAS | gonum |")
	for _, l := range levels() {
		c.printf(" %s | of OpenBLAS | of gonum |", l)
	}
	c.printf("\n|---|---|---|---|%s\n", strings.Repeat("---|---|---|", len(levels())))
	for _, shape := range [][3]int{{128, 784, 512}, {512, 784, 512}, {128, 784, 2000}} {
		for _, density := range densities {
			if err := c.product(shape, density); err != nil {
				return err
			}
		}
	}
	c.printf("\n")
	return nil
}

func (c *comparison) product(shape [3]int, density float64) error {
	l, err := newLayer(shape[0], shape[1], shape[2], density)
	if err != nil {
		return err
	}
	defer l.ws.Close()
	if err := l.check(); err != nil {
		return err
	}
	contenders := []contender{c.peers["OpenBLAS"].ask("sgemm", l.b, l.k, l.n), newGemm(l).seconds}
	for _, level := range levels() {
		contenders = append(contenders, l.at(level, l.product))
	}
	s, err := alternate(c.rounds, contenders...)
	if err != nil {
		return err
	}
	macs := float64(l.b * l.k * l.n)
	c.printf("| %d × %d × %d | %.0f %% | %s | %s |", l.b, l.k, l.n, 100*density, s[0].rate(macs/1e9), s[1].rate(macs/1e9))
	for i, level := range levels() {
		own := s[2+i]
		r := c.roofs[level]
		c.printf(" %s (%.0f %%, %.0f %%) | %s | %s |", own.rate(macs/1e9), 100*macs/own.median/r.fma, 100*4*macs*density/own.median/r.load, ratio(s[0], own), ratio(s[1], own))
		c.headline(fmt.Sprintf("product/%d×%d×%d/%.0f/%s", l.b, l.k, l.n, 100*density, level), macs/1e9/own.median, macs/1e9/s[0].median)
	}
	c.printf("\n")
	return nil
}

// check requires the product of every level to be that of pure Go.
func (l *layer) check() error {
	var want []float32
	for _, level := range bitdbn.Levels() {
		if err := bitdbn.SetLevel(level); err != nil {
			return err
		}
		l.product()
		if want == nil {
			want = slices.Clone(l.y)
		}
		if !slices.Equal(l.y, want) {
			return fmt.Errorf("product of %d × %d × %d at level %s is not that of %s", l.b, l.k, l.n, level, bitdbn.Levels()[0])
		}
	}
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
		c.printf("| %s | %.1f | %+.1f %% | %+.1f %% |\n", level, 1e6*s[0].median, 100*(s[1].median/s[0].median-1), 100*(s[2].median/s[0].median-1))
	}
	c.printf("\n")
	return nil
}
