// Package bitdbn is the fast path of a trainer of restricted Boltzmann machines
// (RBMs): packed bits, packed fixed-point weights, and the products between
// them. Package rbm trains one machine with it and package dbn a stack; a
// trainer that has its own weights and its own loop uses it directly.
//
// An RBM of V visible and H hidden binary units has weights W (V × H), visible
// biases b and hidden biases c, and the energy
//
//	E(v, h) = −b·v − c·h − v·W·h
//
// so that each hidden unit is on with probability σ(c_j + Σ_i v_i·W_ij) given v,
// and each visible unit likewise given h, σ(z) = 1/(1+e^-z) (Smolensky 1986;
// Hinton, "Training products of experts by minimizing contrastive divergence",
// Neural Computation 14, 2002). Training alternates between the two, and every
// matrix product in it has bits on one side:
//
//	x · W          [Weights.Activations], [Weights.Probs], [Weights.Sample]
//	xᵀ · p         [Phase.Correlations], [Master.Step]
//
// A [BitMatrix] holds the bits, one each; [Weights] hold one direction of a
// layer as integers in units of 2^-s, packed for the product; a [FixedMatrix]
// holds probabilities in units of 1/65536. Sums of integers are exact in
// whatever order they are done, so products may skip zeros, look sums up in
// tables and be cut up between threads: the result has the same bits at every
// kernel level, on every machine, with any number of workers. Random words are
// addressed by (seed, stream, step, row, unit), see [Stream], and so are the
// draws the same bits too.
//
// # Three ways to use it
//
// A trainer with float32 data and weights packs both and asks for activations,
// probabilities or draws:
//
//	x.PackFloats(batch)            // 0 and 1; DrawFloats draws values between
//	up.Pack(W, c)                  // again whenever W has changed
//	up.Probs(ws, probs, x)         // σ(x·W + c)
//
// One that wants the gradient asks for the correlations of each phase. One that
// keeps everything packed holds its parameters in a [Master], whose Step moves
// them and rewrites the packed copies of both directions in one pass. Each is a
// runnable example of this package.
//
// # Storage, threads and errors
//
// All storage belongs to the caller, and operations allocate nothing once their
// [Workspace] has seen matrices of that size. A workspace has its own workers
// and serves one operation at a time; weights, bits and streams may be read in
// any number of workspaces at once. Values that cannot be packed are errors that
// wrap [ErrValue] or [ErrWeights]; shapes that do not fit are the caller's
// mistake, and panic as an index out of range does.
//
// The kernels are chosen when the program starts, the best that the processor
// has; [Levels] lists them, and the environment variable BITDBN_LEVEL or
// [SetLevel] lowers them.
package bitdbn
