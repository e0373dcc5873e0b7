package safetensors

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// chunkBytes is the size of the buffers that data pass through.
const chunkBytes = 64 << 10

// Float32s returns the elements and the shape of a tensor of type F32, F64,
// F16 or BF16. F64 is rounded to the nearest float32. A value that is NaN,
// infinite or out of the range of float32 gives an [ErrValue].
func (f *File) Float32s(name string) ([]float32, []int, error) {
	e, err := f.typed(name, F32, F64, F16, BF16)
	if err != nil {
		return nil, nil, err
	}
	var values []float32
	switch e.dtype {
	case F32:
		values, err = floats(f, e, func(v float32) float64 { return float64(v) })
	case F64:
		values, err = floats(f, e, func(v float64) float64 { return v })
	case F16:
		values, err = floats(f, e, fromF16)
	case BF16:
		values, err = floats(f, e, fromBF16)
	}
	return result(f, e, values, err)
}

// Int64s returns the elements and the shape of a tensor of type I64 or I32.
func (f *File) Int64s(name string) ([]int64, []int, error) {
	e, err := f.typed(name, I64, I32)
	if err != nil {
		return nil, nil, err
	}
	var values []int64
	if e.dtype == I64 {
		values, err = integers(f, e, func(v int64) int64 { return v })
	} else {
		values, err = integers(f, e, func(v int32) int64 { return int64(v) })
	}
	return result(f, e, values, err)
}

// Int32s returns the elements and the shape of a tensor of type I32.
func (f *File) Int32s(name string) ([]int32, []int, error) {
	return same[int32](f, name, I32)
}

// Uint64s returns the elements and the shape of a tensor of type U64.
func (f *File) Uint64s(name string) ([]uint64, []int, error) {
	return same[uint64](f, name, U64)
}

// Bytes returns the elements and the shape of a tensor of type U8.
func (f *File) Bytes(name string) ([]uint8, []int, error) {
	return same[uint8](f, name, U8)
}

// typed returns the tensor of the given name, whose type must be among want.
func (f *File) typed(name string, want ...DType) (*entry, error) {
	e, err := f.find(name)
	if err == nil && !slices.Contains(want, e.dtype) {
		err = fmt.Errorf("%s: %w: %s: found %s, expected one of %v", f.name, ErrType, e.label(), e.dtype, want)
	}
	return e, err
}

// same returns a tensor that is stored as T.
func same[T any](f *File, name string, want DType) ([]T, []int, error) {
	e, err := f.typed(name, want)
	if err != nil {
		return nil, nil, err
	}
	values, err := integers(f, e, func(v T) T { return v })
	return result(f, e, values, err)
}

// result completes what an accessor returns.
func result[T any](f *File, e *entry, values []T, err error) ([]T, []int, error) {
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", f.name, err)
	}
	return values, slices.Clone(e.shape), nil
}

// integers returns a tensor that is stored as S, element by element as T.
func integers[S, T any](f *File, e *entry, convert func(S) T) ([]T, error) {
	values := make([]T, 0, e.count)
	err := chunks(f, e, func(part []S) error {
		for _, v := range part {
			values = append(values, convert(v))
		}
		return nil
	})
	return values, err
}

// floats returns a tensor that is stored as S, as float32.
func floats[S any](f *File, e *entry, widen func(S) float64) ([]float32, error) {
	values := make([]float32, 0, e.count)
	err := chunks(f, e, func(part []S) error {
		for _, v := range part {
			wide := widen(v)
			narrow := float32(wide)
			if narrow-narrow != 0 { // NaN or infinite
				return badElement(e.name, e.shape, len(values), wide)
			}
			values = append(values, narrow)
		}
		return nil
	})
	return values, err
}

// chunks reads a tensor that is stored as S, and calls use with one part of it
// after the other.
func chunks[S any](f *File, e *entry, use func(part []S) error) error {
	size := e.dtype.size()
	raw := make([]byte, min(int64(chunkBytes), e.size()))
	part := make([]S, len(raw)/size)
	for off := e.begin; off < e.end; off += uint64(len(raw)) {
		raw = raw[:min(uint64(len(raw)), e.end-off)]
		part = part[:len(raw)/size]
		if err := readFull(f.data, raw, int64(off)); err != nil {
			return fmt.Errorf("%s: %w", e.label(), err)
		}
		if _, err := binary.Decode(raw, binary.LittleEndian, part); err != nil {
			return fmt.Errorf("%s: %w", e.label(), err)
		}
		if err := use(part); err != nil {
			return err
		}
	}
	return nil
}
