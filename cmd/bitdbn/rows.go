package main

import (
	"fmt"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dataset"
	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/rbm"
)

// loadFor reads the data of the flags as the training of a model did, with their
// labels if the model knows some.
func (d *dataFlags) loadFor(f *dbn.File) (*dataset.Set, error) {
	d.follow(f.Info)
	d.labels = f.Network.Classes() > 0
	set, err := d.load()
	if err != nil {
		return nil, err
	}
	return set, checkWidth(set, f.Network.Units()[0])
}

// sourceFor returns the rows of a set, with labels if the set and the network
// have some.
func sourceFor(ws *bitdbn.Workspace, n *dbn.Network, s *dataset.Set) (rbm.Source, error) {
	src := source(ws, s, 1)
	if n.Classes() == 0 || s.Labels == nil {
		return src, nil
	}
	return labelled(src, s, n.Classes())
}

// firstRows returns the first n rows of a set, or all if it has no more or n is 0.
func firstRows(s *dataset.Set, n int) *dataset.Set {
	if n == 0 || n >= s.Rows {
		return s
	}
	first := *s
	first.Rows = n
	if s.Bits != nil {
		bits := s.Bits.Slice(0, n)
		first.Bits = &bits
	}
	if s.Grey != nil {
		first.Grey = s.Grey[:n*s.Cols]
	}
	if s.Labels != nil {
		first.Labels = s.Labels[:n]
	}
	return &first
}

// describeRows says which rows of all were looked at.
func describeRows(rows, all int) string {
	if rows == all {
		return fmt.Sprintf("%d rows", all)
	}
	return fmt.Sprintf("rows 1 to %d of %d", rows, all)
}
