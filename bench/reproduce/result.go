package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/internal/atomicfile"
	"github.com/klauspost/cpuid/v2"
)

// result is what is known of a row.
type result struct {
	Name string `json:"name"`
	recipe
	Runs   []*run `json:"runs"`             // in the order of their seeds
	Choice *run   `json:"choice,omitempty"` // trained on fit rows, evaluated on valid ones
}

// recipe holds the commands of the first run, with the data's own names.
type recipe struct {
	Train string `json:"train"`
	Tune  string `json:"finetune,omitempty"`
	Eval  string `json:"eval"`
}

// run is what one training came to.
type run struct {
	Seed uint64 `json:"seed"`
	machine
	Digest  string      `json:"digest"` // of the model, as info gives it
	Seconds float64     `json:"train_seconds"`
	Valid   *evaluation `json:"valid,omitempty"`
	Test    *evaluation `json:"test,omitempty"`
	First   *evaluation `json:"first_layer,omitempty"` // by itself, on the rows of Test, or else of Valid

	// Of a fine-tuned model, to which Digest, Valid and Test then belong.
	TuneSeconds float64         `json:"finetune_seconds,omitempty"`
	Before      *classification `json:"before_finetuning,omitempty"`
}

// machine says where and when a run was made.
type machine struct {
	Date      time.Time `json:"date"`
	Processor string    `json:"processor"`
	Kernels   string    `json:"kernels"`
	Threads   int       `json:"threads"`
}

// thisMachine returns where and when a run is made; 0 threads are one a processor.
func thisMachine(threads int) machine {
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	return machine{time.Now().UTC().Truncate(time.Second), cpuid.CPU.BrandName, bitdbn.Level(), threads}
}

func (m *machine) String() string {
	return fmt.Sprintf("%d × %s, %s, %s", m.Threads, m.Processor, m.Kernels, m.Date.Format(time.DateOnly))
}

// evaluation is the part of eval's JSON that is reported.
type evaluation struct {
	Rows           int             `json:"rows"`
	Seconds        float64         `json:"seconds"`
	Likelihood     *likelihood     `json:"likelihood,omitempty"`
	Classification *classification `json:"classification,omitempty"`
}

type likelihood struct {
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

// stored returns the result of a row so far: without runs, unless those in dir are of
// its recipe as it is now.
func stored(dir string, r *row) (*result, error) {
	now := &result{Name: r.name, recipe: job{r, 1, r.trial}.recipe()}
	before, err := readResult(filepath.Join(dir, r.name+".json"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return now, nil
	case err != nil:
		return nil, err
	case before.recipe != now.recipe:
		return now, nil
	}
	return before, nil
}

// readResult reads the result in a file.
func readResult(path string) (*result, error) {
	r := new(result)
	if err := readJSON(path, r); err != nil {
		return nil, err
	}
	all := r.Runs
	if r.Choice != nil {
		all = append(slices.Clip(all), r.Choice)
	}
	for _, x := range all {
		if x == nil || !x.complete(x == r.Choice) {
			return nil, fmt.Errorf("%s: a run without its figures", path)
		}
	}
	return r, nil
}

// complete reports whether a run has figures of one kind, of test rows or, as a choice,
// of validation rows.
func (x *run) complete(choice bool) bool {
	kinds := 0
	for _, e := range []*evaluation{x.Valid, x.Test} {
		switch {
		case e == nil:
		case e.Classification != nil:
			kinds |= 1
		case e.Likelihood != nil:
			kinds |= 2
		default:
			return false
		}
	}
	return (kinds == 1 || kinds == 2) && (x.Valid != nil && choice || x.Test != nil)
}

// find returns the run of a job, or nil.
func (r *result) find(j job) *run {
	if j.fit {
		return r.Choice
	}
	if i := slices.IndexFunc(r.Runs, func(x *run) bool { return x.Seed == j.seed }); i >= 0 {
		return r.Runs[i]
	}
	return nil
}

// set puts the run of a job in its place.
func (r *result) set(j job, x *run) {
	if j.fit {
		r.Choice = x
		return
	}
	r.Runs = slices.DeleteFunc(r.Runs, func(x *run) bool { return x.Seed == j.seed })
	i := slices.IndexFunc(r.Runs, func(x *run) bool { return x.Seed > j.seed })
	if i < 0 {
		i = len(r.Runs)
	}
	r.Runs = slices.Insert(r.Runs, i, x)
}

// save writes the result into a file of its own in dir.
func (r *result) save(dir string) error { return writeJSON(filepath.Join(dir, r.Name+".json"), r) }

func readJSON(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func writeJSON(path string, v any) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(v)
	})
}
