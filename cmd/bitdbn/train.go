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

// trainFlags are the options of the train command.
type trainFlags struct {
	runFlags
	data                 dataFlags
	layers               []int
	log                  string
	opt                  rbm.Options
	lr, momentum, cd     string
	pcd, epochs          []int
	chains, temperatures int
	tied                 bool
	weightStd            float64
	likelihoodEvery      int
}

func newTrain() *cobra.Command {
	t := &trainFlags{opt: rbm.DefaultOptions()}
	c := &cobra.Command{
		Use:   "train --data D --layers 500,500,2000 --out m.safetensors",
		Short: "Pretrain a network greedily, layer by layer",
		Long: `Train pretrains a deep belief network: each layer is a restricted Boltzmann
machine, trained on draws from the layer below. Ctrl-C saves the training, and
--resume goes on with the same bits as if it had never stopped.

Schedules are stages separated by commas: 0.05, or 0.5,0.9@5 (0.9 from epoch 5
on, counted from 0), or 0.1..0.01 (down in equal steps to the last epoch).
Layers that differ are separated by slashes: 0.1..0.01/0.05.`,
		Example: `  bitdbn train --data mnist --layers 500,500,2000 --valid mnist:test --out m.safetensors
  bitdbn train --data votes.csv --layers 64 --pcd 1 --center --out v.safetensors
  bitdbn train --data mnist --resume m.safetensors --epochs 20`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return t.run(c.Context(), c) },
	}
	f := c.Flags()
	t.data.register(f)
	f.IntSliceVar(&t.layers, "layers", nil, "hidden units of each layer, from the data up")
	t.register(c, "held-out data for the free-energy gap")
	f.StringVar(&t.log, "log", "", "training log to write, CSV")
	f.IntSliceVar(&t.epochs, "epochs", []int{t.opt.Epochs}, "passes over the data: one number for all layers, or one for each")
	f.IntVar(&t.opt.Batch, "batch", t.opt.Batch, "rows in a batch")
	f.StringVar(&t.lr, "lr", t.opt.LearningRate.String(), "learning rate, a schedule, or one for each layer with / between them")
	f.StringVar(&t.momentum, "momentum", t.opt.Momentum.String(), "momentum, likewise")
	f.Float64Var(&t.opt.L2, "l2", t.opt.L2, "cost of half the squared weights")
	f.Float64Var(&t.opt.L1, "l1", t.opt.L1, "cost of the weights' magnitudes")
	f.StringVar(&t.cd, "cd", t.opt.GibbsSteps.String(), "Gibbs steps of contrastive divergence, likewise")
	f.IntSliceVar(&t.pcd, "pcd", nil, "Gibbs steps of persistent chains, in place of --cd: one number for all layers, or one for each, 0 for --cd")
	f.IntVar(&t.chains, "chains", 0, "persistent chains (default as many as --batch)")
	f.IntVar(&t.temperatures, "temperatures", 0, "inverse temperatures at which each persistent chain runs (parallel tempering)")
	f.BoolVar(&t.opt.Center, "center", false, "centre the gradient")
	f.Float64Var(&t.opt.SparsityTarget, "sparsity", 0, "target of the hidden units' mean probability; 0 is none")
	f.Float64Var(&t.opt.SparsityCost, "sparsity-cost", 0.1, "strength of --sparsity")
	f.BoolVar(&t.data.labels, "labels", false, "give the top machine label units, and train them on the labels of the data")
	f.BoolVar(&t.tied, "tied", false, "start each layer from the transposed layer below, so that the bound begins tight; hidden units beyond its visible ones start anew")
	f.Float64Var(&t.weightStd, "weight-std", 0.01, "standard deviation of the first weights")
	f.Uint64Var(&t.opt.Seed, "seed", t.opt.Seed, "seed of all random words")
	f.IntVar(&t.likelihoodEvery, "likelihood-every", 0, "epochs between estimates of the bound on the log-probability, with log Z by annealed importance sampling; it is always given where log Z can be had exactly in a moment")
	return c
}

// options returns the options of package dbn.
func (t *trainFlags) options() (dbn.Options, error) {
	o := dbn.Options{WeightStd: t.weightStd, Tied: t.tied}
	for i := range max(len(t.layers), 1) {
		layer, err := t.layer(i)
		if err != nil {
			return o, err
		}
		o.Layer = append(o.Layer, layer)
	}
	return o, nil
}

