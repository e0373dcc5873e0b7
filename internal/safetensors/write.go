package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"unicode/utf8"
)

// alignment is what the offset of the data in a file is a multiple of: a cache
// line. Tensors follow each other without holes, so only the first of them is
// sure to be aligned, and the others if the wide types come first.
const alignment = 64

// Tensor is a tensor to write.
type Tensor struct {
	Name  string
	Shape []int // row-major; empty for a scalar
	Data  any   // []float32, []uint64, []uint8, []int64 or []int32
}

// Write writes a file of at least one tensor. It adds the checksum to the
// metadata, in place of one that is there. The data go to w in parts of 64 KiB.
//
// Nothing is written if the tensors or the metadata are wrong: names given
// twice, lengths that do not match shapes, text that is not Unicode, or a
// float32 that is NaN or infinite, which no reader of this package would take.
func Write(w io.Writer, tensors []Tensor, meta map[string]string) error {
	entries, err := layOut(tensors)
	if err != nil {
		return err
	}
	sum, err := digest(entries, tensors)
	if err != nil {
		return err
	}
	head, err := encodeHeader(entries, meta, sum)
	if err != nil {
		return err
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	for _, t := range tensors {
		if err := t.encode(w); err != nil {
			return fmt.Errorf("tensor %s: %w", quote(t.Name), err)
		}
	}
	return nil
}

// layOut checks tensors and gives each its place in the data.
func layOut(tensors []Tensor) ([]entry, error) {
	entries := make([]entry, len(tensors))
	seen := map[string]bool{}
	pos := uint64(0)
	for i, t := range tensors {
		e, err := t.entry(pos)
		if err != nil {
			return nil, err
		}
		if seen[t.Name] {
			return nil, badFormat("%s comes twice", e.label())
		}
		seen[t.Name] = true
		entries[i], pos = e, e.end
	}
	return entries, sortEntries(entries, pos)
}

// entry returns the description of a tensor whose data begin at a position.
func (t Tensor) entry(begin uint64) (entry, error) {
	e := entry{name: t.Name, shape: t.Shape}
	if err := checkName(t.Name); err != nil {
		return e, err
	}
	var n int
	switch data := t.Data.(type) {
	case []float32:
		e.dtype, n = F32, len(data)
	case []uint64:
		e.dtype, n = U64, len(data)
	case []uint8:
		e.dtype, n = U8, len(data)
	case []int64:
		e.dtype, n = I64, len(data)
	case []int32:
		e.dtype, n = I32, len(data)
	default:
		return e, fmt.Errorf("%w: %s: found %T, expected []float32, []uint64, []uint8, []int64 or []int32", ErrType, e.label(), t.Data)
	}
	if count, ok := product(t.Shape); !ok || count != n {
		return e, badFormat("%s: found %d elements, which do not fill the shape %s", e.label(), n, shortDims(t.Shape))
	}
	if err := e.place([]uint64{begin, begin + uint64(n)*uint64(e.dtype.size())}); err != nil {
		return e, err
	}
	return e, t.checkFinite()
}

// checkFinite refuses what a reader would refuse.
func (t Tensor) checkFinite() error {
	data, _ := t.Data.([]float32)
	for i, v := range data {
		if v-v != 0 { // NaN or infinite
			return badElement(t.Name, t.Shape, i, float64(v))
		}
	}
	return nil
}

// encodeHeader returns the part of a file that comes before the data.
func encodeHeader(entries []entry, meta map[string]string, sum string) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, prefixBytes, 1024))
	b.WriteByte('{')
	if err := appendMetadata(b, meta, sum); err != nil {
		return nil, err
	}
	for _, e := range entries {
		b.WriteByte(',')
		appendString(b, e.name)
		fmt.Fprintf(b, `:{"dtype":"%s","shape":%s,"data_offsets":[%d,%d]}`, e.dtype, list(e.shape, ","), e.begin, e.end)
	}
	b.WriteByte('}')
	for b.Len()%alignment != 0 {
		b.WriteByte(' ')
	}
	n := b.Len() - prefixBytes
	if n > maxHeader {
		return nil, badFormat("header of %d bytes, expected at most %d", n, maxHeader)
	}
	binary.LittleEndian.PutUint64(b.Bytes(), uint64(n))
	return b.Bytes(), nil
}

// appendMetadata appends the metadata, sorted by key, with the checksum.
func appendMetadata(b *bytes.Buffer, meta map[string]string, sum string) error {
	all := map[string]string{}
	maps.Copy(all, meta)
	all[checksumKey] = sum
	appendString(b, metadataKey)
	for i, key := range slices.Sorted(maps.Keys(all)) {
		if !utf8.ValidString(key) || !utf8.ValidString(all[key]) {
			return badFormat("metadata %s: %s, expected Unicode text", quote(key), quote(all[key]))
		}
		b.WriteString([]string{":{", ","}[min(i, 1)])
		appendString(b, key)
		b.WriteByte(':')
		appendString(b, all[key])
	}
	b.WriteByte('}')
	return nil
}

// appendString appends a string as JSON, without the escapes for HTML.
func appendString(b *bytes.Buffer, s string) {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	enc.Encode(s)           // a string into memory never fails
	b.Truncate(b.Len() - 1) // the line feed that Encode adds
}

// encode writes the elements of a tensor, little-endian.
func (t Tensor) encode(w io.Writer) error {
	switch data := t.Data.(type) {
	case []float32:
		return encode(w, data)
	case []uint64:
		return encode(w, data)
	case []uint8:
		return encode(w, data)
	case []int64:
		return encode(w, data)
	case []int32:
		return encode(w, data)
	}
	return fmt.Errorf("%w: %T", ErrType, t.Data) // entry has refused it before
}

// encode writes elements through a buffer of fixed size.
func encode[T float32 | uint64 | uint8 | int64 | int32](w io.Writer, data []T) error {
	buf := make([]byte, 0, chunkBytes)
	for part := range slices.Chunk(data, chunkBytes/8) {
		raw, err := binary.Append(buf, binary.LittleEndian, part)
		if err != nil {
			return err
		}
		if _, err := w.Write(raw); err != nil {
			return err
		}
	}
	return nil
}
