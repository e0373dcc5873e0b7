// Command compare measures bitdbn against its peers and writes the results as
// a table: products against OpenBLAS, epochs of training against NumPy.
//
// All measurements of a comparison alternate in one run, on one thread unless
// the row says otherwise; figures are medians, and ratios are ratios of them.
// See ../peers for the peers and how to install them.
package main

import (
	"bytes"
	"flag"
	"fmt"
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
	epoch := flag.String("epoch", "bench/peers/epoch.py", "the program peers/epoch.py")
	images := flag.String("images", "data/mnist/train-images-idx3-ubyte.gz", "MNIST's training images")
	out := flag.String("out", "", "file to write the table to, beside standard output")
	flag.Parse()

	if len(levels()) == 0 {
		log.Fatal("no level with assembly runs here: see bitdbn cpu")
	}
	var report bytes.Buffer
	blas, err := startPeer(*sgemm)
	if err != nil {
		log.Fatal(err)
	}
	defer blas.stop()
	py, err := startPeer(*numpy, *epoch, *images)
	if err != nil {
		log.Fatal(err)
	}
	defer py.stop()
	fmt.Fprintf(&report, "# Measured beside peers\n\nWritten by `make compare` on %s: %s, %s, %s, %s. Medians of %d alternating measurements.\n\n",
		time.Now().Format(time.DateOnly), cpuid.CPU.BrandName, runtime.Version(), blas.banner, py.banner, *rounds)
	for _, section := range []func(*bytes.Buffer, int, *peer, *peer, string) error{products, units, epochs} {
		at := report.Len()
		if err := section(&report, *rounds, blas, py, *images); err != nil {
			log.Fatal(err)
		}
		os.Stdout.Write(report.Bytes()[at:])
	}
	if *out != "" {
		if err := os.WriteFile(*out, report.Bytes(), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// levels returns the levels that are measured: those with assembly.
func levels() []string { return bitdbn.Levels()[1:] }