// layer returns the options of layer i, counted from 0.
func (t *trainFlags) layer(i int) (rbm.Options, error) {
	o := t.opt
	o.Epochs = forLayer(t.epochs, i)
	at := func(text string) string { return forLayer(strings.Split(text, "/"), i) }
	err := parseSchedules(scheduleFlag{"lr", at(t.lr), &o.LearningRate}, scheduleFlag{"momentum", at(t.momentum), &o.Momentum},
		scheduleFlag{"cd", at(t.cd), &o.GibbsSteps})
	if err != nil {
		return o, err
	}
	if k := forLayer(t.pcd, i); k > 0 {
		o.Persistent, o.Chains, o.Temperatures, o.GibbsSteps = true, t.chains, t.temperatures, rbm.Constant(float64(k))
	}
	if o.SparsityTarget == 0 {
		o.SparsityCost = 0
	}
	if err := o.Validate(); err != nil {
		return o, fmt.Errorf("%w: %w", errUsage, err)
	}
	return o, nil
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
	switch {
	case t.resume == "" && len(t.layers) == 0:
		return fmt.Errorf("%w: --layers is missing", errUsage)
	case set("cd") && len(t.pcd) > 0 && !slices.Contains(t.pcd, 0):
		return fmt.Errorf("%w: --cd and --pcd exclude each other", errUsage)
	case slices.ContainsFunc(t.pcd, func(k int) bool { return k < 0 }), t.chains < 0:
		return fmt.Errorf("%w: --pcd %v, --chains %d, expected 0 or more", errUsage, t.pcd, t.chains)
	case (t.chains > 0 || t.temperatures > 0) && len(t.pcd) == 0:
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
		return t.runFlags.check()
	}
	return refuse(c, "layers", "batch", "lr", "momentum", "l2", "l1", "cd", "pcd", "chains", "temperatures", "center", "labels",
		"sparsity", "sparsity-cost", "tied", "weight-std", "seed", "binarize", "threshold")
}

func (t *trainFlags) run(ctx context.Context, c *cobra.Command) error {
	if err := t.check(c); err != nil {
		return err
	}
	ws, err := t.begin()
	if err != nil {
		return err
	}
	defer ws.Close()
	show := newProgress(t.quiet)
	p, info, valid, err := t.start(ws, show, c.Flags().Changed("epochs"))
	if err != nil {
		return err
	}
	log, err := openLog(t.log, t.resume != "")
	if err != nil {
		return err
	}
	defer log.close()
	r := &run{flags: t, ws: ws, p: p, show: show, log: log, info: info, valid: valid, saved: time.Now()}
	return r.train(ctx)
}

// start reads the data and makes the training, new or resumed.
func (t *trainFlags) start(ws *bitdbn.Workspace, show *progress, setEpochs bool) (*dbn.Pretraining, map[string]string, rbm.Source, error) {
	var f *dbn.File
	var err error
	known := 0 // classes
	if t.resume != "" {
		if f, err = dbn.Load(t.resume); err != nil {
			return nil, nil, nil, err
		}
		if f.Training == nil {
			return nil, nil, nil, fmt.Errorf("%s: %w: it holds no training to resume", t.resume, dbn.ErrFile)
		}
		t.opt.Seed = f.Training.Options.Layer[0].Seed
		known = f.Network.Classes()
		t.data.labels = known > 0
		t.data.binarize = f.Info["binarize"]
		if t.data.opt.Threshold, err = strconv.ParseFloat(f.Info["threshold"], 64); err != nil {
			return nil, nil, nil, fmt.Errorf("%s: %w: threshold %q is not a number", t.resume, dbn.ErrFile, f.Info["threshold"])
		}
		if t.data.name == "" {
			t.data.name = f.Info["data"]
		}
	}
	set, err := t.data.load()
	if err != nil {
		return nil, nil, nil, err
	}
	show.printf("%s: %s", set.Name, set.Describe())
	var valid rbm.Source
	if t.valid != "" {
		vs, err := t.data.loadAs(t.valid)
		if err != nil {
			return nil, nil, nil, err
		}
		if err := checkWidth(vs, set.Cols); err != nil {
			return nil, nil, nil, err
		}
		show.printf("%s: %s", vs.Name, vs.Describe())
		if valid, err = t.source(ws, vs, max(set.Classes, known)); err != nil {
			return nil, nil, nil, err
		}
	}
	src, err := t.source(ws, set, known)
	if err != nil {
		return nil, nil, nil, err
	}
	if f != nil {
		epochs := 0
		if setEpochs {
			epochs = forLayer(t.epochs, 0)
		}
		p, err := dbn.Resume(ws, f, src, epochs)
		return p, f.Info, valid, err
	}
	opt, err := t.options()
	if err != nil {
		return nil, nil, nil, err
	}
	p, err := dbn.NewPretraining(ws, src, t.layers, opt)
	return p, t.data.info(set), valid, err
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
}

