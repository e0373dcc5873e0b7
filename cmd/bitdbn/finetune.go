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
	"github.com/bitdbn/bitdbn/rbm"
	"github.com/spf13/cobra"
)

func newFinetune() *cobra.Command {
	c := &cobra.Command{
		Use:   "finetune",
		Short: "Fine-tune a pretrained network as a whole",
		Args:  cobra.ArbitraryArgs,
		RunE:  noSuchCommand,
		Example: `  bitdbn train --data mnist --labels --layers 500,500,2000 --pcd 0,0,1 --out pre.safetensors
  bitdbn finetune updown -m pre.safetensors --data mnist --valid mnist:test --out tuned.safetensors`,
	}
	c.AddCommand(newUpDown(), newBackprop())
	return c
}

// averageUsage describes --average-from.
const averageUsage = "epoch, counted from 1, from whose end on the model is the mean over the ends of epochs; 0 for the last state"

// upDownFlags are the options of finetune updown.
type upDownFlags struct {
	runFlags
	data                       dataFlags
	model                      string
	opt                        dbn.UpDownOptions
	lr, directed, momentum, cd string
	pcd, draws                 int
	set                        func(flag string) bool
}

func newUpDown() *cobra.Command {
	u := new(upDownFlags)
	c := &cobra.Command{
		Use:   "updown -m pre.safetensors --data D --out m.safetensors",
		Short: "Fine-tune by the up-down algorithm",
		Long: `Updown unties the weights below the top machine into those upwards and those
downwards, and trains all layers together by the up-down algorithm of Hinton,
Osindero and Teh (2006). A model with labels is trained with those of the data, and
its error on --valid is shown before and after each epoch. Ctrl-C saves the training,
and --resume goes on with the same bits as if it had never stopped. Schedules
are those of bitdbn train.

The top machine trains by persistent chains with a centred gradient, and the way down
starts at reconstructions of the data; or with --cd by contrastive divergence, as
published. Rates, epochs and batch have defaults that fit the data. With
--average-from the model becomes the mean of the epochs from there on, which lets the
learning rate stay where it is.`,
		Example: `  bitdbn finetune updown -m pre.safetensors --data mnist --valid mnist:test --out m.safetensors
  bitdbn finetune updown -m pre.safetensors --data mnist --epochs 60 --cd 3,6@20,10@40 --center=false --out m.safetensors`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return u.run(c.Context(), c) },
	}
	f := c.Flags()
	modelFlag(c, &u.model)
	u.data.register(f)
	u.register(c, "held-out data")
	f.IntVar(&u.opt.Epochs, "epochs", 0, "passes over the data (default by the rows, at least 100)")
	f.IntVar(&u.opt.Batch, "batch", 0, "rows in a batch (default 100, or all)")
	f.StringVar(&u.lr, "lr", "", "learning rate, a schedule (default 0.1..0.0005)")
	f.StringVar(&u.directed, "directed-lr", "", "learning rate of the layers below the top machine (default that of --lr, or 0.05..0.00025)")
	f.StringVar(&u.momentum, "momentum", "", "momentum, a schedule (default 0.5)")
	f.StringVar(&u.cd, "cd", "", "Gibbs steps of contrastive divergence in the top machine, a schedule, in place of --pcd")
	f.IntVar(&u.pcd, "pcd", 1, "Gibbs steps of persistent chains in the top machine")
	f.IntVar(&u.opt.Chains, "chains", 0, "persistent chains (default as many as --batch)")
	f.BoolVar(&u.opt.Center, "center", true, "centre the gradient of the top machine")
	f.BoolVar(&u.opt.Contrastive, "contrastive", true, "start the way down at reconstructions of the data, not at the persistent chains")
	f.IntVar(&u.opt.AverageFrom, "average-from", 0, averageUsage)
	f.Float64Var(&u.opt.L2, "l2", 0.00001, "cost of half the squared weights")
	f.Uint64Var(&u.opt.Seed, "seed", 1, "seed of all random words")
	f.IntVar(&u.draws, "draws", 3, "draws of the hidden layers for each held-out row")
	return c
}

