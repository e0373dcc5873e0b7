package dataset

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

const (
	tableRows = 40
	tableCols = 16
)

// tableBit is the table of 40 × 16 units that most files in these tests hold.
// Its first two rows have both digits in every pair of neighbours.
func tableBit(i, j int) uint8 {
	if i < 2 {
		return uint8((i + j) % 2)
	}
	return uint8((i*i*7 + j*j*3 + i*j) % 5 % 2)
}

// table lists the units, row after row.
func table() []uint8 {
	return units(tableRows, tableCols, tableBit)
}

func units(rows, cols int, bit func(i, j int) uint8) []uint8 {
	var b []uint8
	for i := range rows {
		for j := range cols {
			b = append(b, bit(i, j))
		}
	}
	return b
}

// columns lists the units, column after column.
func columns() []uint8 {
	return units(tableCols, tableRows, func(j, i int) uint8 { return tableBit(i, j) })
}

func mapped(b []uint8, f func(uint8) uint8) []uint8 {
	out := bytes.Clone(b)
	for i := range out {
		out[i] = f(out[i])
	}
	return out
}

// encode writes each unit as a number of type T in the byte order.
func encode[T any](o binary.ByteOrder, b []uint8, f func(uint8) T) []byte {
	values := make([]T, len(b))
	for i, v := range b {
		values[i] = f(v)
	}
	var buf bytes.Buffer
	if err := binary.Write(&buf, o, values); err != nil {
		panic(err)
	}
	return buf.Bytes()
}

func as[T int8 | int16 | uint16 | int32 | uint32 | int64 | uint64 | float32 | float64](v uint8) T {
	return T(v)
}

// idx makes an IDX file.
func idx(code byte, body []byte, dims ...uint32) []byte {
	b := []byte{0, 0, code, byte(len(dims))}
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, d)
	}
	return append(b, body...)
}

// npy makes an NPY file of format version 1 with the usual header.
func npy(descr, order, shape string, body []byte) []byte {
	return npyDict(1, fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", descr, order, shape), body)
}

// npyDict makes an NPY file with the dict given, padded to 64 bytes.
func npyDict(version byte, dict string, body []byte) []byte {
	fixed := 10
	if version > 1 {
		fixed = 12
	}
	dict += strings.Repeat(" ", 63-(len(dict)+fixed)%64) + "\n"
	return append(npyRaw(version, dict), body...)
}

// npyRaw makes a header without padding.
func npyRaw(version byte, dict string) []byte {
	b := append([]byte(npyMagic), version, 0)
	if version == 1 {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(dict)))
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(dict)))
	}
	return append(b, dict...)
}

// gz compresses its arguments, each to a member of its own.
func gz(members ...[]byte) []byte {
	var b bytes.Buffer
	for _, m := range members {
		z := gzip.NewWriter(&b)
		z.Write(m)
		z.Close()
	}
	return b.Bytes()
}

// entry is a file in an archive.
type entry struct {
	name   string
	data   []byte
	stored bool
}

// npz makes an archive. Its writer, as it cannot go back, leaves sizes to
// descriptors after the data.
func npz(entries ...entry) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		method := zip.Deflate
		if e.stored {
			method = zip.Store
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: e.name, Method: method})
		if err != nil {
			panic(err)
		}
		w.Write(e.data)
	}
	z.Close()
	return b.Bytes()
}

// lineText writes the table as text with sep between units, and end after each row.
func lineText(b []uint8, cols int, sep, end string) string {
	var s strings.Builder
	for i, v := range b {
		s.WriteByte('0' + v)
		if i%cols == cols-1 {
			s.WriteString(end)
		} else {
			s.WriteString(sep)
		}
	}
	return s.String()
}

func csv() string { return lineText(table(), tableCols, ",", "\n") }

// edit replaces line n, from 1, by what f makes of it.
func edit(text string, n int, f func(string) string) string {
	lines := strings.SplitAfter(text, "\n")
	lines[n-1] = f(strings.TrimSuffix(lines[n-1], "\n")) + "\n"
	return strings.Join(lines, "")
}

// cellEdit replaces the field in line and column, both from 1.
func cellEdit(text string, line, column int, to string) string {
	return edit(text, line, func(s string) string {
		f := strings.Split(s, ",")
		f[column-1] = to
		return strings.Join(f, ",")
	})
}

// fileCase is a file and what to expect of it: a set or an error.
type fileCase struct {
	name string
	data []byte
	opt  Options

	want string // Describe; the bits are those of the table if none are given
	bits []uint8
	grey []uint8

	kind error
	text string // the error without the name of the file in front
}

// tableIs is what Describe says of the table.
func tableIs(shape string) string {
	n := bytes.Count(table(), []byte{1})
	return fmt.Sprintf("40 rows × 16 columns%s, %d ones (%.1f %%)", shape, n, 100*float64(n)/640)
}

