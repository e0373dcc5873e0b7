package safetensors

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
)

const (
	prefixBytes = 8       // the length of the header, at the start of a file
	maxHeader   = 1 << 20 // bytes of the longest header that is read or written
)

// File is a file whose header has been read and found right. It may be used by
// any number of goroutines at once, until Close.
type File struct {
	name    string
	data    io.ReaderAt
	entries []entry        // in the order of their data
	index   map[string]int // from a name to the place in entries
	meta    map[string]string
	closer  io.Closer // nil if there is nothing to close
}

// Info describes a tensor of a file.
type Info struct {
	Name  string
	DType DType
	Shape []int // row-major; empty for a scalar
}

// Open opens the file at path and checks its header. The caller closes it.
func Open(path string) (*File, error) {
	// Asked first, because opening a named pipe would wait for its other end.
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w: found %v, expected a regular file", path, ErrFormat, info.Mode())
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	file, err := readOpen(f, path)
	if err != nil {
		f.Close()
		return nil, err
	}
	file.closer = f
	return file, nil
}

func readOpen(f *os.File, path string) (*File, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return Read(f, info.Size(), path)
}

// Read checks the header of a file of size bytes. The name is for messages.
// Closing the result leaves r open.
func Read(r io.ReaderAt, size int64, name string) (*File, error) {
	f, err := read(r, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	f.name = name
	return f, nil
}

func read(r io.ReaderAt, size int64) (*File, error) {
	raw, err := readHeader(r, size)
	if err != nil {
		return nil, err
	}
	h, err := parseHeader(raw)
	if err != nil {
		return nil, err
	}
	start := prefixBytes + int64(len(raw))
	if err := sortEntries(h.entries, uint64(size-start)); err != nil {
		return nil, err
	}
	f := &File{
		data:    io.NewSectionReader(r, start, size-start),
		entries: h.entries,
		index:   make(map[string]int, len(h.entries)),
		meta:    h.meta,
	}
	for i, e := range f.entries {
		f.index[e.name] = i
	}
	return f, nil
}

// readHeader returns the bytes of the header. Their number is believed once
// the file is seen to be that long.
func readHeader(r io.ReaderAt, size int64) ([]byte, error) {
	if size < prefixBytes {
		return nil, badFormat("found %d bytes, expected at least %d", size, prefixBytes)
	}
	var prefix [prefixBytes]byte
	if err := readFull(r, prefix[:], 0); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint64(prefix[:])
	if rest := uint64(size - prefixBytes); n > rest {
		return nil, badFormat("header of %d bytes announced, but %d bytes follow", n, rest)
	}
	if n > maxHeader {
		return nil, badFormat("header of %d bytes announced, expected at most %d", n, maxHeader)
	}
	raw := make([]byte, n)
	return raw, readFull(r, raw, prefixBytes)
}

// readFull fills b from r at an offset. A file that has become shorter since
// its size was asked gives io.ErrUnexpectedEOF.
func readFull(r io.ReaderAt, b []byte, off int64) error {
	n, err := r.ReadAt(b, off)
	switch {
	case n == len(b):
		return nil
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	}
	return err
}

// Close closes the file that [Open] opened.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// Names returns the names of the tensors, in the order of their data.
func (f *File) Names() []string {
	names := make([]string, len(f.entries))
	for i, e := range f.entries {
		names[i] = e.name
	}
	return names
}

// Info describes the tensor of the given name; the error is an [ErrMissing].
func (f *File) Info(name string) (Info, error) {
	e, err := f.find(name)
	if err != nil {
		return Info{}, err
	}
	return Info{e.name, e.dtype, slices.Clone(e.shape)}, nil
}

// Metadata returns a copy of the metadata, the checksum included. It may be
// given to [Write] as it is.
func (f *File) Metadata() map[string]string {
	meta := maps.Clone(f.meta)
	if meta == nil {
		meta = map[string]string{}
	}
	return meta
}

// find returns the tensor of the given name.
func (f *File) find(name string) (*entry, error) {
	if i, ok := f.index[name]; ok {
		return &f.entries[i], nil
	}
	return nil, fmt.Errorf("%s: %w: expected %s, found %s", f.name, ErrMissing, quote(name), quoteAll(f.Names()))
}
