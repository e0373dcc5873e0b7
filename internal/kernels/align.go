package kernels

import "unsafe"

// lineBytes is the size of a cache line and of the widest vector register.
const lineBytes = 64

// Word is an element type of the arrays that kernels read and write.
type Word interface {
	~uint64 | ~int64 | ~uint32 | ~int32 | ~float32
}

// Aligned returns a zeroed slice of n elements that starts on a cache line.
// Alignment is a matter of speed only: no kernel requires it.
func Aligned[T Word](n int) []T {
	var zero T
	size := int(unsafe.Sizeof(zero))
	pad := lineBytes / size
	s := make([]T, n+pad)
	off := 0
	if r := int(uintptr(unsafe.Pointer(unsafe.SliceData(s))) % lineBytes); r != 0 {
		off = (lineBytes - r) / size
	}
	return s[off : off+n : off+n]
}
