package dataset

import (
	"errors"
	"fmt"
	"strconv"
)

// Each error of this package wraps exactly one of these.
var (
	// ErrOpen: the system cannot open or read the file. Its own error is
	// wrapped too, so that fs.ErrNotExist can be told.
	ErrOpen = errors.New("dataset: cannot be opened or read")
	// ErrOption: an option is out of range, or does not suit the file.
	ErrOption = errors.New("dataset: option does not fit")
	// ErrFormat: the file breaks the rules of its format, is damaged, or uses
	// a part of the format that is not supported.
	ErrFormat = errors.New("dataset: malformed or unsupported file")
	// ErrTruncated: the file has less than its header declares.
	ErrTruncated = errors.New("dataset: file ends early")
	// ErrValue: a value is no unit and, where allowed, no intensity.
	ErrValue = errors.New("dataset: value out of range")
	// ErrEmpty: there are no rows or no columns.
	ErrEmpty = errors.New("dataset: no data")
	// ErrLabels: a label is no class, or there are not as many as rows.
	ErrLabels = errors.New("dataset: labels do not fit")
	// ErrAmbiguous: more than one array can be meant.
	ErrAmbiguous = errors.New("dataset: more than one array to choose from")
	// ErrTooLarge: the data, or a part of the file, are over a limit.
	ErrTooLarge = errors.New("dataset: over a size limit")
)

// problem is what errors of this package are: a line of text that wraps a
// sentinel, and the error underneath where there is one.
type problem struct {
	text  string
	kind  error
	cause error
}

func (p *problem) Error() string { return p.text }

func (p *problem) Unwrap() []error {
	if p.cause == nil {
		return []error{p.kind}
	}
	return []error{p.kind, p.cause}
}

// problemf returns a problem about the file called name.
func problemf(kind error, name, format string, args ...any) *problem {
	return &problem{text: name + ": " + fmt.Sprintf(format, args...), kind: kind}
}

// maxShown is the length to which text from a file is cut in an error.
const maxShown = 40

// show quotes text from a file so that it is short, printable and on one line.
func show[T string | []byte](text T) string {
	if len(text) > maxShown {
		return strconv.Quote(string(text[:maxShown])) + "…"
	}
	return strconv.Quote(string(text))
}

// number writes v in the fewest digits that tell it from other float32 values
// if it is one, and else from other float64 values.
func number(v float64) string {
	if float64(float32(v)) == v {
		return strconv.FormatFloat(v, 'g', -1, 32)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// plural returns "1 row", "2 rows".
func plural[N int | int64 | uint64](n N, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
