package kernels

import "reflect"

// Ops is one implementation of every kernel. All implementations of a kernel
// return the same bits; the pure-Go function of the same name is its contract.
type Ops struct {
	SortRows    func(rows []RowBits, x []uint64, stride, first int) int
	RowCounts   func(counts []int32, x []uint64, stride, words int)
	Product     func(sums []int32, start *Row, blocks []Block, q []int32, next *TileI, s *Scratch)
	Activations func(dst []float32, sums []int32, scale float32)
	Probs       func(dst []float32, sums []int32, scale float32)
	Fixed       func(dst, sums []int32, scale float32, mask uint64)
	Sample      func(dst []uint64, stride int, probs, sums []int32, scale float32, offset *RowF, mask uint64, d Draws)
	Binarise    func(dst []uint64, grey []uint8, d Draws)
	Words       func(dst []uint32, d Draws)
	Softplus    func(linear, curved []int64, sums []int32, scale float32, mask uint64)
	Update      func(w, m *TileF, pos, neg, q *TileI, o *Offsets, r *Rates) uint32
	Quantise    func(q *TileI, w *TileF, quantum float32)
	Turn        func(dst, src *TileI, next []int32)
	Transpose   func(dst []uint64, dstStride int, src []uint64, srcStride, rows, cols int)
	Hamming     func(a, b []uint64) int
	ColumnSums  func(dst *[Lanes]int32, panel []int32)
	MulAdd      func(dst []float32, stride int, a []float32, aStride int, panel []float32, rows int)
}

// table is level → kernels. Each level starts as the one below it and
// overwrites what it does better, so that no slot is ever empty.
var table = [numLevels]Ops{
	PureGo: {
		SortRows:    sortRowsGo,
		RowCounts:   rowCountsGo,
		Product:     productGo,
		Activations: activationsGo,
		Probs:       probsGo,
		Fixed:       fixedGo,
		Sample:      sampleGo,
		Binarise:    binariseGo,
		Words:       wordsGo,
		Softplus:    softplusGo,
		Update:      updateGo,
		Quantise:    quantiseGo,
		Turn:        turnGo,
		Transpose:   transposeGo,
		Hamming:     hammingGo,
		ColumnSums:  columnSumsGo,
		MulAdd:      mulAddGo,
	},
}

// with returns o with the kernels that better has in their place.
func (o Ops) with(better Ops) Ops {
	to, from := reflect.ValueOf(&o).Elem(), reflect.ValueOf(better)
	for i := range from.NumField() {
		if f := from.Field(i); !f.IsNil() {
			to.Field(i).Set(f)
		}
	}
	return o
}

// At returns the kernels of a level.
func At(l Level) *Ops { return &table[l] }

// Best returns the kernels of the level in use.
func Best() *Ops { return &table[Current()] }