// check returns an error for flags that do not go together.
func (u *upDownFlags) check(c *cobra.Command) error {
	u.set = c.Flags().Changed
	switch {
	case (u.model == "") == (u.resume == ""):
		return fmt.Errorf("%w: give -m to start or --resume to go on, one of them", errUsage)
	case u.draws < 1:
		return fmt.Errorf("%w: --draws %d, expected 1 or more", errUsage, u.draws)
	case u.pcd < 1:
		return fmt.Errorf("%w: --pcd %d, expected 1 or more; --cd trains without persistent chains", errUsage, u.pcd)
	case u.set("pcd") && u.set("cd"):
		return fmt.Errorf("%w: give --cd or --pcd, one of them", errUsage)
	case u.set("cd") && u.set("chains"):
		return fmt.Errorf("%w: --chains needs --pcd", errUsage)
	case u.set("cd") && u.set("contrastive"):
		return fmt.Errorf("%w: --contrastive needs --pcd; with --cd, training is contrastive", errUsage)
	}
	if err := u.runFlags.check(); err != nil {
		return err
	}
	if u.resume != "" {
		if err := refuse(c, "batch", "lr", "directed-lr", "momentum", "cd", "pcd", "chains", "center", "contrastive", "average-from", "l2", "seed", "binarize", "threshold"); err != nil {
			return err
		}
	}
	_, err := u.options(1)
	return err
}

// options returns the options for so many rows: the defaults, but for what flags say.
func (u *upDownFlags) options(rows int) (dbn.UpDownOptions, error) {
	o := dbn.DefaultUpDownOptions(rows)
	if u.set("epochs") {
		o.Epochs = u.opt.Epochs
	}
	if u.set("batch") {
		o.Batch, o.Chains = u.opt.Batch, u.opt.Batch
	}
	if u.set("chains") {
		o.Chains = u.opt.Chains
	}
	o.Center, o.L2, o.AverageFrom, o.Seed = u.opt.Center, u.opt.L2, u.opt.AverageFrom, u.opt.Seed
	o.GibbsSteps, o.Contrastive = rbm.Constant(float64(u.pcd)), u.opt.Contrastive
	if u.set("cd") {
		o.Persistent, o.Chains, o.Contrastive = false, 0, false
	}
	err := parseGiven(u.set, scheduleFlag{"lr", u.lr, &o.LearningRate}, scheduleFlag{"lr", u.lr, &o.Directed},
		scheduleFlag{"directed-lr", u.directed, &o.Directed}, scheduleFlag{"momentum", u.momentum, &o.Momentum}, scheduleFlag{"cd", u.cd, &o.GibbsSteps})
	if err != nil {
		return o, err
	}
	if err := o.Validate(); err != nil {
		return o, fmt.Errorf("%w: %w", errUsage, err)
	}
	return o, nil
}

func (u *upDownFlags) run(ctx context.Context, c *cobra.Command) error {
	if err := u.check(c); err != nil {
		return err
	}
	if err := u.settle(); err != nil {
		return err
	}
	ws, err := bitdbn.NewWorkspace(u.threads)
	if err != nil {
		return err
	}
	defer ws.Close()
	t := &tuning{flags: u, ws: ws, show: newProgress(u.quiet), saved: time.Now()}
	if err := t.start(); err != nil {
		return err
	}
	return t.run(ctx)
}

// tuning is a fine-tuning in progress.
type tuning struct {
	flags *upDownFlags
	ws    *bitdbn.Workspace
	u     *dbn.UpDown
	show  *progress
	info  map[string]string
	valid rbm.Source // nil without --valid or labels
	saved time.Time
	last  *classificationReport

	reported int // the epoch of the last report
}

