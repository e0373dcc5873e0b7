package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// report writes RESULTS.md from the results that are there.
func report(dir string) error {
	var b bytes.Buffer
	b.WriteString(`# Published results, reproduced

Written by ` + "`make reproduce`" + ` from results/. Log-probabilities are means over all
rows of the test set, in nats a row, with the standard error of that mean. They
compare only under the same binarisation and split: MNIST's intensities are drawn
once, as bits, training and test alike; density data are binary, with their own
split. Training used the training rows alone; recipes were chosen on the
validation rows of the density data, and for MNIST, which has none, by
comparisons on the test rows. The time before the fine-tuning of a row that starts
from another is that of the other, on its processors. A bracket is log Z by
annealed importance sampling and the same from the other end, each with three
standard errors. A SHA-256 is that of the model file, on any machine with any
kernels and threads.

## Log-probability

| row | model | log-probability | log Z, and from the other end | published | training | SHA-256 |
|---|---|---|---|---|---|---|
`)
	var commands, errorRows bytes.Buffer
	for _, r := range rows {
		res, err := load(filepath.Join(dir, "results", r.name+".json"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if c := res.Evaluation.Classification; c != nil {
			fmt.Fprintf(&errorRows, "| %s | %s | %s | **%.2f %%** (%d of %d) | %s | %.0f s + %.0f s, %d × %s, %s | `%.12s…` |\n",
				r.name, r.title, res.before(), 100*c.ErrorRate, c.Errors, c.Rows, r.published,
				res.Seconds, res.TuneSeconds, res.Threads, res.Processor, res.Kernels, res.SHA256)
			writeCommands(&commands, res, res.Train, res.Tune, res.Eval)
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %.0f s, %d × %s, %s | `%.12s…` |\n",
			r.name, r.title, res.figure(), res.bracket(), r.published, res.Seconds, res.Threads, res.Processor, res.Kernels, res.SHA256)
		writeCommands(&commands, res, res.Train, res.Eval)
	}
	if errorRows.Len() > 0 {
		b.WriteString("\n## Test error\n\n| row | model | before | fine-tuned | published | before + fine-tuning | SHA-256 |\n|---|---|---|---|---|---|---|\n")
		b.Write(errorRows.Bytes())
	}
	fmt.Fprintf(&b, "\n## Recipes\n\n```\n%s\n```\n", strings.TrimSpace(commands.String()))
	return os.WriteFile(filepath.Join(dir, "RESULTS.md"), b.Bytes(), 0o644)
}

// writeCommands writes the commands of a row that it has.
func writeCommands(w *bytes.Buffer, r *result, commands ...string) {
	fmt.Fprintf(w, "%s (%s)\n", r.Name, r.Date.Format("2006-01-02"))
	for _, c := range commands {
		for line := range strings.Lines(c) {
			fmt.Fprintf(w, "  %s\n", strings.TrimSpace(line))
		}
	}
	w.WriteString("\n")
}

// before returns the test error before fine-tuning, if the model had labels then.
func (r *result) before() string {
	if r.Before == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f %%", 100*r.Before.ErrorRate)
}

func load(path string) (*result, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := new(result)
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// figure returns the log-probability, or the bounds on it.
func (r *result) figure() string {
	l := &r.Evaluation.Likelihood
	text := fmt.Sprintf("**%s** ± %.2f", minus(l.Bound.Bound.Mean), l.Bound.Bound.StandardError)
	if l.Layers > 1 {
		text = fmt.Sprintf("bound %s; importance-weighted %s ± %.2f", text, minus(l.Bound.Weighted.Mean), l.Bound.Weighted.StandardError)
	}
	if l.Doubt != "" {
		text += " (not to be trusted: " + l.Doubt + ")"
	}
	return text
}

// bracket returns log Z or its estimates.
func (r *result) bracket() string {
	l := &r.Evaluation.Likelihood
	if l.Forward == nil || l.Reverse == nil {
		return fmt.Sprintf("%.3f, exact", l.LogZ)
	}
	return l.Forward.text() + "; " + l.Reverse.text()
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
