package dbn

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
)

// jointDefinition returns, by definition, what is known of each row with each
// label, and of the rows with any label.
func jointDefinition(n *Network) (joint [][]ExactRow, marginal []ExactRow) {
	top := n.Layers[len(n.Layers)-1]
	all, units := logP(top), top.Visible-top.Labels
	withLabel, any := make([][]float64, top.Labels), make([]float64, 1<<units)
	for s := range any {
		var logs []float64
		for y := range top.Labels {
			logs = append(logs, all[s|1<<(units+y)])
			withLabel[y] = append(withLabel[y], logs[y])
		}
		any[s] = logSum(logs)
	}
	logZ := logSum(any)
	for _, logTop := range withLabel {
		joint = append(joint, definitionWith(n, logTop, logZ))
	}
	return joint, definitionWith(n, any, logZ)
}

var labelledNetworks = []struct {
	name string
	net  *Network
}{
	{"12+3 × 6", labelledNetwork(1, 1, 3, 12, 6)},
	{"4+2 × 9", labelledNetwork(1, 2, 2, 4, 9)},
	{"4-3+3-3", labelledNetwork(1, 3, 3, 4, 3, 3)},
	{"5-4+2-6, large weights", labelledNetwork(3, 4, 2, 5, 4, 6)},
	{"3-4-3+4-2", labelledNetwork(1, 5, 4, 3, 4, 3, 2)},
	{"3-4-3+2-3, untied", untied(labelledNetwork(1, 6, 2, 3, 4, 3, 3), 1)},
}

// copies returns so many rows of state x with label y.
func copies(n, x, y int, net *Network) Labelled {
	visible := net.Units()[0]
	src := rbm.Bits{BitMatrix: bitdbn.NewBitMatrix(n, visible)}
	for r := range n {
		src.CopyRow(r, allStates(visible).BitMatrix, x)
	}
	return Labelled{src, slices.Repeat([]int{y}, n), net.Classes()}
}

// TestExactJoint enumerates networks with labels: log p(x,y), log p(x) and
// log p(y|x), whose probabilities sum to one.
func TestExactJoint(t *testing.T) {
	for _, c := range labelledNetworks {
		joint, marginal := jointDefinition(c.net)
		x := allStates(c.net.Units()[0]).BitMatrix
		total := 0.0
		rows, err := c.net.Exact(t.Context(), x)
		if err != nil {
			t.Fatal(err)
		}
		for y, want := range joint {
			got, err := c.net.ExactJoint(t.Context(), x, slices.Repeat([]int{y}, x.Rows()))
			if err != nil {
				t.Fatal(err)
			}
			for s := range got {
				checkExact(t, fmt.Sprintf("%s, x=%b, y=%d", c.name, s, y), got[s], want[s])
				conditional := got[s].LogProbability - rows[s].LogProbability
				if d := math.Abs(conditional - (want[s].LogProbability - marginal[s].LogProbability)); d > 1e-9 {
					t.Errorf("%s, x=%b: log p(y=%d|x) %v, off by %v", c.name, s, y, conditional, d)
				}
				total += math.Exp(got[s].LogProbability)
			}
		}
		for s := range rows {
			checkExact(t, fmt.Sprintf("%s, x=%b", c.name, s), rows[s], marginal[s])
		}
		if math.Abs(total-1) > 1e-9 {
			t.Errorf("%s: probabilities of rows and labels sum to %v", c.name, total)
		}
	}
}

