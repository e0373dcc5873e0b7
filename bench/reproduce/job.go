package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// job is one run of a row.
type job struct {
	*row
	seed uint64
	fit  bool // train on a part of the training rows, evaluate on the others
}

// base starts the names of the job's files.
func (j job) base() string {
	name := j.name
	if j.seed != 1 {
		name += fmt.Sprintf("-seed%d", j.seed)
	}
	if j.fit {
		name += "-fit"
	}
	return name
}

// pretrained returns the name of the file of the model that is fine-tuned, or final.
func (j job) pretrained() string { return j.base() + ".safetensors" }

// final returns the name of the file of the model that the job ends with.
func (j job) final() string {
	if j.tune != "" {
		return j.base() + "-tuned.safetensors"
	}
	return j.pretrained()
}

// before returns the job of the row that this one starts from.
func (j job) before() job { return job{rowNamed(j.from), j.seed, j.fit} }

// Names of the data: what is trained on, and held-out rows to choose recipes on and
// to report.
func (j job) trainData() string {
	switch {
	case j.density != "":
		return j.density + ".train.data"
	case j.fit:
		return j.data + ":fit"
	}
	return j.data
}

func (j job) validData() string {
	if j.density != "" {
		return j.density + ".valid.data"
	}
	return j.data + ":valid"
}

func (j job) testData() string {
	if j.density != "" {
		return j.density + ".test.data"
	}
	return j.data + ":test"
}

// places are the folders of what commands name. The zero value leaves names bare,
// as in a report.
type places struct {
	density string // of the density data sets
	fashion string // of Fashion-MNIST
	models  string // in which the trained models stay
}

func (p places) model(name string) string { return filepath.Join(p.models, name) }

// data returns the bitdbn name of data of a job.
func (p places) data(j job, name string) string {
	switch split, fashion := strings.CutPrefix(name, "fashion"); {
	case j.density != "" && p.density != "":
		return filepath.Join(p.density, j.density, name)
	case fashion && p.fashion != "":
		return p.fashion + split
	}
	return name
}

// training is one command that trains, and the one that goes on with it.
type training struct {
	model  string // the file
	args   []string
	resume []string
}

// pretraining returns the command that pretrains, or nil.
func (j job) pretraining(p places) *training {
	if j.train == "" {
		return nil
	}
	return j.training(p, []string{"train"}, strings.Fields(j.train), j.pretrained())
}

// tuning returns the command that fine-tunes, or nil.
func (j job) tuning(p places) *training {
	if j.tune == "" {
		return nil
	}
	fields := strings.Fields(j.tune)
	flags := fields[1:]
	switch {
	case j.from != "":
		flags = append(flags, "-m", p.model(j.before().final()))
	case j.train != "":
		flags = append(flags, "-m", p.model(j.pretrained()))
	}
	return j.training(p, []string{"finetune", fields[0]}, flags, j.final())
}

func (j job) training(p places, verb, flags []string, model string) *training {
	t := &training{model: p.model(model)}
	common := append([]string{"--data", p.data(j, j.trainData())}, j.threadFlags()...)
	if j.drawn() {
		common = append(common, "--valid", p.data(j, j.validData()), "--log", p.model(j.log()))
		flags = append(flags, "--likelihood-every", "2")
	}
	seed := []string{"--seed", strconv.FormatUint(j.seed, 10), "--out", t.model}
	t.args = slices.Concat(verb, flags, common, seed)
	t.resume = slices.Concat(verb, common, []string{"--resume", t.model})
	for i, f := range flags { // the other options stand in the file
		if f == "--rows" {
			t.resume = append(t.resume, f, flags[i+1])
		}
	}
	return t
}

// drawn reports whether the bound is drawn: of a run that leaves validation rows.
func (j job) drawn() bool { return j.layers && j.fit }

// log returns the name of the job's training log.
func (j job) log() string { return j.base() + ".csv" }

// evaluation returns the command that evaluates the file of a model on data.
func (j job) evaluation(p places, model, data string) []string {
	return slices.Concat([]string{"eval", "-m", p.model(model), "--data", p.data(j, data), "--train", p.data(j, j.trainData())},
		strings.Fields(j.eval), j.threadFlags())
}

func (j job) threadFlags() []string {
	if j.threads == 0 {
		return nil
	}
	return []string{"--threads", strconv.Itoa(j.threads)}
}

// recipe returns the commands of the job as one would type them, those that train,
// fine-tune and evaluate, each on a line of its own.
func (j job) recipe() recipe {
	var r recipe
	if j.from != "" {
		before := j.before().recipe()
		r.Train = before.Train + "\n" + before.Tune
	}
	if t := j.pretraining(places{}); t != nil {
		r.Train = typed(t.args)
	}
	if t := j.tuning(places{}); t != nil {
		r.Tune = typed(t.args)
	}
	var lines []string
	for _, data := range j.heldOut() {
		lines = append(lines, typed(j.evaluation(places{}, j.final(), data)))
	}
	r.Eval = strings.Join(lines, "\n")
	return r
}

// typed returns a bitdbn command as one would type it.
func typed(args []string) string { return "bitdbn " + strings.Join(args, " ") }

// heldOut returns the names of the data that the job's model is evaluated on.
func (j job) heldOut() []string {
	switch {
	case j.fit:
		return []string{j.validData()}
	case j.density != "":
		return []string{j.validData(), j.testData()}
	}
	return []string{j.testData()}
}
