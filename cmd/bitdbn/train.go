package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dataset"
	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/rbm"
	"github.com/spf13/cobra"
)

// monitorRows is how many rows the monitors at the end of an epoch look at.
const monitorRows = 2000

// trainFlags are the options of the train command. Where opt has a value of no
// flag, the default that fits the data takes its place.
type trainFlags struct {
	runFlags
	data             dataFlags
	layers           []int
	log              string
	opt              rbm.Options
	lr, momentum, cd string
	pcd, epochs      []int
	tied             bool
	weightStd        float64
	likelihoodEvery  int
	set              func(flag string) bool
}

func newTrain() *cobra.Command {
	t := new(trainFlags)
	c := &cobra.Command{
		Use:   "train --data D --layers 500,500,2000 --out m.safetensors",
		Short: "Pretrain a network greedily, layer by layer",
		Long: `Train pretrains a deep belief network: each layer is a restricted Boltzmann
machine, trained on draws from the layer below. Ctrl-C saves the training, and
--resume goes on with the same bits as if it had never stopped.

Give the layers, and a method if it is not CD-1: --pcd 1 for persistent chains, which
model better and take longer. Everything else has a default that fits the data, which
is shown when a layer starts: a small table gets many epochs, a large one ten; the
learning rate falls to nearly zero; and persistent chains of a small machine run at
several temperatures. Training ends with the log-probability of held-out rows, or of
training rows, beside that of independent columns.

Schedules are stages separated by commas: 0.05, or 0.5,0.9@5 (0.9 from epoch 5
on, counted from 0), or 0.1..0.01 (down in equal steps to the last epoch).
Layers that differ are separated by slashes: 0.1..0.01/0.05.`,
		Example: `  bitdbn train --data mnist --layers 500,500,2000 --out m.safetensors
  bitdbn train --data votes.csv --layers 64 --pcd 1 --out v.safetensors
  bitdbn train --data mnist --resume m.safetensors --epochs 20`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return t.run(c.Context(), c) },
	}
	f := c.Flags()
	t.data.register(f)
	f.IntSliceVar(&t.layers, "layers", nil, "hidden units of each layer, from the data up")
	t.register(c, "held-out data for the free-energy gap")
	f.StringVar(&t.log, "log", "", "training log to write, CSV")
	f.IntSliceVar(&t.epochs, "epochs", nil, "passes over the data: one number for all layers, or one for each (default by the size of the data and the layer, at least 10)")
	f.IntVar(&t.opt.Batch, "batch", 0, "rows in a batch (default 100, or all)")
	f.StringVar(&t.lr, "lr", "", "learning rate, a schedule, or one for each layer with / between them (default 0.2..0.001, for fewer than 8,000 weights 0.5..0.0025, for a layer with a tied start 0.02..0.0001)")
	f.StringVar(&t.momentum, "momentum", "", "momentum, likewise (default 0.5)")
	f.Float64Var(&t.opt.L2, "l2", 0, "cost of half the squared weights (default √(weights/rows)/rows, less for fewer than 8,000 weights)")
	f.Float64Var(&t.opt.L1, "l1", 0, "cost of the weights' magnitudes")
	f.StringVar(&t.cd, "cd", "1", "Gibbs steps of contrastive divergence, likewise")
	f.IntSliceVar(&t.pcd, "pcd", nil, "Gibbs steps of persistent chains, in place of --cd: one number for all layers, or one for each, 0 for --cd")
	f.IntVar(&t.opt.Chains, "chains", 0, "persistent chains (default 500, or 100 at several temperatures)")
	f.IntVar(&t.opt.Temperatures, "temperatures", 0, "inverse temperatures at which each persistent chain runs, parallel tempering (default 10 for up to 50,000 weights, else 1)")
	f.BoolVar(&t.opt.Center, "center", true, "centre the gradient")
	f.Float64Var(&t.opt.SparsityTarget, "sparsity", 0, "target of the hidden units' mean probability; 0 is none")
	f.Float64Var(&t.opt.SparsityCost, "sparsity-cost", 0.1, "strength of --sparsity")
	f.BoolVar(&t.data.labels, "labels", false, "give the top machine label units, and train them on the labels of the data")
	f.BoolVar(&t.tied, "tied", false, "start each layer from the transposed layer below, so that the bound begins tight; hidden units beyond its visible ones start anew")
	f.Float64Var(&t.weightStd, "weight-std", 0.01, "standard deviation of the first weights")
	f.Uint64Var(&t.opt.Seed, "seed", 1, "seed of all random words")
	f.IntVar(&t.likelihoodEvery, "likelihood-every", 0, "epochs between estimates of the bound on the log-probability, with log Z by annealed importance sampling; it is always given where log Z can be had exactly in a moment")
	return c
}

