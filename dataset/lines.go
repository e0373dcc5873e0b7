package dataset

import (
	"bufio"
	"bytes"
	"io"
)

// maxLine is the length of a line, in bytes, beyond which it is an error.
const maxLine = 8 << 20

// lines cuts text into lines. They end with LF, CR LF, or CR alone if the first
// one does.
type lines struct {
	src    *source
	end    byte
	number int // of the last line returned, from 1
	long   []byte
}

func newLines(src *source) (*lines, error) {
	head, err := src.peek(bufferSize)
	if err != nil {
		return nil, err
	}
	return &lines{src: src, end: lineEnd(head)}, nil
}

// lineEnd returns the last byte of each line of a text, going by its first.
func lineEnd(head []byte) byte {
	i := bytes.IndexAny(head, "\r\n")
	if i >= 0 && head[i] == '\r' && i+1 < len(head) && head[i+1] != '\n' {
		return '\r'
	}
	return '\n'
}

// firstLines returns lines to judge a text by, valid until the next read: those
// in the buffer that are whole, or the part of one, without blank lines and
// comments.
func (s *source) firstLines() ([][]byte, error) {
	const most = 200
	head, err := s.peek(bufferSize)
	if err != nil {
		return nil, err
	}
	end := []byte{lineEnd(head)}
	if last := bytes.LastIndex(head, end); len(head) == bufferSize && last >= 0 {
		head = head[:last]
	}
	var first [][]byte
	for line := range bytes.SplitSeq(head, end) {
		line = bytes.TrimSuffix(line, []byte{'\r'})
		if start := trim(line); len(start) > 0 && start[0] != '#' && len(first) < most {
			first = append(first, line)
		}
	}
	return first, nil
}

// next returns the next line without its end, valid until the next call; or
// io.EOF after the last one.
func (l *lines) next() ([]byte, error) {
	line, err := l.src.r.ReadSlice(l.end)
	if err == bufio.ErrBufferFull {
		line, err = l.readLong(line)
	}
	if err != nil && err != io.EOF {
		return nil, l.src.failed(err)
	}
	if len(line) == 0 {
		return nil, io.EOF
	}
	l.number++
	line = bytes.TrimSuffix(line, []byte{l.end})
	return bytes.TrimSuffix(line, []byte{'\r'}), nil
}

// readLong returns a line that does not fit the buffer and starts with start.
func (l *lines) readLong(start []byte) ([]byte, error) {
	l.long = append(l.long[:0], start...)
	for {
		part, err := l.src.r.ReadSlice(l.end)
		l.long = append(l.long, part...)
		if err != bufio.ErrBufferFull {
			return l.long, err
		}
		if len(l.long) > maxLine {
			return nil, problemf(ErrTooLarge, l.src.name, "line %d: more than %d MiB, expected shorter lines", l.number+1, maxLine>>20)
		}
	}
}
