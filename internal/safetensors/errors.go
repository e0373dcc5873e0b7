package safetensors

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of this package wrap one of these, or the error of the file system.
var (
	// ErrFormat says that a file, or what is to become one, breaks the rules
	// of the format.
	ErrFormat = errors.New("bad safetensors file")
	// ErrMissing says that a file has no tensor of the name asked for.
	ErrMissing = errors.New("tensor missing")
	// ErrType says that a tensor holds another type than the one asked for.
	ErrType = errors.New("wrong element type")
	// ErrValue says that a value is NaN, infinite or too large for a float32.
	ErrValue = errors.New("bad value")
	// ErrChecksum says that the tensors are not those that were written.
	ErrChecksum = errors.New("checksum mismatch")
)

// Damaged reports whether err is about what a file holds, and not of the file
// system.
func Damaged(err error) bool {
	for _, bad := range []error{ErrFormat, ErrMissing, ErrType, ErrValue, ErrChecksum} {
		if errors.Is(err, bad) {
			return true
		}
	}
	return false
}

// badFormat returns an ErrFormat with a message.
func badFormat(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFormat, fmt.Sprintf(format, args...))
}

// Limits on what a message repeats from a file, which may be hostile.
const (
	maxQuoted = 64 // bytes of a text: a checksum fits
	maxListed = 8  // items of a list
)

// quote returns s in quotes, cut short if it is long.
func quote(s string) string {
	if len(s) > maxQuoted {
		return fmt.Sprintf("%q…", s[:maxQuoted])
	}
	return fmt.Sprintf("%q", s)
}

// quoteAll returns the names in quotes, the first few of them if they are many.
func quoteAll(names []string) string {
	var quoted []string
	for _, name := range names[:min(len(names), maxListed)] {
		quoted = append(quoted, quote(name))
	}
	text := strings.Join(quoted, ", ")
	if more := len(names) - maxListed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// dims returns a shape or an index in the manner of Python: [784, 500].
func dims(shape []int) string { return list(shape, ", ") }

// list returns numbers in brackets.
func list(numbers []int, separator string) string {
	return strings.ReplaceAll(fmt.Sprint(numbers), " ", separator)
}

// shortDims is dims for messages.
func shortDims(shape []int) string {
	if len(shape) > maxListed {
		return fmt.Sprintf("of %d dimensions", len(shape))
	}
	return dims(shape)
}

// badElement returns an ErrValue for the element at a flat position.
func badElement(name string, shape []int, flat int, value float64) error {
	want := "a finite number"
	if value-value == 0 {
		want = "a number within the range of float32"
	}
	return fmt.Errorf("%w: tensor %s, element %d (index %s): found %v, expected %s",
		ErrValue, quote(name), flat, shortDims(unravel(flat, shape)), value, want)
}

// unravel returns the index per dimension of a flat position, row-major.
func unravel(flat int, shape []int) []int {
	index := make([]int, len(shape))
	for d := len(shape) - 1; d >= 0; d-- {
		index[d] = flat % shape[d]
		flat /= shape[d]
	}
	return index
}
