package safetensors

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// checksumKey is the key of the metadata that holds the checksum.
const checksumKey = "sha256"

// Digest returns the checksum that [Write] stores for these tensors, in
// hexadecimal. The package documentation defines it.
func Digest(tensors []Tensor) (string, error) {
	entries, err := layOut(tensors)
	if err != nil {
		return "", err
	}
	return digest(entries, tensors)
}

func digest(entries []entry, tensors []Tensor) (string, error) {
	h := sha256.New()
	for i := range entries {
		io.WriteString(h, entries[i].line()) // a hash never fails
		if err := tensors[i].encode(h); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Verify reads all data and compares them with the checksum in the metadata.
// It reports whether there was one to compare with; a file without it is not
// in error. Tensors that have changed give an [ErrChecksum].
func (f *File) Verify() (checked bool, err error) {
	want, ok := f.meta[checksumKey]
	if !ok {
		return false, nil
	}
	h := sha256.New()
	buf := make([]byte, chunkBytes)
	for i := range f.entries {
		e := &f.entries[i]
		io.WriteString(h, e.line()) // a hash never fails
		n, err := io.CopyBuffer(h, io.NewSectionReader(f.data, int64(e.begin), e.size()), buf)
		if err == nil && n != e.size() {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return true, fmt.Errorf("%s: %s: %w", f.name, e.label(), err)
		}
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return true, fmt.Errorf("%s: %w: tensors have SHA-256 %s, expected %s", f.name, ErrChecksum, got, quote(want))
	}
	return true, nil
}
