// Package rbm trains, evaluates and samples one restricted Boltzmann machine
// (RBM) of binary units.
//
// Visible units v and hidden units h have the joint distribution
//
//	p(v,h) = e^(-E(v,h))/Z,  E(v,h) = −vᵀWh − bᵀv − cᵀh,
//
// so that, with σ(a) = 1/(1+e^-a),
//
//	p(h_j=1|v) = σ(c_j + Σ_i v_i·W_ij),  p(v_i=1|h) = σ(b_i + Σ_j W_ij·h_j),
//	F(v) = −bᵀv − Σ_j log(1+e^(c_j + Σ_i v_i·W_ij)),  log p(v) = −F(v) − log Z.
//
// A [Model] holds W, b and c. A [Trainer] fits them to a [Source] of rows by
// contrastive divergence, plain or persistent (Hinton, "Training products of
// experts by minimizing contrastive divergence", 2002; Tieleman, "Training
// restricted Boltzmann machines using approximations to the likelihood
// gradient", 2008). [Packed] evaluates a model, [Model.LogZ], [Packed.AIS] and
// [Packed.ReverseAIS] find its partition function, a [Sampler] runs Gibbs chains, and
// [Tempering] runs them at several temperatures.
//
// The same seed and options give the same bits on every machine, with any
// number of workers and at every kernel level.
package rbm
