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
		Args:  cobra.NoArgs,
		Example: `  bitdbn train --data mnist --labels --layers 500,500,2000 --center --pcd 0,0,1 --out pre.safetensors
  bitdbn finetune updown -m pre.safetensors --data mnist --valid mnist:test --center --pcd 1 --contrastive --out tuned.safetensors`,
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
}

func newUpDown() *cobra.Command {
	u := &upDownFlags{opt: dbn.DefaultUpDownOptions()}
	c := &cobra.Command{
		Use:   "updown -m pre.safetensors --data D --out m.safetensors",
		Short: "Fine-tune by the up-down algorithm",
		Long: `Updown unties the weights below the top machine into those upwards and those
downwards, and trains all layers together by the up-down algorithm of Hinton,
Osindero and Teh (2006). A model with labels is trained with those of the data, and
its error on --valid is shown before and after each epoch. Ctrl-C saves the training,
and --resume goes on with the same bits as if it had never stopped. Schedules
are those of bitdbn train.

The top machine trains by contrastive divergence, as published, or with --pcd by
persistent chains, from which the way down then starts unless it is to be
--contrastive. A machine that was pretrained with persistent chains or a centred
gradient loses by fine-tuning without them. With --average-from the model becomes the
mean of the epochs from there on, which lets the learning rate stay where it is.`,
		Example: `  bitdbn finetune updown -m pre.safetensors --data mnist --epochs 100 --pcd 1 --center --contrastive --lr 0.12..0.0003 --directed-lr 0.06..0.0003 --out m.safetensors
  bitdbn finetune updown -m pre.safetensors --data mnist --epochs 60 --cd 3,6@20,10@40 --out m.safetensors`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return u.run(c.Context(), c) },
	}
	f := c.Flags()
	modelFlag(c, &u.model)
	u.data.register(f)
	u.register(c, "held-out data")
	f.IntVar(&u.opt.Epochs, "epochs", u.opt.Epochs, "passes over the data")
	f.IntVar(&u.opt.Batch, "batch", u.opt.Batch, "rows in a batch")
	f.StringVar(&u.lr, "lr", u.opt.LearningRate.String(), "learning rate, a schedule")
	f.StringVar(&u.directed, "directed-lr", "", "learning rate of the layers below the top machine (default that of --lr)")
	f.StringVar(&u.momentum, "momentum", u.opt.Momentum.String(), "momentum, a schedule")
	f.StringVar(&u.cd, "cd", u.opt.GibbsSteps.String(), "Gibbs steps in the top machine, a schedule")
	f.IntVar(&u.pcd, "pcd", 0, "Gibbs steps of persistent chains in the top machine, in place of --cd")
	f.IntVar(&u.opt.Chains, "chains", 0, "persistent chains (default as many as --batch)")
	f.BoolVar(&u.opt.Center, "center", false, "centre the gradient of the top machine")
	f.BoolVar(&u.opt.Contrastive, "contrastive", false, "start the way down at reconstructions of the data, not at the persistent chains")
	f.IntVar(&u.opt.AverageFrom, "average-from", 0, averageUsage)
	f.Float64Var(&u.opt.L2, "l2", u.opt.L2, "cost of half the squared weights")
	f.Uint64Var(&u.opt.Seed, "seed", u.opt.Seed, "seed of all random words")
	f.IntVar(&u.draws, "draws", 3, "draws of the hidden layers for each held-out row")
	return c
}

// check returns an error for flags that do not go together.
func (u *upDownFlags) check(c *cobra.Command) error {
	switch {
	case (u.model == "") == (u.resume == ""):
		return fmt.Errorf("%w: give -m to start or --resume to go on, one of them", errUsage)
	case u.draws < 1:
		return fmt.Errorf("%w: --draws %d, expected 1 or more", errUsage, u.draws)
	case u.pcd < 0:
		return fmt.Errorf("%w: --pcd %d, expected 0 or more", errUsage, u.pcd)
	case u.pcd > 0 && c.Flags().Changed("cd"):
		return fmt.Errorf("%w: give --cd or --pcd, one of them", errUsage)
	case u.pcd == 0 && u.opt.Chains > 0:
		return fmt.Errorf("%w: --chains needs --pcd", errUsage)
	case u.pcd == 0 && u.opt.Contrastive:
		return fmt.Errorf("%w: --contrastive needs --pcd; without it, training is contrastive", errUsage)
	}
	if err := u.runFlags.check(); err != nil {
		return err
	}
	if u.resume != "" {
		if err := refuse(c, "batch", "lr", "directed-lr", "momentum", "cd", "pcd", "chains", "center", "contrastive", "average-from", "l2", "seed", "binarize", "threshold"); err != nil {
			return err
		}
	}
	err := parseSchedules(scheduleFlag{"lr", u.lr, &u.opt.LearningRate}, scheduleFlag{"directed-lr", cmp.Or(u.directed, u.lr), &u.opt.Directed},
		scheduleFlag{"momentum", u.momentum, &u.opt.Momentum}, scheduleFlag{"cd", u.cd, &u.opt.GibbsSteps})
	if err != nil {
		return err
	}
	if u.pcd > 0 {
		u.opt.Persistent, u.opt.GibbsSteps = true, rbm.Constant(float64(u.pcd))
	}
	if err := u.opt.Validate(); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	return nil
}

func (u *upDownFlags) run(ctx context.Context, c *cobra.Command) error {
	if err := u.check(c); err != nil {
		return err
	}
	ws, err := u.begin()
	if err != nil {
		return err
	}
	defer ws.Close()
	t := &tuning{flags: u, ws: ws, show: newProgress(u.quiet), saved: time.Now()}
	if err := t.start(c.Flags().Changed("epochs")); err != nil {
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
}

// start reads the model and the data.
func (t *tuning) start(setEpochs bool) error {
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
		t.u, err = dbn.NewUpDown(t.ws, f.Network, src, u.opt)
		return err
	}
	epochs := 0
	if setEpochs {
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
	if !at.EpochDone() {
		return nil
	}
	rate, seconds := t.show.rate(at.Rows)
	t.show.clear()
	return t.evaluate(ctx, fmt.Sprintf("epoch %d/%d: %.1f s, %.0f rows/s", at.Epoch, at.Epochs, seconds, rate))
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
