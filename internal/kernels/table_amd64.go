//go:build amd64 && !purego && !noasm

package kernels

import "github.com/bitdbn/bitdbn/asm"

const haveAssembly = true

func init() {
	table[AVX2] = table[PureGo].with(Ops{
		Product:     (&blockProduct{walk: asm.WalkAVX2, table: asm.TableAVX2, costBuild: 420, costLookup: 15}).product,
		Activations: asm.ActivationsAVX2,
		Probs:       asm.ProbsAVX2,
		Fixed:       asm.FixedAVX2,
		Sample:      sampleWith(asm.SampleAVX2),
		Binarise:    binariseWith(asm.BinariseAVX2),
		Words:       wordsWith(asm.WordsAVX2),
		Softplus:    asm.SoftplusAVX2,
		Update:      updateWith(asm.UpdateAVX2),
		Quantise:    asm.QuantiseAVX2,
		Turn:        asm.TurnAVX2,
		SortRows:    asm.SortRowsAVX2,
		RowCounts:   asm.RowCountsAVX2,
		Transpose:   asm.TransposeAVX2,
		ColumnSums:  asm.ColumnSumsAVX2,
		Hamming:     asm.HammingAVX2,
		MulAdd:      asm.MulAddAVX2,
	})
	table[AVX512] = table[AVX2].with(Ops{
		Product:     (&blockProduct{walk: asm.WalkAVX512, table: asm.TableAVX512, costBuild: 520, costLookup: 15}).product,
		Activations: asm.ActivationsAVX512,
		Probs:       asm.ProbsAVX512,
		Fixed:       asm.FixedAVX512,
		Sample:      sampleWith(asm.SampleAVX512),
		Binarise:    binariseWith(asm.BinariseAVX512),
		Words:       wordsWith(asm.WordsAVX512),
		Softplus:    asm.SoftplusAVX512,
		Update:      updateWith(asm.UpdateAVX512),
		Quantise:    asm.QuantiseAVX512,
		Turn:        asm.TurnAVX512,
		SortRows:    asm.SortRowsAVX512,
		RowCounts:   asm.RowCountsAVX512,
		Transpose:   asm.TransposeAVX512,
		ColumnSums:  asm.ColumnSumsAVX512,
		Hamming:     asm.HammingAVX512,
	})
}
