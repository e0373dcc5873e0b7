// Package mlp trains a feed-forward network of sigmoid units with a softmax
// output, by backpropagation: the classifier that a pretrained stack can start
// (Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural
// networks", Science 313, 2006).
//
// With inputs a0, hidden layers and output are
//
//	a(l) = σ(a(l−1)·W(l) + b(l)),  p(y) = softmax(a(L−1)·W(L) + b(L)),
//
// and training lowers the mean of −log p(label). Numbers are float32. Sums are
// taken in a fixed order and every operation is rounded once, so the same seed and
// options give the same bits on every machine, with any number of threads, however
// often training is interrupted.
package mlp
