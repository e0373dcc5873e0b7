package rbm

import (
	"context"
	"fmt"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/internal/loop"
)

// Trainer fits a machine to the rows of a source, by CD-k or PCD-k.
//
// Which statistics are drawn and which are means: rows of data are bits; the
// hidden units that data drive are drawn, to start the chain, and enter the
// gradient as probabilities; visible units are always drawn; the last update
// of the hidden units of the model phase is not drawn but enters the gradient
// as probabilities.
//
// A step allocates nothing.
type Trainer struct {
	opt    Options
	ws     *bitdbn.Workspace
	src    Source
	master *bitdbn.Master
	update bitdbn.Update
	k      int
	cursor Cursor

	order Order // of the rows in this epoch

	dataHidden, modelVisible, modelHidden *bitdbn.Stream

	data, model phase
	chains      *bitdbn.BitMatrix // visible states of persistent chains, or nil
	temper      *Tempering        // of the chains, or nil

	offsets  offsets
	sparsity sparsity
	cost     costOfBiases
}

// Cursor is the place of a training: everything about it that is not a
// parameter.
type Cursor struct {
	Epoch int    // epochs finished
	Row   int    // rows of the current epoch that are done
	Step  uint64 // steps made
	// WrongBits of the TotalBits that the current epoch has reconstructed so
	// far differ from the data.
	WrongBits, TotalBits int
}

// ReconstructionError returns the part of the bits so far in the epoch that
// one drawn reconstruction got wrong. It is a monitor, not what training lowers.
func (c Cursor) ReconstructionError() float64 {
	return float64(c.WrongBits) / float64(max(c.TotalBits, 1))
}

// phase holds the units of one half of the gradient.
type phase struct {
	allV, allH *bitdbn.BitMatrix
	allP       *bitdbn.FixedMatrix

	v, h bitdbn.BitMatrix   // the rows in use
	p    bitdbn.FixedMatrix // probabilities of h
}

func newPhase(rows, visible, hidden int) phase {
	p := phase{
		allV: bitdbn.NewBitMatrix(rows, visible),
		allH: bitdbn.NewBitMatrix(rows, hidden),
		allP: bitdbn.NewFixedMatrix(rows, hidden),
	}
	p.use(rows)
	return p
}

// use makes the first n rows the ones in use.
func (p *phase) use(n int) {
	p.v, p.h, p.p = p.allV.Slice(0, n), p.allH.Slice(0, n), p.allP.Head(n)
}

func (p *phase) correlations() bitdbn.Phase { return bitdbn.Phase{X: &p.v, H: &p.p} }

// NewTrainer returns a trainer that starts from the parameters of m, which it
// copies. The error wraps [ErrOptions], [ErrModel] or [ErrData].
func NewTrainer(ws *bitdbn.Workspace, m *Model, src Source, opt Options) (*Trainer, error) {
	if err := checkTraining(m, src, &opt); err != nil {
		return nil, err
	}
	t := newTrainer(ws, m, src, opt)
	if err := t.master.Load(ws, m.Params, bitdbn.NewParams(m.Visible, m.Hidden), bitdbn.AutoExponent); err != nil {
		return nil, err
	}
	t.startChains()
	t.offsets.start(src.Means(ws))
	t.startEpoch()
	return t, nil
}

// checkTraining returns an error unless options, model and data are usable
// together.
func checkTraining(m *Model, src Source, opt *Options) error {
	if err := opt.Validate(); err != nil {
		return err
	}
	if err := m.Validate(); err != nil {
		return err
	}
	return checkSource(src, m.Visible)
}

