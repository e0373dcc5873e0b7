package rbm

import (
	"slices"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// TestOrder requires permutations, other ones in each epoch and the same ones again,
// of which the words are those of the stream.
func TestOrder(t *testing.T) {
	s := bitdbn.NewStream(1, 2)
	for _, n := range []int{0, 1, 2, 255, 256, 257, 1000} {
		o := NewOrder(n, s)
		var last []int
		for _, epoch := range []int{0, 1, 0} {
			o.Shuffle(epoch)
			want := make([]int, n)
			for i := range want {
				want[i] = i
			}
			if sorted := slices.Sorted(slices.Values(o.Rows)); !slices.Equal(sorted, want) {
				t.Fatalf("%d rows, epoch %d: no permutation", n, epoch)
			}
			for i := n - 1; i > 0; i-- {
				j := int((s.Uint64(uint64(epoch), 0, uint32(i)) >> 32) * uint64(i+1) >> 32)
				want[i], want[j] = want[j], want[i]
			}
			if !slices.Equal(o.Rows, want) {
				t.Errorf("%d rows, epoch %d: not the permutation of the stream's words", n, epoch)
			}
			if n > 200 && slices.Equal(o.Rows, last) {
				t.Errorf("%d rows, epoch %d: the same order as before", n, epoch)
			}
			last = slices.Clone(o.Rows)
		}
	}
}
