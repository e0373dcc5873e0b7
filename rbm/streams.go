package rbm

import "github.com/bitdbn/bitdbn"

// purpose says what a stream of random words is for. Each purpose in each
// layer has its own stream under the seed.
type purpose uint64

const (
	initWeights  purpose = iota
	shuffle              // order of the rows in an epoch
	dataHidden           // hidden units given data
	modelVisible         // Gibbs steps of the trainer
	modelHidden
	resample    // choice of chains by their weights
	chainHidden // Gibbs steps of a sampler
	chainVisible
	presentation // draws of data: grey pixels, or hidden units of the layer below
	downPass     // units of directed layers in generation
	monitor      // reconstructions that only a monitor sees
	annealStart  // first states of annealed chains
	annealForward
	annealForwardVisible
	annealReverse
	annealReverseVisible
	boundDraw    // hidden units of directed layers in a bound
	temperHidden // Gibbs steps of tempered chains
	temperVisible
	temperSwap  // whether neighbours swap
	tuneShuffle // order of the rows in an epoch of backprop
	wake        // units on the way up in fine-tuning
	sleep       // units on the way down
)

// streamFor returns the stream of a layer for a purpose.
func streamFor(seed uint64, layer int, p purpose) *bitdbn.Stream {
	return bitdbn.NewStream(seed, uint64(layer)<<8|uint64(p))
}

// PresentationStream returns the stream from which the rows that a layer is
// trained on are drawn.
func PresentationStream(seed uint64, layer int) *bitdbn.Stream {
	return streamFor(seed, layer, presentation)
}

// DownStream returns the stream from which the visible units of a directed
// layer are drawn.
func DownStream(seed uint64, layer int) *bitdbn.Stream { return streamFor(seed, layer, downPass) }

// BoundStream returns the stream from which the hidden units of a directed
// layer are drawn for the variational bound.
func BoundStream(seed uint64, layer int) *bitdbn.Stream { return streamFor(seed, layer, boundDraw) }

// MonitorStream returns the stream from which monitors draw.
func MonitorStream() *bitdbn.Stream { return streamFor(0, 0, monitor) }

// InitStream returns the stream from which the first weights of a layer are
// drawn.
func InitStream(seed uint64, layer int) *bitdbn.Stream { return streamFor(seed, layer, initWeights) }

// TuneShuffleStream returns the stream from which the order of the rows in
// backprop is drawn.
func TuneShuffleStream(seed uint64) *bitdbn.Stream { return streamFor(seed, 0, tuneShuffle) }

// WakeStream returns the stream from which the hidden units of a layer are drawn
// in fine-tuning.
func WakeStream(seed uint64, layer int) *bitdbn.Stream { return streamFor(seed, layer, wake) }

// SleepStream returns the stream from which the visible units of a layer are
// drawn in fine-tuning.
func SleepStream(seed uint64, layer int) *bitdbn.Stream { return streamFor(seed, layer, sleep) }
