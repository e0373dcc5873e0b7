package safetensors

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"testing"
)

// little returns the little-endian bytes of values.
func little(values any) []byte {
	b, err := binary.Append(nil, binary.LittleEndian, values)
	if err != nil {
		panic(err)
	}
	return b
}

func TestFloat32s(t *testing.T) {
	for _, test := range []struct {
		dtype, offsets string
		data           []byte
	}{
		{"F32", "[0,16]", little([]float32{1, -2, 0.5, 65280})},
		{"F64", "[0,32]", little([]float64{1, -2, 0.5, 65280})},
		{"F16", "[0,8]", little([]uint16{0x3c00, 0xc000, 0x3800, 0x7bf8})},
		{"BF16", "[0,8]", little([]uint16{0x3f80, 0xc000, 0x3f00, 0x477f})},
	} {
		f := mustRead(t, withData(one(`"`+test.dtype+`"`, "[4]", test.offsets), test.data))
		got, shape, err := f.Float32s("W")
		if want := []float32{1, -2, 0.5, 65280}; err != nil || !slices.Equal(got, want) || !slices.Equal(shape, []int{4}) {
			t.Errorf("%s: %v %v, %v", test.dtype, got, shape, err)
		}
	}
}

func TestFloat64IsRounded(t *testing.T) {
	f := mustRead(t, withData(one(`"F64"`, "[3]", "[0,24]"), little([]float64{0.1, 5e-324, math.MaxFloat32 * (1 + 1e-9)})))
	got, _, err := f.Float32s("W")
	if want := []float32{0.1, 0, math.MaxFloat32}; err != nil || !slices.Equal(got, want) {
		t.Errorf("found %v, %v, expected %v", got, err, want)
	}
}

func TestBadValues(t *testing.T) {
	for _, test := range []struct {
		dtype, offsets string
		data           []byte // 2 × 3 elements, of which number 4 is bad
		want           string
	}{
		{"F32", "[0,24]", little([]float32{0, 0, 0, 0, float32(math.NaN()), 0}), "NaN"},
		{"F32", "[0,24]", little([]float32{0, 0, 0, 0, float32(math.Inf(-1)), 0}), "-Inf"},
		{"F64", "[0,48]", little([]float64{0, 0, 0, 0, math.Inf(1), 0}), "+Inf"},
		{"F64", "[0,48]", little([]float64{0, 0, 0, 0, 1e300, 0}), "1e+300, expected a number within the range of float32"},
		{"F16", "[0,12]", little([]uint16{0, 0, 0, 0, 0x7c01, 0}), "NaN"},
		{"F16", "[0,12]", little([]uint16{0, 0, 0, 0, 0x7c00, 0}), "+Inf"},
		{"BF16", "[0,12]", little([]uint16{0, 0, 0, 0, 0xff80, 0}), "-Inf"},
	} {
		f := mustRead(t, withData(one(`"`+test.dtype+`"`, "[2,3]", test.offsets), test.data))
		_, _, err := f.Float32s("W")
		if !errors.Is(err, ErrValue) {
			t.Errorf("%s: found %v, expected ErrValue", test.dtype, err)
			continue
		}
		checkMessage(t, err, "m.safetensors", `"W"`, "element 4", "[1, 1]", test.want)
	}
}

// TestF16 compares every half-precision number with a conversion on bits.
func TestF16(t *testing.T) {
	for i := range 1 << 16 {
		h := uint32(i)
		got := float32(fromF16(uint16(i)))
		// Shifted into the exponent and fraction of a float32, a half is too
		// small by 2^112, the difference of the two biases.
		want := math.Float32frombits(h&0x7fff<<13) * 0x1p112
		if h&0x7c00 == 0x7c00 {
			want = math.Float32frombits(0x7f800000 | h&0x3ff<<13)
		}
		want = math.Float32frombits(math.Float32bits(want) | h>>15<<31)
		if got != want && !(got != got && want != want) {
			t.Fatalf("%#04x: found %v, expected %v", i, got, want)
		}
		if want == 0 && math.Signbit(float64(got)) != (h>>15 == 1) {
			t.Fatalf("%#04x: sign of zero", i)
		}
	}
}

func TestIntegers(t *testing.T) {
	f := mustRead(t, mustWrite(t, goldenTensors, nil))
	if got, shape, err := f.Int64s("i32"); err != nil || !slices.Equal(got, []int64{-2, math.MaxInt32}) || !slices.Equal(shape, []int{1, 2}) {
		t.Errorf("Int64s of I32: %v %v, %v", got, shape, err)
	}
	for _, want := range goldenTensors {
		info, _ := f.Info(want.Name)
		got, err := value(f, info)
		if err != nil {
			t.Error(err)
		}
		checkEqual(t, Tensor{want.Name, info.Shape, got}, want)
	}
}

func TestWrongType(t *testing.T) {
	f := mustRead(t, mustWrite(t, goldenTensors, nil))
	for name, read := range map[string]func(string) error{
		"Float32s": func(name string) error { _, _, err := f.Float32s(name); return err },
		"Uint64s":  func(name string) error { _, _, err := f.Uint64s(name); return err },
		"Int64s":   func(name string) error { _, _, err := f.Int64s(name); return err },
		"Int32s":   func(name string) error { _, _, err := f.Int32s(name); return err },
		"Bytes":    func(name string) error { _, _, err := f.Bytes(name); return err },
	} {
		wrong := "u8"
		if name == "Bytes" {
			wrong = "W"
		}
		if err := read(wrong); !errors.Is(err, ErrType) {
			t.Errorf("%s: found %v, expected ErrType", name, err)
		} else {
			checkMessage(t, err, "m.safetensors", wrong)
		}
		if err := read("absent"); !errors.Is(err, ErrMissing) {
			t.Errorf("%s: found %v, expected ErrMissing", name, err)
		} else {
			checkMessage(t, err, `"absent"`, `"W", "u64"`)
		}
	}
}

// TestChunks reads a tensor that is longer than the buffer and does not fill
// the last one.
func TestChunks(t *testing.T) {
	data := make([]float32, 3*chunkBytes/4+5)
	for i := range data {
		data[i] = float32(i)
	}
	want := []Tensor{{"a", []int{1}, []uint8{7}}, {"W", []int{len(data)}, data}}
	got := tensors(t, mustRead(t, mustWrite(t, want, nil)))
	for i := range want {
		checkEqual(t, got[i], want[i])
	}
	data[2*chunkBytes/4+1] = 0
	file := mustWrite(t, want, nil)
	copy(file[len(file)-4:], little(float32(math.NaN())))
	_, _, err := mustRead(t, file).Float32s("W")
	if !errors.Is(err, ErrValue) {
		t.Fatal(err)
	}
	checkMessage(t, err, "element 49156 (index [49156])")
}
