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
	model := filepath.Join(models, r.name+".safetensors")
	data, test := r.data, r.test
	if r.density != "" {
		data, test = r.density+".train.data", r.density+".test.data"
	}
	out := &result{
		Name: r.name, Date: time.Now().UTC().Truncate(time.Second), Processor: cpuid.CPU.BrandName,
		Kernels: bitdbn.Level(), Threads: runtime.GOMAXPROCS(0),
		Train: fmt.Sprintf("bitdbn train --data %s %s --out %s.safetensors", data, r.train, r.name),
		Eval:  fmt.Sprintf("bitdbn eval -m %s.safetensors --data %s --train %s %s", r.name, test, data, r.eval),
	}
	if r.density != "" {
		data, test = filepath.Join(density, r.density, data), filepath.Join(density, r.density, test)
	}
	began := time.Now()
	flags := append([]string{"train", "--data", data, "--out", model}, strings.Fields(r.train)...)
	if err := command(ctx, io.Discard, program, flags...); err != nil {
		return nil, err
	}
	out.Seconds = time.Since(began).Seconds()
	b, err := os.ReadFile(model)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b)
	out.SHA256 = hex.EncodeToString(sum[:])
	var report bytes.Buffer
	flags = append([]string{"eval", "-m", model, "--data", test, "--train", data, "--json"}, strings.Fields(r.eval)...)
	if err := command(ctx, &report, program, flags...); err != nil {
		return nil, err
	}
	return out, json.Unmarshal(report.Bytes(), &out.Evaluation)
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
