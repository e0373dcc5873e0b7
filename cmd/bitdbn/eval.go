package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"time"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/mlp"
	"github.com/bitdbn/bitdbn/rbm"
	"github.com/spf13/cobra"
)

func newEval() *cobra.Command {
	var data dataFlags
	var model, train string
	var likelihood likelihoodFlags
	var asJSON bool
	var rows, threads int
	c := &cobra.Command{
		Use:   "eval -m m.safetensors --data D",
		Short: "Evaluate a model on data",
		Long: `Eval looks at all rows, or the first --rows of them, and says which. Each mean
over them comes with its standard error, after ±, rows being a sample.

It reports, for each layer on the rows passed up to it, the error of one drawn
reconstruction (a monitor, not what training lowers), and the mean free energy;
with --train, also the free-energy gap: held-out less training, which grows with
overfitting. For the first layer it gives the exact pseudo-likelihood,
the sum over the units of log p(unit | all others), in nats a row, and the same
divided by the number of units; labels count as one unit. Beside it stands what
independent units score that are on as often as in the --train data, or else in the
rows themselves: a model that is worse has learned nothing, and a warning says so.

Of a model with one layer it gives the mean log-probability of the rows, of a
deeper one the variational bound on it, term by term, and a tighter bound from
several draws of the hidden layers. Log Z of the top machine is exact or
estimated. Estimates come from both ends of a path of temperatures: the first
is too low on average, the second too high.

Of a model with labels it gives the same, labels being summed over. If the data
have labels too, it also gives the classification error and the confusion matrix,
with probabilities as predict gives them, log p(row, label) or the bounds on it,
and log p(label | row), which a deeper model estimates by importance weights. Of a
network of finetune backprop it gives the classification alone. The command score
writes the log-probabilities of single rows.`,
		Example: "  bitdbn eval -m m.safetensors --data mnist:test --train mnist",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return runEval(c.Context(), &data, &likelihood, model, train, asJSON, rows, threads)
		},
	}
	modelFlag(c, &model)
	data.register(c.Flags())
	likelihood.register(c.Flags())
	c.Flags().StringVar(&train, "train", "", "training data, for the free-energy gap and the rates of independent units")
	c.Flags().IntVar(&rows, "rows", 0, "rows to look at, at most, from the first on (default all)")
	c.Flags().IntVar(&threads, "threads", 0, "worker threads (default one a processor)")
	c.Flags().BoolVar(&asJSON, "json", false, "write the result as JSON to standard output")
	return c
}

// layerReport is what eval says of a layer. Standard errors, _se, are those of
// means over rows.
type layerReport struct {
	Layer                 int      `json:"layer"`
	ReconstructionError   float64  `json:"reconstruction_error"`
	ReconstructionErrorSE float64  `json:"reconstruction_error_se"`
	FreeEnergy            float64  `json:"free_energy"`
	FreeEnergySE          float64  `json:"free_energy_se"`
	FreeEnergyGap         *float64 `json:"free_energy_gap,omitempty"`
	FreeEnergyGapSE       *float64 `json:"free_energy_gap_se,omitempty"`
	Saturated             float64  `json:"saturated"`
}

// reportLayer returns the report of layer i, counted from 0; trained, if not nil,
// is of the training data.
func reportLayer(i int, held dbn.Monitor, trained *dbn.Monitor) layerReport {
	l := layerReport{
		Layer: i + 1, Saturated: held.Saturated,
		ReconstructionError: held.ReconstructionError, ReconstructionErrorSE: held.ReconstructionStdErr,
		FreeEnergy: held.FreeEnergy, FreeEnergySE: held.FreeEnergyError,
	}
	if trained != nil {
		gap, se := held.FreeEnergy-trained.FreeEnergy, math.Hypot(held.FreeEnergyError, trained.FreeEnergyError)
		l.FreeEnergyGap, l.FreeEnergyGapSE = &gap, &se
	}
	return l
}

type evalReport struct {
	Data                string        `json:"data"`
	Rows                int           `json:"rows"`      // the first ones, which were looked at
	DataRows            int           `json:"data_rows"` // all there are
	Binarize            string        `json:"binarize"`
	Layers              []layerReport `json:"layers"`
	ReconstructionError float64       `json:"reconstruction_error"`
	FreeEnergyGap       *float64      `json:"free_energy_gap,omitempty"`
	Seconds             float64       `json:"seconds"`

	pseudoReport
	logProbReport
	Likelihood     *likelihoodReport     `json:"likelihood,omitempty"`
	Classification *classificationReport `json:"classification,omitempty"`
	independentReport
	Warnings []string `json:"warnings"`
}