func runCases(t *testing.T, cases []fileCase) {
	t.Chdir(t.TempDir())
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if err := os.MkdirAll(filepath.Dir(c.name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(c.name, c.data, 0o644); err != nil {
				t.Fatal(err)
			}
			set, err := openMeasured(t, c.name, c.opt)
			if c.kind != nil {
				checkError(t, err, c.name, c.kind, c.text)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			checkSet(t, set)
			checkContents(t, set, c)
		})
	}
}

// openMeasured opens a file, with a limit on the time and memory that it takes;
// less memory if the file is bad, unless it is so by its size.
func openMeasured(t *testing.T, name string, opt Options) (*Set, error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	set, err := Open(name, opt)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	limit := uint64(64 << 20)
	if err != nil && !errors.Is(err, ErrTooLarge) {
		limit = 16 << 20
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > limit || took > 5*time.Second {
		t.Errorf("took %v and %d MiB", took, n>>20)
	}
	return set, err
}

var sentinels = []error{ErrOpen, ErrOption, ErrFormat, ErrTruncated, ErrValue, ErrEmpty, ErrLabels, ErrAmbiguous, ErrTooLarge}

// checkError requires that err is one line, wraps kind and no other sentinel,
// and says text after the name of the file.
func checkError(t *testing.T, err error, name string, kind error, text string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, s := range sentinels {
		if errors.Is(err, s) != (s == kind) {
			t.Errorf("wraps %v: %v", s, s != kind)
		}
	}
	if got, want := err.Error(), name+": "+text; got != want {
		t.Errorf("error\n%s\nwant\n%s", got, want)
	}
	if strings.ContainsAny(err.Error(), "\r\n\x00") {
		t.Errorf("not one line of text: %q", err)
	}
}

// checkSet requires what holds for every set.
func checkSet(t *testing.T, s *Set) {
	t.Helper()
	if s.Rows < 1 || s.Cols < 1 {
		t.Fatalf("%d × %d", s.Rows, s.Cols)
	}
	n := 1
	for _, d := range s.Shape {
		n *= d
	}
	if n != s.Cols || len(s.Shape) == 0 {
		t.Errorf("shape %v for %d columns", s.Shape, s.Cols)
	}
	if (s.Bits == nil) == (s.Grey == nil) {
		t.Error("neither or both of bits and grey")
	}
	if s.Grey != nil && len(s.Grey) != s.Rows*s.Cols {
		t.Errorf("%d intensities for %d × %d", len(s.Grey), s.Rows, s.Cols)
	}
	if s.Bits != nil {
		checkBits(t, s)
	}
	if s.Labels != nil && len(s.Labels) != s.Rows {
		t.Errorf("%d labels for %d rows", len(s.Labels), s.Rows)
	}
	for i, c := range s.Labels {
		if c < 0 || c >= s.Classes || s.Classes > maxClasses {
			t.Fatalf("label %d of row %d with %d classes", c, i, s.Classes)
		}
	}
	if d := s.Describe(); strings.ContainsAny(d, "\r\n") {
		t.Errorf("not one line: %q", d)
	}
}

func checkBits(t *testing.T, s *Set) {
	t.Helper()
	if s.Bits.Rows() != s.Rows || s.Bits.Cols() != s.Cols {
		t.Fatalf("bits %d × %d for %d × %d", s.Bits.Rows(), s.Bits.Cols(), s.Rows, s.Cols)
	}
	for i := range s.Rows {
		for k, w := range s.Bits.Row(i) {
			if used := max(0, min(64, s.Cols-64*k)); used < 64 && w>>used != 0 {
				t.Fatalf("row %d: padding in word %d is %x", i, k, w>>used)
			}
		}
	}
}

func checkContents(t *testing.T, s *Set, c fileCase) {
	t.Helper()
	if got := s.Describe(); got != c.want {
		t.Errorf("got  %s\nwant %s", got, c.want)
	}
	if c.grey != nil {
		if !bytes.Equal(s.Grey, c.grey) {
			t.Errorf("grey %v\nwant %v", s.Grey, c.grey)
		}
		return
	}
	want := c.bits
	if want == nil {
		want = table()
	}
	if s.Bits == nil {
		t.Fatal("grey")
	}
	if got := flat(s); !bytes.Equal(got, want) {
		t.Errorf("bits %v\nwant %v", got, want)
	}
}

// flat lists the bits of a set.
func flat(s *Set) []uint8 {
	return units(s.Rows, s.Cols, func(i, j int) uint8 {
		if s.Bits.At(i, j) {
			return 1
		}
		return 0
	})
}

var nan = math.NaN()
