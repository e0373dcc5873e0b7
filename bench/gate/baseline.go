package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/bitdbn/bitdbn/bench/gate/assembly"
)

// baseline is what can be kept of a revision: nothing that depends on the
// machine.
type baseline struct {
	Revision string                       `json:"revision"`
	Go       string                       `json:"go"`
	Static   map[string]assembly.Function `json:"static"`
	Counts   map[string]int64             `json:"counts"`
}

func readBaseline(path string) (*baseline, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	b := new(baseline)
	if err := json.Unmarshal(text, b); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(b.Static) == 0 || len(b.Counts) == 0 {
		return nil, fmt.Errorf("%s: %d functions and %d counts, expected some of each", path, len(b.Static), len(b.Counts))
	}
	return b, nil
}

func (b *baseline) write(path string) error {
	text, err := json.MarshalIndent(b, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// names returns the benchmarks that were counted.
func (b *baseline) names() []string { return slices.Sorted(maps.Keys(b.Counts)) }
