package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bitdbn/bitdbn/dbn"
	"github.com/spf13/cobra"
)

// modelFlag adds -m, --model.
func modelFlag(c *cobra.Command, path *string) {
	c.Flags().StringVarP(path, "model", "m", "", "model file")
}

// loadModel reads the file of -m.
func loadModel(path string) (*dbn.File, error) {
	if path == "" {
		return nil, fmt.Errorf("%w: -m is missing", errUsage)
	}
	return dbn.Load(path)
}

// imageShape returns the shape of a row that is an image, from the notes of the
// training or from a flag such as 28,28.
func imageShape(f *dbn.File, flag string) ([]int, error) {
	text := f.Info["shape"]
	if flag != "" {
		text = flag
	}
	var shape []int
	for _, part := range strings.Split(text, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%w: shape %q, expected height,width; set it with --shape", errUsage, text)
		}
		shape = append(shape, n)
	}
	return shape, nil
}
