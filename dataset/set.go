package dataset

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bitdbn/bitdbn"
)

// Set is a table of binary units or of grey ones, with labels if there are
// any. It may be read by any number of goroutines at once.
type Set struct {
	// Name is where the data come from: the path, or the name given to Load.
	Name string

	// Rows and Cols count rows and units of a row; both are at least 1.
	Rows, Cols int

	// Shape is the shape of one row, [28 28] for images and [Cols] for
	// tables. Its product is Cols, the last dimension is the fastest.
	Shape []int

	// Bits holds Rows × Cols binary units. It is nil if the data are grey.
	Bits *bitdbn.BitMatrix

	// Grey holds Rows × Cols intensities in units of 1/255, row after row. It
	// is nil if the data are binary.
	Grey []uint8

	// Binarize is the option that the data were read with. Grey data read
	// under Fixed are to be drawn once; under Dynamic and Auto, at each
	// presentation.
	Binarize Binarize

	// Labels holds the class of each row, from 0 to Classes-1, or is nil.
	Labels []int

	// Classes is the number of classes: that of the options, or one more than
	// the largest label; 0 without labels.
	Classes int

	// ClassNames holds the labels of the file that the classes stand for, from
	// class 0, or is nil if nothing but Labels themselves is known. They belong
	// to Options.ClassNames where other rows are read for the same classes.
	ClassNames []string

	// Notes say what the reader decided or left out: a header line, blank
	// lines, labels -1 and +1 read as 0 and 1.
	Notes []string
}

// GreyRow returns the Cols intensities of row i, in units of 1/255, without a
// copy. It panics if the data are binary.
func (s *Set) GreyRow(i int) []uint8 {
	return s.Grey[i*s.Cols : (i+1)*s.Cols : (i+1)*s.Cols]
}

// Describe returns one line about the data and every decision in reading them:
//
//	40 rows × 16 columns, 261 ones (40.8 %), header line 1 skipped
func (s *Set) Describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s × %s", plural(s.Rows, "row"), plural(s.Cols, "column"))
	if len(s.Shape) > 1 {
		fmt.Fprintf(&b, " (%s)", times(s.Shape))
	}
	if s.Bits != nil {
		n := s.Bits.Count()
		fmt.Fprintf(&b, ", %s (%.1f %%)", plural(n, "one"), 100*float64(n)/float64(s.Rows)/float64(s.Cols))
	} else {
		fmt.Fprintf(&b, ", grey, mean intensity %.3f", s.meanIntensity())
	}
	if s.Labels != nil {
		fmt.Fprintf(&b, ", labels 0 to %d", s.Classes-1)
	}
	for _, note := range s.Notes {
		b.WriteString(", " + note)
	}
	return b.String()
}

func (s *Set) meanIntensity() float64 {
	sum := uint64(0)
	for _, k := range s.Grey {
		sum += uint64(k)
	}
	return float64(sum) / 255 / float64(len(s.Grey))
}

// times writes a shape as in 28 × 28.
func times(shape []int) string {
	var b strings.Builder
	for i, n := range shape {
		if i > 0 {
			b.WriteString(" × ")
		}
		b.WriteString(strconv.Itoa(n))
	}
	return b.String()
}
