package rbm

import (
	"math"
	"strconv"
)

// DefaultOptions returns options that suit a machine of visible × hidden units and
// so many rows of data: of CD-1, and of PCD-k if Persistent and GibbsSteps are set.
//
// They were chosen by the log-probability of held-out rows, over small tables and
// large ones (bench/reproduce/TRIED.md):
//
//   - The gradient is centred, which a start far from the optimum needs, and columns
//     that are nearly always on or off.
//   - The learning rate falls to nearly zero, so that the noise of the steps, by which
//     a machine at a constant rate stays away from the optimum, is gone in the end.
//   - Momentum is what persistent chains bear: they must keep up with the weights.
//   - The L2 cost is that of a Gaussian prior of the weights that grows with
//     the number of weights to a row: it keeps machines with many weights and few
//     rows from learning the rows by heart, and does little elsewhere.
//   - Small tables get many epochs: as many steps as a machine needs, but at most
//     the work of ten epochs of 60,000 rows on 784 × 500 units, and at least ten epochs.
func DefaultOptions(rows, visible, hidden int) Options {
	batch := max(1, min(rows, 100))
	return Options{
		Epochs:        defaultEpochs(rows, batch, visible, hidden),
		Batch:         batch,
		LearningRate:  Falling(0.2),
		Momentum:      Constant(0.5),
		GibbsSteps:    Constant(1),
		L2:            defaultL2(rows, visible, hidden),
		Chains:        defaultChains,
		Center:        true,
		CenterRate:    0.01,
		SparsityDecay: 0.99,
		Limit:         1000,
		Seed:          1,
	}
}

// Falling returns the schedule that goes from rate down to a two-hundredth of it.
func Falling(rate float64) Schedule { return Schedule{[]stage{{0, rate, rounded(rate / 200)}}} }

const (
	defaultChains = 500 // persistent ones: fewer leave modes unvisited that the weights then go to
	// defaultSteps is how many steps a small machine is trained for.
	defaultSteps = 20_000
	// defaultWork is how many weights times rows a larger one is: ten epochs of
	// 60,000 rows on 784 × 500 units.
	defaultWork          = 10 * 60_000 * 784 * 500
	defaultEpochsAtLeast = 10
)

func defaultEpochs(rows, batch, visible, hidden int) int {
	n := max(rows, 1)
	steps := float64(defaultSteps) * float64(batch) / float64(n)
	work := defaultWork / (float64(n) * float64(visible) * float64(hidden))
	return max(defaultEpochsAtLeast, int(math.Round(min(steps, work))))
}

// defaultL2 returns √(weights/rows)/rows.
func defaultL2(rows, visible, hidden int) float64 {
	n := float64(max(rows, 1))
	return rounded(math.Sqrt(float64(visible)*float64(hidden)/n) / n)
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
