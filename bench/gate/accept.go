package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// acceptance is a loss that someone has accepted.
type acceptance struct {
	layer  string
	name   *regexp.Regexp // whole name of a benchmark or function
	limit  float64        // largest ratio
	reason string
	used   bool
}

// readAccepted reads the rows of the table in a Markdown file:
//
//	| layer | name | at most | reason |
//
// where at most is a percentage, as in +3 %, and names are regular expressions.
func readAccepted(path string) ([]*acceptance, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []*acceptance
	for i, line := range strings.Split(string(text), "\n") {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for k := range cells {
			cells[k] = strings.Trim(strings.TrimSpace(cells[k]), "`")
		}
		if !strings.HasPrefix(strings.TrimSpace(line), "|") || cells[0] == "layer" || strings.HasPrefix(cells[0], "---") {
			continue
		}
		a, err := parseAcceptance(cells)
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", path, i+1, err)
		}
		all = append(all, a)
	}
	return all, nil
}

func parseAcceptance(cells []string) (*acceptance, error) {
	if len(cells) != 4 {
		return nil, fmt.Errorf("%d columns, expected layer, name, at most, reason", len(cells))
	}
	a := &acceptance{layer: cells[0], reason: cells[3]}
	if !slices.Contains(layers, a.layer) {
		return nil, fmt.Errorf("layer %q, expected one of %v", a.layer, layers)
	}
	var err error
	if a.name, err = regexp.Compile("^(?:" + cells[1] + ")$"); err != nil {
		return nil, err
	}
	percent, err := strconv.ParseFloat(strings.Trim(cells[2], "+ %"), 64)
	if err != nil || percent <= 0 {
		return nil, fmt.Errorf("at most %q, expected a percentage such as +3 %%", cells[2])
	}
	a.limit = 1 + percent/100
	if a.reason == "" {
		return nil, errors.New("no reason")
	}
	return a, nil
}

// accepts reports whether a covers f.
func (a *acceptance) accepts(f *finding) bool {
	return a.layer == f.Layer && a.name.MatchString(f.Name) && f.Ratio <= a.limit+1e-9
}
