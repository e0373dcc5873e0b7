package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/bitdbn/bitdbn"
	"github.com/klauspost/cpuid/v2"
)

// result is what a run of a row found.
type result struct {
	Name      string    `json:"name"`
	Date      time.Time `json:"date"`
	Processor string    `json:"processor"`
	Kernels   string    `json:"kernels"`
	Threads   int       `json:"threads"`
	Train     string    `json:"train"` // the commands, with the data's own names
	Eval      string    `json:"eval"`
	SHA256    string    `json:"sha256"` // of the model file
	Seconds   float64   `json:"train_seconds"`

	Evaluation evaluation `json:"evaluation"`

	// Of a fine-tuned model, to which SHA256 and Evaluation then belong.
	Tune        string          `json:"finetune,omitempty"`
	TuneSeconds float64         `json:"finetune_seconds,omitempty"`
	Before      *classification `json:"before_finetuning,omitempty"`
}

// evaluation is the part of eval's JSON that is reported.
type evaluation struct {
	Rows       int     `json:"rows"`
	Seconds    float64 `json:"seconds"`
	Likelihood struct {
		Method  string    `json:"method"`
		LogZ    float64   `json:"log_z"`
		Forward *estimate `json:"ais,omitempty"`
		Reverse *estimate `json:"reverse_ais,omitempty"`
		Layers  int       `json:"layers"`
		Bound   struct {
			Bound    term `json:"bound"`
			Weighted term `json:"weighted_bound"`
		} `json:"bound"`
		Doubt string `json:"doubt,omitempty"`
	} `json:"likelihood"`
	Classification *classification `json:"classification,omitempty"`
}

type classification struct {
	Rows      int     `json:"rows"`
	Errors    int     `json:"errors"`
	ErrorRate float64 `json:"error_rate"`
	LogLoss   float64 `json:"log_loss"`
}

type estimate struct {
	LogZ float64  `json:"log_z"`
	Low  *float64 `json:"low"` // nil: unbounded
	High *float64 `json:"high"`
}

type term struct {
	Mean          float64 `json:"mean"`
	StandardError float64 `json:"standard_error"`
}

// suite is where rows run.
type suite struct {
	program string // the bitdbn command
	density string // folder of the density data sets
	models  string // folder in which the trained models stay
	results string // folder of the results
}

// run trains and evaluates, and saves the result.
func (s *suite) run(ctx context.Context, r *row) (*result, error) {
	if err := os.MkdirAll(s.models, 0o755); err != nil {
		return nil, err
	}
	data, test := r.names()
	out := r.describe()
	if r.density != "" {
		data, test = filepath.Join(s.density, r.density, data), filepath.Join(s.density, r.density, test)
	}
	e := &experiment{ctx, s.program, data, test}
	model, err := s.start(e, r, out)
	if err != nil {
		return nil, err
	}
	if r.tune != "" {
		flags := []string{"--out", s.model(r)}
		if model != "" {
			flags = append(flags, "-m", model)
		}
		if out.TuneSeconds, err = e.timed("finetune", r.tune, flags...); err != nil {
			return nil, err
		}
	}
	if out.SHA256, err = digest(s.model(r)); err != nil {
		return nil, err
	}
	evaluation, err := e.evaluate(s.model(r), r.eval)
	if err != nil {
		return nil, err
	}
	out.Evaluation = *evaluation
	return out, out.save(s.results)
}

// model returns the file of a row's model.
func (s *suite) model(r *row) string { return filepath.Join(s.models, r.model()) }

// start makes the model that a row fine-tunes, or ends with, and returns its file:
// that of another row, or a pretrained one, or none. It sets what is known then.
func (s *suite) start(e *experiment, r *row, out *result) (model string, err error) {
	switch {
	case r.from != "":
		from := rowNamed(r.from)
		before, err := s.finished(from)
		if err == nil && before == nil {
			before, err = s.run(e.ctx, from)
		}
		if err != nil {
			return "", err
		}
		out.Seconds, out.Before = before.Seconds+before.TuneSeconds, before.Evaluation.Classification
		return s.model(from), nil
	case r.train == "":
		return "", nil
	}
	model = filepath.Join(s.models, r.name+".safetensors")
	if out.Seconds, err = e.timed("train", r.train, "--out", model); err != nil {
		return "", err
	}
	if strings.Contains(r.train, "--labels") && r.tune != "" { // else it does not classify yet
		before, err := e.evaluate(model, r.eval)
		if err != nil {
			return "", err
		}
		out.Before = before.Classification
	}
	return model, nil
}

// finished returns the result of a row, or nil unless it is there, with its model,
// and both are of the row as it is now.
func (s *suite) finished(r *row) (*result, error) {
	out, err := load(filepath.Join(s.results, r.name+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	sum, err := digest(s.model(r))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if now := r.describe(); sum != out.SHA256 || out.Train != now.Train || out.Tune != now.Tune {
		return nil, nil
	}
	return out, nil
}

// digest returns the SHA-256 of a file.
func digest(path string) (string, error) {
	b, err := os.ReadFile(path)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), err
}

// describe returns a result with what is known before the run: the machine, and
// the commands as one would type them.
func (r *row) describe() *result {
	out := &result{
		Name: r.name, Date: time.Now().UTC().Truncate(time.Second), Processor: cpuid.CPU.BrandName,
		Kernels: bitdbn.Level(), Threads: runtime.GOMAXPROCS(0),
	}
	data, test := r.names()
	start := ""
	switch {
	case r.from != "":
		before := rowNamed(r.from)
		d := before.describe()
		out.Train, start = d.Train+"\n"+d.Tune, " -m "+before.model()
	case r.train != "":
		out.Train = fmt.Sprintf("bitdbn train --data %s %s --out %s.safetensors", data, r.train, r.name)
		start = fmt.Sprintf(" -m %s.safetensors", r.name)
	}
	if r.tune != "" {
		out.Tune = fmt.Sprintf("bitdbn finetune %s%s --data %s --out %s", r.tune, start, data, r.model())
	}
	out.Eval = fmt.Sprintf("bitdbn eval -m %s --data %s --train %s %s", r.model(), test, data, r.eval)
	return out
}

// experiment runs the bitdbn command on the data of a row.
type experiment struct {
	ctx                 context.Context
	program, data, test string
}

// timed runs a bitdbn command with the flags of a recipe and others, and returns
// the seconds that took.
func (e *experiment) timed(name, recipe string, flags ...string) (float64, error) {
	began := time.Now()
	err := command(e.ctx, io.Discard, e.program, slices.Concat([]string{name}, strings.Fields(recipe), []string{"--data", e.data}, flags)...)
	return time.Since(began).Seconds(), err
}

func (e *experiment) evaluate(model, recipe string) (*evaluation, error) {
	var text bytes.Buffer
	flags := append([]string{"eval", "-m", model, "--data", e.test, "--train", e.data, "--json"}, strings.Fields(recipe)...)
	if err := command(e.ctx, &text, e.program, flags...); err != nil {
		return nil, err
	}
	out := new(evaluation)
	return out, json.Unmarshal(text.Bytes(), out)
}

// command runs a program, whose messages go to standard error.
func command(ctx context.Context, out io.Writer, name string, args ...string) error {
	c := exec.CommandContext(ctx, name, args...)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.Stdout, c.Stderr = out, os.Stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return nil
}

// save writes the result into a file of its own in dir.
func (r *result) save(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, r.Name+".json"), append(b, '\n'), 0o644)
}
