// Package dbn trains and samples deep belief networks: stacks of restricted
// Boltzmann machines.
//
// In a network with hidden layers h1, h2, h3 over visible units x, the top two
// layers are one machine and every layer below is a directed sigmoid layer
// (Hinton, Osindero and Teh, "A fast learning algorithm for deep belief nets",
// 2006):
//
//	p(x,h1,h2,h3) = p(h2,h3)·p(h1|h2)·p(x|h1)
//
// A [Network] is trained greedily, from the bottom up. For any q(h1|x),
//
//	log p(x) ≥ Σ_h1 q(h1|x)·(log p(x|h1) + log p(h1)) + H(q),
//
// and with the posterior of the first machine for q, raising this bound by a
// better prior p(h1) is training the second machine on draws from q(h1|x). So
// each layer is trained on fresh draws from the one below, which stays as it
// is. [Pretraining] does that, one batch a step, and can be saved and resumed
// at any step without changing a bit of the result. [Network.Bound] is that
// bound, term by term, [Network.RowBounds] gives it row by row, and [Network.Exact] sums over all states of a small network. A
// network trained on [Labelled] rows has label units beside those of its top
// machine, and [Network.Predict] tells classes. [UpDown] trains all layers
// together. A [Sampler] generates.
package dbn