// independentReport is of independent units on the same rows, in nats a row.
type independentReport struct {
	Independent   float64 `json:"independent"`
	IndependentSE float64 `json:"independent_se"`
	Rates         string  `json:"independent_rates"` // of which data
}

// pseudoReport is of the pseudo-likelihood of the first layer, in nats.
type pseudoReport struct {
	PseudoLikelihood   *float64 `json:"pseudo_likelihood,omitempty"`
	PseudoLikelihoodSE *float64 `json:"pseudo_likelihood_se,omitempty"`
	PerUnit            *float64 `json:"pseudo_likelihood_per_unit,omitempty"`
}

// logProbReport holds the means of what score writes of each row, as far as they
// are no bounds.
type logProbReport struct {
	LogProb       *float64 `json:"log_prob,omitempty"`
	LogProbSE     *float64 `json:"log_prob_se,omitempty"`
	Joint         *float64 `json:"log_prob_xy,omitempty"`
	JointSE       *float64 `json:"log_prob_xy_se,omitempty"`
	Conditional   *float64 `json:"log_prob_y_given_x,omitempty"`
	ConditionalSE *float64 `json:"log_prob_y_given_x_se,omitempty"`
}

// reportLogProb picks them from a report of the likelihood.
func reportLogProb(r *likelihoodReport) (p logProbReport) {
	b := &r.Bound
	if r.Layers == 1 {
		p.LogProb, p.LogProbSE = &b.Bound.Mean, &b.Bound.StandardError
	}
	if j := b.Joint; j != nil {
		p.Conditional, p.ConditionalSE = &j.Conditional.Mean, &j.Conditional.StandardError
		if r.Layers == 1 {
			p.Joint, p.JointSE = &j.Bound.Mean, &j.Bound.StandardError
		}
	}
	return p
}

func runEval(ctx context.Context, data *dataFlags, likelihood *likelihoodFlags, model, train string, asJSON bool, rows, threads int) error {
	if rows < 0 {
		return fmt.Errorf("%w: --rows %d, expected 0 or more", errUsage, rows)
	}
	if model != "" && mlp.Is(model) {
		return evalNetwork(ctx, data, model, asJSON, rows)
	}
	began := time.Now()
	f, err := likelihood.load(model)
	if err != nil {
		return err
	}
	ws, err := bitdbn.NewWorkspace(threads)
	if err != nil {
		return err
	}
	defer ws.Close()
	method, err := likelihood.resolve(f.Network)
	if err != nil {
		return err
	}
	all, err := data.loadFor(f)
	if err != nil {
		return err
	}
	set := firstRows(all, rows)
	src, err := sourceFor(ws, f.Network, set)
	if err != nil {
		return err
	}
	r := evalReport{Data: set.Name, Rows: set.Rows, DataRows: all.Rows, Binarize: data.binarize}
	if l, ok := src.(dbn.Labelled); ok {
		if r.Classification, err = classify(ctx, ws, f.Network, l, likelihood.draws); err != nil {
			return err
		}
	}
	held, err := f.Network.Monitors(ws, src, set.Rows)
	if err != nil {
		return err
	}
	base := src // of the base-rate model
	var trained []dbn.Monitor
	if train != "" {
		ts, err := data.loadAs(train)
		if err != nil {
			return err
		}
		if err := checkWidth(ts, set.Cols); err != nil {
			return err
		}
		if base, err = sourceFor(ws, f.Network, ts); err != nil {
			return err
		}
		if trained, err = f.Network.Monitors(ws, base, firstRows(ts, rows).Rows); err != nil {
			return err
		}
	}
	for i, m := range held {
		var t *dbn.Monitor
		if i < len(trained) {
			t = &trained[i]
		}
		r.Layers = append(r.Layers, reportLayer(i, m, t))
	}
	if len(r.Layers) > 0 {
		r.ReconstructionError, r.FreeEnergyGap = r.Layers[0].ReconstructionError, r.Layers[0].FreeEnergyGap
	}
	if canPseudo(f.Network, src) {
		if r.pseudoReport, err = pseudoLikelihood(ctx, ws, f.Network, src); err != nil {
			return err
		}
	}
	if method != "none" {
		if r.Likelihood, err = likelihood.evaluate(ctx, ws, f.Network, method, base, src, set.Rows, newProgress(asJSON)); err != nil {
			return err
		}
		if method == "exact" && len(f.Network.Layers) > 1 {
			if r.Likelihood.Exact, err = exactly(ctx, ws, f.Network, src, set.Rows); err != nil {
				return err
			}
		}
		r.logProbReport = reportLogProb(r.Likelihood)
	}
	independent := dbn.Independent(ws, base, src, set.Rows)
	r.independentReport = independentReport{independent.Mean, independent.StandardError, cmp.Or(train, set.Name)}
	r.Warnings = r.warnings()
	r.Seconds = time.Since(began).Seconds()
	if asJSON {
		return writeJSON(r)
	}
	r.print()
	return nil
}

