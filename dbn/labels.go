package dbn

import (
	"fmt"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
)

// Labelled is a source of rows of which each has a class. A network that is
// trained on one has label units beside the visible units of its top machine, a
// softmax group, and so models rows and classes together (Hinton, Osindero and
// Teh, "A fast learning algorithm for deep belief nets", 2006).
type Labelled struct {
	rbm.Source
	Labels  []int // of each row, from 0
	Classes int
}

// check returns an error unless each row has a label that is a class.
func (l Labelled) check() error {
	if len(l.Labels) != l.Rows() {
		return fmt.Errorf("%w: %d labels for %d rows", rbm.ErrData, len(l.Labels), l.Rows())
	}
	if l.Classes < 2 {
		return fmt.Errorf("%w: %d classes, expected 2 or more", rbm.ErrData, l.Classes)
	}
	for r, c := range l.Labels {
		if c < 0 || c >= l.Classes {
			return fmt.Errorf("%w: row %d has the label %d, expected 0 to %d", rbm.ErrData, r, c, l.Classes-1)
		}
	}
	return nil
}

// hasLabels returns whether n has label units and the rows of src have labels.
func (n *Network) hasLabels(src rbm.Source) bool {
	_, ok := src.(Labelled)
	return ok && n.Classes() > 0
}

// labelsOf returns the rows of src, and their labels if n has label units and src
// labels, of as many classes.
func (n *Network) labelsOf(src rbm.Source) (rbm.Source, []int, error) {
	if !n.hasLabels(src) {
		return withoutLabels(src), nil, nil
	}
	l := src.(Labelled)
	if err := l.check(); err != nil {
		return nil, nil, err
	}
	return l.Source, l.Labels, n.checkClasses(l)
}

// checkClasses returns an error unless l has as many classes as n has label
// units.
func (n *Network) checkClasses(l Labelled) error {
	if want := n.Classes(); l.Classes != want {
		return fmt.Errorf("%w: labels of %d classes, expected %d", rbm.ErrData, l.Classes, want)
	}
	return nil
}

// withLabels is a source of rows with their labels behind them.
type withLabels struct {
	below   rbm.Source
	labels  []int
	classes int

	rows *bitdbn.BitMatrix // of the source below, as many as were ever asked for
	view bitdbn.BitMatrix
}

// Rows returns the number of rows.
func (s *withLabels) Rows() int { return s.below.Rows() }

// Visible returns the number of units in a row, labels included.
func (s *withLabels) Visible() int { return s.below.Visible() + s.classes }

// Fill draws rows.
func (s *withLabels) Fill(ws *bitdbn.Workspace, dst *bitdbn.BitMatrix, index []int, step uint64) {
	if s.rows == nil || s.rows.Rows() < len(index) {
		s.rows = bitdbn.NewBitMatrix(len(index), s.below.Visible())
	}
	s.view = s.rows.Slice(0, len(index))
	s.below.Fill(ws, &s.view, index, step)
	dst.CopyColumns(&s.view)
	for r, i := range index {
		dst.Set(r, s.below.Visible()+s.labels[i], true)
	}
}

// Means returns the mean of each unit in one draw of all rows.
func (s *withLabels) Means(ws *bitdbn.Workspace) []float64 { return drawnMeans(ws, s) }