func (r *run) train(ctx context.Context) error {
	began := time.Now()
	r.show.from = r.p.Progress().Row
	if r.p.Progress().EpochDone() {
		r.show.from = 0
	}
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

// epochDone reports an epoch.
func (r *run) epochDone(ctx context.Context, at dbn.Progress) error {
	e := &r.last
	*e = epoch{Progress: at}
	e.rate, e.seconds = r.show.rate(at.Rows)
	e.learningRate, e.momentum = r.p.Rates()
	var err error
	if e.train, err = r.p.Watch(r.p.Source(), monitorRows); err != nil {
		return err
	}
	gap := ""
	if r.valid != nil {
		m, err := r.p.Watch(r.valid, monitorRows)
		if err != nil {
			return err
		}
		e.valid = &m
		gap = fmt.Sprintf(", free-energy gap %+.2f nats", e.gap())
	}
	if e.bound, err = r.bound(ctx, at); err != nil {
		return err
	}
	r.show.clear()
	r.show.printf("layer %d/%d epoch %d/%d: %.1f s, %.0f rows/s, reconstruction error %.4f%s%s, weight RMS %.4f",
		at.Layer+1, at.Layers, at.Epoch, at.Epochs, e.seconds, e.rate, e.reconstruction(), gap, e.likelihood(), e.train.WeightRMS)
	if rates := r.p.SwapRates(); len(rates) > 0 {
		r.show.printf("  %s", describeSwaps(rates))
	}
	if e.train.Saturated > 0.95 {
		r.show.printf("warning: %.0f %% of the hidden probabilities are below 0.01 or above 0.99; try a lower learning rate", 100*e.train.Saturated)
	}
	if at.Epoch == at.Epochs {
		r.show.nextLayer()
	}
	r.show.start = time.Now() // monitors are not training
	return r.log.epoch(e)
}

// epochExactUnits is up to how many units in the smaller layer log Z is found
// at the end of every epoch.
const epochExactUnits = 14

// bound returns the bound of the layers so far on held-out rows, or, without
// any, on rows of the training data; nil at the end of an epoch that has none.
func (r *run) bound(ctx context.Context, at dbn.Progress) (*likelihoodReport, error) {
	n := r.p.Network()
	n.Layers = n.Layers[:at.Layer+1]
	every := r.flags.likelihoodEvery
	asked := every > 0 && (at.Epoch%every == 0 || at.Epoch == at.Epochs)
	if !asked && n.Layers[at.Layer].ExactUnits() > epochExactUnits {
		return nil, nil
	}
	l := likelihoodFlags{method: "auto", chains: 100, draws: 1}
	method, err := l.resolve(n)
	if err != nil {
		return nil, err
	}
	rows := r.valid
	if rows == nil {
		rows = r.p.Source()
	}
	return l.evaluate(ctx, r.ws, n, method, r.p.Source(), rows, monitorRows, r.show)
}

func (r *run) save() error {
	r.saved = time.Now()
	return r.p.File(maps.Clone(r.info)).Save(r.flags.out)
}

// report writes the last epoch as JSON.
func (r *run) report(took time.Duration) error {
	e := &r.last
	out := map[string]any{
		"model": r.flags.out, "units": r.p.Network().Units(), "seconds": took.Seconds(),
		"rows_per_second": e.rate, "reconstruction_error": e.reconstruction(),
	}
	if e.valid != nil {
		out["free_energy_gap"] = e.gap()
	}
	if e.bound != nil {
		out["likelihood"] = e.bound
	}
	return writeJSON(out)
}