// TestRowBoundsOfMachine requires log p(x,y), log p(x) and log p(y|x) of each row
// and label of a single machine.
func TestRowBoundsOfMachine(t *testing.T) {
	ws := workspace(t, 2)
	for _, c := range labelledNetworks[:2] {
		joint, marginal := jointDefinition(c.net)
		logZ, err := c.net.Layers[0].LogZ(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		src := allStates(c.net.Units()[0])
		for y := range joint {
			labels := slices.Repeat([]int{y}, src.Rows())
			x := 0
			o := BoundOptions{Rows: src.Rows(), Draws: 1, LogZ: logZ}
			err := c.net.RowBounds(t.Context(), ws, Labelled{src, labels, len(joint)}, o, func(rows []RowBound) error {
				for _, r := range rows {
					xy, px := joint[y][x].LogProbability, marginal[x].LogProbability
					for _, v := range [][2]float64{
						{r.Bound, px}, {r.Weighted, px}, {r.Joint.Bound, xy}, {r.Joint.Weighted, xy}, {r.Joint.Conditional, xy - px},
					} {
						if math.Abs(v[0]-v[1]) > 1e-5 {
							t.Errorf("%s, x=%b, y=%d: %+v, expected log p(x) %v, log p(x,y) %v", c.name, x, y, r, px, xy)
							break
						}
					}
					x++
				}
				return nil
			})
			if err != nil || x != src.Rows() {
				t.Fatalf("%d rows, %v", x, err)
			}
		}
	}
}

// TestJointBound draws bounds of rows with labels of small stacks many times, and
// compares them with their exact means.
func TestJointBound(t *testing.T) {
	const n = 1500
	ws := workspace(t, 1)
	for _, c := range labelledNetworks[2:] {
		x := allStates(c.net.Units()[0]).BitMatrix
		rows, err := c.net.Exact(t.Context(), x)
		if err != nil {
			t.Fatal(err)
		}
		logZ, err := c.net.Layers[len(c.net.Layers)-1].LogZ(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		for s := range rows {
			y := s % c.net.Classes()
			exact, err := c.net.ExactJoint(t.Context(), x, slices.Repeat([]int{y}, x.Rows()))
			if err != nil {
				t.Fatal(err)
			}
			o := BoundOptions{Rows: n, Draws: 3, LogZ: logZ, Seed: uint64(s)}
			b, err := c.net.Bound(t.Context(), ws, copies(n, s, y, c.net), o)
			if err != nil {
				t.Fatal(err)
			}
			what := fmt.Sprintf("%s, x=%b", c.name, s)
			checkBound(t, what, b.Bound, b.Weighted, rows[s])
			checkBound(t, what+", joint", b.Joint.Bound, b.Joint.Weighted, exact[s])
			if sum := b.Below.Mean + b.Joint.Top.Mean + b.Entropy.Mean - b.LogZ; math.Abs(sum-b.Joint.Bound.Mean) > 1e-9 {
				t.Errorf("%s: joint terms sum to %v, bound is %v", what, sum, b.Joint.Bound.Mean)
			}
		}
	}
}

// TestConditional requires log p(y|x) of a stack from many draws.
func TestConditional(t *testing.T) {
	ws := workspace(t, 1)
	for _, c := range labelledNetworks[2:] {
		for y := range c.net.Classes() {
			src := copies(20, 5, y, c.net)
			x := src.Source.(rbm.Bits).BitMatrix
			rows, err := c.net.Exact(t.Context(), x)
			if err != nil {
				t.Fatal(err)
			}
			exact, err := c.net.ExactJoint(t.Context(), x, src.Labels)
			if err != nil {
				t.Fatal(err)
			}
			b, err := c.net.Bound(t.Context(), ws, src, BoundOptions{Rows: 20, Draws: 3000})
			if err != nil {
				t.Fatal(err)
			}
			want := exact[0].LogProbability - rows[0].LogProbability
			if got := b.Joint.Conditional; math.Abs(got.Mean-want) > 4.5*got.StandardError+1e-3 || got.StandardError > 0.02 {
				t.Errorf("%s: log p(y=%d|x) %+v, expected %v", c.name, y, got, want)
			}
		}
	}
}

// TestRowBoundsAreOnePath requires the same rows with any number of workers, the
// means that Bound has, and the same log p(x) without labels.
func TestRowBoundsAreOnePath(t *testing.T) {
	n, src := labelledNetwork(1, 1, 5, 70, 30, 20), stripes(700, 70, 5)
	o := BoundOptions{Rows: 650, Draws: 2, LogZ: 1}
	var first []RowBound
	for _, workers := range []int{1, 3} {
		var all []RowBound
		ws := workspace(t, workers)
		if err := n.RowBounds(t.Context(), ws, src, o, func(rows []RowBound) error { all = append(all, rows...); return nil }); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = all
		}
		if len(all) != 650 || !slices.Equal(all, first) {
			t.Fatalf("%d workers: other rows", workers)
		}
	}
	ws := workspace(t, 1)
	b, err := n.Bound(t.Context(), ws, src, o)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := n.Bound(t.Context(), ws, src.Source, o)
	if err != nil {
		t.Fatal(err)
	}
	if plain.Joint != nil || plain.Bound != b.Bound || plain.Weighted != b.Weighted {
		t.Errorf("without labels %+v, with %+v", plain, b)
	}
	var bound, joint float64
	for _, r := range first {
		bound += r.Bound / float64(len(first))
		joint += r.Joint.Weighted / float64(len(first))
	}
	if math.Abs(bound-b.Bound.Mean) > 1e-9 || math.Abs(joint-b.Joint.Weighted.Mean) > 1e-9 {
		t.Errorf("rows have means %v and %v, Bound %v and %v", bound, joint, b.Bound.Mean, b.Joint.Weighted.Mean)
	}
}

func TestJointErrors(t *testing.T) {
	ws, src := workspace(t, 1), stripes(30, 6, 3)
	with, without := labelledNetwork(1, 1, 3, 6, 5), New(6, 5)
	o, own := BoundOptions{Rows: 30, Draws: 1}, errors.New("own")
	none := func([]RowBound) error { return nil }
	for what, c := range map[string]struct{ err, want error }{
		"own":           {with.RowBounds(t.Context(), ws, src, o, func([]RowBound) error { return own }), own},
		"other classes": {with.RowBounds(t.Context(), ws, Labelled{src.Source, src.Labels, 4}, o, none), rbm.ErrData},
		"too few":       {with.RowBounds(t.Context(), ws, Labelled{src.Source, src.Labels[1:], 3}, o, none), rbm.ErrData},
		"not needed":    {without.RowBounds(t.Context(), ws, Labelled{src.Source, src.Labels, 4}, o, none), nil},
		"no labels":     {second(without.ExactJoint(t.Context(), bitdbn.NewBitMatrix(1, 6), []int{0})), ErrNoLabels},
		"no such label": {second(with.ExactJoint(t.Context(), bitdbn.NewBitMatrix(1, 6), []int{3})), rbm.ErrData},
		"other width":   {second(with.ExactJoint(t.Context(), bitdbn.NewBitMatrix(1, 7), []int{0})), rbm.ErrData},
		"pseudo":        {second(with.PseudoLikelihood(t.Context(), ws, src.Source, 30)), rbm.ErrData},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, expected %v", what, c.err, c.want)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestPseudoLikelihoodOfRows requires those of the first layer, with labels where
// it has them, for as many rows as asked for.
func TestPseudoLikelihoodOfRows(t *testing.T) {
	ws, src := workspace(t, 1), stripes(600, 40, 3)
	for _, c := range []struct {
		net  *Network
		cols int
	}{{labelledNetwork(1, 1, 3, 40, 5), 43}, {labelledNetwork(1, 1, 3, 40, 6, 5), 40}} {
		got, err := c.net.PseudoLikelihood(t.Context(), ws, src, 550)
		if err != nil {
			t.Fatal(err)
		}
		x := bitdbn.NewBitMatrix(600, c.cols)
		x.CopyColumns(src.Source.(rbm.Bits).BitMatrix)
		for r, y := range src.Labels {
			if c.cols > 40 {
				x.Set(r, 40+y, true)
			}
		}
		want := make([]float64, 600)
		if err := c.net.Layers[0].PseudoLikelihood(t.Context(), 1, want, x); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want[:550]) {
			t.Errorf("%d columns: other values", c.cols)
		}
	}
}
