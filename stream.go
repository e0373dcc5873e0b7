package bitdbn

import (
	"fmt"

	"github.com/bitdbn/bitdbn/internal/kernels"
)

// Stream is a source of random words addressed by (step, row, unit): a word
// does not depend on which words were asked for before, by whom, or in what
// order. The generator is ARS with seven rounds of AES (Salmon, Moraes, Dror
// and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11), the key is
// (seed, stream), and the counter's four words are unit/4, row, and the low
// and high halves of step; the unit's word is number unit%4 of the four.
//
// A Stream never changes and may be used by any number of goroutines.
type Stream struct {
	key kernels.Key
}

// NewStream returns the stream of that number under a seed. Streams of
// different seeds or numbers are unrelated.
func NewStream(seed, stream uint64) *Stream {
	return &Stream{key: kernels.NewKey(seed, stream)}
}

// Word returns the random word for a unit of a row at a step.
func (s *Stream) Word(step uint64, row, unit uint32) uint32 {
	return s.key.Words(kernels.Counter(step, row, unit/4))[unit%4]
}

// Uint64 returns two words, those of units 2·i and 2·i+1, as one.
func (s *Stream) Uint64(step uint64, row, i uint32) uint64 {
	w := s.key.Words(kernels.Counter(step, row, i/2))
	k := i % 2 * 2
	return uint64(w[k]) | uint64(w[k+1])<<32
}

// Words sets dst to the words of units first, first+1, … of a row at a step, which
// are below 2^32. Whole panels, 64 words from a multiple of 64 on, take a nanosecond
// or less for each.
func (s *Stream) Words(dst []uint32, step uint64, row, first uint32) {
	for len(dst) > 0 {
		if first%kernels.Lanes != 0 || len(dst) < kernels.Lanes {
			dst[0] = s.Word(step, row, first)
			dst, first = dst[1:], first+1
			continue
		}
		n := len(dst) / kernels.Lanes * kernels.Lanes
		kernels.Best().Words(dst[:n], s.At(step).panel(int(row), int(first/kernels.Lanes)))
		dst, first = dst[n:], first+uint32(n)
	}
}

// At returns the draws of a step, row 0 of the stream for row 0 of the matrix.
func (s *Stream) At(step uint64) Draws { return Draws{stream: s, step: step} }

// Draws addresses the random words of one matrix of units. It comes from
// [Stream.At]; the zero value draws nothing.
type Draws struct {
	stream *Stream
	step   uint64
	row    uint32
}

// FromRow returns the same draws for a matrix whose row 0 is row r of the
// whole: a batch that is cut into pieces is drawn as if it were in one.
func (d Draws) FromRow(r uint32) Draws {
	d.row += r
	return d
}

func (d Draws) check(what string) {
	if d.stream == nil {
		panic(fmt.Sprintf("bitdbn: %s with Draws that come from no Stream", what))
	}
}

func (d Draws) panel(rowOffset, panel int) kernels.Draws {
	return kernels.Draws{Key: &d.stream.key, Step: d.step, Row: d.row + uint32(rowOffset), Panel: uint32(panel)}
}
