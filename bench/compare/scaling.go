package main

import (
	"path/filepath"
	"runtime"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
)

// size is a machine and a way to train it.
type size struct{ visible, hidden, batch, k, threads int }

// usual is what the others differ from in one thing.
var usual = size{784, 500, 100, 1, 1}

// scalings are series of sizes, each along one axis.
var scalings = []struct {
	axis  string
	sizes func() []size
	value func(s size) int
}{
	{"batch", vary([]int{10, 20, 50, 100, 200, 500, 1000}, func(s *size, n int) { s.batch = n }), func(s size) int { return s.batch }},
	{"visible units", vary([]int{100, 200, 400, 784, 1600, 3200, 6400}, func(s *size, n int) { s.visible = n }), func(s size) int { return s.visible }},
	{"hidden units", vary([]int{64, 128, 256, 500, 1000, 2000, 4000}, func(s *size, n int) { s.hidden = n }), func(s size) int { return s.hidden }},
	{"Gibbs steps k", vary([]int{1, 2, 5, 10, 20}, func(s *size, n int) { s.k = n }), func(s size) int { return s.k }},
	{"threads", vary([]int{1, 2}, func(s *size, n int) { s.threads = n }), func(s size) int { return s.threads }},
}

// vary returns the usual size with one thing at several values.
func vary(values []int, set func(s *size, n int)) func() []size {
	return func() []size {
		var all []size
		for _, n := range values {
			s := usual
			set(&s, n)
			all = append(all, s)
		}
		return all
	}
}

// work returns the multiply-adds of a dense step: up, k times down and up, and
// two correlations.
func (s size) work() float64 {
	return float64(s.batch) * float64(s.visible) * float64(s.hidden) * float64(3+2*s.k)
}

// rowsOf returns random rows for a size, enough for several batches.
func rowsOf(visible, rows int, density float64) rbm.Bits {
	m, random := bitdbn.NewBitMatrix(rows, visible), bitdbn.NewStream(1, 0)
	for r := range rows {
		for i := range visible {
			m.Set(r, i, float64(random.Word(0, uint32(r), uint32(i)))/(1<<32) < density)
		}
	}
	return rbm.Bits{BitMatrix: m}
}

// stepTime measures CD-k steps of a size at the best level.
func (c *comparison) stepTime(s size, density float64) (sample, error) {
	tr, err := newTraining(rowsOf(s.visible, 4*s.batch, density), best(), s.threads, s.hidden, s.batch, s.k, 0)
	if err != nil {
		return sample{}, err
	}
	defer tr.ws.Close()
	for took := 0.0; took < 0.05; tr.steps *= 2 {
		if took, err = tr.seconds(); err != nil {
			return sample{}, err
		}
	}
	measured, err := alternate(c.rounds, tr.seconds)
	if err != nil {
		return sample{}, err
	}
	return measured[0].scaled(1 / float64(tr.steps)), nil
}

// scaling shows how the cost of a multiply-add depends on the size.
func (c *comparison) scaling() error {
	c.printf("## Scaling\n\nCD-k steps at level %s, of %d × %d in batches of %d with k = 1 on one thread, but for one thing; 20 %% of the visible bits set. "+
		"A weight's cost is the time of a step over weights, rows and 3 + 2k, the products in a step: flat where only work grows.\n\n",
		best(), usual.visible, usual.hidden, usual.batch)
	c.printf("| axis | value | a step, µs | a weight, row and product, ps |\n|---|---|---|---|\n")
	var lines []line
	for _, axis := range scalings {
		l := line{title: axis.axis}
		for _, s := range axis.sizes() {
			if s.threads > runtime.NumCPU() {
				continue
			}
			t, err := c.stepTime(s, 0.2)
			if err != nil {
				return err
			}
			cost := 1e12 * t.median / s.work()
			c.printf("| %s | %d | %s | %s |\n", axis.axis, axis.value(s), t.seconds(1e6), digits(cost))
			l.x, l.y = append(l.x, float64(axis.value(s))), append(l.y, cost)
		}
		lines = append(lines, l)
	}
	c.printf("\n")
	if c.out == "" {
		return nil
	}
	c.printf("![scaling](scaling.png)\n\n")
	return plotScaling(filepath.Join(filepath.Dir(c.out), "scaling.png"), lines)
}

// large compares the throughput of machines of very different sizes.
func (c *comparison) large() error {
	c.printf("## Large machines\n\nCD-1 in batches of 100 at level %s on one thread. An update is one weight moved by one batch.\n\n", best())
	c.printf("| machine | bits set | a step, ms | million updates a second | of 784 × 500 | memory of weights, momenta and packed copies |\n|---|---|---|---|---|---|\n")
	var first float64
	for _, m := range []struct {
		visible, hidden int
		density         float64
	}{{784, 500, 0.2}, {4096, 4096, 0.2}, {100000, 1000, 0.01}} {
		t, err := c.stepTime(size{m.visible, m.hidden, 100, 1, 1}, m.density)
		if err != nil {
			return err
		}
		weights := float64(m.visible) * float64(m.hidden)
		rate := weights / t.median
		if first == 0 {
			first = rate
		}
		c.printf("| %d × %d | %.0f %% | %s | %s | %.2f | %s MB |\n", m.visible, m.hidden, 100*m.density, t.seconds(1e3), t.rate(weights/1e6), rate/first, digits(12*weights/1e6))
	}
	c.printf("\n")
	return nil
}

// memory shows what a training holds.
func (c *comparison) memory() error {
	c.printf("## Memory\n\nWhat a CD-1 training holds beside its data, batches of 100, one thread.\n\n| machine | MB | bytes a weight |\n|---|---|---|\n")
	for _, m := range [][2]int{{784, 500}, {784, 2000}, {4096, 4096}, {20000, 1000}} {
		src := rowsOf(m[0], 100, 0.1)
		before := heap()
		tr, err := newTraining(src, best(), 1, m[1], 100, 1, 100)
		if err != nil {
			return err
		}
		used := heap() - before
		c.printf("| %d × %d | %s | %.1f |\n", m[0], m[1], digits(used/1e6), used/float64(m[0]*m[1]))
		tr.ws.Close()
	}
	c.printf("\n")
	return nil
}

// heap returns the bytes in use.
func heap() float64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return float64(s.HeapAlloc)
}
