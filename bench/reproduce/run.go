package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
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

// run trains and evaluates. Models stay in a folder.
func (r *row) run(ctx context.Context, program, density, models string) (*result, error) {
	if err := os.MkdirAll(models, 0o755); err != nil {
		return nil, err
	}
	data, test := r.data, r.test
	if r.density != "" {
		data, test = r.density+".train.data", r.density+".test.data"
	}
	out := r.describe(data, test)
	if r.density != "" {
		data, test = filepath.Join(density, r.density, data), filepath.Join(density, r.density, test)
	}
	e := experiment{ctx, program, data, test}
	model := filepath.Join(models, r.name+".safetensors")
	var start []string // flags of a fine-tuning
	var err error
	if r.train != "" {
		if out.Seconds, err = e.timed("train", r.train, "--out", model); err != nil {
			return nil, err
		}
		start = []string{"-m", model}
	}
	if r.tune != "" {
		if strings.Contains(r.train, "--labels") { // else it does not classify yet
			before, err := e.evaluate(model, r.eval)
			if err != nil {
				return nil, err
			}
			out.Before = before.Classification
		}
		model = filepath.Join(models, r.name+"-tuned.safetensors")
		if out.TuneSeconds, err = e.timed("finetune", r.tune, append(start, "--out", model)...); err != nil {
			return nil, err
		}
	}
	b, err := os.ReadFile(model)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b)
	out.SHA256 = hex.EncodeToString(sum[:])
	evaluation, err := e.evaluate(model, r.eval)
	if err != nil {
		return nil, err
	}
	out.Evaluation = *evaluation
	return out, nil
}

// describe returns a result with what is known before the run: the machine, and
// the commands as one would type them.
func (r *row) describe(data, test string) *result {
	out := &result{
		Name: r.name, Date: time.Now().UTC().Truncate(time.Second), Processor: cpuid.CPU.BrandName,
		Kernels: bitdbn.Level(), Threads: runtime.GOMAXPROCS(0),
	}
	model, start := r.name, ""
	if r.train != "" {
		out.Train = fmt.Sprintf("bitdbn train --data %s %s --out %s.safetensors", data, r.train, r.name)
		start = fmt.Sprintf(" -m %s.safetensors", r.name)
	}
	if r.tune != "" {
		model += "-tuned"
		out.Tune = fmt.Sprintf("bitdbn finetune %s%s --data %s --out %s.safetensors", r.tune, start, data, model)
	}
	out.Eval = fmt.Sprintf("bitdbn eval -m %s.safetensors --data %s --train %s %s", model, test, data, r.eval)
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
