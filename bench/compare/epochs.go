package main

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"gonum.org/v1/gonum/blas/blas32"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dataset"
	"github.com/bitdbn/bitdbn/rbm"
)

const (
	epochRows    = 60000 // of MNIST
	measuredRows = 12000 // of which a contender trains on so many at a time,
	slowRows     = 2400  // a slow one on so many,
	slowestRows  = 200   // and one that is a thousand times slower on so many
)

// training trains one machine on some rows.
type training struct {
	ws    *bitdbn.Workspace
	t     *rbm.Trainer
	steps int // a measurement
	level string
}

// newTraining returns a training whose measurement is rows rows.
func newTraining(src rbm.Source, level string, workers, hidden, batch, k, rows int) (*training, error) {
	ws, err := bitdbn.NewWorkspace(workers)
	if err != nil {
		return nil, err
	}
	m := rbm.New(src.Visible(), hidden)
	m.InitWeights(0.01, rbm.InitStream(1, 0))
	m.InitVisibleBiases(src.Means(ws), src.Rows()) // as bitdbn train does: visible units are as sparse as the data
	opt := rbm.DefaultOptions(src.Rows(), src.Visible(), hidden)
	opt.Epochs, opt.Batch, opt.Center = 1<<20, batch, false // as the peers
	opt.LearningRate, opt.Momentum, opt.GibbsSteps = rbm.Constant(0.05), rbm.Constant(0.9), rbm.Constant(float64(k))
	t, err := rbm.NewTrainer(ws, m, src, opt)
	return &training{ws: ws, t: t, steps: max(rows/batch, 1), level: level}, err
}

