package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
)

// checkEqual compares two tensors, and floats by their bits.
func checkEqual(t *testing.T, got, want Tensor) {
	t.Helper()
	if got.Name != want.Name || dims(got.Shape) != dims(want.Shape) || reflect.TypeOf(got.Data) != reflect.TypeOf(want.Data) ||
		!bytes.Equal(little(got.Data), little(want.Data)) {
		t.Errorf("found %v, expected %v", got, want)
	}
}

func TestGolden(t *testing.T) {
	got := mustWrite(t, goldenTensors, goldenMeta)
	want, err := hex.DecodeString(strings.Join(strings.Fields(golden), ""))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("found\n%s\nexpected\n%s", hex.Dump(got), hex.Dump(want))
	}
}

func TestSaveLoadSave(t *testing.T) {
	first := mustWrite(t, goldenTensors, goldenMeta)
	f := mustRead(t, first)
	for key, value := range goldenMeta {
		if got := f.Metadata()[key]; got != value {
			t.Errorf("metadata %s: found %q, expected %q", key, got, value)
		}
	}
	loaded := tensors(t, f)
	for i := range goldenTensors {
		checkEqual(t, loaded[i], goldenTensors[i])
	}
	if second := mustWrite(t, loaded, f.Metadata()); !bytes.Equal(first, second) {
		t.Error("the second save differs from the first")
	}
}

func TestAlignment(t *testing.T) {
	for n := range 130 {
		file := mustWrite(t, []Tensor{{"W", []int{1}, []float32{1}}}, map[string]string{"a": strings.Repeat("x", n)})
		if start := len(file) - 4; start%alignment != 0 || binary.LittleEndian.Uint64(file) != uint64(start-8) {
			t.Fatalf("%d characters: data start at %d", n, start)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	good := Tensor{"W", []int{2}, []float32{1, 2}}
	for _, test := range []struct {
		name    string
		tensors []Tensor
		meta    map[string]string
		kind    error
		want    string
	}{
		{"no tensors", nil, nil, ErrFormat, "found no tensors"},
		{"name twice", []Tensor{good, good}, nil, ErrFormat, `"W" comes twice`},
		{"name of the metadata", []Tensor{{"__metadata__", nil, []uint8{1}}}, nil, ErrFormat, "metadata"},
		{"control character", []Tensor{{"a\tb", nil, []uint8{1}}}, nil, ErrFormat, `"a\tb"`},
		{"name not UTF-8", []Tensor{{"\xff", nil, []uint8{1}}}, nil, ErrFormat, `\xff`},
		{"too few elements", []Tensor{{"W", []int{2, 2}, []float32{1, 2, 3}}}, nil, ErrFormat, "found 3 elements"},
		{"too many elements", []Tensor{{"W", nil, []int64{1, 2}}}, nil, ErrFormat, "found 2 elements"},
		{"negative dimensions", []Tensor{{"W", []int{-1, -1}, []uint8{1}}}, nil, ErrFormat, "[-1, -1]"},
		{"overflow", []Tensor{{"W", []int{math.MaxInt, 4}, []uint8{1}}}, nil, ErrFormat, "found 1 elements"},
		{"type", []Tensor{{"W", []int{1}, []float64{1}}}, nil, ErrType, "[]float64"},
		{"no data", []Tensor{{"W", []int{0}, nil}}, nil, ErrType, "<nil>"},
		{"NaN", []Tensor{{"W", []int{1, 2}, []float32{1, float32(math.NaN())}}}, nil, ErrValue, "element 1 (index [0, 1]): found NaN"},
		{"infinite", []Tensor{{"W", []int{1}, []float32{float32(math.Inf(1))}}}, nil, ErrValue, "found +Inf"},
		{"metadata not UTF-8", []Tensor{good}, map[string]string{"a": "\xff"}, ErrFormat, `metadata "a"`},
		{"metadata key not UTF-8", []Tensor{good}, map[string]string{"\xfe": "a"}, ErrFormat, `metadata "\xfe"`},
		{"long header", []Tensor{good}, map[string]string{"a": strings.Repeat("x", maxHeader)}, ErrFormat, "at most 1048576"},
	} {
		var out bytes.Buffer
		err := Write(&out, test.tensors, test.meta)
		if !errors.Is(err, test.kind) {
			t.Errorf("%s: found %v, expected %v", test.name, err, test.kind)
			continue
		}
		checkMessage(t, err, test.want)
		if out.Len() != 0 {
			t.Errorf("%s: %d bytes were written", test.name, out.Len())
		}
		if test.meta != nil {
			continue
		}
		if _, err := Digest(test.tensors); !errors.Is(err, test.kind) {
			t.Errorf("%s: Digest: found %v, expected %v", test.name, err, test.kind)
		}
	}
}

// full is a writer with room for some bytes.
type full struct{ room int }

var errFull = errors.New("no space left")

func (f *full) Write(p []byte) (int, error) {
	n := min(len(p), f.room)
	f.room -= n
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

func TestWriteFails(t *testing.T) {
	size := len(mustWrite(t, goldenTensors, goldenMeta))
	for room := range size {
		if err := Write(&full{room}, goldenTensors, goldenMeta); !errors.Is(err, errFull) {
			t.Fatalf("room for %d of %d bytes: %v", room, size, err)
		}
	}
	if err := Write(&full{size}, goldenTensors, goldenMeta); err != nil {
		t.Fatal(err)
	}
}

// TestWriteKeepsArguments makes sure that the caller's metadata do not change.
func TestWriteKeepsArguments(t *testing.T) {
	meta := map[string]string{"sha256": "old"}
	if err := Write(io.Discard, goldenTensors, meta); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(meta); got != "map[sha256:old]" {
		t.Errorf("metadata became %s", got)
	}
}
