package dbn

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/rbm"
)

// randomNetwork returns a network of normal parameters.
func randomNetwork(std float64, seed uint64, units ...int) *Network {
	n := New(units[0], units[1:]...)
	rng := rand.New(rand.NewPCG(seed, 1))
	for _, l := range n.Layers {
		for _, p := range [][]float32{l.W, l.B, l.C} {
			for i := range p {
				p[i] = float32(std * rng.NormFloat64())
			}
		}
	}
	return n
}

// tied returns a network of layers that each start from the one below.
func tied(std float64, seed uint64, visible, hidden, layers int) *Network {
	n := randomNetwork(std, seed, visible, hidden)
	p := &Pretraining{net: n, opt: Options{Tied: true}}
	for i := 1; i < layers; i++ {
		below := n.Layers[i-1]
		m := rbm.New(below.Hidden, below.Visible)
		p.start(m, i, 1)
		n.Layers = append(n.Layers, m)
	}
	return n
}

// untied gives a network generative weights of its own.
func untied(n *Network, seed uint64) *Network {
	n.Generative = randomNetwork(1, seed, n.Units()...).Layers[:len(n.Layers)-1]
	return n
}

var tinyNetworks = []struct {
	name string
	net  *Network
	tied bool
}{
	{"4-3-3", randomNetwork(1, 1, 4, 3, 3), false},
	{"5-4-2, large weights", randomNetwork(4, 2, 5, 4, 2), false},
	{"3-5-6", randomNetwork(1.5, 3, 3, 5, 6), false},
	{"4-3-3-2", randomNetwork(1, 4, 4, 3, 3, 2), false},
	{"3-2-4-5, large weights", randomNetwork(3, 5, 3, 2, 4, 5), false},
	{"4-3-2-3-2", randomNetwork(1, 6, 4, 3, 2, 3, 2), false},
	{"4-3-3, untied", untied(randomNetwork(1, 10, 4, 3, 3), 1), false},
	{"3-4-3-2, untied", untied(randomNetwork(1, 11, 3, 4, 3, 2), 2), false},
	{"6-4, one layer", randomNetwork(1, 7, 6, 4), false},
	{"4-3-4, tied", tied(1, 8, 4, 3, 2), true},
	{"4-3-4-3, tied", tied(2, 9, 4, 3, 3), true},
}

// allStates returns every state of n units.
func allStates(n int) rbm.Bits {
	x := bitdbn.NewBitMatrix(1<<n, n)
	for s := range 1 << n {
		for i := range n {
			x.Set(s, i, s>>i&1 != 0)
		}
	}
	return rbm.Bits{BitMatrix: x}
}

// on returns the probability of each of the units that are driven by state s
// through weights of the given strides.
func on(w []float32, bias []float32, si, sj int, s int) []float64 {
	p := make([]float64, len(bias))
	for j, b := range bias {
		a := float64(b)
		for i := 0; s>>i != 0; i++ {
			if s>>i&1 != 0 {
				a += float64(w[i*si+j*sj])
			}
		}
		p[j] = 1 / (1 + math.Exp(-a))
	}
	return p
}

func upwards(m *rbm.Model, v int) []float64   { return on(m.W, m.C, m.Hidden, 1, v) }
func downwards(m *rbm.Model, h int) []float64 { return on(m.W, m.B, 1, m.Hidden, h) }

// stateLog returns the log-probability of state s of independent units.
func stateLog(p []float64, s int) float64 {
	sum := 0.0
	for i, q := range p {
		if s>>i&1 == 0 {
			q = 1 - q
		}
		sum += math.Log(q)
	}
	return sum
}

// path is a state of every hidden layer below the top one.
type path struct {
	logQ, logP float64 // log q(h|x); log p(x, h) with p* of the top machine
}

// paths returns all of them for a row, given log p* of each state of the top
// machine's units.
func paths(n *Network, x int, logTop []float64) []path {
	top := len(n.Layers) - 1
	if top == 0 {
		return []path{{0, logTop[x]}}
	}
	var all []path
	m, rest := n.Layers[0], &Network{Layers: n.Layers[1:]}
	if n.Generative != nil {
		rest.Generative = n.Generative[1:]
	}
	for h := range 1 << m.Hidden {
		logQ, logP := stateLog(upwards(m, x), h), stateLog(downwards(n.Downwards(0), h), x)
		for _, p := range paths(rest, h, logTop) {
			all = append(all, path{logQ + p.logQ, logP + p.logP})
		}
	}
	return all
}

