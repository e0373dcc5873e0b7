package main

import (
	"math"
	"math/rand/v2"
	"runtime/debug"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"github.com/bitdbn/bitdbn"
)

// gonumVersion returns the version of gonum in this program.
func gonumVersion() string {
	info, _ := debug.ReadBuildInfo()
	for _, d := range info.Deps {
		if d.Path == "gonum.org/v1/gonum" {
			return d.Version
		}
	}
	return "of unknown version"
}

// gemm is gonum's matrix product, of the bits of a layer as float32.
type gemm struct{ x, w, y blas32.General }

func general(rows, cols int) blas32.General {
	return blas32.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float32, rows*cols)}
}

func newGemm(l *layer) *gemm {
	g := &gemm{general(l.b, l.k), general(l.k, l.n), general(l.b, l.n)}
	unpack(g.x, l.x)
	for i := range g.w.Data {
		g.w.Data[i] = rand.Float32() - 0.5
	}
	return g
}

// unpack sets dst to bits, as 0 and 1.
func unpack(dst blas32.General, x *bitdbn.BitMatrix) {
	for i := range dst.Rows {
		for j := range dst.Cols {
			dst.Data[i*dst.Stride+j] = 0
			if x.At(i, j) {
				dst.Data[i*dst.Stride+j] = 1
			}
		}
	}
}

// seconds is a contender. gonum's product runs on one thread where the program
// has one.
func (g *gemm) seconds() (float64, error) {
	return oneThread(func() float64 {
		return timed(func() { blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, g.x, g.w, 0, g.y) })
	}), nil
}

// gonumRBM is CD-1 with gonum's products in float32, without momentum, as NumPy's
// program does it.
type gonumRBM struct {
	w, h, hModel, hDraws, v, vDraws blas32.General
	b, c                            []float32
	random                          *rand.Rand
}

func newGonumRBM(visible, hidden, batch int) *gonumRBM {
	r := &gonumRBM{
		w: general(visible, hidden), h: general(batch, hidden), hModel: general(batch, hidden), hDraws: general(batch, hidden),
		v: general(batch, visible), vDraws: general(batch, visible),
		b: make([]float32, visible), c: make([]float32, hidden), random: rand.New(rand.NewPCG(1, 1)),
	}
	for i := range r.w.Data {
		r.w.Data[i] = 0.01 * float32(r.random.NormFloat64())
	}
	return r
}

// units sets p to the probabilities of units with these biases, given x·W or
// x·Wᵀ.
func (r *gonumRBM) units(p, x blas32.General, t blas.Transpose, bias []float32) {
	blas32.Gemm(blas.NoTrans, t, 1, x, r.w, 0, p)
	for i := range p.Rows {
		row := p.Data[i*p.Stride:][:p.Cols]
		for j := range row {
			row[j] = 1 / (1 + float32(math.Exp(-float64(row[j]+bias[j]))))
		}
	}
}

func (r *gonumRBM) draw(dst, p blas32.General) {
	for i, v := range p.Data {
		dst.Data[i] = 0
		if r.random.Float32() < v {
			dst.Data[i] = 1
		}
	}
}

func (r *gonumRBM) step(x blas32.General, rate float32) {
	rate /= float32(x.Rows)
	r.units(r.h, x, blas.NoTrans, r.c)
	r.draw(r.hDraws, r.h)
	r.units(r.v, r.hDraws, blas.Trans, r.b)
	r.draw(r.vDraws, r.v)
	r.units(r.hModel, r.vDraws, blas.NoTrans, r.c)
	blas32.Gemm(blas.Trans, blas.NoTrans, rate, x, r.h, 1, r.w)
	blas32.Gemm(blas.Trans, blas.NoTrans, -rate, r.vDraws, r.hModel, 1, r.w)
	addColumns(r.b, rate, x, r.vDraws)
	addColumns(r.c, rate, r.h, r.hModel)
}

// addColumns adds rate times the difference of column sums to dst.
func addColumns(dst []float32, rate float32, pos, neg blas32.General) {
	for i := range pos.Rows {
		for j := range dst {
			dst[j] += rate * (pos.Data[i*pos.Stride+j] - neg.Data[i*neg.Stride+j])
		}
	}
}