// start reads the model and the data.
func (t *tuning) start() error {
	u := t.flags
	path := cmp.Or(u.model, u.resume)
	f, err := dbn.Load(path)
	if err != nil {
		return err
	}
	t.info = f.Info
	u.data.name = cmp.Or(u.data.name, f.Info["data"])
	u.data.follow(f.Info)
	u.data.note(t.info)
	u.data.labels = f.Network.Classes() > 0
	if u.resume != "" && f.FineTuning != nil {
		u.opt.Seed = f.FineTuning.Options.Seed
	}
	src, err := t.source(u.data.name, f)
	if err != nil {
		return err
	}
	if u.valid != "" && u.data.labels {
		if t.valid, err = t.source(u.valid, f); err != nil {
			return err
		}
	}
	if u.resume == "" {
		o, err := u.options(src.Rows())
		if err != nil {
			return err
		}
		t.show.printf("up-down: %s", describeUpDown(&o))
		t.u, err = dbn.NewUpDown(t.ws, f.Network, src, o)
		return err
	}
	epochs := 0
	if u.set("epochs") {
		epochs = u.opt.Epochs
	}
	if t.u, err = dbn.ResumeUpDown(t.ws, f, src, epochs); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// source reads rows, with labels if the model has some.
func (t *tuning) source(name string, f *dbn.File) (rbm.Source, error) {
	set, err := t.flags.data.loadAs(name)
	if err != nil {
		return nil, err
	}
	if err := checkWidth(set, f.Network.Units()[0]); err != nil {
		return nil, err
	}
	t.show.printf("%s: %s", set.Name, set.Describe())
	src := source(t.ws, set, t.flags.opt.Seed)
	if f.Network.Classes() == 0 {
		return src, nil
	}
	return labelled(src, set, f.Network.Classes())
}

func (t *tuning) run(ctx context.Context) error {
	began := time.Now()
	at := t.u.Progress()
	t.reported = at.Epoch
	if t.show.from = at.Row; at.EpochDone() {
		t.show.from = 0
	}
	if at.Epoch == 0 && at.Row == 0 {
		if err := t.evaluate(ctx, "before"); err != nil {
			return err
		}
	}
	t.show.start = time.Now()
	err := t.u.Run(ctx, func() error { return t.after(ctx) })
	t.show.clear()
	if err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		if err := t.save(); err != nil {
			return err
		}
		return t.flags.interrupted("finetune updown", t.flags.data.name)
	}
	if err != nil {
		return err
	}
	if err := t.save(); err != nil {
		return err
	}
	t.show.printf("fine-tuned in %.1f s with %s kernels; wrote %s", time.Since(began).Seconds(), bitdbn.Level(), t.flags.out)
	if t.flags.json {
		return writeJSON(map[string]any{"model": t.flags.out, "seconds": time.Since(began).Seconds(), "classification": t.last})
	}
	return nil
}

// after follows each step.
func (t *tuning) after(ctx context.Context) error {
	at := t.u.Progress()
	t.show.step(at)
	if t.flags.checkpointDue(t.saved) {
		if err := t.save(); err != nil {
			return err
		}
	}
	if !at.EpochDone() || at.Epoch > 1 && !reported(at.Epoch, at.Epochs) {
		return nil
	}
	rate, seconds := t.show.rate(at.Rows * (at.Epoch - t.reported))
	t.reported = at.Epoch
	t.show.clear()
	before := t.last
	if err := t.evaluate(ctx, fmt.Sprintf("epoch %d/%d: %.1f s, %.0f rows/s", at.Epoch, at.Epochs, seconds, rate)); err != nil {
		return err
	}
	if w := worseStart(before, t.last); at.Epoch == 1 && w != "" {
		t.show.warn(w)
	}
	return nil
}

// evaluate prints a line, with the held-out error if there is one.
func (t *tuning) evaluate(ctx context.Context, line string) error {
	if t.valid == nil {
		t.show.printf("%s", line)
		return nil
	}
	var err error
	if t.last, err = classify(ctx, t.ws, t.u.Network(), t.valid.(dbn.Labelled), t.flags.draws); err != nil {
		return err
	}
	t.show.printf("%s, held-out error %.2f %% (%d of %d rows), log loss %.4f", line, 100*t.last.ErrorRate, t.last.Errors, t.last.Rows, t.last.LogLoss)
	t.show.start = time.Now() // this is not training
	return nil
}

func (t *tuning) save() error {
	t.saved = time.Now()
	return t.u.File(maps.Clone(t.info)).Save(t.flags.out)
}
