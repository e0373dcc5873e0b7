package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// w is the description of a tensor of 16 bytes at the start of the data.
const w = `"W":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}`

// b returns the description of a tensor of two bytes.
func b(begin, end any) string {
	return fmt.Sprintf(`"b":{"dtype":"U8","shape":[2],"data_offsets":[%v,%v]}`, begin, end)
}

// one returns a header of one tensor W with the given fields.
func one(dtype, shape, offsets string) string {
	return fmt.Sprintf(`{"W":{"dtype":%s,"shape":%s,"data_offsets":%s}}`, dtype, shape, offsets)
}

var badFiles = []struct {
	name string
	file []byte
	want []string // words of the message
}{
	{"empty", nil, []string{"found 0 bytes"}},
	{"prefix cut", make([]byte, 7), []string{"found 7 bytes"}},
	{"header 2^63", append(binary.LittleEndian.AppendUint64(nil, 1<<63), "{}      "...), []string{"9223372036854775808", "8 bytes follow"}},
	{"header 2^64-1", append(binary.LittleEndian.AppendUint64(nil, 1<<64-1), "{}"...), []string{"18446744073709551615"}},
	{"header 200 MB", append(binary.LittleEndian.AppendUint64(nil, 200e6), "{}"...), []string{"200000000", "2 bytes follow"}},
	{"header cut", raw("{"+w+"}", 16)[:40], []string{"57 bytes announced", "32 bytes follow"}},
	{"header over the limit", raw("{"+w+strings.Repeat(" ", maxHeader)+"}", 16), []string{"at most 1048576"}},
	{"header of no bytes", raw("", 16), []string{"expected {"}},
	{"header of spaces", raw("   ", 16), []string{"expected {"}},
	{"header ends early", raw("{"+w, 16), []string{"end of the header"}},
	{"header ends in a tensor", raw(`{"W":{"dtype":"F32"`, 16), []string{`"W"`, "end of the header"}},
	{"leading space", raw(" {"+w+"}", 16), []string{"expected {"}},
	{"array header", raw("[]", 0), []string{"expected {"}},
	{"not JSON", raw(`{"W": oops}`, 16), []string{`"W"`, "no JSON"}},
	{"HTML", []byte("<!DOCTYPE html><html></html>"), []string{"announced"}},
	{"something after the header", raw("{"+w+"} {}", 16), []string{"after its end"}},
	{"comma at the end", raw("{"+w+",}", 16), []string{"no JSON"}},
	{"not UTF-8", raw("{\"\xff\":{}}", 16), []string{"UTF-8"}},
	{"half a surrogate pair", raw(`{"\ud800":{}}`, 16), []string{`\ud800`}},
	{"two high surrogates", raw(`{"\ud83d\ud83d":{}}`, 16), []string{`\ud83d`}},
	{"low surrogate first", raw(`{"\\\n\udc00\ud800":{}}`, 16), []string{`\udc00`}},
	{"control character in a name", raw(`{"a\nb":{}}`, 16), []string{`"a\nb"`, "control"}},
	{"long name", raw(`{"`+strings.Repeat("n", 5000)+`":{}}`, 16), []string{"nnn", "…"}},
	{"deep array", raw(`{"W":`+strings.Repeat("[", 20000)+strings.Repeat("]", 20000)+"}", 0), []string{`"W"`, "found [, expected an object"}},
	{"deep object", raw(strings.Repeat(`{"W":`, 20000)+strings.Repeat("}", 20000), 0), []string{`unknown key "W"`}},
	{"deep shape", raw(one(`"F32"`, strings.Repeat("[", 20000), "[0,16]"), 16), []string{"shape", "found [, expected a whole number"}},
	{"deep metadata", raw(`{"__metadata__":{"a":`+strings.Repeat("[", 20000), 0), []string{`"a"`, "found [, expected a string"}},

	{"no tensors", raw("{}", 0), []string{"found no tensors"}},
	{"metadata alone", raw(`{"__metadata__":{}}`, 0), []string{"found no tensors"}},
	{"key twice", raw("{"+w+","+w+"}", 16), []string{`key "W" comes twice`}},
	{"key twice, once escaped", raw("{"+w+`,"\u0057":{}}`, 16), []string{`key "W" comes twice`}},
	{"field twice", raw(`{"W":{"dtype":"U8","dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}`, 16), []string{`"W"`, `key "dtype" comes twice`}},
	{"metadata twice", raw(`{"__metadata__":{},"__metadata__":{},`+w+"}", 16), []string{"twice"}},
	{"metadata key twice", raw(`{"__metadata__":{"a":"1","a":"2"},`+w+"}", 16), []string{`key "a" comes twice`}},
	{"metadata number", raw(`{"__metadata__":{"epochs":7},`+w+"}", 16), []string{`"epochs"`, "the number 7", "expected a string"}},
	{"metadata null", raw(`{"__metadata__":{"a":null},`+w+"}", 16), []string{`"a"`, "found null"}},
	{"metadata string", raw(`{"__metadata__":"a",`+w+"}", 16), []string{`the string "a"`}},
	{"unknown field", raw(`{"W":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"more":1}}`, 0), []string{`unknown key "more"`}},
	{"no dtype", raw(`{"W":{"shape":[2,2],"data_offsets":[0,16]}}`, 16), []string{"found 2 of the keys"}},
	{"no shape", raw(`{"W":{"dtype":"F32","data_offsets":[0,4]}}`, 4), []string{"found 2 of the keys"}},
	{"tensor is a number", raw(`{"W":1}`, 0), []string{"the number 1", "expected an object"}},
	{"dtype unknown", raw(one(`"F31"`, "[2,2]", "[0,16]"), 16), []string{`"F31"`}},
	{"dtype number", raw(one(`32`, "[2,2]", "[0,16]"), 16), []string{"dtype", "the number 32"}},
	{"dtype true", raw(one(`true`, "[2,2]", "[0,16]"), 16), []string{"dtype", "found true"}},

	{"overlap", raw("{"+w+","+b(15, 17)+"}", 18), []string{`"b"`, "[15, 17] overlap", `"W"`, "ends at 16"}},
	{"same range", raw(`{`+w+`,"A":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}`, 16), []string{`"A"`, `"W"`, "overlap"}},
	{"inside another", raw("{"+w+","+b(4, 6)+"}", 16), []string{`"b"`, "overlap"}},
	{"empty tensor inside another", raw(`{`+w+`,"e":{"dtype":"U8","shape":[0],"data_offsets":[8,8]}}`, 16), []string{`"e"`, "overlap"}},
	{"hole", raw("{"+w+","+b(24, 26)+"}", 26), []string{`"b"`, "hole of 8 bytes", `"W"`, "begin at 16"}},
	{"first offset", raw(one(`"U8"`, "[2]", "[8,10]"), 10), []string{"hole of 8 bytes", "expected to begin at 0"}},
	{"trailing bytes", raw("{"+w+"}", 20), []string{"found 20 bytes", "expected 16"}},
	{"data cut", raw("{"+w+","+b(16, 18)+"}", 17), []string{`"b"`, "[16, 18]", "holds 17 bytes"}},
	{"data missing", raw("{"+w+"}", 0), []string{"holds 0 bytes"}},

	{"shape too large for the range", raw(one(`"F32"`, "[1000,1000]", "[0,16]"), 16), []string{"span 16 bytes", "expected 4000000", "[1000, 1000]", "F32"}},
	{"shape too small for the range", raw(one(`"F32"`, "[]", "[0,16]"), 16), []string{"span 16 bytes", "expected 4"}},
	{"shape wraps to 0", raw(one(`"F32"`, "[4294967296,4294967296]", "[0,0]"), 0), []string{"too many elements"}},
	{"shape wraps to the range", raw(one(`"U8"`, "[6148914691236517206,3]", "[0,2]"), 2), []string{"too many elements"}},
	{"bytes wrap to 0", raw(one(`"F64"`, "[2305843009213693952]", "[0,0]"), 0), []string{"too many elements"}},
	{"overflow behind a zero", raw(one(`"U8"`, "[0,4294967296,4294967296]", "[0,0]"), 0), []string{"too many elements"}},
	{"dimension 2^63", raw(one(`"U8"`, "[9223372036854775808]", "[0,0]"), 0), []string{"9223372036854775808", "too many elements"}},
	{"dimension 2^64", raw(one(`"U8"`, "[18446744073709551616]", "[0,0]"), 0), []string{"18446744073709551616"}},
	{"dimension of 1000 digits", raw(one(`"U8"`, "["+strings.Repeat("9", 1000)+"]", "[0,0]"), 0), []string{"999…"}},
	{"many dimensions", raw(one(`"U8"`, "[1"+strings.Repeat(",1", 5000)+"]", "[0,0]"), 0), []string{"5001 dimensions"}},
	{"negative dimensions", raw(one(`"F32"`, "[-2,-2]", "[0,16]"), 16), []string{"shape", "found -2"}},
	{"fractional dimension", raw(one(`"F32"`, "[2.0,2]", "[0,16]"), 16), []string{"shape", "found 2.0"}},
	{"dimension with exponent", raw(one(`"F32"`, "[4e0]", "[0,16]"), 16), []string{"shape", "found 4e0"}},
	{"dimension is a string", raw(one(`"F32"`, `["4"]`, "[0,16]"), 16), []string{"shape", `the string "4"`}},
	{"shape is null", raw(one(`"F32"`, `null`, "[0,16]"), 16), []string{"shape", "found null"}},

	{"negative offset", raw("{"+b(-2, 0)+"}", 2), []string{`"b"`, "found -2"}},
	{"begin after end", raw("{"+b(2, 0)+"}", 2), []string{`"b"`, "[2, 0] end before they begin"}},
	{"no offsets", raw(one(`"F32"`, "[2,2]", "[]"), 16), []string{"found 0 numbers, expected 2"}},
	{"one offset", raw(one(`"F32"`, "[2,2]", "[0]"), 16), []string{"found 1 numbers, expected 2"}},
	{"three offsets", raw(one(`"F32"`, "[2,2]", "[0,16,32]"), 16), []string{"found 3 numbers, expected 2"}},
	{"fractional offset", raw("{"+b(0, 2.5)+"}", 2), []string{`"b"`, "found 2.5"}},
	{"offsets in an object", raw(one(`"F32"`, "[2,2]", `{"0":16}`), 16), []string{"found {", "expected an array"}},
	{"offset 2^64-1", raw(`{"b":{"dtype":"U8","shape":[2],"data_offsets":[18446744073709551613,18446744073709551615]}}`, 2), []string{"holds 2 bytes"}},
}

