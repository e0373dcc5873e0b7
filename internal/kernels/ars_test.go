package kernels

import "testing"

// The published known-answer vectors of ARS4x32 with ten rounds, from the
// kat_vectors file of Random123: counter, key, result, words lowest first.
var arsVectors = []struct{ ctr, key, want [4]uint32 }{
	{
		[4]uint32{0, 0, 0, 0}, [4]uint32{0, 0, 0, 0},
		[4]uint32{0x8d73ee19, 0x506401ef, 0x13c2dbe4, 0x0cbe9c0d},
	},
	{
		[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
		[4]uint32{0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89},
		[4]uint32{0xa516e7d6, 0x8357ad74, 0x5b59b3ec, 0x8763fff3},
	},
	{
		[4]uint32{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, [4]uint32{0xffffffff, 0xffffffff, 0, 0},
		[4]uint32{0xbb3743b1, 0x9f635551, 0xecbc87fc, 0xa19478a9},
	},
}

func join(lo, hi uint32) uint64 { return uint64(lo) | uint64(hi)<<32 }

func TestARSKnownAnswers(t *testing.T) {
	for _, v := range arsVectors {
		key := make([][2]uint64, 11)
		lo, hi := join(v.key[0], v.key[1]), join(v.key[2], v.key[3])
		for r := range key {
			key[r] = [2]uint64{lo + uint64(r)*weylLow, hi + mul64(uint64(r), weylHigh)}
		}
		got := ars(key, join(v.ctr[0], v.ctr[1]), join(v.ctr[2], v.ctr[3]))
		if got != v.want {
			t.Errorf("counter %08x key %08x: got %08x, want %08x", v.ctr, v.key, got, v.want)
		}
	}
}

func mul64(a, b uint64) uint64 { return a * b }

func BenchmarkARS(b *testing.B) {
	k := NewKey(1, 2)
	var sum uint32
	for i := uint32(0); b.Loop(); i++ {
		w := k.Words(Counter(7, 3, i))
		sum += w[0]
	}
	if sum == 42 {
		b.Log(sum)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4, "ns/word")
}
