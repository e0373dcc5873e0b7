package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/mlp"
	"github.com/spf13/cobra"
)

// backpropFlags are the options of finetune backprop.
type backpropFlags struct {
	runFlags
	data           dataFlags
	model          string
	fresh          []int
	opt            mlp.Options
	lr, momentum   string
	rows, patience int
	set            func(flag string) bool
}

func newBackprop() *cobra.Command {
	b := new(backpropFlags)
	c := &cobra.Command{
		Use:   "backprop -m pre.safetensors --data D --out m.safetensors",
		Short: "Fine-tune as a classifier by backpropagation",
		Long: `Backprop makes the stack a feed-forward network of sigmoid units with a softmax
output, and trains it on the labels of the data; --fresh starts from random
weights instead, for comparison. Grey rows enter as they are, not drawn. With
--average-from the network becomes the mean of the epochs from there on, which
lets the learning rate stay where it is. With --valid the network that is kept is
that of the epoch with the fewest held-out errors, and --patience ends the
training when so many epochs had no fewer. Ctrl-C saves the training, and
--resume goes on as if it had never stopped.`,
		Example: `  bitdbn finetune backprop -m pre.safetensors --data mnist:fit --valid mnist:valid --out net.safetensors
  bitdbn finetune backprop -m tuned.safetensors --data mnist --epochs 20 --average-from 4 --input-dropout 0.4 --out net.safetensors
  bitdbn finetune backprop --fresh 500,500,2000 --data mnist:fit --valid mnist:valid --out net.safetensors`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return b.run(c.Context(), c) },
	}
	f := c.Flags()
	modelFlag(c, &b.model)
	b.data.register(f)
	b.register(c, "held-out data")
	f.IntSliceVar(&b.fresh, "fresh", nil, "hidden units of a network with random weights, in place of -m")
	f.IntVar(&b.rows, "rows", 0, "rows of the data to train on, the first ones (default all)")
	f.IntVar(&b.opt.Epochs, "epochs", 0, "passes over the data (default 60 from a fresh network, 30 from a pretrained and 20 from a fine-tuned one, more for few rows)")
	f.IntVar(&b.opt.Batch, "batch", 0, "rows in a batch (default 100, or all)")
	f.StringVar(&b.lr, "lr", "", "learning rate, a schedule (default 0.1..0.0005)")
	f.StringVar(&b.momentum, "momentum", "", "momentum, a schedule (default 0.9)")
	f.Float64Var(&b.opt.L2, "l2", 0, "cost of half the squared weights")
	f.Float64Var(&b.opt.Dropout, "dropout", 0, "part of the hidden units that a step leaves out")
	f.Float64Var(&b.opt.InputDropout, "input-dropout", 0, "part of the inputs that a step leaves out (default 0.2)")
	f.IntVar(&b.opt.AverageFrom, "average-from", 0, averageUsage)
	f.IntVar(&b.patience, "patience", 0, "epochs without fewer held-out errors that end the training; 0 for no end")
	f.Uint64Var(&b.opt.Seed, "seed", 1, "seed of all random words")
	return c
}

// check returns an error for flags that do not go together.
func (b *backpropFlags) check(c *cobra.Command) error {
	b.set = c.Flags().Changed
	starts := 0
	for _, given := range []bool{b.model != "", b.resume != "", len(b.fresh) > 0} {
		if given {
			starts++
		}
	}
	switch {
	case starts != 1:
		return fmt.Errorf("%w: give -m, --fresh or --resume, one of them", errUsage)
	case b.rows < 0, b.patience < 0:
		return fmt.Errorf("%w: --rows %d, --patience %d, expected 0 or more", errUsage, b.rows, b.patience)
	case b.patience > 0 && b.valid == "":
		return fmt.Errorf("%w: --patience needs --valid", errUsage)
	}
	for _, h := range b.fresh {
		if h < 1 {
			return fmt.Errorf("%w: --fresh %v, expected numbers of units", errUsage, b.fresh)
		}
	}
	if err := b.runFlags.check(); err != nil {
		return err
	}
	if b.resume != "" {
		if err := refuse(c, "batch", "lr", "momentum", "l2", "dropout", "input-dropout", "average-from", "seed", "binarize", "threshold"); err != nil {
			return err
		}
	}
	_, err := b.options(1, mlp.Fresh)
	return err
}

