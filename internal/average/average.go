// Package average keeps means of parameters over states of a training (Polyak
// and Juditsky, "Acceleration of stochastic approximation by averaging", SIAM
// Journal on Control and Optimization 30, 1992). At a learning rate that does not
// fall to zero a mean has less of the gradients' noise than any one state.
package average

// Add takes x into mean, which is that of n−1 states, so that it is that of n ≥ 1.
// Every operation is rounded once to float32, on any machine.
func Add(mean, x []float32, n int) {
	if n == 1 {
		copy(mean, x)
		return
	}
	for i, m := range mean {
		mean[i] = m + (x[i]-m)/float32(n)
	}
}
