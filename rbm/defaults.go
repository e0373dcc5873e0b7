package rbm

import (
	"math"
	"strconv"
)

// DefaultOptions returns options that suit a machine of visible × hidden units and
// so many rows of data, trained by CD-1; those of persistent chains are of
// [DefaultPersistent].
//
// They were chosen by the log-probability of held-out rows, over small tables and
// large ones (bench/reproduce/TRIED.md):
//
//   - The gradient is centred, which a start far from the optimum needs, and columns
//     that are nearly always on or off.
//   - The learning rate falls to nearly zero, so that the noise of the steps, by which
//     a machine at a constant rate stays away from the optimum, is gone in the end. It
//     is higher for few weights.
//   - Momentum is what persistent chains bear: they must keep up with the weights.
//   - The L2 cost is that of a Gaussian prior of the weights, which is narrower the more
//     weights there are to a row, and wide where there are few weights in all: it keeps
//     large machines from learning few rows by heart, and does little elsewhere.
//   - Small tables get many epochs: as many steps as a machine needs, but at most
//     the work of ten epochs of 60,000 rows on 784 × 500 units, and at least ten epochs.
func DefaultOptions(rows, visible, hidden int) Options {
	batch := max(1, min(rows, 100))
	weights := float64(visible) * float64(hidden)
	rate := 0.2
	if weights < fewWeights {
		rate = 0.5
	}
	return Options{
		Epochs:        defaultEpochs(rows, batch, weights),
		Batch:         batch,
		LearningRate:  Falling(rate),
		Momentum:      Constant(0.5),
		GibbsSteps:    Constant(1),
		L2:            defaultL2(rows, weights),
		Center:        true,
		CenterRate:    0.01,
		SparsityDecay: 0.99,
		Limit:         1000,
		Seed:          1,
	}
}

// DefaultPersistent returns the options of [DefaultOptions] for PCD-1: with 500
// chains, for fewer leave modes unvisited into which the weights then grow, or, of a
// machine that is small enough for it, with 100 chains at ten temperatures each,
// which go from mode to mode where plain ones stay for ever.
func DefaultPersistent(rows, visible, hidden int) Options {
	o := DefaultOptions(rows, visible, hidden)
	o.Persistent, o.Chains = true, 500
	if float64(visible)*float64(hidden) <= temperedWeights {
		o.Chains, o.Temperatures = 100, 10
	}
	return o
}

// Falling returns the schedule that goes from rate down to a two-hundredth of it.
func Falling(rate float64) Schedule { return Schedule{[]stage{{0, rate, rounded(rate / 200)}}} }

const (
	// defaultSteps is how many steps a small machine is trained for.
	defaultSteps = 20_000
	// defaultWork is how many weights times rows a larger one is: ten epochs of
	// 60,000 rows on 784 × 500 units.
	defaultWork = 10 * 60_000 * 784 * 500
	leastEpochs = 10
	// fewWeights is up to how many weights a machine learns too little by heart for
	// the whole cost.
	fewWeights = 8_000
	// temperedWeights is up to how many weights a machine is small enough for chains at
	// several temperatures.
	temperedWeights = 50_000
)

func defaultEpochs(rows, batch int, weights float64) int {
	n := float64(max(rows, 1))
	steps := defaultSteps * float64(batch) / n
	work := defaultWork / (n * weights)
	return max(leastEpochs, int(math.Round(min(steps, work))))
}

// defaultL2 returns the cost, to a row, of a prior of precision √(weights/rows), and
// less of a machine with few weights.
func defaultL2(rows int, weights float64) float64 {
	n := float64(max(rows, 1))
	return rounded(math.Sqrt(weights/n) / n * min(1, weights/fewWeights))
}

// rounded returns x with two significant digits, so that what is shown is what is
// used.
func rounded(x float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(x, 'e', 1, 64), 64)
	if err != nil {
		return x // infinite or no number, which Validate refuses
	}
	return r
}