// options returns the options for so many rows: the defaults, but for what flags say.
func (b *backpropFlags) options(rows int, start mlp.Start) (mlp.Options, error) {
	o := mlp.DefaultOptions(rows, start)
	if b.set("epochs") {
		o.Epochs = b.opt.Epochs
	}
	if b.set("batch") {
		o.Batch = b.opt.Batch
	}
	if b.set("input-dropout") {
		o.InputDropout = b.opt.InputDropout
	}
	o.L2, o.Dropout, o.AverageFrom, o.Seed = b.opt.L2, b.opt.Dropout, b.opt.AverageFrom, b.opt.Seed
	if err := parseGiven(b.set, scheduleFlag{"lr", b.lr, &o.LearningRate}, scheduleFlag{"momentum", b.momentum, &o.Momentum}); err != nil {
		return o, err
	}
	if err := o.Validate(); err != nil {
		return o, fmt.Errorf("%w: %w", errUsage, err)
	}
	return o, nil
}

func (b *backpropFlags) run(ctx context.Context, c *cobra.Command) error {
	if err := b.check(c); err != nil {
		return err
	}
	if err := b.settle(); err != nil {
		return err
	}
	ws, err := bitdbn.NewWorkspace(b.threads)
	if err != nil {
		return err
	}
	defer ws.Close()
	p := &backprop{flags: b, ws: ws, show: newProgress(b.quiet), saved: time.Now()}
	if err := p.start(); err != nil {
		return err
	}
	return p.run(ctx)
}

// backprop is a training in progress.
type backprop struct {
	flags *backpropFlags
	ws    *bitdbn.Workspace
	t     *mlp.Trainer
	show  *progress
	info  map[string]string
	saved time.Time

	valid       mlp.Rows // nil without --valid
	validLabels []int
	best        *mlp.Network // of the epoch with the fewest errors, or nil
	bestErrors  int
	bestEpoch   int
	evaluated   int // the last epoch whose held-out errors were counted
	last        *classificationReport
}

// errStopped ends a training that has lost patience.
var errStopped = errors.New("no fewer errors")

// start reads the model and the data.
func (p *backprop) start() error {
	b := p.flags
	net, file, err := p.network()
	if err != nil {
		return err
	}
	b.data.labels = true
	set, err := b.data.load()
	if err != nil {
		return err
	}
	p.show.printf("%s: %s", set.Name, set.Describe())
	set = firstRows(set, b.rows)
	src, err := labelled(source(p.ws, set, b.opt.Seed), set, p.known(net, file))
	if err != nil {
		return err
	}
	l := src.(dbn.Labelled)
	rows, labels := mlp.RowsOf(p.ws, l), l.Labels
	if b.valid != "" {
		if err := p.startValid(set.Cols); err != nil {
			return err
		}
	}
	if file != nil {
		return p.resume(file, rows, labels)
	}
	start := mlp.Fresh
	var n *mlp.Network
	if net == nil {
		n = mlp.New(b.opt.Seed, append(append([]int{set.Cols}, b.fresh...), l.Classes)...)
		p.info = b.data.info(set)
	} else {
		if start = mlp.Pretrained; net.Generative != nil {
			start = mlp.FineTuned
		}
		if n, err = mlp.FromStack(net, l.Classes); err != nil {
			return err
		}
	}
	o, err := b.options(rows.Rows(), start)
	if err != nil {
		return err
	}
	p.show.printf("backprop: %s", describeBackprop(&o))
	p.t, err = mlp.NewTrainer(p.ws, n, rows, labels, o)
	return err
}

// network reads the stack of -m, or the file of --resume.
func (p *backprop) network() (*dbn.Network, *mlp.File, error) {
	b := p.flags
	switch {
	case b.resume != "":
		f, err := mlp.Load(b.resume)
		if err != nil {
			return nil, nil, err
		}
		p.take(f.Info)
		if f.Training != nil {
			b.opt.Seed = f.Training.Options.Seed // of rows that are drawn once
		}
		return nil, f, nil
	case b.model != "":
		f, err := dbn.Load(b.model)
		if err != nil {
			return nil, nil, err
		}
		p.take(f.Info)
		return f.Network, nil, nil
	}
	return nil, nil, nil
}

// known returns the number of classes that a model knows, 0 if it knows none.
func (p *backprop) known(net *dbn.Network, file *mlp.File) int {
	switch {
	case net != nil:
		return net.Classes()
	case file != nil:
		return file.Network.Classes()
	}
	return 0
}

// take keeps the notes of a model, and reads data as they say.
func (p *backprop) take(info map[string]string) {
	p.info = maps.Clone(info)
	d := &p.flags.data
	d.name = cmp.Or(d.name, info["data"])
	d.follow(info)
	d.note(p.info)
}

func (p *backprop) startValid(width int) error {
	set, err := p.flags.data.loadAs(p.flags.valid)
	if err != nil {
		return err
	}
	if err := checkWidth(set, width); err != nil {
		return err
	}
	p.show.printf("%s: %s", set.Name, set.Describe())
	src, err := labelled(source(p.ws, set, p.flags.opt.Seed), set, 0)
	if err != nil {
		return err
	}
	p.valid, p.validLabels = mlp.RowsOf(p.ws, src), set.Labels
	return nil
}