func logSum(values []float64) float64 {
	top := slices.Max(values)
	sum := 0.0
	for _, v := range values {
		sum += math.Exp(v - top)
	}
	return top + math.Log(sum)
}

// definition returns what a bound is made of by its definition: with every
// path through the network for every row.
func definition(n *Network) []ExactRow {
	logTop := logP(n.Layers[len(n.Layers)-1])
	return definitionWith(n, logTop, logSum(logTop))
}

// definitionWith does so with log p* of the top machine's units as given.
func definitionWith(n *Network, logTop []float64, logZ float64) []ExactRow {
	rows := make([]ExactRow, 1<<n.Units()[0])
	for x := range rows {
		all := paths(n, x, logTop)
		joint := make([]float64, len(all))
		for k, p := range all {
			joint[k] = p.logP - logZ
		}
		r := &rows[x]
		r.LogProbability = logSum(joint)
		for k, p := range all {
			q := math.Exp(p.logQ)
			r.Bound += q * (joint[k] - p.logQ)
			r.KL += q * (p.logQ - (joint[k] - r.LogProbability))
		}
	}
	return rows
}

// TestExact enumerates every state of small networks: probabilities sum to
// one, the bound is one, its gap is the divergence, and nothing at a tied start.
func TestExact(t *testing.T) {
	for _, c := range tinyNetworks {
		got, err := c.net.Exact(t.Context(), allStates(c.net.Layers[0].Visible).BitMatrix)
		if err != nil {
			t.Fatal(err)
		}
		total, largest := 0.0, 0.0
		for x, want := range definition(c.net) {
			total += math.Exp(got[x].LogProbability)
			largest = max(largest, got[x].KL)
			checkExact(t, fmt.Sprintf("%s, x=%b", c.name, x), got[x], want)
		}
		if math.Abs(total-1) > 1e-9 {
			t.Errorf("%s: probabilities sum to %v", c.name, total)
		}
		tight := c.tied || len(c.net.Layers) == 1
		if tight != (largest < 1e-9) {
			t.Errorf("%s: largest divergence %v", c.name, largest)
		}
	}
}

