package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/rbm"
	"github.com/spf13/pflag"
)

// likelihoodFlags say how the likelihood of a model is to be found.
type likelihoodFlags struct {
	method string
	chains int
	draws  int
	every  int // of the standard temperatures one in so many; 0 for all
	layers int // the first ones, evaluated by themselves; 0 for all
}

func (l *likelihoodFlags) register(f *pflag.FlagSet) {
	f.StringVar(&l.method, "likelihood", "auto", "how to find log Z of the top machine: exact (up to 28 units in a layer), ais, none, or auto (exact up to 20 units, else ais)")
	f.IntVar(&l.chains, "chains", 100, "chains of annealed importance sampling")
	f.IntVar(&l.layers, "layers", 0, "evaluate the first so many layers by themselves (default all)")
	f.IntVar(&l.draws, "draws", 10, "draws of the hidden layers for each row, for the bound")
}

// load reads the file of -m, and leaves the layers that are to be evaluated.
func (l *likelihoodFlags) load(model string) (*dbn.File, error) {
	f, err := loadModel(model)
	if err != nil || l.layers == 0 {
		return f, err
	}
	if f.Network, err = f.Network.First(l.layers); err != nil {
		return nil, fmt.Errorf("%w: --layers %d: %w", errUsage, l.layers, err)
	}
	return f, nil
}

// autoExactUnits is up to how many units in the smaller layer the exact sum is
// a matter of a moment.
const autoExactUnits = 20

// resolve returns the method for a network: exact, ais or none.
func (l *likelihoodFlags) resolve(n *dbn.Network) (string, error) {
	switch l.method {
	case "none", "exact", "ais":
		return l.method, nil
	case "auto":
		if n.Layers[len(n.Layers)-1].ExactUnits() <= autoExactUnits {
			return "exact", nil
		}
		return "ais", nil
	}
	return "", fmt.Errorf("%w: --likelihood %q, expected auto, exact, ais or none", errUsage, l.method)
}

// likelihoodReport is what is known of the likelihood of rows, in nats. Of a
// network with one layer the bound is the log-probability itself. Low and High
// of an estimate of log Z are three standard errors away; the two estimates
// are a bracket: the reverse one is on average too high.
type likelihoodReport struct {
	Method  string       `json:"method"`
	LogZ    float64      `json:"log_z"`
	Forward *logZReport  `json:"ais,omitempty"`
	Reverse *logZReport  `json:"reverse_ais,omitempty"`
	Layers  int          `json:"layers"`
	Bound   boundReport  `json:"bound"`
	Exact   *exactReport `json:"exact,omitempty"`
	Doubt   string       `json:"doubt,omitempty"`
	Seconds float64      `json:"seconds"`
}

type logZReport struct {
	LogZ              float64     `json:"log_z"`
	Low               intervalEnd `json:"low"`
	High              intervalEnd `json:"high"`
	EffectiveChains   float64     `json:"effective_chains"`
	Chains            int         `json:"chains"`
	Betas             int         `json:"betas"`
	LogWeightVariance float64     `json:"log_weight_variance"`
}

func reportLogZ(e *rbm.LogZEstimate) *logZReport {
	return &logZReport{e.LogZ, intervalEnd(e.Low), intervalEnd(e.High), e.EffectiveChains, e.Chains, e.Betas, e.LogWeightVariance}
}

// intervalEnd is the end of an interval; in JSON, which has no infinity, null
// says that there is none.
type intervalEnd float64