// warnings says what looks wrong with the model.
func (r *evalReport) warnings() []string {
	warnings := []string{}
	add := func(text string) {
		if text != "" {
			warnings = append(warnings, text)
		}
	}
	base := dbn.Term{Mean: r.Independent, StandardError: r.IndependentSE}
	for _, l := range r.Layers {
		if text := saturated(l.Saturated); text != "" {
			add(fmt.Sprintf("layer %d: %s", l.Layer, text))
		}
	}
	if r.FreeEnergyGap != nil {
		add(largeGap(*r.FreeEnergyGap, base.Mean))
	}
	switch l := r.Likelihood; {
	case l == nil:
	case l.Doubt != "":
		add("this log Z should not be trusted: " + l.Doubt)
	default:
		add(belowIndependent(dbn.Term(l.best()), base))
	}
	return warnings
}

// canPseudo returns whether the rows have what the first layer sees: its labels,
// if it has some.
func canPseudo(n *dbn.Network, src rbm.Source) bool {
	_, ok := src.(dbn.Labelled)
	return ok || n.Layers[0].Labels == 0
}

// pseudoLikelihood reports the pseudo-likelihood of rows; labels are one unit.
func pseudoLikelihood(ctx context.Context, ws *bitdbn.Workspace, n *dbn.Network, src rbm.Source) (pseudoReport, error) {
	values, err := n.PseudoLikelihood(ctx, ws, src, src.Rows())
	if err != nil {
		return pseudoReport{}, err
	}
	t, units := dbn.NewTerm(values), n.Units()[0]+min(n.Layers[0].Labels, 1)
	perUnit := t.Mean / float64(units)
	return pseudoReport{&t.Mean, &t.StandardError, &perUnit}, nil
}

// evalNetwork evaluates a feed-forward network, which has an error and no
// likelihood.
func evalNetwork(ctx context.Context, data *dataFlags, model string, asJSON bool, rows int) error {
	f, err := mlp.Load(model)
	if err != nil {
		return err
	}
	ws, err := bitdbn.NewWorkspace(1)
	if err != nil {
		return err
	}
	defer ws.Close()
	data.follow(f.Info)
	data.labels = true
	all, err := data.load()
	if err != nil {
		return err
	}
	if err := checkWidth(all, f.Network.Units()[0]); err != nil {
		return err
	}
	set := firstRows(all, rows)
	src, err := labelled(source(ws, set, 1), set, f.Network.Classes())
	if err != nil {
		return err
	}
	r, err := classifyByNetwork(ctx, ws, f.Network, mlp.RowsOf(ws, src), set.Labels)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(map[string]any{"data": set.Name, "rows": r.Rows, "data_rows": all.Rows, "classification": r})
	}
	fmt.Printf("%s: %s\n", set.Name, describeRows(r.Rows, all.Rows))
	r.print()
	return nil
}

func (r *evalReport) print() {
	fmt.Printf("%s: %s, binarize %s\n", r.Data, describeRows(r.Rows, r.DataRows), r.Binarize)
	for _, l := range r.Layers {
		fmt.Printf("layer %d: reconstruction error %.4f ± %.4f, free energy %.2f ± %.2f nats",
			l.Layer, l.ReconstructionError, l.ReconstructionErrorSE, l.FreeEnergy, l.FreeEnergySE)
		if l.FreeEnergyGap != nil {
			fmt.Printf(", free-energy gap %+.2f ± %.2f nats", *l.FreeEnergyGap, *l.FreeEnergyGapSE)
		}
		fmt.Println()
	}
	if r.PseudoLikelihood != nil {
		fmt.Printf("pseudo-likelihood of layer 1: %.2f ± %.2f nats a row, %.4f a unit\n", *r.PseudoLikelihood, *r.PseudoLikelihoodSE, *r.PerUnit)
	}
	if r.Likelihood != nil {
		r.Likelihood.print()
	}
	fmt.Printf("independent units, on as often as in %s: %.2f ± %.2f nats a row\n", r.Rates, r.Independent, r.IndependentSE)
	for _, w := range r.Warnings {
		fmt.Println("warning:", w)
	}
	if r.Classification != nil {
		r.Classification.print()
	}
}