// options returns the options of package dbn for so many rows of visible units.
func (t *trainFlags) options(rows, visible, classes int) (dbn.Options, error) {
	o := dbn.DefaultOptions(dbn.Plan{
		Rows: rows, Visible: visible, Hidden: t.layers, Classes: classes, Tied: t.tied, WeightStd: t.weightStd,
		Persistent: func(i int) bool { return forLayer(t.pcd, i) > 0 },
	})
	for i, layer := range o.Layer {
		var err error
		if o.Layer[i], err = t.layer(i, layer); err != nil {
			return o, err
		}
	}
	return o, nil
}

// layer returns the options of layer i, counted from 0: o, but for what flags say.
func (t *trainFlags) layer(i int, o rbm.Options) (rbm.Options, error) {
	if t.set("epochs") {
		o.Epochs = forLayer(t.epochs, i)
	}
	if t.set("batch") {
		o.Batch = t.opt.Batch
	}
	if t.set("l2") {
		o.L2 = t.opt.L2
	}
	o.L1, o.Center, o.Seed, o.SparsityTarget = t.opt.L1, t.opt.Center, t.opt.Seed, t.opt.SparsityTarget
	if o.SparsityTarget != 0 {
		o.SparsityCost = t.opt.SparsityCost
	}
	at := func(text string) string { return forLayer(strings.Split(text, "/"), i) }
	err := parseGiven(t.set, scheduleFlag{"lr", at(t.lr), &o.LearningRate}, scheduleFlag{"momentum", at(t.momentum), &o.Momentum},
		scheduleFlag{"cd", at(t.cd), &o.GibbsSteps})
	if err != nil {
		return o, err
	}
	if !o.Persistent {
		return o, t.validate(&o)
	}
	o.GibbsSteps = rbm.Constant(float64(forLayer(t.pcd, i)))
	if t.set("temperatures") {
		o.Temperatures = t.opt.Temperatures
	}
	if t.set("chains") {
		o.Chains = t.opt.Chains
	}
	return o, t.validate(&o)
}

// validate returns an error for options that make no sense.
func (t *trainFlags) validate(o *rbm.Options) error {
	if err := o.Validate(); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	return nil
}

// forLayer returns the element for layer i of a list that has one for all
// layers, or one for each.
func forLayer[T any](list []T, i int) (v T) {
	if len(list) == 0 {
		return v
	}
	return list[min(i, len(list)-1)]
}

// check returns an error for flags that do not go together.
func (t *trainFlags) check(c *cobra.Command) error {
	set := c.Flags().Changed
	t.set = set
	switch {
	case t.resume == "" && len(t.layers) == 0:
		return fmt.Errorf("%w: --layers is missing", errUsage)
	case set("cd") && len(t.pcd) > 0 && !slices.Contains(t.pcd, 0):
		return fmt.Errorf("%w: --cd and --pcd exclude each other", errUsage)
	case slices.ContainsFunc(t.pcd, func(k int) bool { return k < 0 }), t.opt.Chains < 0:
		return fmt.Errorf("%w: --pcd %v, --chains %d, expected 0 or more", errUsage, t.pcd, t.opt.Chains)
	case (t.opt.Chains > 0 || t.opt.Temperatures > 0) && len(t.pcd) == 0:
		return fmt.Errorf("%w: --chains and --temperatures need --pcd", errUsage)
	case t.likelihoodEvery < 0:
		return fmt.Errorf("%w: --likelihood-every %d, expected 0 or more", errUsage, t.likelihoodEvery)
	case len(t.epochs) > 1 && t.resume != "":
		return fmt.Errorf("%w: --resume takes one number of epochs, for the layers to come", errUsage)
	}
	for flag, n := range map[string]int{
		"epochs": len(t.epochs), "pcd": len(t.pcd),
		"lr": 1 + strings.Count(t.lr, "/"), "momentum": 1 + strings.Count(t.momentum, "/"), "cd": 1 + strings.Count(t.cd, "/"),
	} {
		if n > 1 && n != len(t.layers) {
			return fmt.Errorf("%w: --%s has values for %d layers, of %d", errUsage, flag, n, len(t.layers))
		}
	}
	if t.resume == "" {
		if _, err := t.options(1, 1, 0); err != nil {
			return err
		}
		return t.runFlags.check()
	}
	return refuse(c, "layers", "batch", "lr", "momentum", "l2", "l1", "cd", "pcd", "chains", "temperatures", "center", "labels",
		"sparsity", "sparsity-cost", "tied", "weight-std", "seed", "binarize", "threshold")
}

func (t *trainFlags) run(ctx context.Context, c *cobra.Command) error {
	if err := t.check(c); err != nil {
		return err
	}
	if err := t.settle(); err != nil {
		return err
	}
	r := &run{flags: t, show: newProgress(t.quiet), saved: time.Now()}
	defer r.close()
	if err := r.start(); err != nil {
		return err
	}
	var err error
	if r.log, err = openLog(t.log, t.resume != ""); err != nil {
		return err
	}
	if r.valid != nil {
		r.base = dbn.Independent(r.ws, r.p.Source(), r.valid, monitorRows).Mean
	}
	return r.train(ctx)
}

// close ends the workers and the log.
func (r *run) close() {
	if r.ws != nil {
		r.ws.Close()
	}
	if r.log != nil {
		r.log.close()
	}
}