func TestBadFiles(t *testing.T) {
	for _, test := range badFiles {
		t.Run(test.name, func(t *testing.T) {
			start := time.Now()
			f, err := readBytes(test.file)
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("found %v, %v, expected ErrFormat", f, err)
			}
			checkMessage(t, err, append(test.want, "m.safetensors: ")...)
			if took := time.Since(start); took > time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestEveryPrefixOfAFile(t *testing.T) {
	file := mustWrite(t, goldenTensors, goldenMeta)
	for n := range file {
		if _, err := readBytes(file[:n]); !errors.Is(err, ErrFormat) {
			t.Errorf("first %d of %d bytes: found %v, expected ErrFormat", n, len(file), err)
		}
	}
}

func TestLegalFiles(t *testing.T) {
	for _, test := range []struct {
		name, header string
		data         int
		want         []string // names in the order of the data
	}{
		{"scalar", one(`"F32"`, "[]", "[0,4]"), 4, []string{"W"}},
		{"dimension of zero", one(`"F32"`, "[3,0]", "[0,0]"), 0, []string{"W"}},
		{"spaces at the end", "{" + w + "}     ", 16, []string{"W"}},
		{"other order of keys", `{"W":{"data_offsets":[0,2],"shape":[2],"dtype":"I8"}}`, 2, []string{"W"}},
		{"data in another order", "{" + b(16, 18) + "," + w + "}", 18, []string{"W", "b"}},
		{"empty tensor between", `{` + b(16, 18) + `,"e":{"dtype":"U8","shape":[0],"data_offsets":[16,16]},` + w + "}", 18, []string{"W", "e", "b"}},
		{"types without accessors", `{"c":{"dtype":"C64","shape":[1],"data_offsets":[0,8]},"f":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[8,11]}}`, 11, []string{"c", "f"}},
		{"escapes", `{"\ud83d\ude00\\u\"\/":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}`, 1, []string{"😀\\u\"/"}},
		{"empty name", `{"":{"dtype":"U16","shape":[1],"data_offsets":[0,2]}}`, 2, []string{""}},
	} {
		f, err := readBytes(raw(test.header, test.data))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		} else if got := f.Names(); !slices.Equal(got, test.want) {
			t.Errorf("%s: found %q, expected %q", test.name, got, test.want)
		}
	}
}

// TestManyTensors would take minutes if overlaps were looked for pair by pair.
func TestManyTensors(t *testing.T) {
	const n = 15000
	var header strings.Builder
	separator := "{"
	for i := range n { // the last in the header is the first in the data
		fmt.Fprintf(&header, `%s"%d":{"dtype":"U8","shape":[1],"data_offsets":[%d,%d]}`, separator, i, n-1-i, n-i)
		separator = ","
	}
	start := time.Now()
	f := mustRead(t, raw(header.String()+"}", n))
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	if got := f.Names()[0]; got != fmt.Sprint(n-1) {
		t.Errorf("first tensor is %s", got)
	}
	_, err := f.Info("W")
	if !errors.Is(err, ErrMissing) {
		t.Fatal(err)
	}
	checkMessage(t, err, `"W"`, `"14999"`, "and 14992 more")
}

// huge stands for a file of any length that holds one header and then zeros.
type huge struct{ head []byte }

func (h huge) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	if off < int64(len(h.head)) {
		copy(p, h.head[off:])
	}
	return len(p), nil
}

// TestMemory reads headers that announce much. The file is as long as they
// say, so the limit has to hold by itself.
func TestMemory(t *testing.T) {
	heads := map[string][]byte{
		"long header":  binary.LittleEndian.AppendUint64(nil, 1<<40),
		"large tensor": raw(one(`"U8"`, "[1099511627776]", "[0,1099511627776]"), 0),
		"wrong shape":  raw(one(`"F64"`, "[1099511627776]", "[0,1099511627776]"), 0),
	}
	for name, head := range heads {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Read(huge{head}, int64(len(head))+1<<40, "huge")
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
			t.Errorf("%s: allocated %d bytes (error %v)", name, got, err)
		}
	}
}

