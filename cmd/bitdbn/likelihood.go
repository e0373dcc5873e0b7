package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/rbm"
	"github.com/spf13/pflag"
)

// likelihoodFlags say how log Z is to be found.
type likelihoodFlags struct {
	method string
	chains int
}

func (l *likelihoodFlags) register(f *pflag.FlagSet) {
	f.StringVar(&l.method, "likelihood", "auto", "how to find log Z of a single machine: exact (up to 28 units in a layer), ais, none, or auto (exact up to 20 units, else ais)")
	f.IntVar(&l.chains, "chains", 100, "chains of annealed importance sampling")
}

// autoExactUnits is up to how many units in the smaller layer the exact sum is
// a matter of a moment.
const autoExactUnits = 20

// resolve returns the method for a network: exact, ais or none.
func (l *likelihoodFlags) resolve(n *dbn.Network) (string, error) {
	one := len(n.Layers) == 1
	switch l.method {
	case "none":
		return "none", nil
	case "auto":
		switch {
		case !one:
			return "none", nil
		case min(n.Layers[0].Visible, n.Layers[0].Hidden) <= autoExactUnits:
			return "exact", nil
		}
		return "ais", nil
	case "exact", "ais":
		if !one {
			return "", fmt.Errorf("%w: --likelihood %s: the model has %d layers, expected 1", errUsage, l.method, len(n.Layers))
		}
		return l.method, nil
	}
	return "", fmt.Errorf("%w: --likelihood %q, expected auto, exact, ais or none", errUsage, l.method)
}

// likelihoodReport is what eval says of the likelihood of one machine, in nats.
// Low and High of an estimate are three standard errors away; the two estimates
// are a bracket: the reverse one is on average too high.
type likelihoodReport struct {
	Method         string      `json:"method"`
	LogZ           float64     `json:"log_z"`
	Forward        *logZReport `json:"ais,omitempty"`
	Reverse        *logZReport `json:"reverse_ais,omitempty"`
	LogProbability float64     `json:"log_probability"`
	StandardError  float64     `json:"standard_error"` // over the rows
	Doubt          string      `json:"doubt,omitempty"`
	Seconds        float64     `json:"seconds"`
}

type logZReport struct {
	LogZ              float64 `json:"log_z"`
	Low               float64 `json:"low"`
	High              float64 `json:"high"`
	EffectiveChains   float64 `json:"effective_chains"`
	Chains            int     `json:"chains"`
	Betas             int     `json:"betas"`
	LogWeightVariance float64 `json:"log_weight_variance"`
}

func reportLogZ(e *rbm.LogZEstimate) *logZReport {
	return &logZReport{e.LogZ, e.Low, e.High, e.EffectiveChains, e.Chains, e.Betas, e.LogWeightVariance}
}

// reverseSteps is how many Gibbs steps chains make between the two estimates.
const reverseSteps = 1000

// largestBracket is the distance of the two estimates, in nats, beyond which
// neither should be trusted.
const largestBracket = 1

// evaluate finds log Z by the given method, and with the monitor of held-out
// rows their mean log-probability. base is the source whose means make the
// base-rate model.
func (l *likelihoodFlags) evaluate(ctx context.Context, ws *bitdbn.Workspace, m *rbm.Model, method string, base rbm.Source, held dbn.Monitor, quiet bool) (*likelihoodReport, error) {
	began := time.Now()
	r := &likelihoodReport{Method: method}
	var err error
	if method == "exact" {
		r.LogZ, err = m.LogZ(ctx, ws.Workers())
	} else {
		err = l.anneal(ctx, ws, m, base, r, quiet)
	}
	if err != nil {
		return nil, err
	}
	r.LogProbability, r.StandardError = -held.FreeEnergy-r.LogZ, held.FreeEnergyError
	r.Seconds = time.Since(began).Seconds()
	return r, nil
}

func (l *likelihoodFlags) anneal(ctx context.Context, ws *bitdbn.Workspace, m *rbm.Model, base rbm.Source, r *likelihoodReport, quiet bool) error {
	p, err := m.Pack()
	if err != nil {
		return err
	}
	rates := rbm.New(m.Visible, 1)
	rates.InitVisibleBiases(base.Means(ws), base.Rows())
	o := rbm.DefaultAISOptions(rates.B)
	o.Chains = l.chains
	progress := newProgress(quiet)
	o.Progress = progress.counter("annealing")
	forward, err := p.AIS(ctx, ws, o)
	if errors.Is(err, rbm.ErrOptions) {
		return fmt.Errorf("%w: --chains: %w", errUsage, err)
	}
	if err != nil {
		return err
	}
	s := rbm.NewSampler(p, l.chains, 1)
	for i := range l.chains {
		s.V.CopyRow(i, forward.V, i)
	}
	s.Run(ws, reverseSteps)
	o.Progress = progress.counter("annealing back")
	reverse, err := p.ReverseAIS(ctx, ws, s.V, o)
	if err != nil {
		return err
	}
	r.LogZ, r.Forward, r.Reverse = forward.LogZ, reportLogZ(forward), reportLogZ(reverse)
	switch gap := reverse.LogZ - forward.LogZ; {
	case forward.Doubt() != "":
		r.Doubt = forward.Doubt()
	case gap > largestBracket:
		r.Doubt = fmt.Sprintf("the estimates from both ends differ by %.1f nats", gap)
	}
	return nil
}

func (r *likelihoodReport) print() {
	if r.Method == "exact" {
		fmt.Printf("log Z %.4f nats, exact\n", r.LogZ)
	} else {
		for _, e := range []struct {
			name string
			*logZReport
		}{{"annealed importance sampling", r.Forward}, {"the same in reverse", r.Reverse}} {
			fmt.Printf("log Z %.2f nats, %.2f to %.2f (3 standard errors), by %s: %d chains, %.0f effective, %d temperatures\n",
				e.LogZ, e.Low, e.High, e.name, e.Chains, e.EffectiveChains, e.Betas)
		}
	}
	fmt.Printf("log-probability %.2f ± %.2f nats a row\n", r.LogProbability, r.StandardError)
	if r.Doubt != "" {
		fmt.Printf("warning: this log Z should not be trusted: %s\n", r.Doubt)
	}
}
