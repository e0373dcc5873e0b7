package safetensors

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// entry is one tensor of a file.
type entry struct {
	name       string
	dtype      DType
	shape      []int
	count      int    // elements
	begin, end uint64 // bytes, from the start of the data
}

// label names the tensor in messages.
func (e *entry) label() string { return "tensor " + quote(e.name) }

// size returns the bytes of the tensor's data.
func (e *entry) size() int64 { return int64(e.end - e.begin) }

// line returns the tensor's line of text under the checksum.
func (e *entry) line() string {
	return e.name + " " + string(e.dtype) + " " + dims(e.shape) + "\n"
}

// place sets the range and the number of elements, which must agree with each
// other.
func (e *entry) place(offsets []uint64) error {
	if e.dtype.size() == 0 {
		return badFormat("%s: dtype %s is not supported", e.label(), quote(string(e.dtype)))
	}
	count, ok := product(e.shape)
	if !ok {
		return badFormat("%s: shape %s has too many elements", e.label(), shortDims(e.shape))
	}
	if len(offsets) != 2 {
		return badFormat("%s: data_offsets: found %d numbers, expected 2", e.label(), len(offsets))
	}
	e.count, e.begin, e.end = count, offsets[0], offsets[1]
	if e.begin > e.end {
		return badFormat("%s: data_offsets [%d, %d] end before they begin", e.label(), e.begin, e.end)
	}
	if need := uint64(count) * uint64(e.dtype.size()); e.end-e.begin != need {
		return badFormat("%s: data_offsets [%d, %d] span %d bytes, expected %d for shape %s of %s",
			e.label(), e.begin, e.end, e.end-e.begin, need, shortDims(e.shape), e.dtype)
	}
	return nil
}

// product returns the number of elements of a shape, and whether that number
// times 8, the bytes of the widest element, is an int. It goes over the
// non-zero dimensions first, so that a zero does not hide an overflow.
func product(shape []int) (count int, ok bool) {
	n, empty := uint64(1), false
	for _, d := range shape {
		if d < 0 {
			return 0, false
		}
		if d == 0 {
			empty = true
			continue
		}
		high, low := bits.Mul64(n, uint64(d))
		if high != 0 || low > math.MaxInt/8 {
			return 0, false
		}
		n = low
	}
	if empty {
		return 0, true
	}
	return int(n), true
}

// sortEntries puts tensors into the order of their data and checks that they
// fill it, without holes and without overlaps.
func sortEntries(entries []entry, data uint64) error {
	if len(entries) == 0 {
		return badFormat("found no tensors, expected at least one")
	}
	slices.SortStableFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	pos, before := uint64(0), "the header"
	for i := range entries {
		e := &entries[i]
		switch {
		case e.end > data:
			return badFormat("%s: data_offsets [%d, %d], but the file holds %d bytes of data", e.label(), e.begin, e.end, data)
		case e.begin < pos:
			return badFormat("%s: data_offsets [%d, %d] overlap %s, which ends at %d", e.label(), e.begin, e.end, before, pos)
		case e.begin > pos:
			return badFormat("%s: data_offsets [%d, %d] leave a hole of %d bytes after %s, expected to begin at %d",
				e.label(), e.begin, e.end, e.begin-pos, before, pos)
		}
		pos, before = e.end, e.label()
	}
	if pos != data {
		return badFormat("found %d bytes of data, expected %d, where %s ends", data, pos, before)
	}
	return nil
}
