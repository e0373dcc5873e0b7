package bitdbn_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn"
)

// correlations returns Σ_r x_ri·P_rj from the definition.
func correlations(p bitdbn.Phase) []int64 {
	v, h := p.X.Cols(), p.H.Cols()
	sums := make([]int64, v*h)
	row := make([]int64, h)
	for r := range p.X.Rows() {
		for j := range row {
			row[j] = int64(p.H.At(r, j))
		}
		for i := range v {
			if !p.X.At(r, i) {
				continue
			}
			for j, n := range row {
				sums[i*h+j] += n
			}
		}
	}
	return sums
}

func TestCorrelations(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rng := newRand(1)
		ws := newWorkspace(t, 2)
		for _, rows := range []int{1, 2, 63, 64, 65, 100, 300} {
			for _, units := range [][2]int{{1, 1}, {63, 65}, {129, 67}, {601, 3}, {7, 201}} {
				v, h := units[0], units[1]
				for _, density := range []float64{0.02, 0.5, 2} {
					p := bitdbn.Phase{X: randomBits(rng, rows, v, density), H: randomFixed(t, ws, rng, rows, h)}
					checkCorrelations(t, ws, fmt.Sprintf("%d rows, %d × %d units, density %v", rows, v, h, density), p)
				}
			}
		}
	})
}

func checkCorrelations(t *testing.T, ws *bitdbn.Workspace, what string, p bitdbn.Phase) {
	t.Helper()
	got := slices.Repeat([]int32{-1}, p.X.Cols()*p.H.Cols())
	if err := p.Correlations(ws, got); err != nil {
		t.Fatal(err)
	}
	wide := make([]int64, len(got))
	for i, n := range got {
		wide[i] = int64(n)
	}
	checkSame(t, what, wide, correlations(p))
}

// TestCorrelationsOfPart takes the first rows of matrices whose other rows
// hold something.
func TestCorrelationsOfPart(t *testing.T) {
	rng := newRand(2)
	ws := newWorkspace(t, 2)
	x, h := ones(200, 65), randomFixed(t, ws, rng, 200, 66)
	for _, rows := range []int{199, 1, 64, 130, 200} {
		part, head := x.Slice(200-rows, 200), h.Head(rows)
		checkCorrelations(t, ws, fmt.Sprint(rows, " of 200 rows"), bitdbn.Phase{X: &part, H: &head})
	}
}

func TestCorrelationsWithoutUnits(t *testing.T) {
	ws := newWorkspace(t, 2)
	for _, units := range [][2]int{{0, 0}, {5, 0}, {0, 5}} {
		p := bitdbn.Phase{X: bitdbn.NewBitMatrix(3, units[0]), H: bitdbn.NewFixedMatrix(3, units[1])}
		if err := p.Correlations(ws, nil); err != nil {
			t.Errorf("%d × %d units: %v", units[0], units[1], err)
		}
	}
}

// TestRowLimits sums as many rows as there may be, with every bit set and every
// probability at its largest.
func TestRowLimits(t *testing.T) {
	ws := newWorkspace(t, 1)
	const v, h = 2, 1
	x := ones(bitdbn.MaxRows+1, v)
	certain := bitdbn.NewFixedMatrix(bitdbn.MaxRows+1, h)
	pack(t, v, h, make([]float32, v*h), []float32{100}).Fixed(ws, certain, x)
	m := bitdbn.NewMaster(v, h)
	got := make([]int32, v*h)
	for _, rows := range []int{bitdbn.MaxRows, bitdbn.MaxRows + 1, 0} {
		part, head := x.Slice(0, rows), certain.Head(rows)
		p := bitdbn.Phase{X: &part, H: &head}
		one := bitdbn.Phase{X: ones(1, v), H: bitdbn.NewFixedMatrix(1, h)}
		for what, err := range map[string]error{
			"Correlations": p.Correlations(ws, got),
			"Step, data":   m.Step(ws, p, one, &bitdbn.Update{}),
			"Step, model":  m.Step(ws, one, p, &bitdbn.Update{}),
		} {
			if rows == bitdbn.MaxRows {
				if err != nil {
					t.Errorf("%s of %d rows: %v", what, rows, err)
				}
				continue
			}
			if !errors.Is(err, bitdbn.ErrRows) || !strings.Contains(err.Error(), fmt.Sprint(rows)) {
				t.Errorf("%s of %d rows: error %v", what, rows, err)
			}
		}
		if rows == bitdbn.MaxRows {
			checkSame(t, "sums", got, []int32{bitdbn.MaxRows * math.MaxUint16, bitdbn.MaxRows * math.MaxUint16})
		}
	}
}
