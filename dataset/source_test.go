package dataset

import (
	"bytes"
	"errors"
	"io"
	"os"
	"syscall"
	"testing"
	"testing/iotest"
)

// readAll reads a file that is in memory.
func readAll(name string, data []byte, opt Options) (*Set, error) {
	src, err := newSource(name, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	return read(src, opt)
}

func TestPipe(t *testing.T) {
	for _, data := range [][]byte{
		[]byte(csv()),
		idx(8, table(), 40, 16),
		npy("|u1", "False", shape40x16, table()),
		npz(entry{"X.npy", npy("|u1", "False", shape40x16, table()), true}),
		gz([]byte(csv())),
	} {
		src, err := newPipe("pipe", iotest.OneByteReader(bytes.NewReader(data)))
		if err != nil {
			t.Fatal(err)
		}
		set, err := read(src, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if set.Describe() != tableIs("") || !bytes.Equal(flat(set), table()) {
			t.Error(set.Describe())
		}
	}
	src, err := newPipe("pipe.svm", bytes.NewReader([]byte("1 1:1\n")))
	if err != nil {
		t.Fatal(err)
	}
	_, err = read(src, Options{})
	checkError(t, err, "pipe.svm", ErrOption, "cannot be read twice; give the number of features")
	src, err = newPipe("pipe.npz", io.MultiReader(bytes.NewReader([]byte("PK\x03\x04")), bytes.NewReader(make([]byte, maxArchive))))
	if err != nil {
		t.Fatal(err)
	}
	_, err = read(src, Options{})
	checkError(t, err, "pipe.npz", ErrTooLarge, "a zip archive inside gzip, or through a pipe, of more than 16 MiB; unpack it to a file first")
}

// TestReadErrors has the device fail after each number of bytes.
func TestReadErrors(t *testing.T) {
	broken := &os.PathError{Op: "read", Path: "disk", Err: syscall.EIO}
	for _, data := range [][]byte{
		[]byte("0,1\n1,0\n"),
		idx(8, []byte{0, 1, 1, 0}, 2, 2),
		gz(npy("<f4", "False", "(1, 1)", make([]byte, 4))),
		[]byte("P1 2 2\n01 10"),
		[]byte("P4 8 2\nab"),
		npz(entry{"X.npy", npy("|u1", "False", "(1, 1)", []byte{1}), false}),
		[]byte("class\n1\n0\n"),
	} {
		for n := range data {
			r := io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(broken))
			src, err := newPipe("disk", r)
			if err == nil {
				_, err = read(src, Options{})
			}
			checkError(t, err, "disk", ErrOpen, "input/output error")
			if !errors.Is(err, syscall.EIO) {
				t.Errorf("%v", err)
			}
		}
	}
}

func TestDevice(t *testing.T) {
	const zero = "/dev/zero"
	if _, err := os.Stat(zero); err != nil {
		t.Skip(err)
	}
	_, err := Open(zero, Options{})
	checkError(t, err, zero, ErrFormat, "IDX element type 0x00 is unknown, expected 0x08 to 0x0e")
	_, err = Open(zero, Options{Format: FormatText})
	checkError(t, err, zero, ErrTooLarge, "line 1: more than 8 MiB, expected shorter lines")
}
