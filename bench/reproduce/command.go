package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// program is the bitdbn command.
type program string

// unfinished stands beside the file of a model from before its training until its
// result is saved, so that a later call goes on with the training. Seconds lack those
// of a part that was killed.
type unfinished struct {
	Recipe  string  `json:"recipe"`
	Seconds float64 `json:"seconds"`
}

// unfinishedFile returns the file of a model's unfinished.
func unfinishedFile(model string) string { return model + ".unfinished" }

// train runs a training, or goes on with one of the same recipe that was
// interrupted, and returns the seconds that all parts took.
func (p program) train(ctx context.Context, t *training, recipe string) (seconds float64, err error) {
	if err := os.MkdirAll(filepath.Dir(t.model), 0o755); err != nil {
		return 0, err
	}
	mark := unfinishedFile(t.model)
	var u unfinished
	if err := readJSON(mark, &u); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	_, err = os.Stat(t.model)
	args := t.resume
	if u.Recipe != recipe || err != nil {
		// Else a model of before would later be taken for a part of this training.
		if err := remove(t.model); err != nil {
			return 0, err
		}
		args, u = t.args, unfinished{Recipe: recipe}
		if err := writeJSON(mark, u); err != nil {
			return 0, err
		}
	}
	began := time.Now()
	err = p.call(ctx, io.Discard, args...)
	u.Seconds += time.Since(began).Seconds()
	return u.Seconds, errors.Join(err, writeJSON(mark, u))
}

// evaluate runs an evaluation.
func (p program) evaluate(ctx context.Context, args []string) (*evaluation, error) {
	e := new(evaluation)
	return e, p.json(ctx, e, args...)
}

// digest returns the digest of a model.
func (p program) digest(ctx context.Context, model string) (string, error) {
	var info struct {
		Digest string `json:"digest"`
	}
	err := p.json(ctx, &info, "info", "-m", model)
	return info.Digest, err
}

// json runs a command that writes JSON, and reads that into v.
func (p program) json(ctx context.Context, v any, args ...string) error {
	var text bytes.Buffer
	if err := p.call(ctx, &text, append(args, "--json")...); err != nil {
		return err
	}
	return json.Unmarshal(text.Bytes(), v)
}

// call runs a command, whose messages go to standard error.
func (p program) call(ctx context.Context, out io.Writer, args ...string) error {
	c := exec.CommandContext(ctx, string(p), args...)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.Stdout, c.Stderr = out, os.Stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", p, strings.Join(args, " "), err)
	}
	return nil
}

// remove removes a file that may be there.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
