package dbn

import (
	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
)

// directedLayer is a layer below the top machine with weights of its own for
// either direction, each learning to predict the units that drove the other.
type directedLayer struct {
	visible, hidden int
	recognition     *bitdbn.Master // from visible to hidden
	generative      *bitdbn.Master // from hidden to visible
	data, dream     pair           // of the way up, and of the way down
	wake, sleep     *bitdbn.Stream
}

// pair holds units of both layers, one of which was drawn from the other, and
// what the other direction predicts of those that drove.
type pair struct {
	allX, allH            *bitdbn.BitMatrix
	allTarget, allPredict *bitdbn.FixedMatrix

	x, h            bitdbn.BitMatrix // visible and hidden units
	target, predict bitdbn.FixedMatrix
}

func newPair(rows, visible, hidden, predicted int) pair {
	return pair{
		allX: bitdbn.NewBitMatrix(rows, visible), allH: bitdbn.NewBitMatrix(rows, hidden),
		allTarget: bitdbn.NewFixedMatrix(rows, predicted), allPredict: bitdbn.NewFixedMatrix(rows, predicted),
	}
}

func (p *pair) use(n int) {
	p.x, p.h = p.allX.Slice(0, n), p.allH.Slice(0, n)
	p.target, p.predict = p.allTarget.Head(n), p.allPredict.Head(n)
}

// newDirectedLayer returns a layer whose parameters are still zero.
func newDirectedLayer(visible, hidden, batch, dreams int) *directedLayer {
	return &directedLayer{
		visible: visible, hidden: hidden,
		recognition: bitdbn.NewMaster(visible, hidden), generative: bitdbn.NewMaster(hidden, visible),
		data: newPair(batch, visible, hidden, visible), dream: newPair(dreams, visible, hidden, hidden),
	}
}

// directedParams returns the parameters of both masters of a layer: the weights
// and hidden biases of up, and the weights and visible biases of down.
func directedParams(up, down *rbm.Model) (recognition, generative bitdbn.Params) {
	r, g := bitdbn.NewParams(up.Visible, up.Hidden), bitdbn.NewParams(up.Hidden, up.Visible)
	copy(r.W, up.W)
	copy(r.C, up.C)
	transposeInto(g.W, down.W, up.Visible, up.Hidden)
	copy(g.C, down.B)
	return r, g
}

// transposeInto sets dst, cols × rows, to the transpose of src, rows × cols.
func transposeInto(dst, src []float32, rows, cols int) {
	for i := range rows {
		for j := range cols {
			dst[j*rows+i] = src[i*cols+j]
		}
	}
}

// recognise draws the hidden units of the data, and predicts the data from them.
func (d *directedLayer) recognise(ws *bitdbn.Workspace, step uint64) {
	p := &d.data
	d.recognition.Up().Sample(ws, &p.h, nil, &p.x, d.wake.At(step))
	d.generative.Up().Fixed(ws, &p.predict, &p.h)
	p.target.SetBits(&p.x)
}

// generate draws the visible units of a dream, and predicts its hidden units
// from them.
func (d *directedLayer) generate(ws *bitdbn.Workspace, step uint64) {
	p := &d.dream
	d.generative.Up().Sample(ws, &p.x, nil, &p.h, d.sleep.At(step))
	d.recognition.Up().Fixed(ws, &p.predict, &p.x)
	p.target.SetBits(&p.h)
}

// move makes each direction better at what it predicted: the delta rule is the
// difference of two correlations with the same bits.
func (d *directedLayer) move(ws *bitdbn.Workspace, u *bitdbn.Update) error {
	g, r := &d.data, &d.dream
	if err := d.generative.Step(ws, bitdbn.Phase{X: &g.h, H: &g.target}, bitdbn.Phase{X: &g.h, H: &g.predict}, u); err != nil {
		return err
	}
	return d.recognition.Step(ws, bitdbn.Phase{X: &r.x, H: &r.target}, bitdbn.Phase{X: &r.x, H: &r.predict}, u)
}

// upPass is the source of the top machine's rows: the rows of the data, drawn
// upwards through all directed layers, which keep what they learn from.
type upPass struct {
	rbm.Source // of the network before fine-tuning; its rows' means, and as many rows as one likes
	data       rbm.Source
	labels     []int // or nil
	directed   []*directedLayer
}

func newUpPass(n *Network, src rbm.Source, directed []*directedLayer, seed uint64) (*upPass, error) {
	before, err := n.Hidden(src, len(directed), seed)
	if err != nil {
		return nil, err
	}
	s := &upPass{Source: before, data: src, directed: directed}
	if l, ok := src.(Labelled); ok {
		if s.data = l.Source; n.Classes() > 0 {
			s.labels = l.Labels
		}
	}
	return s, nil
}

// Fill draws a batch upwards. The first states of persistent chains, of which
// there may be more, teach no layer.
func (s *upPass) Fill(ws *bitdbn.Workspace, dst *bitdbn.BitMatrix, index []int, step uint64) {
	if len(index) > s.directed[0].data.allX.Rows() {
		s.Source.Fill(ws, dst, index, step)
		return
	}
	for i, d := range s.directed {
		d.data.use(len(index))
		if i == 0 {
			s.data.Fill(ws, &d.data.x, index, step)
		} else {
			d.data.x.CopyColumns(&s.directed[i-1].data.h)
		}
		d.recognise(ws, step)
	}
	units := &s.directed[len(s.directed)-1].data.h
	dst.CopyColumns(units)
	for r, row := range index {
		if s.labels != nil {
			dst.Set(r, units.Cols()+s.labels[row], true)
		}
	}
}

// store writes the weights and biases into models.
func (d *directedLayer) store(up, down *rbm.Model) {
	r, g := bitdbn.NewParams(d.visible, d.hidden), bitdbn.NewParams(d.hidden, d.visible)
	d.recognition.Store(r, bitdbn.Params{})
	d.generative.Store(g, bitdbn.Params{})
	copy(up.W, r.W)
	copy(up.C, r.C)
	transposeInto(down.W, g.W, d.hidden, d.visible)
	copy(down.B, g.C)
}
