package dataset

import (
	"fmt"
	"io"
)

// pbm reads a bitmap of Netpbm. Its rows become rows, its pixels units, and
// black is 1.
type pbm struct {
	src           *source
	width, height uint64 // pixels
}

func readPBM(src *source, o *Options, set *Set) error {
	p := &pbm{src: src}
	magic := make([]byte, 2)
	if err := p.src.full(magic, "the PBM header"); err != nil {
		return err
	}
	if string(magic) != "P1" && string(magic) != "P4" {
		return problemf(ErrFormat, src.name, "not a PBM file: it starts with %s, expected P1 or P4", startOf(magic))
	}
	if err := p.header(); err != nil {
		return err
	}
	s := newSink(src, o, int(p.width), boolScale)
	s.place = cell
	body := p.plain
	if magic[1] == '4' {
		body = p.raw
	}
	if err := body(s); err != nil {
		return err
	}
	set.Shape = []int{int(p.width)}
	return s.table(set)
}

// header reads the width and height and the byte of white space after them.
func (p *pbm) header() (err error) {
	if p.width, err = p.number(); err != nil {
		return err
	}
	if p.height, err = p.number(); err != nil {
		return err
	}
	if p.width == 0 || p.height == 0 {
		return problemf(ErrEmpty, p.src.name, "no pixels (%s)", p.size())
	}
	return nil
}

func (p *pbm) size() string { return fmt.Sprintf("%d × %d pixels", p.height, p.width) }

// number reads a number below 2^31, white space and comments before it, and
// one byte after it.
func (p *pbm) number() (uint64, error) {
	c, err := p.skip()
	if err != nil {
		return 0, err
	}
	n := uint64(0)
	for ; isDigit(c); c, err = p.byte() {
		if err != nil {
			return 0, err
		}
		if n = n*10 + uint64(c-'0'); n >= 1<<31 {
			return 0, problemf(ErrFormat, p.src.name, "a PBM width or height over 2^31")
		}
	}
	if err != nil {
		return 0, err
	}
	if c == '#' { // the line end of a comment is the white space
		if c, err = p.skipComment(); err != nil {
			return 0, err
		}
	}
	if !isSpace(c) {
		return 0, problemf(ErrFormat, p.src.name, "PBM header: found %s, expected the width and height", show([]byte{c}))
	}
	return n, nil
}

// byte takes one byte.
func (p *pbm) byte() (byte, error) {
	c, err := p.src.r.ReadByte()
	switch {
	case err == io.EOF:
		return 0, problemf(ErrTruncated, p.src.name, "the file ends inside the PBM header or before its last pixel")
	case err != nil:
		return 0, p.src.failed(err)
	}
	p.src.offset++
	return c, nil
}

// skip returns the first byte after white space and comments.
func (p *pbm) skip() (byte, error) {
	for {
		c, err := p.byte()
		if err == nil && c == '#' {
			c, err = p.skipComment()
		}
		if err != nil || !isSpace(c) {
			return c, err
		}
	}
}

// skipComment takes what is left of a comment, and returns the end of its line.
func (p *pbm) skipComment() (byte, error) {
	for {
		if c, err := p.byte(); err != nil || c == '\n' {
			return c, err
		}
	}
}

// raw reads 8 pixels a byte, the first in the highest bit. The bits that fill
// the last byte of a row are not pixels, whatever they are.
func (p *pbm) raw(s *sink) error {
	rowBytes := (p.width + 7) / 8
	if err := p.src.holds(rowBytes*p.height, p.size()); err != nil {
		return err
	}
	block := make([]byte, min(rowBytes, blockBytes/8))
	pixels := make([]byte, 8*len(block))
	for range p.height {
		for left := p.width; left > 0; {
			part := block[:min(uint64(len(block)), (left+7)/8)]
			if err := p.src.full(part, "the pixels"); err != nil {
				return err
			}
			for i, b := range part {
				for j := range 8 {
					pixels[8*i+j] = b >> (7 - j) & 1
				}
			}
			k := min(left, uint64(8*len(part)))
			if err := s.bytes(pixels[:k]); err != nil {
				return err
			}
			left -= k
		}
	}
	return p.src.end(p.size())
}

// plain reads a digit a pixel, with or without white space between them.
func (p *pbm) plain(s *sink) error {
	n := p.width * p.height
	if left := p.src.size - p.src.offset; p.src.size >= 0 && n > uint64(left) {
		return problemf(ErrTruncated, p.src.name, "%s need a byte or more each, the file has %d after its header", p.size(), left)
	}
	for range n {
		c, err := p.skip()
		if err != nil {
			return err
		}
		if c != '0' && c != '1' {
			return problemf(ErrValue, p.src.name, "%s: found %s, expected 0 or 1", s.place(s.row, s.col), show([]byte{c}))
		}
		if err := s.bytes([]byte{c - '0'}); err != nil {
			return err
		}
	}
	return p.plainEnd()
}

// plainEnd checks that only white space is left.
func (p *pbm) plainEnd() error {
	for {
		c, err := p.src.r.ReadByte()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return p.src.failed(err)
		case !isSpace(c):
			return problemf(ErrFormat, p.src.name, "there are more bytes after %s", p.size())
		}
	}
}
