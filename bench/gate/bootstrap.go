package main

import (
	"math/rand/v2"
	"slices"
)

const (
	resamples = 2000
	// confidence of the interval. Rounds are added until it decides, so it is
	// looked at more than once.
	confidence = 0.99
)

// bootstrap returns the median of values and its percentile interval (Efron, "Bootstrap
// methods", Annals of Statistics 7, 1979). The same values give the same
// interval.
func bootstrap(values []float64) (mid, low, high float64) {
	rng := rand.New(rand.NewPCG(1, uint64(len(values))))
	medians := make([]float64, resamples)
	draw := make([]float64, len(values))
	for i := range medians {
		for k := range draw {
			draw[k] = values[rng.IntN(len(values))]
		}
		medians[i] = median(draw)
	}
	slices.Sort(medians)
	tail := int((1 - confidence) / 2 * resamples)
	return median(values), medians[tail], medians[resamples-1-tail]
}