// TestBound draws bounds of each row of small networks many times, and compares
// them with their exact means.
func TestBound(t *testing.T) {
	const copies = 1500
	ws := workspace(t, 1)
	for _, c := range tinyNetworks {
		visible := c.net.Layers[0].Visible
		exact, err := c.net.Exact(t.Context(), allStates(visible).BitMatrix)
		if err != nil {
			t.Fatal(err)
		}
		logZ, err := c.net.Layers[len(c.net.Layers)-1].LogZ(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		for x, want := range exact {
			src := rbm.Bits{BitMatrix: bitdbn.NewBitMatrix(copies, visible)}
			for r := range copies {
				src.CopyRow(r, allStates(visible).BitMatrix, x)
			}
			b, err := c.net.Bound(t.Context(), ws, src, BoundOptions{Rows: copies, Draws: 3, LogZ: logZ, Seed: uint64(x)})
			if err != nil {
				t.Fatal(err)
			}
			what := fmt.Sprintf("%s, x=%b", c.name, x)
			checkBound(t, what, b.Bound, b.Weighted, want)
			if sum := b.Below.Mean + b.Top.Mean + b.Entropy.Mean - b.LogZ; math.Abs(sum-b.Bound.Mean) > 1e-9 {
				t.Errorf("%s: terms sum to %v, bound is %v", what, sum, b.Bound.Mean)
			}
			if c.tied && (math.Abs(b.Weighted.Mean-want.LogProbability) > rounding || b.Weighted.StandardError > rounding) {
				t.Errorf("%s: at the tied start every weight is p(x): weighted bound %+v, log p(x) %v", what, b.Weighted, want.LogProbability)
			}
		}
	}
}

// checkExact compares with the definition, and requires the gap of the bound to be
// the divergence.
func checkExact(t *testing.T, what string, got, want ExactRow) {
	t.Helper()
	if math.Abs(got.LogProbability-want.LogProbability) > 1e-9 || math.Abs(got.Bound-want.Bound) > 1e-9 || math.Abs(got.KL-want.KL) > 1e-9 {
		t.Errorf("%s: %+v, expected %+v", what, got, want)
	}
	if gap := got.LogProbability - got.Bound; math.Abs(gap-got.KL) > 1e-9 || gap < -1e-12 {
		t.Errorf("%s: gap %v, divergence %v", what, gap, got.KL)
	}
}

const rounding = 1e-5

// checkBound requires that the bound is what it is by enumeration, and the
// weighted one between it and the log-probability.
func checkBound(t *testing.T, what string, bound, weighted Term, want ExactRow) {
	t.Helper()
	if d := math.Abs(bound.Mean - want.Bound); d > 4.5*bound.StandardError+rounding {
		t.Errorf("%s: bound %+v, expected %v", what, bound, want.Bound)
	}
	slack := 4.5*(weighted.StandardError+bound.StandardError) + rounding
	if w := weighted.Mean; w < want.Bound-slack || w > want.LogProbability+slack {
		t.Errorf("%s: weighted bound %+v, expected %v to %v", what, weighted, want.Bound, want.LogProbability)
	}
}

// TestBoundWithMoreDraws requires the weighted bound to rise to log p(x).
func TestBoundWithMoreDraws(t *testing.T) {
	const copies = 500
	n, ws := randomNetwork(1, 4, 4, 3, 3, 2), workspace(t, 2)
	src := rbm.Bits{BitMatrix: bitdbn.NewBitMatrix(copies, 4)} // all units off
	exact, err := n.Exact(t.Context(), bitdbn.NewBitMatrix(1, 4))
	if err != nil {
		t.Fatal(err)
	}
	logZ, err := n.Layers[2].LogZ(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	var gaps []float64
	for _, draws := range []int{1, 10, 100} {
		b, err := n.Bound(t.Context(), ws, src, BoundOptions{Rows: copies, Draws: draws, LogZ: logZ})
		if err != nil {
			t.Fatal(err)
		}
		gaps = append(gaps, exact[0].LogProbability-b.Weighted.Mean)
	}
	if !(gaps[0] > 3*gaps[1] && gaps[1] > 3*gaps[2]) {
		t.Errorf("the weighted bound is below log p(x) by %v with 1, 10 and 100 draws; its divergence is %v", gaps, exact[0].KL)
	}
}

// TestBoundTwice requires the same numbers twice, with any number of workers.
func TestBoundTwice(t *testing.T) {
	n, src := randomNetwork(1, 1, 70, 30, 20), rows(700, 70)
	var first *Bound
	for _, workers := range []int{1, 3} {
		b, err := n.Bound(t.Context(), workspace(t, workers), src, BoundOptions{Rows: 700, Draws: 2, LogZ: 1})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = b
		}
		if *b != *first {
			t.Errorf("%+v with %d workers, %+v with one", b, workers, first)
		}
	}
}

func TestBoundErrors(t *testing.T) {
	ws, n := workspace(t, 1), New(5, 4, 3)
	ok := BoundOptions{Rows: 10, Draws: 1}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		what string
		ctx  context.Context
		net  *Network
		src  rbm.Source
		o    BoundOptions
		want error
	}{
		{"no rows", t.Context(), n, rows(3, 5), BoundOptions{Draws: 1}, ErrOptions},
		{"no draws", t.Context(), n, rows(3, 5), BoundOptions{Rows: 1}, ErrOptions},
		{"no layers", t.Context(), new(Network), rows(3, 5), ok, ErrNetwork},
		{"other width", t.Context(), n, rows(3, 6), ok, rbm.ErrData},
		{"empty source", t.Context(), n, rows(0, 5), ok, rbm.ErrData},
		{"cancelled", cancelled, n, rows(3, 5), ok, context.Canceled},
	} {
		if _, err := c.net.Bound(c.ctx, ws, c.src, c.o); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, expected %v", c.what, err, c.want)
		}
	}
	for _, c := range []struct {
		what string
		net  *Network
		cols int
		want error
	}{
		{"no layers", new(Network), 5, ErrNetwork},
		{"other width", n, 6, rbm.ErrData},
		{"too many units", New(5, 12, 9, 3), 5, rbm.ErrTooLarge},
		{"too large on top", New(5, 4, 300), 5, nil}, // the smaller layer counts
		{"too large a top machine", New(40, 40), 40, rbm.ErrTooLarge},
	} {
		if _, err := c.net.Exact(t.Context(), bitdbn.NewBitMatrix(1, c.cols)); !errors.Is(err, c.want) {
			t.Errorf("Exact, %s: %v, expected %v", c.what, err, c.want)
		}
	}
}
