package dataset

import (
	"bytes"
	"fmt"
	"io"
	"math"
)

// scipy reads a sparse matrix that scipy.sparse.save_npz wrote: arrays format,
// shape and data, and with the format CSR or CSC the index of the column or row
// of each value and where each row or column starts, or with COO both indices.
type scipy struct {
	src     *source
	o       *Options
	members map[string]*member
	data    *member

	matrix *sparseMatrix
}

// scipyMatrix returns the reader for the members of an archive, or nil if they
// are no sparse matrix of SciPy or the options name an array.
func scipyMatrix(src *source, members []*member, o *Options) *scipy {
	unpacked := *src
	unpacked.size = -1 // of the data; the archive is compressed
	z := &scipy{src: &unpacked, o: o, members: map[string]*member{}}
	for _, m := range members {
		z.members[m.name] = m
	}
	if o.Array != "" || z.members["format"] == nil || z.members["shape"] == nil || z.members["data"] == nil {
		return nil
	}
	z.data = z.members["data"]
	return z
}

func (z *scipy) read(set *Set) error {
	format, err := z.format()
	if err != nil {
		return err
	}
	if err := z.shape(); err != nil {
		return err
	}
	switch format {
	case "csr", "csc":
		err = z.compressed(format == "csr")
	case "coo":
		err = z.coordinates()
	default:
		err = problemf(ErrFormat, z.src.name, "a SciPy matrix in the format %s, expected csr, csc or coo (save matrix.tocsr() instead)", show(format))
	}
	if err != nil {
		return err
	}
	if err := z.values(); err != nil {
		return err
	}
	return z.matrix.table(z.src, z.o, set)
}

// format returns the text in the array of that name, a NumPy string of a few
// bytes, or of four times as many in UTF-32.
func (z *scipy) format() (text string, err error) {
	const most = 1 << 10
	err = z.members["format"].open(z.src, func(s *source) error {
		all, err := io.ReadAll(io.LimitReader(s.r, most))
		if err != nil {
			return s.failed(err)
		}
		_, body, _ := bytes.Cut(all, []byte("\n"))
		text = string(bytes.ReplaceAll(body, []byte{0}, nil))
		return nil
	})
	return text, err
}

// shape reads the sizes of the matrix.
func (z *scipy) shape() error {
	var sizes [2]uint64
	n, err := z.each("shape", func(i int, v float64) error {
		if !(v >= 0 && v < math.MaxInt64 && v == math.Trunc(v)) || i == len(sizes) {
			return z.wrong("shape", i, v, "two whole numbers")
		}
		sizes[i] = uint64(v)
		return nil
	})
	if err == nil && n < len(sizes) {
		err = z.short("shape", n, len(sizes))
	}
	if err != nil {
		return err
	}
	z.matrix, err = newSparseMatrix(z.src, z.o, sizes[0], sizes[1])
	if err == nil {
		z.matrix.place = cell
	}
	return err
}

// compressed reads the places of entries row by row, or else column by column.
func (z *scipy) compressed(byRow bool) error {
	m := z.matrix
	major, minor := m.rows, m.cols
	place := func(i int) triplet { return triplet{column: int32(i)} }
	if !byRow {
		major, minor = minor, major
		place = func(i int) triplet { return triplet{row: int32(i)} }
	}
	_, err := z.indices("indices", minor, func(_, i int) error { return m.add(z.src, place(i)) })
	if err != nil {
		return err
	}
	start, entries := 0, len(m.entries)
	n, err := z.each("indptr", func(i int, v float64) error {
		if !(v >= float64(start) && v <= float64(entries) && v == math.Trunc(v)) || i == 0 && v != 0 || i > major {
			return z.wrong("indptr", i, v, fmt.Sprintf("%d numbers that rise from 0 to %d", major+1, entries))
		}
		for k := start; k < int(v); k++ {
			if e := &m.entries[k]; byRow {
				e.row = int32(i - 1)
			} else {
				e.column = int32(i - 1)
			}
		}
		start = int(v)
		return nil
	})
	if err == nil && n <= major {
		err = z.short("indptr", n, major+1)
	}
	if err == nil && start < entries {
		err = z.wrong("indptr", major, float64(start), fmt.Sprintf("%d, the number of entries", entries))
	}
	return err
}

// coordinates reads the row and the column of each entry.
func (z *scipy) coordinates() error {
	m := z.matrix
	_, err := z.indices("row", m.rows, func(_, i int) error { return m.add(z.src, triplet{row: int32(i)}) })
	if err != nil {
		return err
	}
	n, err := z.indices("col", m.cols, func(k, i int) error {
		if k == len(m.entries) {
			return z.wrong("col", k, float64(i), plural(k, "value"))
		}
		m.entries[k].column = int32(i)
		return nil
	})
	if err == nil && n < len(m.entries) {
		err = z.short("col", n, len(m.entries))
	}
	return err
}

// values reads the value of each entry.
func (z *scipy) values() error {
	entries := z.matrix.entries
	n, err := z.each("data", func(k int, v float64) error {
		if k == len(entries) {
			return z.wrong("data", k, v, plural(k, "value"))
		}
		entries[k].value = v
		return nil
	})
	if err == nil && n < len(entries) {
		err = z.short("data", n, len(entries))
	}
	return err
}

// indices reads an array of numbers from 0 to end-1.
func (z *scipy) indices(name string, end int, take func(k, i int) error) (n int, err error) {
	return z.each(name, func(k int, v float64) error {
		if !(v >= 0 && v < float64(end) && v == math.Trunc(v)) {
			return z.wrong(name, k, v, fmt.Sprintf("whole numbers from 0 to %d", end-1))
		}
		return take(k, int(v))
	})
}

// each passes the values of an array of one dimension, and counts them.
func (z *scipy) each(name string, take func(k int, v float64) error) (n int, err error) {
	m := z.members[name]
	if m == nil {
		return 0, problemf(ErrFormat, z.src.name, "a SciPy matrix without the array %s", show(name))
	}
	err = m.read(z.src, func(s *source, a array) error {
		elements, err := a.check(s)
		if err != nil {
			return err
		}
		if len(a.shape) != 1 {
			return problemf(ErrFormat, s.name, "shape %v, expected one dimension", a)
		}
		return a.stream(s, elements, &counter{take: take, n: &n})
	})
	return n, err
}

func (z *scipy) wrong(name string, k int, v float64, expected string) error {
	return problemf(ErrFormat, z.src.name, "array %s: found %s at %s, expected %s", show(name), number(v), zeroBased(k), expected)
}

func (z *scipy) short(name string, n, expected int) error {
	return problemf(ErrTruncated, z.src.name, "array %s: %s, expected %d", show(name), plural(n, "value"), expected)
}

// counter passes values on with their numbers.
type counter struct {
	take func(k int, v float64) error
	n    *int
}

func (c *counter) bytes(p []byte) error {
	for _, b := range p {
		if err := c.one(float64(b)); err != nil {
			return err
		}
	}
	return nil
}

func (c *counter) floats(values []float64) error {
	for _, v := range values {
		if err := c.one(v); err != nil {
			return err
		}
	}
	return nil
}

func (c *counter) one(v float64) error {
	if err := c.take(*c.n, v); err != nil {
		return err
	}
	*c.n++
	return nil
}
