package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/bitdbn/bitdbn/dbn"
)

// logColumns are the columns of the training log. Errors are parts of the
// bits, free energies are means in nats a row. free_energy_gap is held-out less
// training: it grows with overfitting and has no lower bound. bound is the
// variational bound on the log-probability of held-out rows, or of training rows
// without any, with the layers so far; of one layer it is the log-probability.
var logColumns = []string{"layer", "epoch", "seconds", "rows_per_second", "learning_rate", "momentum",
	"reconstruction_error", "train_free_energy", "valid_free_energy", "free_energy_gap", "saturated", "weight_rms", "bound", "bound_error", "log_z"}

// trainLog writes the log as CSV, one line an epoch.
type trainLog struct {
	f *os.File
	w *csv.Writer
}

// openLog opens the log at path: a new one, or, when a training goes on, the old one to be
// continued.
func openLog(path string, resume bool) (*trainLog, error) {
	if path == "" {
		return &trainLog{w: csv.NewWriter(io.Discard)}, nil
	}
	mode := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	old := false
	if resume {
		mode = os.O_CREATE | os.O_WRONLY | os.O_APPEND
		var err error
		if old, err = continues(path); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(path, mode, 0o644)
	if err != nil {
		return nil, err
	}
	l := &trainLog{f: f, w: csv.NewWriter(f)}
	if old {
		return l, nil
	}
	return l, l.write(logColumns)
}

// continues reports whether there is a log at path to be continued; it must then
// have the columns of this one.
func continues(path string) (bool, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	columns, err := csv.NewReader(f).Read()
	if err == io.EOF {
		return false, nil
	}
	if err != nil || !slices.Equal(columns, logColumns) {
		return false, fmt.Errorf("%s: %w: its first line is not %s; give another --log", path, errLog, strings.Join(logColumns, ","))
	}
	return true, nil
}

// errLog is wrapped by errors about a log that cannot be continued.
var errLog = errors.New("not a log of this training")

func (l *trainLog) write(row []string) error {
	if err := l.w.Write(row); err != nil {
		return err
	}
	l.w.Flush()
	return l.w.Error()
}

// epoch is what is known at the end of an epoch.
type epoch struct {
	dbn.Progress
	seconds, rate          float64
	learningRate, momentum float64
	train                  dbn.Monitor
	valid                  *dbn.Monitor
	bound                  *likelihoodReport
}

func (e *epoch) gap() float64 { return e.valid.FreeEnergy - e.train.FreeEnergy }

// likelihood returns what a line about the epoch says of the bound.
func (e *epoch) likelihood() string {
	if e.bound == nil {
		return ""
	}
	name := "log-probability"
	if e.bound.Layers > 1 {
		name = "bound"
	}
	b, doubt := e.bound.Bound.Bound, ""
	if e.bound.Doubt != "" {
		doubt = " (not to be trusted: " + e.bound.Doubt + ")"
	}
	return fmt.Sprintf(", %s %.2f ± %.2f%s", name, b.Mean, b.StandardError, doubt)
}

func (l *trainLog) epoch(e *epoch) error {
	f := func(v float64) string { return strconv.FormatFloat(v, 'g', 8, 64) }
	valid, gap := "", ""
	if e.valid != nil {
		valid, gap = f(e.valid.FreeEnergy), f(e.gap())
	}
	bound, boundError, logZ := "", "", ""
	if e.bound != nil {
		b := e.bound.Bound.Bound
		bound, boundError, logZ = f(b.Mean), f(b.StandardError), f(e.bound.LogZ)
	}
	return l.write([]string{strconv.Itoa(e.Layer + 1), strconv.Itoa(e.Epoch),
		fmt.Sprintf("%.3f", e.seconds), fmt.Sprintf("%.0f", e.rate), f(e.learningRate), f(e.momentum),
		f(e.reconstruction()), f(e.train.FreeEnergy), valid, gap, f(e.train.Saturated), f(e.train.WeightRMS), bound, boundError, logZ})
}

// reconstruction returns the error over the epoch, or, where persistent chains
// reconstruct nothing, that of the monitor.
func (e *epoch) reconstruction() float64 {
	if e.TotalBits == 0 {
		return e.train.ReconstructionError
	}
	return e.ReconstructionError()
}

func (l *trainLog) close() error {
	if l.f == nil {
		return nil
	}
	return l.f.Close()
}
