package safetensors

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

// raw returns a file of a header and zeros for data.
func raw(header string, data int) []byte {
	return withData(header, make([]byte, data))
}

// withData returns a file of a header and data.
func withData(header string, data []byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), data...)
}

// readBytes reads a file from memory.
func readBytes(b []byte) (*File, error) {
	return Read(bytes.NewReader(b), int64(len(b)), "m.safetensors")
}

// mustRead reads a file that is known to be good.
func mustRead(t *testing.T, b []byte) *File {
	t.Helper()
	f, err := readBytes(b)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// mustWrite returns the bytes of tensors that are known to be good.
func mustWrite(t *testing.T, tensors []Tensor, meta map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, tensors, meta); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tensors reads all tensors of types that can be written.
func tensors(t *testing.T, f *File) []Tensor {
	t.Helper()
	var list []Tensor
	for _, name := range f.Names() {
		info, err := f.Info(name)
		if err != nil {
			t.Fatal(err)
		}
		data, err := value(f, info)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, Tensor{name, info.Shape, data})
	}
	return list
}

// value reads a tensor with the accessor of its type. It gives nil for a type
// without one.
func value(f *File, info Info) (data any, err error) {
	switch info.DType {
	case F32:
		data, _, err = f.Float32s(info.Name)
	case U64:
		data, _, err = f.Uint64s(info.Name)
	case U8:
		data, _, err = f.Bytes(info.Name)
	case I64:
		data, _, err = f.Int64s(info.Name)
	case I32:
		data, _, err = f.Int32s(info.Name)
	}
	return data, err
}

// checkMessage requires one line of bearable length with the given words.
func checkMessage(t *testing.T, err error, words ...string) {
	t.Helper()
	text := err.Error()
	if strings.Contains(text, "\n") || len(text) > 1000 {
		t.Errorf("message of %d bytes: %.200q", len(text), text)
	}
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("message %q lacks %q", text, word)
		}
	}
}