// MarshalJSON returns the number, or null for an infinity.
func (f intervalEnd) MarshalJSON() ([]byte, error) {
	if math.IsInf(float64(f), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

type termReport struct {
	Mean          float64 `json:"mean"`
	StandardError float64 `json:"standard_error"` // over the rows
}

type boundReport struct {
	Below    termReport `json:"log_p_below"`
	Top      termReport `json:"log_p_top_unnormalised"`
	Entropy  termReport `json:"entropy"`
	Bound    termReport `json:"bound"`
	Weighted termReport `json:"weighted_bound"`
	Rows     int        `json:"rows"`
	Draws    int        `json:"draws"`

	Joint *jointReport `json:"joint,omitempty"`
}

// jointReport is of rows x with labels y.
type jointReport struct {
	Top         termReport `json:"log_p_top_unnormalised"`
	Bound       termReport `json:"bound"`          // on log p(x,y)
	Weighted    termReport `json:"weighted_bound"` // on log p(x,y)
	Conditional termReport `json:"log_prob_y_given_x"`
}

func reportBound(b *dbn.Bound) boundReport {
	r := boundReport{termReport(b.Below), termReport(b.Top), termReport(b.Entropy), termReport(b.Bound), termReport(b.Weighted), b.Rows, b.Draws, nil}
	if j := b.Joint; j != nil {
		r.Joint = &jointReport{termReport(j.Top), termReport(j.Bound), termReport(j.Weighted), termReport(j.Conditional)}
	}
	return r
}

// exactReport holds means over the rows of a network whose states can all be
// summed over.
type exactReport struct {
	LogProbability   float64 `json:"log_probability"`
	LogProbabilitySE float64 `json:"log_probability_se"`
	KL               float64 `json:"kl"`
	KLSE             float64 `json:"kl_se"`
}

// reverseSteps is how many Gibbs steps chains make between the two estimates.
const reverseSteps = 1000

// largestBracket is the distance of the two estimates, in nats, beyond which
// neither should be trusted.
const largestBracket = 1

// evaluate finds log Z of the top machine by the given method, and the bound of
// the first rows of src. base is the source whose means make the base-rate
// model.
func (l *likelihoodFlags) evaluate(ctx context.Context, ws *bitdbn.Workspace, n *dbn.Network, method string, base, src rbm.Source, rows int, show *progress) (*likelihoodReport, error) {
	began := time.Now()
	r, err := l.logZ(ctx, ws, n, method, base, show)
	if err != nil {
		return nil, err
	}
	b, err := n.Bound(ctx, ws, src, l.bound(n, r.LogZ, rows, show))
	if errors.Is(err, dbn.ErrOptions) {
		return nil, fmt.Errorf("%w: --draws: %w", errUsage, err)
	}
	if err != nil {
		return nil, err
	}
	r.Bound = reportBound(b)
	r.Seconds = time.Since(began).Seconds()
	return r, nil
}

// logZ finds log Z of the top machine, and leaves out the bound.
func (l *likelihoodFlags) logZ(ctx context.Context, ws *bitdbn.Workspace, n *dbn.Network, method string, base rbm.Source, show *progress) (*likelihoodReport, error) {
	r := &likelihoodReport{Method: method, Layers: len(n.Layers)}
	top := len(n.Layers) - 1
	var err error
	if method == "exact" {
		r.LogZ, err = n.Layers[top].LogZ(ctx, ws.Workers())
	} else if base, err = n.Hidden(base, top, 1); err == nil {
		err = l.anneal(ctx, ws, n.Layers[top], base, r, show)
	}
	return r, err
}

// bound returns the options of a bound.
func (l *likelihoodFlags) bound(n *dbn.Network, logZ float64, rows int, show *progress) dbn.BoundOptions {
	o := dbn.BoundOptions{Rows: rows, Draws: l.draws, LogZ: logZ, Progress: show.counter("rows")}
	if len(n.Layers) == 1 {
		o.Draws = 1 // there is nothing to draw
	}
	return o
}

// exactTerms is how many terms a sum over all states of all rows may have to be
// a matter of a moment.
const exactTerms = 1 << 22

// exactly returns what summing over all states says of the rows, or nil if
// there are too many states.
func exactly(ctx context.Context, ws *bitdbn.Workspace, n *dbn.Network, src rbm.Source, rows int) (*exactReport, error) {
	rows = min(rows, src.Rows())
	for _, l := range n.Layers[:len(n.Layers)-1] {
		if l.Hidden > dbn.MaxExactUnits || rows<<l.Hidden > exactTerms {
			return nil, nil
		}
	}
	m := rbm.Drawn(ws, src, rbm.EvaluationStep)
	x := m.Slice(0, rows)
	all, err := n.Exact(ctx, &x)
	if errors.Is(err, rbm.ErrTooLarge) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	logs, divergences := make([]float64, len(all)), make([]float64, len(all))
	for i, row := range all {
		logs[i], divergences[i] = row.LogProbability, row.KL
	}
	p, kl := dbn.NewTerm(logs), dbn.NewTerm(divergences)
	return &exactReport{p.Mean, p.StandardError, kl.Mean, kl.StandardError}, nil
}

func (l *likelihoodFlags) anneal(ctx context.Context, ws *bitdbn.Workspace, m *rbm.Model, base rbm.Source, r *likelihoodReport, show *progress) error {
	p, err := m.Pack()
	if err != nil {
		return err
	}
	rates := rbm.New(m.Visible, 1) // labels that the data do not have keep equal rates
	rates.InitVisibleBiases(base.Means(ws), base.Rows())
	o := rbm.DefaultAISOptions(rates.B)
	o.Chains, o.Betas = l.chains, everyNth(o.Betas, l.every)
	o.Progress = show.counter("annealing")
	forward, err := p.AIS(ctx, ws, o)
	if errors.Is(err, rbm.ErrOptions) {
		return fmt.Errorf("%w: --chains: %w", errUsage, err)
	}
	if err != nil {
		return err
	}
	s := rbm.NewSampler(p, l.chains, 1)
	start := forward.Resample(l.chains, 1)
	for i := range l.chains {
		s.V.CopyRow(i, start, i)
	}
	s.Run(ws, reverseSteps)
	o.Progress = show.counter("annealing back")
	reverse, err := p.ReverseAIS(ctx, ws, s.V, o)
	if err != nil {
		return err
	}
	r.LogZ, r.Forward, r.Reverse, r.Doubt = forward.LogZ, reportLogZ(forward), reportLogZ(reverse), doubt(forward, reverse)
	return nil
}

// everyNth returns every nth value and the last one.
func everyNth(values []float32, n int) []float32 {
	if n < 2 {
		return values
	}
	var some []float32
	for i := 0; i < len(values)-1; i += n {
		some = append(some, values[i])
	}
	return append(some, values[len(values)-1])
}

// doubt returns why a pair of estimates should not be trusted, or nothing.
func doubt(forward, reverse *rbm.LogZEstimate) string {
	switch {
	case forward.Doubt() != "":
		return forward.Doubt()
	case reverse.Doubt() != "":
		return "in reverse, " + reverse.Doubt()
	case math.Abs(reverse.LogZ-forward.LogZ) > largestBracket:
		return fmt.Sprintf("the estimates from both ends differ by %.1f nats", math.Abs(reverse.LogZ-forward.LogZ))
	case reverse.High < forward.Low:
		return "the reverse estimate, too high on average, is below the other: its chains do not reach all modes"
	}
	return ""
}

func (r *likelihoodReport) print() {
	if r.Method == "exact" {
		fmt.Printf("log Z of the top machine %.4f nats, exact\n", r.LogZ)
	} else {
		for _, e := range []struct {
			name string
			*logZReport
		}{{"annealed importance sampling", r.Forward}, {"the same in reverse", r.Reverse}} {
			fmt.Printf("log Z of the top machine %.2f nats, %.2f to %.2f (3 standard errors), by %s: %d chains, %.0f effective, %d temperatures\n",
				e.LogZ, e.Low, e.High, e.name, e.Chains, e.EffectiveChains, e.Betas)
		}
	}
	b := &r.Bound
	if r.Layers == 1 {
		fmt.Printf("log-probability %.2f ± %.2f nats a row\n", b.Bound.Mean, b.Bound.StandardError)
	} else {
		fmt.Printf("variational bound on the log-probability %.2f ± %.2f nats a row (%d rows, %d draws of the hidden layers each):\n",
			b.Bound.Mean, b.Bound.StandardError, b.Rows, b.Draws)
		fmt.Printf("  E_q[log p] of the layers below the top %.2f ± %.2f\n", b.Below.Mean, b.Below.StandardError)
		fmt.Printf("  E_q[log p*] of the top machine, unnormalised %.2f ± %.2f\n", b.Top.Mean, b.Top.StandardError)
		fmt.Printf("  entropy of q %.2f ± %.2f\n", b.Entropy.Mean, b.Entropy.StandardError)
		fmt.Printf("  log Z %.2f\n", r.LogZ)
		fmt.Printf("importance-weighted bound %.2f ± %.2f nats a row\n", b.Weighted.Mean, b.Weighted.StandardError)
	}
	if b.Joint != nil {
		b.Joint.print(r.Layers)
	}
	if e := r.Exact; e != nil {
		fmt.Printf("log-probability %.4f ± %.4f nats a row, by summing over all states; the bound is %.4f ± %.4f below\n",
			e.LogProbability, e.LogProbabilitySE, e.KL, e.KLSE)
	}
}

// best returns the log-probability, or the tighter bound on it.
func (r *likelihoodReport) best() termReport {
	if r.Layers == 1 {
		return r.Bound.Bound
	}
	return r.Bound.Weighted
}

func (j *jointReport) print(layers int) {
	if layers == 1 {
		fmt.Printf("log-probability of rows with their labels %.2f ± %.2f nats a row\n", j.Bound.Mean, j.Bound.StandardError)
	} else {
		fmt.Printf("variational bound with the labels %.2f ± %.2f, importance-weighted %.2f ± %.2f nats a row\n",
			j.Bound.Mean, j.Bound.StandardError, j.Weighted.Mean, j.Weighted.StandardError)
	}
	fmt.Printf("log-probability of a label given its row %.4f ± %.4f nats\n", j.Conditional.Mean, j.Conditional.StandardError)
}
