package main

import (
	"context"
	"fmt"
	"math"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dbn"
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
}

// classify predicts the class of each row of src.
func classify(ctx context.Context, ws *bitdbn.Workspace, n *dbn.Network, src dbn.Labelled, draws int) (*classificationReport, error) {
	c := n.Classes()
	r := &classificationReport{Draws: draws, Confusion: make([][]int, c)}
	for y := range r.Confusion {
		r.Confusion[y] = make([]int, c)
	}
	err := n.Predict(ctx, ws, src, draws, 1, func(probs []float64) error {
		for ; len(probs) > 0; probs = probs[c:] {
			y := src.Labels[r.Rows]
			if y >= c {
				return fmt.Errorf("%w: row %d has the label %d, the model has %d classes", errUsage, r.Rows, y, c)
			}
			got := floats.MaxIdx(probs[:c])
			r.Confusion[y][got]++
			if got != y {
				r.Errors++
			}
			r.LogLoss -= math.Log(max(probs[y], math.SmallestNonzeroFloat64))
			r.Rows++
		}
		return nil
	})
	r.ErrorRate = float64(r.Errors) / float64(r.Rows)
	r.LogLoss /= float64(r.Rows)
	return r, err
}

func (r *classificationReport) print() {
	fmt.Printf("classification error %.2f %%: %d of %d rows, log loss %.3f nats\n", 100*r.ErrorRate, r.Errors, r.Rows, r.LogLoss)
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
