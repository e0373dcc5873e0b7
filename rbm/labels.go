package rbm

import (
	"fmt"

	"github.com/bitdbn/bitdbn"
)

// label returns the label that is on in a row of visible units, or −1 unless
// exactly one is.
func (m *Model) label(row []uint64) int {
	first, y := m.Visible-m.Labels, -1
	for k := range m.Labels {
		if on := row[(first+k)/64]>>((first+k)%64)&1 != 0; !on {
			continue
		}
		if y >= 0 {
			return -1
		}
		y = k
	}
	return y
}

// checkLabels returns an error unless each row of x has one label, if m has
// labels.
func (m *Model) checkLabels(x *bitdbn.BitMatrix) error {
	if m.Labels == 0 {
		return nil
	}
	for r := range x.Rows() {
		if m.label(x.Row(r)) < 0 {
			return fmt.Errorf("%w: row %d has none or several of %d labels, expected one", ErrData, r, m.Labels)
		}
	}
	return nil
}

// LabelLogs writes −F(v,y), in nats, for each row v of x, without labels, and
// each label y into dst, row-major rows × labels. The probability p(y|v) is the
// softmax of a row of dst, and the logarithm of the sum of e^ its numbers is
// log p(v) + log Z. It panics if a size does not fit.
func (p *Packed) LabelLogs(ws *bitdbn.Workspace, dst []float64, x *bitdbn.BitMatrix) {
	labels := p.Down.Group()
	if len(dst) != x.Rows()*labels || x.Cols()+labels != p.Up.In() {
		panic(fmt.Sprintf("rbm: LabelLogs: slice of %d elements for %d × %d units with %d labels, of a machine with %d visible units",
			len(dst), x.Rows(), x.Cols(), labels, p.Up.In()))
	}
	with, energy := bitdbn.NewBitMatrix(x.Rows(), p.Up.In()), make([]float64, x.Rows())
	for y := range labels {
		with.CopyColumns(x)
		for r := range x.Rows() {
			with.Set(r, x.Cols()+y, true)
		}
		p.FreeEnergy(ws, energy, with)
		for r, e := range energy {
			dst[r*labels+y] = -e
		}
	}
}
