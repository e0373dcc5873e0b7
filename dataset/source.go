package dataset

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strings"
)

const bufferSize = 64 << 10

// source is a file being read, unpacked if it is compressed.
type source struct {
	name   string        // the file, as errors call it
	r      *bufio.Reader // the data, after decompression
	at     io.ReaderAt   // the file itself; nil for a pipe
	disk   int64         // size of the file itself; -1 for a pipe
	size   int64         // size of the data; -1 if only reading can tell
	offset int64         // bytes of the data taken with full
	packed bool          // the data are compressed
}

// openFile opens the file at path. The caller closes what it returns.
func openFile(path string) (*source, io.Closer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, cannotOpen(path, err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, nil, cannotOpen(path, err)
	}
	var src *source
	if info.Mode().IsRegular() {
		src, err = newSource(path, f, info.Size())
	} else {
		src, err = newPipe(path, f)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return src, f, nil
}

// cannotOpen returns the error for a path that the system refuses, without the
// path that the system's own error repeats.
func cannotOpen(path string, err error) error {
	reason := err
	if e := (*os.PathError)(nil); errors.As(err, &e) {
		reason = e.Err
	}
	p := problemf(ErrOpen, path, "%v", reason)
	p.cause = err
	return p
}

// newSource returns a source of the size bytes at r, unpacked if they start
// as gzip data do.
func newSource(name string, r io.ReaderAt, size int64) (*source, error) {
	s := &source{name: name, at: r, disk: size, size: size}
	return s, s.start(io.NewSectionReader(r, 0, size))
}

// newPipe returns a source of unknown size.
func newPipe(name string, r io.Reader) (*source, error) {
	s := &source{name: name, disk: -1, size: -1}
	return s, s.start(r)
}

// again returns a second source of the same data, from the start.
func (s *source) again() (*source, error) {
	if s.at == nil {
		return nil, problemf(ErrOption, s.name, "cannot be read twice; give the number of features")
	}
	other, err := newSource(s.name, s.at, s.disk)
	if err != nil {
		return nil, err
	}
	return other, other.skipMark()
}

// skipMark takes a byte-order mark. A source without anything is an error.
func (s *source) skipMark() error {
	head, err := s.peek(3)
	switch {
	case err != nil:
		return err
	case len(head) == 0:
		return problemf(ErrEmpty, s.name, "empty file (0 bytes)")
	case string(head) == "\xef\xbb\xbf":
		s.r.Discard(3)
	}
	return nil
}

// start puts the buffer, and the decompressor if there is need of one, on r.
func (s *source) start(r io.Reader) error {
	s.r = bufio.NewReaderSize(checkedReader{r, s}, bufferSize)
	head, err := s.peek(2)
	if err != nil {
		return err
	}
	if string(head) != "\x1f\x8b" {
		return nil
	}
	s.packed, s.size = true, -1
	z, err := gzip.NewReader(s.r) // reads member after member
	if err != nil {
		return s.failed(err)
	}
	s.r = bufio.NewReaderSize(checkedReader{z, s}, bufferSize)
	return nil
}

// checkedReader turns errors of the file system and of decompressors into the
// errors of this package where they arise, so that io.EOF above it means the
// orderly end of the data.
type checkedReader struct {
	r io.Reader
	s *source
}

func (c checkedReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if err != nil && err != io.EOF {
		err = c.s.failed(err)
	}
	return n, err
}

// failed explains an error from below.
func (s *source) failed(err error) error {
	if p := (*problem)(nil); errors.As(err, &p) {
		return p
	}
	var p *problem
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		p = problemf(ErrTruncated, s.name, "unexpected end of the compressed data; the file is cut short, as by a download that stopped")
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, zip.ErrChecksum):
		p = problemf(ErrFormat, s.name, "the compressed data have another checksum than they should; the file is damaged")
	case errors.As(err, &corrupt), errors.Is(err, gzip.ErrHeader), errors.Is(err, zip.ErrFormat):
		p = problemf(ErrFormat, s.name, "the compressed data are damaged (%s)", strings.ReplaceAll(err.Error(), "\n", " "))
	case errors.Is(err, zip.ErrAlgorithm):
		p = problemf(ErrFormat, s.name, "compressed in a way other than deflate")
	default:
		return cannotOpen(s.name, err)
	}
	p.cause = err
	return p
}

// peek returns the next n bytes, or as many as there are, without taking them.
func (s *source) peek(n int) ([]byte, error) {
	b, err := s.r.Peek(n)
	if err != nil && err != io.EOF {
		return nil, s.failed(err)
	}
	return b, nil
}

// full fills b. What is read is what, in the error if there is not enough.
func (s *source) full(b []byte, what string) error {
	n, err := io.ReadFull(s.r, b)
	s.offset += int64(n)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return problemf(ErrTruncated, s.name, "the file ends inside %s, after %s", what, plural(s.offset, "byte"))
	}
	if err != nil {
		return s.failed(err)
	}
	return nil
}

// holds checks that n more bytes, which a header declares as what, are just
// what is left. It cannot tell for compressed data, but excludes what no
// deflate stream of the file's size can hold.
func (s *source) holds(n uint64, what string) error {
	if s.size >= 0 {
		switch left := uint64(s.size - s.offset); {
		case n > left:
			return problemf(ErrTruncated, s.name, "%s need %s, the file has %d after its header", what, plural(n, "byte"), left)
		case n < left:
			return problemf(ErrFormat, s.name, "%s need %s, the file has %d after its header", what, plural(n, "byte"), left)
		}
		return nil
	}
	const ratio = 1032 // deflate's limit
	if s.disk >= 0 && n > uint64(s.disk)*ratio {
		return problemf(ErrTruncated, s.name, "%s need %s, more than %s of compressed data can hold", what, plural(n, "byte"), plural(s.disk, "byte"))
	}
	return nil
}

// end checks that nothing is left. For compressed data that also checks the
// checksum; if something is left, damage may be the reason, so end reads on for
// a while to find out.
func (s *source) end(what string) error {
	const while = 1 << 20
	n, err := io.CopyN(io.Discard, s.r, while)
	switch {
	case err != nil && err != io.EOF:
		return s.failed(err)
	case n > 0:
		return problemf(ErrFormat, s.name, "there are more bytes after %s", what)
	}
	return nil
}

// likely returns the memory, in bytes, that the size of the file justifies
// for n bytes of data before they have arrived.
func (s *source) likely(n uint64) int {
	return int(min(n, uint64(max(s.disk, bufferSize))*8))
}

// limit returns the memory that the data may take when packed; 0 if there is
// no limit.
func (s *source) limit(o *Options) int64 {
	switch {
	case o.MaxBytes > 0:
		return o.MaxBytes
	case s.size >= 0:
		return 0
	}
	return max(128<<20, 256*s.disk)
}
