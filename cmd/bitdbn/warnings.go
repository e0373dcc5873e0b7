package main

import (
	"fmt"
	"slices"

	"github.com/bitdbn/bitdbn/dbn"
)

// Beyond these a training is warned of.
const (
	mostSaturated = 0.95 // part of the hidden probabilities below 0.01 or above 0.99
	jump          = 2    // by what the weights grow from one report to the next
	leastJump     = 0.3  // the RMS below which weights may grow as they like
	gapReports    = 3    // reports in a row in which the free-energy gap grows
	gapPart       = 0.05 // the gap as a part of the nats of independent units
	leastSwaps    = 0.01 // swap rate of neighbouring temperatures
	leastWorse    = 0.05 // nats a row by which a model is worse than independent units
)

// watch says at the end of epochs what looks wrong with a training. Each warning
// comes once a layer.
type watch struct {
	layer int
	rms   float64   // weights at the report before
	gaps  []float64 // free-energy gaps so far
	told  map[string]bool
}

// epoch returns the warnings of a report. base is the log-probability of the
// held-out rows by independent units.
func (w *watch) epoch(e *epoch, swaps []float64, base float64) []string {
	if w.told == nil || e.Layer != w.layer {
		*w = watch{layer: e.Layer, told: map[string]bool{}}
	}
	var warnings []string
	warn := func(kind, text string) {
		if text != "" && !w.told[kind] {
			w.told[kind] = true
			warnings = append(warnings, text)
		}
	}
	warn("saturated", saturated(e.train.Saturated))
	warn("jump", jumped(w.rms, e.train.WeightRMS))
	w.rms = e.train.WeightRMS
	if e.valid != nil {
		if w.gaps = append(w.gaps, e.gap()); grows(w.gaps) {
			warn("gap", largeGap(e.gap(), base))
		}
	}
	warn("swaps", fewSwaps(swaps))
	return warnings
}

// saturated returns a warning if nearly all hidden probabilities are sure.
func saturated(part float64) string {
	if part <= mostSaturated {
		return ""
	}
	return fmt.Sprintf("%.0f %% of the hidden probabilities are below 0.01 or above 0.99; train with a lower --lr or a higher --l2", 100*part)
}

// jumped returns a warning if the RMS of the weights jumped from one report to the
// next.
func jumped(before, now float64) string {
	if before == 0 || now <= jump*before || now <= leastJump {
		return ""
	}
	return fmt.Sprintf("the weights jumped: their RMS went from %.3f to %.3f; try a lower --lr or --momentum", before, now)
}

// largeGap returns a warning if the free-energy gap is a large part of what
// independent units score, base.
func largeGap(gap, base float64) string {
	if gap <= -gapPart*base {
		return ""
	}
	return fmt.Sprintf("the free-energy gap is %.1f nats: the model knows training rows by heart; train with fewer --epochs, a higher --l2 or fewer hidden units", gap)
}

// fewSwaps returns a warning if two temperatures hardly swap.
func fewSwaps(rates []float64) string {
	if len(rates) == 0 || slices.Min(rates) >= leastSwaps {
		return ""
	}
	return fmt.Sprintf("neighbouring temperatures hardly swap (%.3f of the tries): chains do not mix; try more --temperatures", slices.Min(rates))
}

// grows reports whether each of the last values is more than the one before.
func grows(values []float64) bool {
	if len(values) <= gapReports {
		return false
	}
	last := values[len(values)-gapReports-1:]
	for i := range gapReports {
		if last[i+1] <= last[i] {
			return false
		}
	}
	return true
}

// belowIndependent returns a warning if a model is worse than independent units on the
// same rows, by more than a model that has hardly begun to learn.
func belowIndependent(model, base dbn.Term) string {
	if model.Mean >= base.Mean-leastWorse {
		return ""
	}
	return fmt.Sprintf("the model is %.2f nats a row worse than independent columns: train it with the defaults, or with a falling --lr, a lower --momentum, more --epochs, and --center", base.Mean-model.Mean)
}

// worseStart returns a warning if the first epoch of a fine-tuning made more errors
// than it started with, by more than chance explains.
func worseStart(before, after *classificationReport) string {
	if before == nil || after == nil {
		return ""
	}
	p := float64(before.Errors+after.Errors) / float64(before.Rows+after.Rows)
	spread := 2 * p * (1 - p) / float64(before.Rows)
	d := after.ErrorRate - before.ErrorRate
	if d <= 0 || d*d <= 9*spread {
		return ""
	}
	return fmt.Sprintf("the first epoch took the held-out error from %.2f to %.2f %%: the start is being lost; try a lower --lr", 100*before.ErrorRate, 100*after.ErrorRate)
}
