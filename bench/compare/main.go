// Command compare measures bitdbn against its peers and writes the results as
// a table: products against OpenBLAS, epochs of training and Gibbs chains against
// NumPy.
//
// All measurements of a comparison alternate in one run, on one thread unless
// the row says otherwise; figures are medians, and ratios are ratios of them.
// See ../peers for the peers and how to install them.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"runtime"
	"time"

	"github.com/klauspost/cpuid/v2"

	"github.com/bitdbn/bitdbn"
)

func main() {
	log.SetFlags(0)
	rounds := flag.Int("rounds", 11, "measurements of which the median counts")
	sgemm := flag.String("sgemm", "bin/sgemm", "the program of peers/sgemm.c")
	numpy := flag.String("python", "python3", "a Python with NumPy")
	program := flag.String("program", "bench/peers/numpy_rbm.py", "the program peers/numpy_rbm.py")
	images := flag.String("images", "data/mnist/train-images-idx3-ubyte.gz", "MNIST's training images")
	out := flag.String("out", "", "file to write the table to, beside standard output")
	flag.Parse()

	if len(levels()) == 0 {
		log.Fatal("no level with assembly runs here: see bitdbn cpu")
	}
	c := &comparison{rounds: *rounds, images: *images}
	var err error
	if c.blas, err = startPeer(*sgemm); err != nil {
		log.Fatal(err)
	}
	defer c.blas.stop()
	if c.numpy, err = startPeer(*numpy, *program, *images); err != nil {
		log.Fatal(err)
	}
	defer c.numpy.stop()
	c.printf("# Measured beside peers\n\nWritten by `make compare` on %s: %s, %s, %s, %s. Medians of %d alternating measurements.\n\n",
		time.Now().Format(time.DateOnly), cpuid.CPU.BrandName, runtime.Version(), c.blas.banner, c.numpy.banner, *rounds)
	for _, section := range []func() error{c.products, c.units, c.epochs, c.gibbs} {
		if err := section(); err != nil {
			log.Fatal(err)
		}
	}
	if *out != "" {
		if err := os.WriteFile(*out, c.report.Bytes(), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// comparison is one run: its peers, and what is written so far.
type comparison struct {
	rounds      int
	blas, numpy *peer
	images      string
	report      bytes.Buffer
}

// printf writes to the report and to standard output.
func (c *comparison) printf(format string, args ...any) {
	fmt.Fprintf(io.MultiWriter(&c.report, os.Stdout), format, args...)
}

// levels returns the levels that are measured: those with assembly.
func levels() []string { return bitdbn.Levels()[1:] }
