package rbm

import (
	"errors"
	"fmt"
	"math"

	"github.com/bitdbn/bitdbn"
)

// ErrOptions is wrapped by errors about options that make no sense.
var ErrOptions = errors.New("rbm: invalid option")

// Options say how a machine is trained. [DefaultOptions] suit most data.
type Options struct {
	Epochs int // passes over the data
	Batch  int // rows in a batch; the last of an epoch may be shorter

	LearningRate Schedule // of the mean gradient, so independent of Batch
	Momentum     Schedule // 0 ≤ momentum < 1
	GibbsSteps   Schedule // k of CD-k, rounded down

	L2 float64 // cost of half the squared weights
	L1 float64 // cost of the weights' magnitudes

	// Persistent runs the chains of the model phase on from step to step (PCD)
	// instead of starting them at the data (CD).
	Persistent bool
	Chains     int // persistent chains; 0 means Batch
	// Temperatures, if more than 1, is at how many inverse temperatures, at equal
	// distances from 1 to 0, each persistent chain runs ([Tempering]).
	Temperatures int

	// Center makes the gradient invariant to flips of the units' meaning;
	// the offsets are exponential averages that move by CenterRate a step.
	Center     bool
	CenterRate float64

	// SparsityCost times the distance of a hidden unit's average probability
	// from SparsityTarget pulls at its bias (Lee, Ekanadham and Ng, "Sparse
	// deep belief net model for visual area V2", 2008). The average decays by
	// SparsityDecay a step.
	SparsityTarget, SparsityCost, SparsityDecay float64

	// Limit is the magnitude of a weight or bias at which training counts as
	// diverged.
	Limit float64

	Seed  uint64 // of all random words
	Layer int    // number of this machine in its stack; chooses its streams
}

// chains returns the number of persistent chains.
func (o *Options) chains() int {
	switch {
	case !o.Persistent:
		return 0
	case o.Chains == 0:
		return o.Batch
	}
	return o.Chains
}

// temperatures returns the number of temperatures of persistent chains.
func (o *Options) temperatures() int {
	if !o.Persistent {
		return 1
	}
	return max(o.Temperatures, 1)
}

// Validate returns an error, which wraps [ErrOptions], for the first option
// that makes no sense.
func (o *Options) Validate() error {
	in := func(lo, hi float64) func(float64) bool {
		return func(v float64) bool { return v >= lo && v <= hi }
	}
	const large = 1e9
	for _, c := range []struct {
		ok   bool
		name string
		got  any
		want string
	}{
		{o.Epochs > 0, "Epochs", o.Epochs, "at least 1"},
		{o.Batch > 0 && o.Batch <= bitdbn.MaxRows, "Batch", o.Batch, fmt.Sprintf("1 to %d", bitdbn.MaxRows)},
		{o.Chains >= 0 && o.Chains <= bitdbn.MaxRows, "Chains", o.Chains, fmt.Sprintf("0 to %d", bitdbn.MaxRows)},
		{o.Temperatures >= 0 && o.Temperatures <= 1000, "Temperatures", o.Temperatures, "0 to 1000"},
		{o.Persistent || o.Temperatures < 2, "Temperatures", o.Temperatures, "0 or 1 without Persistent"},
		{o.LearningRate.each(in(0, large)) && len(o.LearningRate.stages) > 0, "LearningRate", o.LearningRate, "0 or more"},
		{!o.LearningRate.each(func(v float64) bool { return v == 0 }), "LearningRate", o.LearningRate, "more than 0 in some epoch"},
		{o.Momentum.each(func(v float64) bool { return v >= 0 && v < 1 }), "Momentum", o.Momentum, "0 or more and less than 1"},
		{o.GibbsSteps.each(in(1, 1e6)) && len(o.GibbsSteps.stages) > 0, "GibbsSteps", o.GibbsSteps, "at least 1"},
		{in(0, large)(o.L2), "L2", o.L2, "0 or more"},
		{in(0, large)(o.L1), "L1", o.L1, "0 or more"},
		{in(0, 1)(o.CenterRate), "CenterRate", o.CenterRate, "0 to 1"},
		{in(0, 1)(o.SparsityTarget), "SparsityTarget", o.SparsityTarget, "0 to 1"},
		{in(0, large)(o.SparsityCost), "SparsityCost", o.SparsityCost, "0 or more"},
		{in(0, 1)(o.SparsityDecay), "SparsityDecay", o.SparsityDecay, "0 to 1"},
		{o.Limit > 0 && o.Limit <= math.MaxFloat32, "Limit", o.Limit, "more than 0, and finite"},
	} {
		if !c.ok {
			return fmt.Errorf("%w: %s is %v, expected %s", ErrOptions, c.name, c.got, c.want)
		}
	}
	return nil
}
