package kernels

import (
	"fmt"
	"testing"
	"unsafe"
)

// placement says where the operands of a kernel lie.
type placement struct {
	kind   placementKind
	offset int // elements from a cache line, where there is a choice
}

type placementKind int

const (
	loose  placementKind = iota // between canaries, offset elements from a cache line
	atHead                      // just behind a page that cannot be touched
	atTail                      // just before one
	numKinds
)

func (p placement) String() string {
	return fmt.Sprintf("%s+%d", [numKinds]string{"loose", "head", "tail"}[p.kind], p.offset)
}

// memory hands out the operands of one kernel call and knows them afterwards.
type memory struct {
	placement
	operands []operand
	free     []func()
}

// operand is the memory of one slice, as bytes, and what surrounds it.
type operand struct {
	name     string
	out      bool
	floats   bool
	data     []byte
	before   []byte // a copy of data, for operands that must not change
	canaries [2][]byte
}

const (
	canary     = 0xa5
	canarySize = 256
)

// input returns n elements that a kernel may only read, output n that it may
// write.
func input[T Word | ~uint8](m *memory, name string, n int) []T  { return place[T](m, name, n, false) }
func output[T Word | ~uint8](m *memory, name string, n int) []T { return place[T](m, name, n, true) }

func place[T Word | ~uint8](m *memory, name string, n int, out bool) []T {
	var zero T
	size := int(unsafe.Sizeof(zero))
	o := operand{name: name, out: out}
	_, o.floats = any(zero).(float32)
	if m.kind == loose || !haveGuards {
		o.data, o.canaries = betweenCanaries(n*size, m.offset*size)
	} else {
		var release func()
		o.data, release = guarded(n*size, m.kind == atHead)
		m.free = append(m.free, release)
	}
	m.operands = append(m.operands, o)
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(o.data))), n)
}

// betweenCanaries returns size bytes, offset bytes from a cache line, and the
// canaries around them.
func betweenCanaries(size, offset int) (data []byte, canaries [2][]byte) {
	words := Aligned[uint64]((size + offset + 2*canarySize + 7) / 8)
	all := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), 8*len(words))
	for i := range all {
		all[i] = canary
	}
	lo, hi := canarySize+offset, canarySize+offset+size
	data = all[lo:hi:hi]
	clear(data)
	return data, [2][]byte{all[:lo], all[hi:]}
}

// seal copies what must not change. It is called when the operands are filled.
func (m *memory) seal() {
	for i := range m.operands {
		if o := &m.operands[i]; !o.out {
			o.before = append([]byte(nil), o.data...)
		}
	}
}

// check fails if an input has changed or something was written around an
// operand.
func (m *memory) check(t testing.TB) {
	for _, o := range m.operands {
		if !o.out && string(o.before) != string(o.data) {
			t.Errorf("%s was written to", o.name)
		}
		for side, c := range o.canaries {
			for i, b := range c {
				if b != canary {
					t.Errorf("byte %d of the canary %s %s is %#x", i, [2]string{"before", "behind"}[side], o.name, b)
					break
				}
			}
		}
	}
}

// release gives guarded memory back.
func (m *memory) release() {
	for _, f := range m.free {
		f()
	}
}

// compare fails if an output of m differs from that of want.
func (m *memory) compare(t testing.TB, want *memory) {
	for i, o := range m.operands {
		w := want.operands[i]
		if !o.out || string(o.data) == string(w.data) {
			continue
		}
		for k := range len(o.data) / 4 {
			got, want := at32(o.data, k), at32(w.data, k)
			if got != want && !(o.floats && isNaN(got) && isNaN(want)) {
				t.Errorf("%s: 32-bit word %d is %#x, expected %#x", o.name, k, got, want)
				break
			}
		}
	}
}

func at32(b []byte, k int) uint32 {
	return uint32(b[4*k]) | uint32(b[4*k+1])<<8 | uint32(b[4*k+2])<<16 | uint32(b[4*k+3])<<24
}

// isNaN reports whether the bits are those of a NaN. Which one an operation on
// two of them returns depends on the order of the operands, which Go does not
// define.
func isNaN(bits uint32) bool { return bits&^(1<<31) > 0x7f800000 }