// failing gives an error, or the end of the file, from an offset on.
type failing struct {
	file []byte
	from int64
	err  error
}

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.from {
		return 0, f.err
	}
	return copy(p, f.file[off:]), nil
}

func TestReadErrors(t *testing.T) {
	file := raw("{"+w+"}", 16)
	broken := errors.New("disk on fire")
	for _, test := range []struct{ err, want error }{{broken, broken}, {io.EOF, io.ErrUnexpectedEOF}} {
		for _, from := range []int64{0, 8, int64(len(file)) - 1} {
			f, err := Read(failing{file, from, test.err}, int64(len(file)), "m.safetensors")
			if err == nil {
				_, _, err = f.Float32s("W")
			}
			if !errors.Is(err, test.want) {
				t.Fatalf("from %d: found %v, expected %v", from, err, test.want)
			}
			checkMessage(t, err, "m.safetensors: ")
		}
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m.safetensors")
	if _, err := Open(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	} else {
		checkMessage(t, err, path)
	}
	if _, err := Open(dir); !errors.Is(err, ErrFormat) {
		t.Errorf("folder: %v", err)
	} else {
		checkMessage(t, err, dir, "regular file")
	}
	write(t, path, mustWrite(t, goldenTensors, nil))
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if checked, err := f.Verify(); err != nil || !checked {
		t.Errorf("Verify = %v, %v", checked, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := f.Verify(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	write(t, path, []byte("short"))
	if _, err := Open(path); !errors.Is(err, ErrFormat) {
		t.Errorf("short file: %v", err)
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestInfo(t *testing.T) {
	f := mustRead(t, raw(`{"__metadata__":{"a":"1"},`+w+"}", 16))
	info, err := f.Info("W")
	if err != nil || info.Name != "W" || info.DType != F32 || !slices.Equal(info.Shape, []int{2, 2}) {
		t.Errorf("Info = %v, %v", info, err)
	}
	info.Shape[0] = 99
	f.Metadata()["a"] = "2"
	if again, _ := f.Info("W"); again.Shape[0] != 2 || f.Metadata()["a"] != "1" {
		t.Error("callers can change the file's description")
	}
	if meta := mustRead(t, raw("{"+w+"}", 16)).Metadata(); meta == nil || len(meta) != 0 {
		t.Errorf("no metadata: %v", meta)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func BenchmarkFloat32s(b *testing.B) {
	const n = 784 * 500
	var file bytes.Buffer
	if err := Write(&file, []Tensor{{"W", []int{784, 500}, make([]float32, n)}}, nil); err != nil {
		b.Fatal(err)
	}
	f, err := readBytes(file.Bytes())
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(4 * n)
	for b.Loop() {
		if _, _, err := f.Float32s("W"); err != nil {
			b.Fatal(err)
		}
	}
}
