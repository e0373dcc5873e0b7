//go:build amd64 && !purego && !noasm

package kernels

import "github.com/bitdbn/bitdbn/asm"

const haveAssembly = true

func init() {
	table[AVX2] = table[PureGo].with(Ops{
		Product: (&blockProduct{walk: asm.WalkAVX2, table: asm.TableAVX2, costBuild: 420, costLookup: 15}).product,
		Hamming: asm.HammingAVX2,
	})
	table[AVX512] = table[AVX2].with(Ops{
		Product: (&blockProduct{walk: asm.WalkAVX512, table: asm.TableAVX512, costBuild: 520, costLookup: 15}).product,
		Hamming: asm.HammingAVX512,
	})
}