// newTrainer returns a trainer of what checkTraining has passed, still without
// parameters.
func newTrainer(ws *bitdbn.Workspace, m *Model, src Source, opt Options) *Trainer {
	t := &Trainer{
		opt: opt, ws: ws, src: src,
		master:       bitdbn.NewMaster(m.Visible, m.Hidden),
		order:        NewOrder(src.Rows(), streamFor(opt.Seed, opt.Layer, shuffle)),
		dataHidden:   streamFor(opt.Seed, opt.Layer, dataHidden),
		modelVisible: streamFor(opt.Seed, opt.Layer, modelVisible),
		modelHidden:  streamFor(opt.Seed, opt.Layer, modelHidden),
		offsets:      newOffsets(m.Visible, m.Hidden, opt.CenterRate),
		sparsity:     newSparsity(m.Hidden, opt),
		cost:         newCostOfBiases(m.Visible, m.Hidden, opt.L2),
	}
	t.master.Down().SetGroup(m.Labels)
	batch, chains := min(opt.Batch, src.Rows()), min(opt.Batch, src.Rows())
	if opt.Persistent {
		chains = opt.chains()
	}
	t.data = newPhase(batch, m.Visible, m.Hidden)
	t.model = newPhase(chains, m.Visible, m.Hidden)
	switch {
	case opt.temperatures() > 1:
		t.startTempering(chains)
	case opt.Persistent:
		t.chains = t.model.allV
	}
	t.update.L2, t.update.L1, t.update.Limit = float32(opt.L2), float32(opt.L1), float32(opt.Limit)
	if opt.Center {
		t.update.VisibleOffset, t.update.HiddenOffset = t.offsets.visible, t.offsets.hidden
	}
	t.update.VisiblePull, t.update.HiddenPull = t.cost.visible, t.cost.hidden
	return t
}

// startTempering makes the persistent chains tempered ones, of which those at
// β = 1 are the model's. At β = 0 units are on as often as in the data.
func (t *Trainer) startTempering(chains int) {
	rates := New(t.src.Visible(), 1)
	rates.InitVisibleBiases(t.src.Means(t.ws), t.src.Rows())
	o := TemperingOptions{Betas: FallingBetas(t.opt.temperatures()), Base: rates.B, Seed: t.opt.Seed}
	t.temper = newTempering(t.Packed(), chains, o, t.opt.Layer)
	t.chains, t.model.allV = t.temper.v, t.temper.V()
	t.model.use(chains)
}

// SwapRates returns [Tempering.SwapRates] of tempered chains, else nothing.
func (t *Trainer) SwapRates() []float64 {
	if t.temper == nil {
		return nil
	}
	return t.temper.SwapRates()
}

// startChains sets the first states of persistent chains, at every temperature,
// to rows of the data: nearer to a machine that is trained already than any
// other states, and forgotten by one that is not.
func (t *Trainer) startChains() {
	if t.chains == nil {
		return
	}
	index := make([]int, t.chains.Rows())
	for r := range index {
		index[r] = r % t.src.Rows()
	}
	t.src.Fill(t.ws, t.chains, index, chainStep)
}

// chainStep is a step for the draws of the first states of chains, apart from
// those of training.
const chainStep = 1 << 62

// startEpoch sets what depends on the epoch: the order of the rows, and the
// values of the schedules.
func (t *Trainer) startEpoch() {
	e := t.cursor.Epoch
	t.order.Shuffle(e)
	t.update.LearningRate = float32(t.opt.LearningRate.At(e, t.opt.Epochs))
	t.update.Momentum = float32(t.opt.Momentum.At(e, t.opt.Epochs))
	t.k = int(t.opt.GibbsSteps.At(e, t.opt.Epochs))
}

// Done reports whether all epochs are finished.
func (t *Trainer) Done() bool { return t.cursor.Epoch >= t.opt.Epochs }

// Source returns the data that the machine is trained on.
func (t *Trainer) Source() Source { return t.src }

// Fantasies returns the visible units, labels included, at which the Gibbs steps
// of the last step ended. The next step changes them.
func (t *Trainer) Fantasies() *bitdbn.BitMatrix { return &t.model.v }

// Reconstruct draws visible units, labels included, from the hidden units that the
// data of the last step drove: a row of dst for each row of that batch, with the
// weights as they are now.
func (t *Trainer) Reconstruct(dst *bitdbn.BitMatrix, d bitdbn.Draws) {
	t.master.Down().Sample(t.ws, dst, nil, &t.data.h, d)
}

// Cursor returns the place that training has reached.
func (t *Trainer) Cursor() Cursor { return t.cursor }