// seconds is a contender.
func (tr *training) seconds() (float64, error) {
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

// checkTraining requires the first steps of every level to lead to the weights of
// pure Go.
func checkTraining(src rbm.Source, hidden, batch int) error {
	var want []float32
	for _, level := range bitdbn.Levels() {
		tr, err := newTraining(src, level, 2, hidden, batch, 1, 3*batch)
		if err != nil {
			return err
		}
		_, err = tr.seconds()
		tr.ws.Close()
		if err != nil {
			return err
		}
		w := tr.t.Model().W
		if want == nil {
			want = w
		}
		if !slices.Equal(w, want) {
			return fmt.Errorf("%d steps of 784 × %d at level %s lead to other weights than at %s", tr.steps, hidden, level, bitdbn.Levels()[0])
		}
	}
	return nil
}

// oneThread runs f while Go has one processor.
func oneThread(f func() float64) float64 {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	return f()
}

func (c *comparison) mnist() (rbm.Bits, error) {
	set, err := dataset.Open(c.images, dataset.Options{Binarize: dataset.Threshold})
	if err != nil {
		return rbm.Bits{}, err
	}
	return rbm.Bits{BitMatrix: set.Bits}, nil
}

// gonumEpoch returns a contender with gonum's products.
func gonumEpoch(src rbm.Bits, hidden, batch int) contender {
	m := newGonumRBM(src.Visible(), hidden, batch)
	var batches []blas32.General
	for lo := 0; lo+batch <= slowRows; lo += batch {
		rows, x := src.Slice(lo, lo+batch), general(batch, src.Visible())
		unpack(x, &rows)
		batches = append(batches, x)
	}
	return func() (float64, error) {
		return oneThread(func() float64 {
			start := time.Now()
			for _, x := range batches {
				m.step(x, 0.05)
			}
			return time.Since(start).Seconds()
		}), nil
	}
}

// entrant is a program in a comparison, and how many rows a measurement of it is.
type entrant struct {
	name, threads string
	rows          int
	contender
}

// epochs compares CD-1 on MNIST.
func (c *comparison) epochs() error {
	src, err := c.mnist()
	if err != nil {
		return err
	}
	c.printf("## Epochs\n\nCD-1 on MNIST's 60,000 images, in seconds an epoch, from measurements of %d images (gonum and purego %d, nnet %d). bitdbn trains with momentum, the others without; scikit-learn keeps persistent chains.\n\n",
		measuredRows, slowRows, slowestRows)
	for _, m := range []struct{ hidden, batch int }{{500, 100}, {2000, 128}} {
		if err := checkTraining(src, m.hidden, m.batch); err != nil {
			return err
		}
		var all []entrant
		for _, name := range []string{"NumPy", "PyTorch", "scikit-learn"} {
			all = append(all, entrant{name, "1", measuredRows, c.peers[name].ask("epoch", m.hidden, m.batch, measuredRows)})
		}
		all = append(all,
			entrant{"gonum", "1", slowRows / m.batch * m.batch, gonumEpoch(src, m.hidden, m.batch)},
			entrant{"nnet", "1", slowestRows / m.batch * m.batch, c.peers["nnet"].ask("epoch", m.hidden, m.batch, slowestRows)})
		for i, level := range bitdbn.Levels() {
			rows := measuredRows
			if i == 0 { // no assembly
				rows = slowRows
			}
			for _, workers := range []int{1, 2} {
				tr, err := newTraining(src, level, workers, m.hidden, m.batch, 1, rows)
				if err != nil {
					return err
				}
				defer tr.ws.Close()
				all = append(all, entrant{"bitdbn, " + level, fmt.Sprint(workers), tr.steps * m.batch, tr.seconds})
			}
		}
		if err := c.epochTable(fmt.Sprintf("784 × %d, batches of %d", m.hidden, m.batch), all); err != nil {
			return err
		}
	}
	return nil
}

// epochTable measures entrants, and writes a row for each.
func (c *comparison) epochTable(title string, all []entrant) error {
	var contenders []contender
	for _, e := range all {
		contenders = append(contenders, e.contender)
	}
	s, err := alternate(c.rounds, contenders...)
	if err != nil {
		return err
	}
	own := sample{}
	for i, e := range all {
		s[i] = s[i].scaled(epochRows / float64(e.rows))
		if e.name == "bitdbn, "+best() && e.threads == "1" {
			own = s[i]
		}
	}
	c.printf("%s:\n\n| program | threads | an epoch, s | times that of %s on one thread |\n|---|---|---|---|\n", title, best())
	for i, e := range all {
		c.printf("| %s | %s | %s | %s |\n", e.name, e.threads, s[i].seconds(1), ratio(s[i], own))
	}
	c.printf("\n")
	c.headline("epoch/"+title, own.median, s[0].median)
	return nil
}

// scaled returns the sample of scale times the work.
func (s sample) scaled(scale float64) sample {
	return sample{scale * s.median, scale * s.least, scale * s.most}
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
	var contenders []contender
	var names []string
	for _, name := range []string{"NumPy", "PyTorch", "scikit-learn"} {
		contenders = append(contenders, c.peers[name].ask("gibbs", hidden, chains, steps))
		names = append(names, name+" | 1")
	}
	for _, level := range levels() {
		for _, workers := range []int{1, 2} {
			ws, err := bitdbn.NewWorkspace(workers)
			if err != nil {
				return err
			}
			defer ws.Close()
			s := rbm.NewSampler(p, chains, 1)
			names = append(names, fmt.Sprintf("bitdbn, %s | %d", level, workers))
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
	c.printf("## Gibbs chains\n\n%d chains of %d × %d, %d steps a measurement; a unit update is a draw of one unit, visible or hidden.\n\n", chains, visible, hidden, steps)
	c.printf("| program | threads | million unit updates a second | of NumPy |\n|---|---|---|---|\n")
	seconds, err := alternate(c.rounds, contenders...)
	if err != nil {
		return err
	}
	for i, s := range seconds {
		c.printf("| %s | %s | %s |\n", names[i], s.rate(chains*(visible+hidden)*steps/1e6), ratio(seconds[0], s))
	}
	c.printf("\n")
	return nil
}
