//go:build ignore

// Gen takes the embedded digits from MNIST: in the order of its training set,
// the first 250 images of each digit for training and the next 50 for testing.
//
//	go run gen.go -mnist ../../data/mnist -out .
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
)

const (
	forTraining = 250
	forTest     = 50
)

// pair is an image file and a label file in the making.
type pair struct {
	images, labels []byte
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("digits: ")
	mnist := flag.String("mnist", "../../data/mnist", "`folder` with the files of MNIST")
	out := flag.String("out", ".", "`folder` to write to")
	flag.Parse()

	if _, err := os.Stat(*mnist); os.IsNotExist(err) {
		log.Printf("no folder %s (make data fetches it); the digits stay as they are", *mnist)
		return
	}
	images := read(filepath.Join(*mnist, "train-images-idx3-ubyte.gz"), 16)
	labels := read(filepath.Join(*mnist, "train-labels-idx1-ubyte.gz"), 8)
	train, test := choose(images, labels)
	train.write(*out, "train")
	test.write(*out, "t10k")
}

// read returns what follows the header of an IDX file.
func read(path string, header int) []byte {
	f, err := os.Open(path)
	check(err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	check(err)
	b, err := io.ReadAll(z)
	check(err)
	return b[header:]
}

func choose(images, labels []byte) (train, test pair) {
	const pixels = 28 * 28
	var seen [10]int
	for i, digit := range labels {
		to := &train
		if seen[digit] >= forTraining {
			to = &test
		}
		if seen[digit] < forTraining+forTest {
			to.images = append(to.images, images[i*pixels:(i+1)*pixels]...)
			to.labels = append(to.labels, digit)
		}
		seen[digit]++
	}
	return train, test
}

func (p pair) write(dir, split string) {
	n := uint32(len(p.labels))
	write(filepath.Join(dir, split+"-images-idx3-ubyte.gz"), p.images, 0x803, n, 28, 28)
	write(filepath.Join(dir, split+"-labels-idx1-ubyte.gz"), p.labels, 0x801, n)
	fmt.Printf("%s: %d digits\n", split, n)
}

// write writes an IDX file, with nothing in the gzip header that depends on
// the day or the machine.
func write(path string, body []byte, header ...uint32) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	check(err)
	check(binary.Write(z, binary.BigEndian, header))
	_, err = z.Write(body)
	check(err)
	check(z.Close())
	check(os.WriteFile(path, b.Bytes(), 0o644))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
