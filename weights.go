package bitdbn

import (
	"errors"
	"fmt"
	"math"

	"github.com/bitdbn/bitdbn/internal/kernels"
)

// ErrWeights is wrapped by errors about weights or biases that are not finite,
// or too large for an exponent.
var ErrWeights = errors.New("bitdbn: weight out of range")

// Weights are the packed parameters of one direction of a layer: In bits come
// in, Out units are driven.
//
// A weight is held as q = round_half_even(w·2^s) in an int32, with one exponent
// s for all, the largest for which no sum can overflow. The input of unit j,
// in units of 2^-s, is round(bias_j·2^s) + Σ_i x_i·q_ij: an exact integer,
// within (number of bits set + 1)·2^-(s+1) of the sum with the float32
// weights. With 784 inputs that leaves the largest weight 21 bits, and an error
// of the order of that of float32 additions.
//
// Weights may be used by any number of operations at once, in different
// workspaces, and changed by one when no other uses them.
type Weights struct {
	in, out int
	inPad   int
	*panels
	turned bool    // panels are those of the other direction
	group  int     // so many of the last driven units are a softmax group
	bias   []int32 // out, padded to whole panels
}

// panels are fixed-point weights, which the two directions of a layer may share.
type panels struct {
	exponent int
	q        []int32 // panels of out, inPad rows each
}

// NewWeights returns weights of in × out zeros. It panics if in or out is not
// positive.
func NewWeights(in, out int) *Weights {
	if in <= 0 || out <= 0 {
		panic(fmt.Sprintf("bitdbn: NewWeights(%d, %d): dimension not positive", in, out))
	}
	inPad, outPad := kernels.PadLanes(in), kernels.PadLanes(out)
	return &Weights{
		in: in, out: out, inPad: inPad,
		panels: &panels{q: kernels.Aligned[int32](inPad * outPad)},
		bias:   kernels.Aligned[int32](outPad),
	}
}

// turnedAround returns weights for the other direction, with biases of their
// own and the same panels: products turn a tile when they come to it, in the
// first-level cache, which costs less than to write and read a copy.
func (w *Weights) turnedAround() *Weights {
	return &Weights{in: w.out, out: w.in, inPad: kernels.PadLanes(w.out), panels: w.panels, turned: true,
		bias: kernels.Aligned[int32](w.inPad)}
}

// In returns the number of units that drive.
func (w *Weights) In() int { return w.in }

// Out returns the number of units that are driven.
func (w *Weights) Out() int { return w.out }

// SetGroup makes the last n driven units a softmax group, of which
// [Weights.Sample] and [Weights.SampleTempered] draw exactly one, in proportion
// to e^z of the inputs z; 0 makes all units independent again. Other operations
// take no notice. It panics if n is not 0 to Out.
func (w *Weights) SetGroup(n int) {
	if n < 0 || n > w.out {
		panic(fmt.Sprintf("bitdbn: SetGroup(%d) of %d units", n, w.out))
	}
	w.group = n
}

// Group returns how many of the last driven units are a softmax group.
func (w *Weights) Group() int { return w.group }

// Exponent returns s: a packed weight is an integer in units of 2^-s.
func (w *Weights) Exponent() int { return w.exponent }

// Pack sets the weights from row-major In × Out values and Out biases, with
// the largest exponent that is safe. A value that is not finite leaves w as it
// was; the error then wraps [ErrWeights]. It panics if a length does not fit.
func (w *Weights) Pack(values, bias []float32) error {
	return w.pack("Pack", values, bias, w.out, 1)
}

// PackTransposed is Pack for row-major Out × In values.
func (w *Weights) PackTransposed(values, bias []float32) error {
	return w.pack("PackTransposed", values, bias, 1, w.in)
}

// pack reads the weight from input i to unit j at values[i*si+j*sj].
func (w *Weights) pack(what string, values, bias []float32, si, sj int) error {
	checkLen(what, len(values), w.in, w.out)
	checkLen(what, len(bias), 1, w.out)
	if w.turned {
		panic("bitdbn: " + what + ": weights are a Master's")
	}
	top, err := maxAbs("weight", values)
	if err != nil {
		return err
	}
	topBias, err := maxAbs("bias", bias)
	if err != nil {
		return err
	}
	w.exponent = safeExponent(w.in, top, topBias)
	quantum := pow2(w.exponent)
	for p := range kernels.Panels(w.out) {
		panel := w.panel(p)
		for j := p * kernels.Lanes; j < min((p+1)*kernels.Lanes, w.out); j++ {
			for i := range w.in {
				panel[i*kernels.Lanes+j%kernels.Lanes] = kernels.Round(values[i*si+j*sj] * quantum)
			}
		}
	}
	w.packBias(bias)
	return nil
}

func (w *Weights) packBias(bias []float32) {
	quantum := pow2(w.exponent)
	for j, b := range bias {
		w.bias[j] = kernels.Round(b * quantum)
	}
}

// panel returns the fixed-point weights into units 64·p to 64·p+63.
func (w *Weights) panel(p int) []int32 {
	n := w.inPad * kernels.Lanes
	return w.q[p*n:][:n]
}

// stored returns the weights between inputs 64·block to 64·block+63 and panel p,
// as they are stored: turned ones have a row for each unit of p.
func (w *Weights) stored(p, block int) *kernels.TileI {
	at := p*w.inPad + block*kernels.Lanes
	if w.turned {
		at = block*len(w.bias) + p*kernels.Lanes
	}
	return (*kernels.TileI)(w.q[at*kernels.Lanes:])
}

// scale returns the factor from a sum to the argument of kernels.Sigmoid2.
func (w *Weights) scale() float32 { return kernels.Log2E * pow2(-w.exponent) }

// The exponents that are used. Below the highest, weights this fine would
// change no probability; above the lowest, 2^±s is a normal float32.
const (
	maxExponent = 30
	minExponent = -120
)

// safeExponent returns the largest exponent s for which no sum of n weights of
// at most top, and a bias of at most topBias, can overflow an int32.
//
// Each q is at most top·2^s + ½, rounding included, and so the magnitude of
// every partial sum, in any order, is at most
//
//	n·(top·2^s + ½) + topBias·2^s + ½ = (n·top + topBias)·2^s + (n+1)/2,
//
// which has to be less than 2^31. Table entries of four rows are such partial
// sums too.
func safeExponent(n int, top, topBias float32) int {
	room := (1<<31 - float64(n+1)/2) / (float64(n)*float64(top) + float64(topBias))
	if math.IsInf(room, 1) {
		return maxExponent
	}
	s := math.Ilogb(room)
	if math.Ldexp(1, s) == room { // the bound is strict
		s--
	}
	return min(max(s, minExponent), maxExponent)
}

// pow2 returns 2^s.
func pow2(s int) float32 { return float32(math.Ldexp(1, s)) }

// maxAbs returns the largest magnitude of values, or an error that names the
// first that is not finite.
func maxAbs(what string, values []float32) (float32, error) {
	var top float32
	for i, v := range values {
		a := float32(math.Abs(float64(v)))
		if !(a <= math.MaxFloat32) {
			return 0, fmt.Errorf("%w: %s %d is %v", ErrWeights, what, i, v)
		}
		top = max(top, a)
	}
	return top, nil
}
