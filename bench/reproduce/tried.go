package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bitdbn/bitdbn/dataset"
)

// trial returns the run of a candidate on a kind, which looks at validation rows alone.
func (k *kind) trial(c *candidate) (job, error) {
	flags := []string{"--layers", strconv.Itoa(k.hidden)}
	if k.data != "" {
		flags = append(flags, "--binarize", "fixed")
	}
	given := strings.Fields(c.flags)
	if !slices.Contains(given, "--cd") && !slices.Contains(given, "--pcd") {
		flags = append(flags, "--pcd", "1")
	}
	for _, f := range given {
		if text, ok := strings.CutSuffix(f, "/rows"); ok {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return job{}, fmt.Errorf("candidate %q: %q, expected a number/rows", c.name, f)
			}
			f = strconv.FormatFloat(v/float64(k.rows), 'g', 4, 64)
		}
		flags = append(flags, f)
	}
	r := &row{name: k.name + "--" + fileName(c.name), title: c.name + " on " + k.name, data: k.data, train: strings.Join(flags, " "),
		eval: "--likelihood exact", threads: k.threads, trial: true}
	if k.hidden > 23 {
		r.eval = "--likelihood ais --chains 100"
	}
	if k.data == "" {
		r.density = k.name
	}
	return job{r, 1, true}, nil
}

// fileName returns a name with a dash for whatever does not belong in a file's.
func fileName(name string) string {
	return strings.Trim(regexp.MustCompile(`[^a-z0-9.]+`).ReplaceAllString(strings.ToLower(name), "-"), "-")
}

// triedResults is the folder of the results of trials among all.
const triedResults = "tried"

// tryAll runs the trials that are missing, on the kinds named, or on all whose data
// are there, and writes the report after each kind.
func (s *suite) tryAll(ctx context.Context, named, dir string) error {
	chosen := kinds
	if named != "" {
		chosen = nil
		for _, name := range strings.Split(named, ",") {
			i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
			if i < 0 {
				return fmt.Errorf("there is no kind of data %q", name)
			}
			chosen = append(chosen, kinds[i])
		}
	}
	for _, k := range chosen {
		if k.data == "" && k.made == nil && s.density == "" {
			if named != "" {
				return fmt.Errorf("kind %s needs -density", k.name)
			}
			continue
		}
		if err := errors.Join(s.tryOn(ctx, &k), reportTried(dir)); err != nil {
			return err
		}
	}
	return nil
}

// tryOn runs the trials on a kind that are missing.
func (s *suite) tryOn(ctx context.Context, k *kind) error {
	t := &suite{s.program, places{density: s.density, models: filepath.Join(s.models, triedResults)}, filepath.Join(s.results, triedResults)}
	if k.made != nil {
		t.density = t.models
		if err := k.write(filepath.Join(t.density, k.name)); err != nil {
			return err
		}
	}
	for i := range candidates {
		j, err := k.trial(&candidates[i])
		if err != nil {
			return err
		}
		if i == 0 {
			if err := t.checkRows(j, k.rows); err != nil {
				return err
			}
		}
		if err := t.fill(ctx, j); err != nil {
			return fmt.Errorf("%s: %w", j.name, err)
		}
	}
	return nil
}

// checkRows returns an error unless the job trains on so many rows.
func (s *suite) checkRows(j job, rows int) error {
	set, err := dataset.Load(s.data(j, j.trainData()), dataset.Options{NoLabels: true})
	if err != nil {
		return err
	}
	if set.Rows != rows {
		return fmt.Errorf("%s: found %d rows, expected %d", set.Name, set.Rows, rows)
	}
	return nil
}

// write makes the files of a kind that is made, in the form of the density data.
func (k *kind) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	train, valid := k.sets()
	for part, rows := range map[string][][]uint8{"train": train, "valid": valid} {
		var b bytes.Buffer
		for _, row := range rows {
			for _, bit := range row {
				b.WriteByte('0' + bit)
			}
			b.WriteByte('\n')
		}
		if err := os.WriteFile(filepath.Join(dir, k.name+"."+part+".data"), b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// reportTried writes TRIED.md from the results that are there, if any are.
func reportTried(dir string) error {
	results := filepath.Join(dir, "results", triedResults)
	if _, err := os.Stat(results); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var b bytes.Buffer
	b.WriteString("# What was tried for the defaults\n\n" +
		"Written by `make tried` from results/tried/. Mean log-probability of validation rows,\n" +
		"in nats a row, the best of each kind in bold, and the seconds of training. Test rows\n" +
		"are not looked at.\n\n| candidate | flags |")
	columns := make([][]*run, len(kinds)) // a run, or nil, for each candidate
	machines := map[string]bool{}
	for i := range kinds {
		b.WriteString(" " + kinds[i].name + " |")
		for c := range candidates {
			j, err := kinds[i].trial(&candidates[c])
			if err != nil {
				return err
			}
			out, err := stored(results, j.row)
			if err != nil {
				return err
			}
			if x := out.Choice; x != nil && x.Valid.Likelihood == nil {
				return fmt.Errorf("%s: a trial without a log-probability", j.name)
			}
			columns[i] = append(columns[i], out.Choice)
			if x := out.Choice; x != nil {
				machines[fmt.Sprintf("%s, %s", x.Processor, x.Kernels)] = true
			}
		}
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(kinds)) + "\n")
	for c := range candidates {
		flags := none
		if candidates[c].flags != "" {
			flags = "`" + candidates[c].flags + "`"
		}
		fmt.Fprintf(&b, "| %s | %s |", candidates[c].name, flags)
		for _, column := range columns {
			b.WriteString(" " + cell(column, c) + " |")
		}
		b.WriteString("\n")
	}
	b.WriteString("\nWithout `--cd` or `--pcd`, `--pcd 1` is added. A question mark is after an estimate of\n" +
		"log Z that should not be trusted. The kinds of data:\n\n")
	for _, k := range kinds {
		threads := "one a processor"
		if k.threads > 0 {
			threads = strconv.Itoa(k.threads)
		}
		fmt.Fprintf(&b, "- %s: %s; %d rows, %d hidden units, threads: %s\n", k.name, k.title, k.rows, k.hidden, threads)
	}
	fmt.Fprintf(&b, "\nRun on: %s.\n", strings.Join(slices.Sorted(maps.Keys(machines)), "; "))
	return os.WriteFile(filepath.Join(dir, "TRIED.md"), b.Bytes(), 0o644)
}

// cell returns what a table says of run c of a column.
func cell(column []*run, c int) string {
	if column[c] == nil {
		return none
	}
	mean := func(x *run) float64 { return x.Valid.Likelihood.Bound.Bound.Mean }
	text, best := minus(mean(column[c])), true
	for _, x := range column {
		best = best && (x == nil || mean(x) <= mean(column[c]))
	}
	if best {
		text = "**" + text + "**"
	}
	if column[c].Valid.Likelihood.Doubt != "" {
		text += "?"
	}
	return fmt.Sprintf("%s (%.1f s)", text, column[c].Seconds)
}
