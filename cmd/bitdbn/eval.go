package main

import (
	"context"
	"fmt"
	"time"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/mlp"
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
		Long: `Eval reports, for each layer on the rows passed up to it, the error of one drawn
reconstruction (a monitor, not what training lowers), and the mean free energy;
with --train, also the free-energy gap: held-out less training, which grows with
overfitting. For the first layer it gives the exact pseudo-likelihood,
the sum over the units of log p(unit | all others), in nats a row.

Of a model with one layer it gives the mean log-probability of the rows, of a
deeper one the variational bound on it, term by term, and a tighter bound from
several draws of the hidden layers. Log Z of the top machine is exact or
estimated. Estimates come from both ends of a path of temperatures: the first
is too low on average, the second too high.

Of a model with labels it gives the classification error and the confusion
matrix instead, with probabilities as predict gives them; of a network of
finetune backprop nothing else.`,
		Example: "  bitdbn eval -m m.safetensors --data mnist:test --train mnist",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return runEval(c.Context(), &data, &likelihood, model, train, asJSON, rows, threads)
		},
	}
	modelFlag(c, &model)
	data.register(c.Flags())
	likelihood.register(c.Flags())
	c.Flags().StringVar(&train, "train", "", "training data, for the free-energy gap")
	c.Flags().IntVar(&rows, "rows", 10000, "rows to look at, at most")
	c.Flags().IntVar(&threads, "threads", 0, "worker threads (default one a processor)")
	c.Flags().BoolVar(&asJSON, "json", false, "write the result as JSON to standard output")
	return c
}

// pseudoRows is how many rows the pseudo-likelihood is taken over: it visits
// every unit of each.
const pseudoRows = 500

// layerReport is what eval says of a layer.
type layerReport struct {
	Layer               int      `json:"layer"`
	ReconstructionError float64  `json:"reconstruction_error"`
	FreeEnergy          float64  `json:"free_energy"`
	FreeEnergyGap       *float64 `json:"free_energy_gap,omitempty"`
	Saturated           float64  `json:"saturated"`
}

type evalReport struct {
	Data                string        `json:"data"`
	Rows                int           `json:"rows"`
	Binarize            string        `json:"binarize"`
	Layers              []layerReport `json:"layers"`
	ReconstructionError float64       `json:"reconstruction_error"`
	FreeEnergyGap       *float64      `json:"free_energy_gap,omitempty"`
	PseudoLikelihood    *float64      `json:"pseudo_likelihood,omitempty"`
	PseudoRows          int           `json:"pseudo_likelihood_rows"`
	Seconds             float64       `json:"seconds"`

	Likelihood     *likelihoodReport     `json:"likelihood,omitempty"`
	Classification *classificationReport `json:"classification,omitempty"`
}

func runEval(ctx context.Context, data *dataFlags, likelihood *likelihoodFlags, model, train string, asJSON bool, rows, threads int) error {
	if model != "" && mlp.Is(model) {
		return evalNetwork(ctx, data, model, asJSON)
	}
	began := time.Now()
	f, err := loadModel(model)
	if err != nil {
		return err
	}
	ws, err := bitdbn.NewWorkspace(threads)
	if err != nil {
		return err
	}
	defer ws.Close()
	if rows < 1 {
		return fmt.Errorf("%w: --rows %d, expected 1 or more", errUsage, rows)
	}
	data.follow(f.Info)
	method, err := likelihood.resolve(f.Network)
	if err != nil {
		return err
	}
	data.labels = f.Network.Classes() > 0
	set, err := data.load()
	if err != nil {
		return err
	}
	if err := checkWidth(set, f.Network.Units()[0]); err != nil {
		return err
	}
	src := source(ws, set, 1)
	var classification *classificationReport
	if data.labels && set.Labels != nil {
		if src, err = labelled(src, set, f.Network.Classes()); err != nil {
			return err
		}
		if classification, err = classify(ctx, ws, f.Network, src.(dbn.Labelled), likelihood.draws); err != nil {
			return err
		}
	}
	r := evalReport{Data: set.Name, Rows: min(rows, set.Rows), Binarize: data.binarize, PseudoRows: min(pseudoRows, set.Rows), Classification: classification}
	held, err := f.Network.Monitors(ws, src, rows)
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
		base = source(ws, ts, 1)
		if ts.Labels != nil {
			if base, err = labelled(base, ts, f.Network.Classes()); err != nil {
				return err
			}
		}
		if trained, err = f.Network.Monitors(ws, base, rows); err != nil {
			return err
		}
	}
	for i, m := range held {
		l := layerReport{Layer: i + 1, ReconstructionError: m.ReconstructionError, FreeEnergy: m.FreeEnergy, Saturated: m.Saturated}
		if i < len(trained) {
			gap := m.FreeEnergy - trained[i].FreeEnergy
			l.FreeEnergyGap = &gap
		}
		r.Layers = append(r.Layers, l)
	}
	if len(r.Layers) > 0 {
		r.ReconstructionError, r.FreeEnergyGap = r.Layers[0].ReconstructionError, r.Layers[0].FreeEnergyGap
	}
	if f.Network.Layers[0].Labels == 0 {
		p, err := f.Network.PseudoLikelihood(ctx, ws, src, pseudoRows)
		if err != nil {
			return err
		}
		r.PseudoLikelihood = &p
	}
	if method != "none" {
		if r.Likelihood, err = likelihood.evaluate(ctx, ws, f.Network, method, base, src, rows, newProgress(asJSON)); err != nil {
			return err
		}
		if method == "exact" && len(f.Network.Layers) > 1 {
			if r.Likelihood.Exact, err = exactly(ctx, ws, f.Network, src, rows); err != nil {
				return err
			}
		}
	}
	r.Seconds = time.Since(began).Seconds()
	if asJSON {
		return writeJSON(r)
	}
	r.print()
	return nil
}

// evalNetwork evaluates a feed-forward network, which has an error and no
// likelihood.
func evalNetwork(ctx context.Context, data *dataFlags, model string, asJSON bool) error {
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
	set, err := data.load()
	if err != nil {
		return err
	}
	if err := checkWidth(set, f.Network.Units()[0]); err != nil {
		return err
	}
	src, err := labelled(source(ws, set, 1), set, f.Network.Classes())
	if err != nil {
		return err
	}
	r, err := classifyByNetwork(ctx, ws, f.Network, mlp.RowsOf(ws, src), set.Labels)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(map[string]any{"data": set.Name, "rows": r.Rows, "classification": r})
	}
	fmt.Printf("%s: %d rows\n", set.Name, r.Rows)
	r.print()
	return nil
}

func (r *evalReport) print() {
	fmt.Printf("%s: %d rows, binarize %s\n", r.Data, r.Rows, r.Binarize)
	for _, l := range r.Layers {
		fmt.Printf("layer %d: reconstruction error %.4f, free energy %.2f nats", l.Layer, l.ReconstructionError, l.FreeEnergy)
		if l.FreeEnergyGap != nil {
			fmt.Printf(", free-energy gap %+.2f nats", *l.FreeEnergyGap)
		}
		fmt.Println()
	}
	if r.PseudoLikelihood != nil {
		fmt.Printf("pseudo-likelihood of layer 1: %.2f nats a row (exact, %d rows)\n", *r.PseudoLikelihood, r.PseudoRows)
	}
	if r.Likelihood != nil {
		r.Likelihood.print()
	}
	if r.Classification != nil {
		r.Classification.print()
	}
}