// Step trains on one batch: the data phase, the model phase, and the update
// along the difference of their correlations. It does nothing once training
// is done. The error wraps [bitdbn.ErrDiverged].
func (t *Trainer) Step() error {
	if t.Done() {
		return nil
	}
	if t.cursor.Row == len(t.order.Rows) {
		t.cursor.Row, t.cursor.WrongBits, t.cursor.TotalBits = 0, 0, 0
		t.startEpoch()
	}
	n := t.dataPhase()
	t.modelPhase(n)
	t.pullBiases()
	if err := t.master.Step(t.ws, t.data.correlations(), t.model.correlations(), &t.update); err != nil {
		return t.explain(err)
	}
	visible, hidden := t.master.Means()
	t.offsets.follow(visible, hidden)
	t.sparsity.follow(hidden)
	t.cursor.Step++
	if t.cursor.Row += n; t.cursor.Row == len(t.order.Rows) {
		t.cursor.Epoch++
	}
	return nil
}

// dataPhase presents the next batch to the machine and returns its rows.
func (t *Trainer) dataPhase() int {
	rows := t.order.Rows[t.cursor.Row:]
	rows = rows[:min(len(rows), t.opt.Batch)]
	d := &t.data
	d.use(len(rows))
	t.src.Fill(t.ws, &d.v, rows, t.cursor.Step)
	t.master.Up().Sample(t.ws, &d.h, &d.p, &d.v, t.dataHidden.At(t.cursor.Step))
	return len(rows)
}

// modelPhase makes k Gibbs steps: of the persistent chains, or of chains that
// start at the hidden units of the data.
func (t *Trainer) modelPhase(n int) {
	up, down, m := t.master.Up(), t.master.Down(), &t.model
	at := t.cursor.Step << 20 // room for the Gibbs steps of this step
	h := &t.data.h
	switch {
	case t.temper != nil:
		for i := range uint64(t.k) {
			t.temper.gibbs(t.ws, at+i, int((t.cursor.Step+i)%2))
		}
		up.Fixed(t.ws, &m.p, &m.v)
		return
	case t.chains == nil:
		m.use(n)
	default:
		up.Sample(t.ws, &m.h, nil, &m.v, t.modelHidden.At(at))
		h = &m.h
	}
	for i := range uint64(t.k) {
		if i > 0 {
			up.Sample(t.ws, &m.h, nil, &m.v, t.modelHidden.At(at+i))
			h = &m.h
		}
		down.Sample(t.ws, &m.v, nil, h, t.modelVisible.At(at+i))
		if i == 0 && t.chains == nil {
			t.cursor.WrongBits += bitdbn.Hamming(&t.data.v, &m.v)
			t.cursor.TotalBits += n * m.v.Cols()
		}
	}
	up.Fixed(t.ws, &m.p, &m.v)
}

// pullBiases sets what pulls at the biases beside the gradient.
func (t *Trainer) pullBiases() {
	if t.opt.Center && t.opt.L2 > 0 {
		t.cost.take(t.ws, t.master, &t.data, t.cursor.Step)
	} else {
		clear(t.cost.hidden)
	}
	if t.opt.SparsityCost > 0 {
		t.sparsity.aim(t.cost.hidden)
	}
}

// explain adds to the error of a step where it happened, and what to do.
func (t *Trainer) explain(err error) error {
	return fmt.Errorf("epoch %d, step %d: %w: lower the learning rate (now %v) or the momentum (now %v)",
		t.cursor.Epoch+1, t.cursor.Step+1, err, t.update.LearningRate, t.update.Momentum)
}

// Run makes steps until training is done, and calls after, if it is not nil,
// behind each. It stops between two steps when ctx is cancelled, and returns
// its error; or when after returns one.
func (t *Trainer) Run(ctx context.Context, after func() error) error {
	return loop.Run(ctx, t.Done, t.Step, after)
}

// Model returns a copy of the parameters as they are now.
func (t *Trainer) Model() *Model {
	m := New(t.master.Up().In(), t.master.Up().Out())
	m.Labels = t.master.Down().Group()
	t.master.Store(m.Params, bitdbn.Params{})
	return m
}

// Packed returns the machine as it is now in the form that products use. The
// next step changes it.
func (t *Trainer) Packed() *Packed {
	return &Packed{Up: t.master.Up(), Down: t.master.Down(), B: t.master.VisibleBiases()}
}

// Rates returns the learning rate and the momentum of the epoch that the last
// step was in.
func (t *Trainer) Rates() (learningRate, momentum float64) {
	e := t.cursor.Epoch
	if e > 0 && t.cursor.Row == len(t.order.Rows) {
		e--
	}
	return t.opt.LearningRate.At(e, t.opt.Epochs), t.opt.Momentum.At(e, t.opt.Epochs)
}
