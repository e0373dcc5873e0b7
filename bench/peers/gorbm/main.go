// Command gorbm trains an RBM of github.com/r9y9/nnet, in Go, on request: see
// ../peer.py for the requests.
package main

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/r9y9/nnet/rbm"
)

const visible = 784

func main() {
	log.SetFlags(0)
	images, err := readImages(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("nnet of 2014-09-04")
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var hidden, batch, rows int
		if _, err := fmt.Sscanf(in.Text(), "epoch %d %d %d", &hidden, &batch, &rows); err != nil {
			log.Fatalf("%q: %v", in.Text(), err)
		}
		m := rbm.New(visible, hidden)
		o := rbm.TrainingOption{LearningRate: 0.05, OrderOfGibbsSampling: 1, Epoches: 1, MiniBatchSize: batch}
		start := time.Now()
		if err := m.Train(images[:rows], o); err != nil {
			log.Fatal(err)
		}
		fmt.Println(time.Since(start).Seconds())
	}
}

// readImages returns MNIST's images, thresholded.
func readImages(path string) ([][]float64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	var images [][]float64
	for raw = raw[16:]; len(raw) > 0; raw = raw[visible:] {
		image := make([]float64, visible)
		for i, v := range raw[:visible] {
			if v > 127 {
				image[i] = 1
			}
		}
		images = append(images, image)
	}
	return images, nil
}
