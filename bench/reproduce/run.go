package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
)

// suite is where rows run.
type suite struct {
	program
	places
	results string // folder of the results
}

// run makes the runs of a row that are missing, and saves each.
func (s *suite) run(ctx context.Context, r *row) error {
	for seed := range uint64(r.runs()) {
		if err := s.fill(ctx, job{r, seed + 1, false}); err != nil {
			return err
		}
	}
	return nil
}

// choose makes the run of a row on a part of the training rows, for the figure on the
// others.
func (s *suite) choose(ctx context.Context, r *row) error {
	if r.density != "" {
		return fmt.Errorf("the validation rows of %s are apart from its training rows, and each run looks at them", r.density)
	}
	return s.fill(ctx, job{r, 1, true})
}

// fill makes the run of a job, unless there is one of the same recipe.
func (s *suite) fill(ctx context.Context, j job) error {
	out, err := stored(s.results, j.row)
	if err != nil {
		return err
	}
	if out.find(j) != nil {
		log.Printf("%s is done; it runs again when %s.json is removed from %s", j.base(), j.name, s.results)
		return nil
	}
	log.Printf("%s: %s", j.base(), j.title)
	_, err = s.do(ctx, j)
	return err
}

// do trains, evaluates, and saves the run of a job.
func (s *suite) do(ctx context.Context, j job) (*run, error) {
	x := &run{Seed: j.seed, machine: thisMachine(j.threads)}
	if err := s.trainAll(ctx, j, x); err != nil {
		return nil, err
	}
	var err error
	if x.Digest, err = s.digest(ctx, s.model(j.final())); err != nil {
		return nil, err
	}
	for _, data := range j.heldOut() {
		e, err := s.evaluate(ctx, j.evaluation(s.places, j.final(), data))
		if err != nil {
			return nil, err
		}
		if data == j.validData() {
			x.Valid = e
		} else {
			x.Test = e
		}
	}
	if j.layers {
		if err := s.layerByLayer(ctx, j, x); err != nil {
			return nil, err
		}
	}
	out, err := stored(s.results, j.row) // anew, if the job started from another of the row
	if err != nil {
		return nil, err
	}
	out.set(j, x)
	if err := out.save(s.results); err != nil {
		return nil, err
	}
	for _, model := range []string{j.pretrained(), j.final()} {
		if err := remove(unfinishedFile(s.model(model))); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// layerByLayer evaluates the first layer of a stack by itself, and draws how the bound
// grew from there.
func (s *suite) layerByLayer(ctx context.Context, j job, x *run) (err error) {
	held := j.heldOut()
	first := append(j.evaluation(s.places, j.final(), held[len(held)-1]), "--layers", "1")
	if x.First, err = s.evaluate(ctx, first); err != nil || !j.drawn() {
		return err
	}
	return drawBound(s.model(j.log()), filepath.Join(s.results, j.name+".png"), x.First.Likelihood.Bound.Bound)
}

// trainAll pretrains and fine-tunes, as far as the job has it, and sets what is known
// then.
func (s *suite) trainAll(ctx context.Context, j job, x *run) (err error) {
	recipe := j.recipe()
	if j.from != "" {
		before, err := s.finished(ctx, j.before())
		if err != nil {
			return err
		}
		x.Seconds, x.Before = before.Seconds+before.TuneSeconds, before.heldOut().Classification
	}
	if t := j.pretraining(s.places); t != nil {
		if x.Seconds, err = s.train(ctx, t, recipe.Train); err != nil {
			return err
		}
		if strings.Contains(j.train, "--labels") && j.tune != "" { // else it does not classify yet
			held := j.heldOut()
			before, err := s.evaluate(ctx, j.evaluation(s.places, j.pretrained(), held[len(held)-1]))
			if err != nil {
				return err
			}
			x.Before = before.Classification
		}
	}
	if t := j.tuning(s.places); t != nil {
		x.TuneSeconds, err = s.train(ctx, t, recipe.Train+"\n"+recipe.Tune)
	}
	return err
}

// heldOut returns the evaluation on test rows, or of a run without them on
// validation rows.
func (x *run) heldOut() *evaluation {
	if x.Test != nil {
		return x.Test
	}
	return x.Valid
}

// finished returns the run of a job that another starts from, and makes it unless it
// is there with its model.
func (s *suite) finished(ctx context.Context, j job) (*run, error) {
	out, err := stored(s.results, j.row)
	if err != nil {
		return nil, err
	}
	model := s.model(j.final())
	if x := out.find(j); x != nil {
		if _, err := os.Stat(model); err == nil {
			if sum, err := s.digest(ctx, model); err == nil && sum == x.Digest {
				return x, nil
			}
		}
	}
	return s.do(ctx, j)
}
