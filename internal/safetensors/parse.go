package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// metadataKey is the one key of a header that is not a tensor's name.
const metadataKey = "__metadata__"

// header is what the JSON part of a file says.
type header struct {
	entries []entry
	meta    map[string]string
}

// parseHeader reads a header, and checks all of it that does not depend on the
// length of the data.
//
// It goes token by token, since json.Unmarshal would keep the last of two
// equal keys in silence. It asks for the kind of value that belongs at each
// place, so deep nesting ends at the first bracket too many.
func parseHeader(raw []byte) (header, error) {
	if err := checkText(raw); err != nil {
		return header{}, err
	}
	p := parser{json.NewDecoder(bytes.NewReader(raw))}
	p.dec.UseNumber()
	var h header
	err := p.object("header", func(key string) (err error) {
		if key == metadataKey {
			h.meta, err = p.metadata()
			return err
		}
		e, err := p.entry(key)
		h.entries = append(h.entries, e)
		return err
	})
	if err != nil {
		return header{}, err
	}
	if tok, err := p.dec.Token(); err != io.EOF {
		return header{}, badFormat("header: found %s after its end", describe(tok, err))
	}
	return h, nil
}

// parser reads the JSON values of a header.
type parser struct{ dec *json.Decoder }

// metadata reads a map from strings to strings.
func (p parser) metadata() (map[string]string, error) {
	meta := map[string]string{}
	err := p.object(metadataKey, func(key string) (err error) {
		meta[key], err = p.text(metadataKey + " " + quote(key))
		return err
	})
	return meta, err
}

// entry reads the description of one tensor.
func (p parser) entry(name string) (entry, error) {
	e := entry{name: name}
	if err := checkName(name); err != nil {
		return e, err
	}
	var offsets []uint64
	found := 0
	err := p.object(e.label(), func(key string) (err error) {
		where := e.label() + ": " + key
		found++
		switch key {
		case "dtype":
			var text string
			text, err = p.text(where)
			e.dtype = DType(text)
		case "shape":
			e.shape, err = p.shape(where)
		case "data_offsets":
			offsets, err = p.numbers(where)
		default:
			err = badFormat("%s: unknown key %s, expected dtype, shape and data_offsets", e.label(), quote(key))
		}
		return err
	})
	if err != nil {
		return e, err
	}
	if found != 3 {
		return e, badFormat("%s: found %d of the keys dtype, shape and data_offsets, expected all", e.label(), found)
	}
	return e, e.place(offsets)
}

// shape reads a list of dimensions.
func (p parser) shape(where string) ([]int, error) {
	numbers, err := p.numbers(where)
	if err != nil {
		return nil, err
	}
	shape := make([]int, len(numbers))
	for i, n := range numbers {
		if n > math.MaxInt {
			return nil, badFormat("%s: dimension %d is %d, too many elements", where, i, n)
		}
		shape[i] = int(n)
	}
	return shape, nil
}

// object reads an object and calls member for each key, which reads the value.
// A key that comes twice is an error.
func (p parser) object(where string, member func(key string) error) error {
	if err := p.open(where, '{', "an object"); err != nil {
		return err
	}
	seen := map[string]bool{}
	for {
		tok, err := p.dec.Token()
		if tok == json.Delim('}') {
			return nil
		}
		key, ok := tok.(string)
		if err != nil || !ok {
			return badFormat("%s: found %s, expected a key", where, describe(tok, err))
		}
		if seen[key] {
			return badFormat("%s: key %s comes twice", where, quote(key))
		}
		seen[key] = true
		if err := member(key); err != nil {
			return err
		}
	}
}

// numbers reads an array of whole numbers that are not negative.
func (p parser) numbers(where string) ([]uint64, error) {
	if err := p.open(where, '[', "an array of whole numbers"); err != nil {
		return nil, err
	}
	numbers := []uint64{}
	for {
		tok, err := p.dec.Token()
		if tok == json.Delim(']') {
			return numbers, nil
		}
		number, ok := tok.(json.Number)
		if err != nil || !ok {
			return nil, badFormat("%s: found %s, expected a whole number", where, describe(tok, err))
		}
		n, err := strconv.ParseUint(number.String(), 10, 64)
		if err != nil {
			return nil, badFormat("%s: found %s, expected a whole number from 0 to 2^64-1", where, clip(number.String()))
		}
		numbers = append(numbers, n)
	}
}

// text reads a string.
func (p parser) text(where string) (string, error) {
	tok, err := p.dec.Token()
	s, ok := tok.(string)
	if err != nil || !ok {
		return "", badFormat("%s: found %s, expected a string", where, describe(tok, err))
	}
	return s, nil
}

// open reads the bracket that starts a value of the kind named.
func (p parser) open(where string, bracket json.Delim, kind string) error {
	if tok, err := p.dec.Token(); err != nil || tok != bracket {
		return badFormat("%s: found %s, expected %s", where, describe(tok, err), kind)
	}
	return nil
}

// describe names a token, or what stands where none could be read.
func describe(tok json.Token, err error) string {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the end of the header"
	case err != nil:
		return "no JSON (" + err.Error() + ")"
	}
	switch v := tok.(type) {
	case nil:
		return "null"
	case string:
		return "the string " + quote(v)
	case json.Number:
		return "the number " + clip(v.String())
	}
	return fmt.Sprint(tok)
}
