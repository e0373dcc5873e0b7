package main

import (
	"context"
	"fmt"
	"math"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/rbm"
	"gonum.org/v1/gonum/floats"
)

// classificationReport is how well a model with labels tells classes.
type classificationReport struct {
	Rows      int     `json:"rows"`
	Errors    int     `json:"errors"`
	ErrorRate float64 `json:"error_rate"`
	LogLoss   float64 `json:"log_loss"`  // mean of −log p(label|row), in nats
	Confusion [][]int `json:"confusion"` // rows of each class by the class they are taken for
	Draws     int     `json:"draws"`

	ErrorRateSE float64 `json:"error_rate_se"` // standard errors, rows being a sample
	LogLossSE   float64 `json:"log_loss_se"`

	losses []float64 // of each row
}

func newClassification(classes, draws int) *classificationReport {
	r := &classificationReport{Draws: draws, Confusion: make([][]int, classes)}
	for y := range r.Confusion {
		r.Confusion[y] = make([]int, classes)
	}
	return r
}

// add counts a row with the given probabilities and label.
func (r *classificationReport) add(probs []float64, label int) error {
	if label >= len(probs) {
		return fmt.Errorf("%w: row %d has the label %d, the model has %d classes", rbm.ErrData, r.Rows, label, len(probs))
	}
	got := floats.MaxIdx(probs)
	r.Confusion[label][got]++
	if got != label {
		r.Errors++
	}
	r.losses = append(r.losses, -math.Log(max(probs[label], math.SmallestNonzeroFloat64)))
	r.Rows++
	return nil
}

// finish sets the means.
func (r *classificationReport) finish() {
	n := float64(max(r.Rows, 1))
	r.ErrorRate = float64(r.Errors) / n
	r.ErrorRateSE = math.Sqrt(r.ErrorRate * (1 - r.ErrorRate) / n)
	loss := dbn.NewTerm(r.losses)
	r.LogLoss, r.LogLossSE = loss.Mean, loss.StandardError
}

// classify predicts the class of each row of src.
func classify(ctx context.Context, ws *bitdbn.Workspace, n *dbn.Network, src dbn.Labelled, draws int) (*classificationReport, error) {
	r := newClassification(n.Classes(), draws)
	err := n.Predict(ctx, ws, src, draws, 1, func(probs []float64) error {
		for ; len(probs) > 0; probs = probs[n.Classes():] {
			if err := r.add(probs[:n.Classes()], src.Labels[r.Rows]); err != nil {
				return err
			}
		}
		return nil
	})
	r.finish()
	return r, err
}

func (r *classificationReport) print() {
	fmt.Printf("classification error %.2f ± %.2f %%: %d of %d rows, log loss %.3f ± %.3f nats\n",
		100*r.ErrorRate, 100*r.ErrorRateSE, r.Errors, r.Rows, r.LogLoss, r.LogLossSE)
	fmt.Print("label \\ taken for")
	for y := range r.Confusion {
		fmt.Printf("%6d", y)
	}
	fmt.Println()
	for y, row := range r.Confusion {
		fmt.Printf("%17d", y)
		for _, n := range row {
			fmt.Printf("%6d", n)
		}
		fmt.Println()
	}
}
