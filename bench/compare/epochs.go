package main

import (
	"bytes"
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
func epochs(report *bytes.Buffer, rounds int, _, py *peer, images string) error {
	set, err := dataset.Open(images, dataset.Options{Binarize: dataset.Threshold})
	if err != nil {
		return err
	}
	best := levels()[len(levels())-1]
	fmt.Fprintf(report, "## Epochs\n\nCD-1 on MNIST's 60,000 images, with momentum; NumPy without.\n\n")
	fmt.Fprintf(report, "| machine | batch | NumPy, s | avx2, s | ratio | %s, s | ratio | two threads, s | of one |\n|---|---|---|---|---|---|---|---|---|\n", best)
	for _, c := range []struct{ hidden, batch int }{{500, 100}, {2000, 128}} {
		contenders := []contender{func() (float64, error) { return py.seconds(fmt.Sprint(c.hidden, c.batch)) }}
		for _, own := range []struct {
			level   string
			workers int
		}{{"avx2", 1}, {best, 1}, {best, 2}} {
			tr, err := newTraining(set, own.level, own.workers, c.hidden, c.batch)
			if err != nil {
				return err
			}
			contenders = append(contenders, tr.epoch)
		}
		s, err := alternate(rounds, contenders...)
		if err != nil {
			return err
		}
		fmt.Fprintf(report, "| 784 × %d | %d | %.2f | %.3f | %.2f | %.3f | %.2f | %.3f | %.2f |\n",
			c.hidden, c.batch, s[0], s[1], s[0]/s[1], s[2], s[0]/s[2], s[3], s[2]/s[3])
	}
	fmt.Fprintln(report)
	return nil
}
