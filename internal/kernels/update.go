package kernels

import "math"

// Types of one tile.
type (
	// TileF is a tile of float32.
	TileF = [TileSize]float32
	// TileI is a tile of int32.
	TileI = [TileSize]int32
	// RowF is a value for each row or column of a tile.
	RowF = [Lanes]float32
)

// Rates are the scalars of one update of a layer, for gradients that are means
// over rows.
type Rates struct {
	Pos, Neg float32 // learning rate / (rows · FixedOne), for data and model
	Momentum float32 // μ
	L2       float32 // learning rate · λ₂
	L1       float32 // learning rate · λ₁
	Quantum  float32 // 2^s
}

// Offsets are the vectors of the centred gradient, those of one tile. All
// zero, they leave the gradient as it is.
type Offsets struct {
	Visible     *RowF // μ, offset of each row
	Hidden      *RowF // λ, offset of each column
	VisibleStep *RowF // learning rate · (⟨v⟩data − ⟨v⟩model), each row
	HiddenStep  *RowF // learning rate · (⟨h⟩data − ⟨h⟩model), each column
}

// updateGo moves the weights of a tile along a gradient, with one rounding per
// operation, and rewrites their fixed-point copies q:
//
//	g = float32(pos)·Pos − float32(neg)·Neg − (Visible_i·HiddenStep_j + VisibleStep_i·Hidden_j)
//	m = (Momentum·m + g) − L2·w − L1·sign(w)
//	w = w + m
//	q = round_half_even(w·Quantum)
//
// It returns the largest |w|, as the bits of a float32: an infinity or NaN
// shows as 0x7f800000 or more. Where |w|·Quantum reaches 2^31 the copies mean
// nothing: the caller lowers Quantum and calls quantiseGo.
func updateGo(w, m *TileF, pos, neg, q *TileI, o *Offsets, r *Rates) uint32 {
	var top uint32
	for i := range Lanes {
		wr, mr := (*RowF)(w[i*Lanes:]), (*RowF)(m[i*Lanes:])
		pr, nr, qr := (*row)(pos[i*Lanes:]), (*row)(neg[i*Lanes:]), (*row)(q[i*Lanes:])
		visible, step := o.Visible[i], o.VisibleStep[i]
		for j := range wr {
			g := float32(float32(pr[j])*r.Pos) - float32(float32(nr[j])*r.Neg)
			g -= float32(visible*o.HiddenStep[j]) + float32(step*o.Hidden[j])
			v := float32(r.Momentum*mr[j]) + g
			v -= float32(r.L2 * wr[j])
			v -= signed(r.L1, wr[j])
			mr[j] = v
			v += wr[j]
			wr[j] = v
			top = max(top, math.Float32bits(v)&^(1<<31))
			qr[j] = Round(float32(v * r.Quantum))
		}
	}
	return top
}

// signed returns a·sign(w), with sign(0) = 0.
func signed(a, w float32) float32 {
	if w == 0 {
		return 0
	}
	return math.Float32frombits(math.Float32bits(a) | math.Float32bits(w)&(1<<31))
}

// Round returns x rounded half to even, and −2^31 where that does not fit an
// int32 or x is NaN, as the processors' conversions do.
func Round(x float32) int32 {
	if x >= -(1<<31) && x < 1<<31 {
		return int32(math.RoundToEven(float64(x)))
	}
	return math.MinInt32
}

// quantiseGo writes the fixed-point copies of a tile: q = round_half_even(w·quantum).
func quantiseGo(q *TileI, w *TileF, quantum float32) {
	for i, v := range w {
		q[i] = Round(float32(v * quantum))
	}
}

// turnGo sets dst to the transpose of src, in squares that fit the first-level
// cache's associativity. next is what the caller will soon read, of up to TileSize
// numbers: levels that can fetch it meanwhile.
func turnGo(dst, src *TileI, _ []int32) {
	const side = 8
	for i0 := 0; i0 < Lanes; i0 += side {
		for j0 := 0; j0 < Lanes; j0 += side {
			for i := i0; i < i0+side; i++ {
				for j := j0; j < j0+side; j++ {
					dst[j*Lanes+i] = src[i*Lanes+j]
				}
			}
		}
	}
}