// start reads the data and makes the training, new or resumed.
func (r *run) start() error {
	t := r.flags
	var f *dbn.File
	var err error
	known, layers := 0, t.layers // known are classes
	if t.resume != "" {
		if f, err = dbn.Load(t.resume); err != nil {
			return err
		}
		if f.Training == nil {
			return fmt.Errorf("%s: %w: it holds no training to resume", t.resume, dbn.ErrFile)
		}
		layers = f.Network.Units()[1:]
		t.opt.Seed = f.Training.Options.Layer[0].Seed
		known = f.Network.Classes()
		t.data.labels = known > 0
		t.data.binarize = f.Info["binarize"]
		if t.data.opt.Threshold, err = strconv.ParseFloat(f.Info["threshold"], 64); err != nil {
			return fmt.Errorf("%s: %w: threshold %q is not a number", t.resume, dbn.ErrFile, f.Info["threshold"])
		}
		if t.data.name == "" {
			t.data.name = f.Info["data"]
		}
	}
	set, err := t.data.load()
	if err != nil {
		return err
	}
	r.show.printf("%s: %s", set.Name, set.Describe())
	if r.ws, err = t.workspace(largestLayer(set.Cols, layers)); err != nil {
		return err
	}
	if t.valid != "" {
		vs, err := t.data.loadAs(t.valid)
		if err != nil {
			return err
		}
		if err := checkWidth(vs, set.Cols); err != nil {
			return err
		}
		r.show.printf("%s: %s", vs.Name, vs.Describe())
		if r.valid, err = t.source(r.ws, vs, max(set.Classes, known)); err != nil {
			return err
		}
	}
	src, err := t.source(r.ws, set, known)
	if err != nil {
		return err
	}
	if f != nil {
		epochs := 0
		if t.set("epochs") {
			epochs = forLayer(t.epochs, 0)
		}
		r.info = f.Info
		r.p, err = dbn.Resume(r.ws, f, src, epochs)
		return err
	}
	classes := 0
	if l, ok := src.(dbn.Labelled); ok {
		classes = l.Classes
	}
	opt, err := t.options(set.Rows, set.Cols, classes)
	if err != nil {
		return err
	}
	r.info = t.data.info(set)
	r.p, err = dbn.NewPretraining(r.ws, src, t.layers, opt)
	return err
}

// source returns the rows of a set, with labels if they are trained on.
func (t *trainFlags) source(ws *bitdbn.Workspace, s *dataset.Set, known int) (rbm.Source, error) {
	src := source(ws, s, t.opt.Seed)
	if !t.data.labels {
		return src, nil
	}
	return labelled(src, s, known)
}

// writable returns an error if no file can be made beside path.
func writable(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".bitdbn-probe-*")
	if err != nil {
		return fmt.Errorf("%s: cannot be written: %w", path, err)
	}
	name := f.Name()
	f.Close()
	return os.Remove(name)
}

// run is a training in progress.
type run struct {
	flags *trainFlags
	ws    *bitdbn.Workspace
	p     *dbn.Pretraining
	show  *progress
	log   *trainLog
	info  map[string]string
	valid rbm.Source
	saved time.Time
	last  epoch
	watch watch
	base  float64 // log-probability of the held-out rows by independent units

	reported    int      // the epoch of the last report
	independent dbn.Term // what independent units score in the end
}

func (r *run) train(ctx context.Context) error {
	began := time.Now()
	at := r.p.Progress()
	r.show.from, r.reported = at.Row, at.Epoch
	if at.EpochDone() {
		r.show.from = 0
	}
	r.describeLayer()
	err := r.p.Run(ctx, func() error { return r.after(ctx) })
	r.show.clear()
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		if err := r.save(); err != nil {
			return err
		}
		return r.flags.interrupted("train", r.flags.data.name)
	}
	if err != nil {
		return r.fail(err)
	}
	if err := r.save(); err != nil {
		return err
	}
	r.show.printf("trained in %.1f s with %s kernels; wrote %s", time.Since(began).Seconds(), bitdbn.Level(), r.flags.out)
	if err := r.final(ctx); err != nil && ctx.Err() == nil { // interrupted, but trained and saved
		return err
	}
	if r.flags.json {
		return r.report(time.Since(began))
	}
	return nil
}

// fail adds to an error where the last good state is.
func (r *run) fail(err error) error {
	if _, statErr := os.Stat(r.flags.out); statErr == nil {
		return fmt.Errorf("%w; the last checkpoint is kept in %s", err, r.flags.out)
	}
	return err
}

// after follows each step.
func (r *run) after(ctx context.Context) error {
	at := r.p.Progress()
	r.show.step(at)
	if r.flags.checkpointDue(r.saved) {
		if err := r.save(); err != nil {
			return err
		}
	}
	if !at.EpochDone() {
		return nil
	}
	return r.epochDone(ctx, at)
}

func (r *run) save() error {
	r.saved = time.Now()
	return r.p.File(maps.Clone(r.info)).Save(r.flags.out)
}
