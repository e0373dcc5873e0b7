package rbm

import "github.com/bitdbn/bitdbn"

// Order is the order in which an epoch takes the rows of its data.
type Order struct {
	Rows   []int
	stream *bitdbn.Stream
	words  []uint32
}

// pairsAtOnce is how many pairs of random words Shuffle asks for at once.
const pairsAtOnce = 256

// NewOrder returns an order of as many rows, 0, 1, …, that s is to shuffle.
func NewOrder(rows int, s *bitdbn.Stream) Order {
	o := Order{Rows: make([]int, rows), stream: s, words: make([]uint32, 2*pairsAtOnce)}
	o.sort()
	return o
}

func (o *Order) sort() {
	for i := range o.Rows {
		o.Rows[i] = i
	}
}

// Shuffle makes the order a permutation of 0, 1, …, another one in each epoch, by the
// method of Fisher and Yates: row i changes places with one of those up to it, which
// the second word of pair i names.
func (o *Order) Shuffle(epoch int) {
	o.sort()
	for i := len(o.Rows) - 1; i > 0; i-- {
		pair := i % pairsAtOnce
		if pair == pairsAtOnce-1 || i == len(o.Rows)-1 {
			o.stream.Words(o.words, uint64(epoch), 0, uint32(2*(i-pair)))
		}
		j := int(uint64(o.words[2*pair+1]) * uint64(i+1) >> 32)
		o.Rows[i], o.Rows[j] = o.Rows[j], o.Rows[i]
	}
}
