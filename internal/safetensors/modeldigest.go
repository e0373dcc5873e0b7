package safetensors

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// ModelDigest returns a checksum of a model, in hexadecimal, that stays the same
// when a later program writes more into its file: the parameters of the model,
// which are tensors, and the options of its training. It is the [Digest] of the
// tensors in the order of their names, and after them one more, options, of type U8
// and rank 1, that holds the options as JSON without spaces: keys sorted, and those
// left out whose value is false, 0, the schedule "0", null or empty, so that an
// option that is new, and off, changes nothing.
func ModelDigest(tensors []Tensor, options any) (string, error) {
	text, err := canonical(options)
	if err != nil {
		return "", err
	}
	sorted := slices.SortedFunc(slices.Values(tensors), func(a, b Tensor) int { return strings.Compare(a.Name, b.Name) })
	return Digest(append(sorted, Tensor{"options", []int{len(text)}, text}))
}

// canonical returns v as JSON of the fields that differ from zero, sorted.
func canonical(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // as they were written: a float64 does not hold every seed
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, err
	}
	return json.Marshal(withoutZeros(tree))
}

// withoutZeros removes what is zero from the objects in v. Elements of lists stay,
// because their places mean something.
func withoutZeros(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, field := range v {
			if field = withoutZeros(field); isZero(field) {
				delete(v, key)
			} else {
				v[key] = field
			}
		}
	case []any:
		for i := range v {
			v[i] = withoutZeros(v[i])
		}
	}
	return v
}

func isZero(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == "" || v == "0"
	case json.Number:
		f, err := v.Float64()
		return err == nil && f == 0
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}
