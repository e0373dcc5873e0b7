package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat"
)

const reportHead = `# Published results, reproduced

Written by ` + "`make reproduce`" + ` from results/. Log-probabilities are means over all
rows of a set, in nats a row, with the standard error of that mean; a row of several
seeds has the mean of its runs ± the standard deviation between them, and then each.
They compare only under the same binarisation and split: MNIST's intensities are
drawn once, as bits, training and test alike; density data are binary, with their own
split.

Recipes were chosen without the test rows: on MNIST and the built-in digits by
figures on the last sixth of the training rows, of MNIST 10,000, of models trained on
the others (` + "`-choose`" + `); on density data by their validation rows. The test rows
were looked at once, after that, with a model trained on all training rows.
`

const reportOld = `Rows without a validation figure are older than that rule: the recipes of those on
MNIST were chosen by comparisons on the test rows.
`

const reportNotes = `
The time before the fine-tuning of a row that starts from another is that of the
other. Time, machine, date, log Z and digest of a row of several seeds are those of the
first. A bracket is log Z by annealed importance sampling and the same from the other
end, each with three standard errors. A digest is that of the parameters and options of
the model, as ` + "`bitdbn info`" + ` gives it, on any machine with any kernels and threads;
results/ have all of it.
`

// report writes RESULTS.md from the results that are there.
func report(dir string) error {
	var likelihoods, errorRates, recipes bytes.Buffer
	old := false
	for i := range rows {
		r := &rows[i]
		out, err := readResult(filepath.Join(dir, "results", r.name+".json"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		t := tableRow{r, out}
		if t.any().heldOut().Classification != nil {
			fmt.Fprintf(&errorRates, "| %s | %s | %s | %s | %s | %s | %s | %s |\n",
				r.name, r.title, t.valid(), t.before(), t.test(), r.published, t.made(), t.digest())
		} else {
			fmt.Fprintf(&likelihoods, "| %s | %s | %s | %s | %s | %s | %s | %s |\n",
				r.name, r.title, t.valid(), t.test(), t.bracket(), r.published, t.made(), t.digest())
		}
		old = old || t.valid() == none
		t.commands(&recipes)
	}
	var b bytes.Buffer
	b.WriteString(reportHead)
	if old {
		b.WriteString(reportOld)
	}
	b.WriteString(reportNotes)
	table := func(title, head string, rows []byte) {
		if len(rows) > 0 {
			fmt.Fprintf(&b, "\n## %s\n\n%s\n%s\n%s", title, head, strings.Repeat("|---", strings.Count(head, "|")-1)+"|", rows)
		}
	}
	table("Log-probability", "| row | model | validation | test | log Z, and from the other end | published | training | digest |", likelihoods.Bytes())
	table("Test error", "| row | model | validation | before | test, fine-tuned | published | before + fine-tuning | digest |", errorRates.Bytes())
	fmt.Fprintf(&b, "\n## Recipes\n\n```\n%s\n```\n", strings.TrimSpace(recipes.String()))
	return os.WriteFile(filepath.Join(dir, "RESULTS.md"), b.Bytes(), 0o644)
}

// tableRow writes what a table says of a row.
type tableRow struct {
	*row
	out *result
}

const none = "–"

// first returns the first run on all training rows, or nil.
func (t tableRow) first() *run {
	if len(t.out.Runs) == 0 {
		return nil
	}
	return t.out.Runs[0]
}

// any returns a run: the first, or else the choice.
func (t tableRow) any() *run {
	if x := t.first(); x != nil {
		return x
	}
	if t.out.Choice != nil {
		return t.out.Choice
	}
	return &run{Test: new(evaluation)}
}

// valid returns the figure on validation rows.
func (t tableRow) valid() string {
	if x := t.out.Choice; x != nil {
		return figure([]*evaluation{x.Valid}) + t.growth(x, x.Valid)
	}
	var all []*evaluation
	for _, x := range t.out.Runs {
		if x.Valid != nil {
			all = append(all, x.Valid)
		}
	}
	return figure(all)
}

// growth says what the layers above the first have added to what it has by itself: to
// the bound, which is tight there, and to the likelihood, of which the weighted bound
// is an estimate from below. What the likelihood gained beyond the bound is slack.
func (t tableRow) growth(x *run, e *evaluation) string {
	if x == nil || x.First == nil || e == nil {
		return ""
	}
	first, b := x.First.Likelihood.Bound.Bound.Mean, e.Likelihood.Bound
	return fmt.Sprintf("; first layer alone %s, so the others add %+.2f to the bound and %+.2f or more to the log-probability",
		minus(first), b.Bound.Mean-first, b.Weighted.Mean-first)
}

// test returns the figure on test rows.
func (t tableRow) test() string {
	var all []*evaluation
	for _, x := range t.out.Runs {
		all = append(all, x.Test)
	}
	x := t.first()
	if x == nil {
		return figure(all)
	}
	return figure(all) + t.growth(x, x.Test)
}

// figure returns what evaluations of several runs found.
func figure(all []*evaluation) string {
	switch {
	case len(all) == 0:
		return none
	case all[0].Classification != nil:
		c := all[0].Classification
		return series(all, func(e *evaluation) float64 { return 100 * e.Classification.ErrorRate }, " %", fmt.Sprintf(" (%d of %d)", c.Errors, c.Rows))
	}
	bound := func(e *evaluation) term { return e.Likelihood.Bound.Bound }
	weighted := func(e *evaluation) term { return e.Likelihood.Bound.Weighted }
	terms := func(f func(e *evaluation) term) string {
		return series(all, func(e *evaluation) float64 { return f(e).Mean }, "", fmt.Sprintf(" ± %.2f", f(all[0]).StandardError))
	}
	text := terms(bound)
	if all[0].Likelihood.Layers > 1 {
		text = "bound " + text + "; importance-weighted " + terms(weighted)
	}
	for _, e := range all {
		if e.Likelihood.Doubt != "" {
			return text + " (not to be trusted: " + e.Likelihood.Doubt + ")"
		}
	}
	return text
}

// series returns the mean of a figure, its standard deviation and each value; of a
// single one that and what else is known of it.
func series(all []*evaluation, value func(*evaluation) float64, unit, single string) string {
	values := make([]float64, len(all))
	each := make([]string, len(all))
	for i, e := range all {
		values[i] = value(e)
		each[i] = minus(values[i])
	}
	if len(all) == 1 {
		return "**" + each[0] + unit + "**" + single
	}
	mean, deviation := stat.MeanStdDev(values, nil)
	return fmt.Sprintf("**%s%s** ± %.2f of %d seeds: %s", minus(mean), unit, deviation, len(all), strings.Join(each, ", "))
}

// before returns the test error before fine-tuning, if the model had labels then.
func (t tableRow) before() string {
	x := t.first()
	if x == nil || x.Before == nil {
		return none
	}
	return fmt.Sprintf("%.2f %%", 100*x.Before.ErrorRate)
}

// bracket returns log Z or its estimates.
func (t tableRow) bracket() string {
	l := t.any().heldOut().Likelihood
	switch {
	case l == nil:
		return none
	case l.Forward == nil || l.Reverse == nil:
		return fmt.Sprintf("%.3f, exact", l.LogZ)
	}
	return l.Forward.text() + "; " + l.Reverse.text()
}

// made returns how long training took, on what, when, and from which seed.
func (t tableRow) made() string {
	x := t.any()
	seconds := fmt.Sprintf("%.0f s", x.Seconds)
	if t.tune != "" {
		seconds += fmt.Sprintf(" + %.0f s", x.TuneSeconds)
	}
	return fmt.Sprintf("%s, %v, seed %d", seconds, &x.machine, x.Seed)
}

// digest returns the start of the digest of the first run.
func (t tableRow) digest() string {
	if t.any().Digest == "" {
		return none
	}
	return fmt.Sprintf("`%.12s…`", t.any().Digest)
}

// commands writes the commands of the row that it has.
func (t tableRow) commands(w *bytes.Buffer) {
	fmt.Fprintf(w, "%s (%s)\n", t.name, t.any().Date.Format(time.DateOnly))
	for _, c := range []string{t.out.Train, t.out.Tune, t.out.Eval} {
		for line := range strings.Lines(c) {
			fmt.Fprintf(w, "  %s\n", strings.TrimSpace(line))
		}
	}
	if n := len(t.out.Runs); n > 1 {
		fmt.Fprintf(w, "  and with --seed to %d\n", t.out.Runs[n-1].Seed)
	}
	w.WriteString("\n")
}

func (e *estimate) text() string {
	return fmt.Sprintf("%.2f [%s, %s]", e.LogZ, end(e.Low), end(e.High))
}

// end returns an end of an interval.
func end(v *float64) string {
	if v == nil {
		return "unbounded"
	}
	return fmt.Sprintf("%.2f", *v)
}

// minus formats a number with a minus sign as the table has them.
func minus(v float64) string { return strings.Replace(fmt.Sprintf("%.2f", v), "-", "−", 1) }
