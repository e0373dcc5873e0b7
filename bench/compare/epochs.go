package main

import (
	"fmt"
	"time"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dataset"
	"github.com/bitdbn/bitdbn/rbm"
)

// training trains one machine on MNIST, epoch after epoch.
type training struct {
	t     *rbm.Trainer
	steps int
	level string
}

func newTraining(set *dataset.Set, level string, workers, hidden, batch int) (*training, error) {
	ws, err := bitdbn.NewWorkspace(workers)
	if err != nil {
		return nil, err
	}
	src := rbm.Bits{BitMatrix: set.Bits}
	m := rbm.New(src.Visible(), hidden)
	m.InitWeights(0.01, rbm.InitStream(1, 0))
	opt := rbm.DefaultOptions()
	opt.Epochs, opt.Batch, opt.Momentum = 1<<20, batch, rbm.Constant(0.9)
	t, err := rbm.NewTrainer(ws, m, src, opt)
	return &training{t: t, steps: (src.Rows() + batch - 1) / batch, level: level}, err
}

// epoch is a contender.
func (tr *training) epoch() (float64, error) {
	if err := bitdbn.SetLevel(tr.level); err != nil {
		return 0, err
	}
	start := time.Now()
	for range tr.steps {
		if err := tr.t.Step(); err != nil {
			return 0, err
		}
	}
	return time.Since(start).Seconds(), nil
}

// epochs compares epochs of CD-1 on MNIST.
func (c *comparison) epochs() error {
	set, err := dataset.Open(c.images, dataset.Options{Binarize: dataset.Threshold})
	if err != nil {
		return err
	}
	best := levels()[len(levels())-1]
	c.printf("## Epochs\n\nCD-1 on MNIST's 60,000 images, with momentum; NumPy without.\n\n")
	c.printf("| machine | batch | NumPy, s | avx2, s | ratio | %s, s | ratio | two threads, s | of one |\n|---|---|---|---|---|---|---|---|---|\n", best)
	for _, m := range []struct{ hidden, batch int }{{500, 100}, {2000, 128}} {
		contenders := []contender{func() (float64, error) { return c.numpy.seconds(fmt.Sprint("epoch ", m.hidden, " ", m.batch)) }}
		for _, own := range []struct {
			level   string
			workers int
		}{{"avx2", 1}, {best, 1}, {best, 2}} {
			tr, err := newTraining(set, own.level, own.workers, m.hidden, m.batch)
			if err != nil {
				return err
			}
			contenders = append(contenders, tr.epoch)
		}
		s, err := alternate(c.rounds, contenders...)
		if err != nil {
			return err
		}
		c.printf("| 784 × %d | %d | %.2f | %.3f | %.2f | %.3f | %.2f | %.3f | %.2f |\n",
			m.hidden, m.batch, s[0], s[1], s[0]/s[1], s[2], s[0]/s[2], s[3], s[2]/s[3])
	}
	c.printf("\n")
	return nil
}

// gibbs compares Gibbs steps of many chains.
func (c *comparison) gibbs() error {
	const chains, visible, hidden, steps = 10000, 784, 500, 5
	m := rbm.New(visible, hidden)
	m.InitWeights(0.1, rbm.InitStream(1, 0))
	p, err := m.Pack()
	if err != nil {
		return err
	}
	contenders := []contender{func() (float64, error) { return c.numpy.seconds(fmt.Sprint("gibbs ", hidden, " ", chains, " ", steps)) }}
	c.printf("## Gibbs chains\n\n%d chains of %d × %d, %d steps a measurement; a unit update is a draw of one unit, visible or hidden.\n\n", chains, visible, hidden, steps)
	c.printf("| program | threads | million unit updates a second | ratio |\n|---|---|---|---|\n")
	names := []string{"NumPy | 1"}
	for _, level := range levels() {
		for _, workers := range []int{1, 2} {
			ws, err := bitdbn.NewWorkspace(workers)
			if err != nil {
				return err
			}
			defer ws.Close()
			s := rbm.NewSampler(p, chains, 1)
			names = append(names, fmt.Sprintf("%s | %d", level, workers))
			contenders = append(contenders, func() (float64, error) {
				if err := bitdbn.SetLevel(level); err != nil {
					return 0, err
				}
				start := time.Now()
				s.Run(ws, steps)
				return time.Since(start).Seconds(), nil
			})
		}
	}
	seconds, err := alternate(c.rounds, contenders...)
	if err != nil {
		return err
	}
	for i, s := range seconds {
		c.printf("| %s | %.0f | %.2f |\n", names[i], chains*(visible+hidden)*steps/s/1e6, seconds[0]/s)
	}
	c.printf("\n")
	return nil
}
