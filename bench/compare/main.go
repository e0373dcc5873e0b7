// Command compare measures bitdbn beside its peers and writes the results: a
// report in Markdown with its plots, and the figures of the README, which stand
// between two comments there.
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
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/klauspost/cpuid/v2"

	"github.com/bitdbn/bitdbn"
)

func main() {
	log.SetFlags(0)
	c := &comparison{peers: map[string]*peer{}, roofs: map[string]roof{}, figures: map[string][2]float64{}}
	flag.IntVar(&c.rounds, "rounds", 11, "measurements of which the median counts")
	flag.BoolVar(&c.quick, "quick", false, "measure products, draws and epochs alone")
	flag.StringVar(&c.images, "images", "data/mnist/train-images-idx3-ubyte.gz", "MNIST's training images")
	flag.StringVar(&c.out, "out", "", "file to write the report to, beside standard output; plots go beside it")
	bin := flag.String("bin", "bin", "folder of the compiled peers")
	python := flag.String("python", "python3", "a Python with NumPy, PyTorch and scikit-learn")
	scripts := flag.String("scripts", "bench/peers", "folder of the peers in Python")
	readme := flag.String("readme", "", "file whose figures are written anew")
	flag.Parse()

	if len(levels()) == 0 {
		log.Fatal("no level with assembly runs here: see bitdbn cpu")
	}
	if err := c.run(*bin, *python, *scripts, *readme); err != nil {
		log.Fatal(err)
	}
}

// comparison is one run: its peers, and what is written so far.
type comparison struct {
	rounds      int
	quick       bool
	images, out string
	peers       map[string]*peer
	roofs       map[string]roof // by level
	figures     map[string][2]float64
	report      bytes.Buffer
}

func (c *comparison) run(bin, python, scripts, readme string) error {
	for _, p := range []struct {
		name    string
		command []string
	}{
		{"roof", []string{filepath.Join(bin, "roof")}},
		{"OpenBLAS", []string{filepath.Join(bin, "sgemm")}},
		{"NumPy", []string{python, filepath.Join(scripts, "numpy_rbm.py"), c.images}},
		{"PyTorch", []string{python, filepath.Join(scripts, "torch_rbm.py"), c.images}},
		{"scikit-learn", []string{python, filepath.Join(scripts, "sklearn_rbm.py"), c.images}},
		{"nnet", []string{filepath.Join(bin, "gorbm"), c.images}},
	} {
		started, err := startPeer(p.command[0], p.command[1:]...)
		if err != nil {
			return fmt.Errorf("%s: %w; bench/peers/README.md says what it needs", p.name, err)
		}
		defer started.stop()
		c.peers[p.name] = started
	}
	if err := c.measureRoofs(); err != nil {
		return err
	}
	c.head()
	sections := []func() error{c.products, c.units, c.epochs}
	if !c.quick {
		sections = append(sections, c.threads, c.gibbs, c.kernels, c.scaling, c.large, c.memory)
	}
	for _, section := range sections {
		if err := section(); err != nil {
			return err
		}
	}
	if c.out != "" {
		if err := os.WriteFile(c.out, c.report.Bytes(), 0o644); err != nil {
			return err
		}
	}
	if readme != "" {
		return c.writeFigures(readme)
	}
	return nil
}

func (c *comparison) head() {
	var banners []string
	for _, name := range []string{"OpenBLAS", "NumPy", "PyTorch", "scikit-learn", "nnet"} {
		banners = append(banners, c.peers[name].banner)
	}
	c.printf("# Measured beside peers\n\nWritten by `make bench-full` on %s: %s, %s; %s; gonum %s. Medians of %d measurements that alternate, with the least and the most in brackets.\n\n",
		time.Now().Format(time.DateOnly), cpuid.CPU.BrandName, runtime.Version(), strings.Join(banners, "; "), gonumVersion(), c.rounds)
	for _, l := range levels() {
		c.printf("One core does %s GMAC/s in fused multiply-adds with %s, and loads %s GB/s from the first-level cache.\n",
			digits(c.roofs[l].fma/1e9), l, digits(c.roofs[l].load/1e9))
	}
	c.printf("\n")
}

// printf writes to the report and to standard output.
func (c *comparison) printf(format string, args ...any) {
	fmt.Fprintf(io.MultiWriter(&c.report, os.Stdout), format, args...)
}

// headline keeps a figure of bitdbn, and that of the peer beside it, for the
// README.
func (c *comparison) headline(name string, own, beside float64) {
	c.figures[name] = [2]float64{own, beside}
}

// levels returns the levels that are measured beside peers: those with assembly.
func levels() []string { return bitdbn.Levels()[1:] }

// best returns the highest level.
func best() string { return bitdbn.Levels()[len(bitdbn.Levels())-1] }
