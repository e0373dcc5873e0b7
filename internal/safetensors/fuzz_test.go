package safetensors

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzRead requires that no file makes the reader panic, and that what could
// be read comes back the same after it is written and read again.
func FuzzRead(f *testing.F) {
	for _, test := range badFiles {
		if len(test.file) < 1000 {
			f.Add(test.file)
		}
	}
	f.Add(raw("{"+w+"}", 16))
	var good bytes.Buffer
	if err := Write(&good, goldenTensors, goldenMeta); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := readBytes(b)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("error without a kind: %v", err)
			}
			checkMessage(t, err)
			return
		}
		file.Verify()
		if len(b) > maxHeader/4 {
			return // escapes may take the header over the limit when it is written
		}
		if list, ok := writable(t, file); ok {
			checkRewrite(t, list, file.Metadata())
		}
	})
}

// writable returns the tensors of a file, if all are of types that can be
// written and have good values.
func writable(t *testing.T, f *File) ([]Tensor, bool) {
	var list []Tensor
	for _, name := range f.Names() {
		info, err := f.Info(name)
		if err != nil {
			t.Fatal(err)
		}
		f.Float32s(name) // only to see that it does not panic
		data, err := value(f, info)
		if err != nil && !errors.Is(err, ErrValue) {
			t.Fatal(err)
		}
		if err != nil || data == nil {
			return nil, false
		}
		list = append(list, Tensor{name, info.Shape, data})
	}
	return list, true
}

func checkRewrite(t *testing.T, list []Tensor, meta map[string]string) {
	first := mustWrite(t, list, meta)
	f := mustRead(t, first)
	again := tensors(t, f)
	if len(again) != len(list) {
		t.Fatalf("found %d tensors, expected %d", len(again), len(list))
	}
	for i := range list {
		checkEqual(t, again[i], list[i])
	}
	if checked, err := f.Verify(); !checked || err != nil {
		t.Fatalf("Verify = %v, %v", checked, err)
	}
	if !bytes.Equal(first, mustWrite(t, again, f.Metadata())) {
		t.Fatal("the second save differs from the first")
	}
}