func (p *backprop) resume(f *mlp.File, rows mlp.Rows, labels []int) error {
	epochs := 0
	if p.flags.set("epochs") {
		epochs = p.flags.opt.Epochs
	}
	var err error
	if p.t, err = mlp.Resume(p.ws, f, rows, labels, epochs); err != nil {
		return fmt.Errorf("%s: %w", p.flags.resume, err)
	}
	notes := f.Training.Notes
	p.evaluated = int(notes["evaluated_epoch"])
	if epoch, ok := notes["best_epoch"]; ok {
		p.best, p.bestEpoch, p.bestErrors = f.Network, int(epoch), int(notes["best_errors"])
	}
	return nil
}

func (p *backprop) run(ctx context.Context) error {
	began := time.Now()
	p.show.start = began
	var err error
	switch {
	case p.t.EpochDone() && p.evaluated < p.t.Cursor().Epoch: // interrupted before it was
		err = p.epochDone(ctx)
	case p.t.Cursor().Step == 0 && p.valid != nil:
		err = p.evaluate(ctx, "before", p.t.Network())
	}
	if err == nil {
		err = p.t.Run(ctx, func() error { return p.after(ctx) })
	}
	p.show.clear()
	switch {
	case errors.Is(err, errStopped):
	case err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()):
		if err := p.save(); err != nil {
			return err
		}
		return p.flags.interrupted("finetune backprop", p.flags.data.name)
	case err != nil:
		return err
	}
	if err := p.save(); err != nil {
		return err
	}
	p.show.printf("trained in %.1f s; wrote %s", time.Since(began).Seconds(), p.flags.out)
	if p.best != nil {
		p.show.printf("kept the network of epoch %d: held-out error %.2f %%", p.bestEpoch, 100*float64(p.bestErrors)/float64(p.valid.Rows()))
	}
	if p.flags.json {
		return writeJSON(map[string]any{"model": p.flags.out, "seconds": time.Since(began).Seconds(),
			"last": p.last, "best_errors": p.bestErrors, "best_epoch": p.bestEpoch})
	}
	return nil
}

// after follows each step.
func (p *backprop) after(ctx context.Context) error {
	if p.flags.checkpointDue(p.saved) {
		if err := p.save(); err != nil {
			return err
		}
	}
	if !p.t.EpochDone() {
		return nil
	}
	return p.epochDone(ctx)
}

// epochDone counts the held-out errors after an epoch, and ends the training
// if they have not become fewer for long.
func (p *backprop) epochDone(ctx context.Context) error {
	c := p.t.Cursor()
	line := fmt.Sprintf("epoch %d/%d: %.1f s, loss %.4f", c.Epoch, p.t.Epochs(), time.Since(p.show.start).Seconds(), c.Loss)
	if p.valid == nil {
		p.show.printf("%s", line)
		p.show.start = time.Now()
		return nil
	}
	n, before := p.t.Network(), p.last
	if err := p.evaluate(ctx, line, n); err != nil {
		return err
	}
	if w := worseStart(before, p.last); c.Epoch == 1 && w != "" {
		p.show.warn(w)
	}
	p.evaluated = c.Epoch
	if p.best == nil || p.last.Errors < p.bestErrors {
		p.best, p.bestErrors, p.bestEpoch = n, p.last.Errors, c.Epoch
	}
	if patience := p.flags.patience; patience > 0 && c.Epoch-p.bestEpoch >= patience {
		return errStopped
	}
	return nil
}

// evaluate counts the held-out errors of n, and prints a line with them.
func (p *backprop) evaluate(ctx context.Context, line string, n *mlp.Network) (err error) {
	if p.last, err = classifyByNetwork(ctx, p.ws, n, p.valid, p.validLabels); err != nil {
		return err
	}
	p.show.printf("%s, held-out error %.2f %% (%d of %d rows), log loss %.4f", line, 100*p.last.ErrorRate, p.last.Errors, p.last.Rows, p.last.LogLoss)
	p.show.start = time.Now() // this is not training
	return nil
}

func (p *backprop) save() error {
	p.saved = time.Now()
	var notes map[string]float64
	if p.best != nil {
		notes = map[string]float64{"best_epoch": float64(p.bestEpoch), "best_errors": float64(p.bestErrors), "evaluated_epoch": float64(p.evaluated)}
	}
	return p.t.File(p.best, maps.Clone(p.info), notes).Save(p.flags.out)
}

// classifyByNetwork predicts the class of each row.
func classifyByNetwork(ctx context.Context, ws *bitdbn.Workspace, n *mlp.Network, rows mlp.Rows, labels []int) (*classificationReport, error) {
	r := newClassification(n.Classes(), 1)
	err := eachRow(ctx, ws, n, rows, func(probs []float64) error { return r.add(probs, labels[r.Rows]) })
	r.finish()
	return r, err
}
