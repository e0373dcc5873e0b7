package kernels

import "testing"

// FuzzKernels compares every kernel of every level with the pure-Go one, for
// shapes, contents and places that the fuzzer chooses.
func FuzzKernels(f *testing.F) {
	for i := range kernelCases {
		f.Add(uint8(i), uint16(37), uint8(3), uint8(1), uint8(50), uint8(13), uint8(i), uint8(i), uint64(i))
	}
	f.Fuzz(func(t *testing.T, kernel uint8, rows uint16, words, pad, cols, density, content, place uint8, seed uint64) {
		c := &kernelCases[int(kernel)%len(kernelCases)]
		s := shape{
			rows:    int(rows) % 1100,
			words:   1 + int(words)%40,
			stride:  1 + int(words)%40 + int(pad)%9,
			cols:    1 + int(cols)%Lanes,
			density: int(density) % 101,
			mixed:   seed%2 == 1,
			values:  values(int(content) % int(numValues)),
		}
		switch c.name {
		case "Transpose":
			s.rows %= Lanes + 1 // a square
		case "Product":
			s.rows %= ChunkRows + 1
		}
		p := placement{placementKind(int(place) % int(numKinds)), int(place) / int(numKinds) % 16}
		for _, l := range Available() {
			runCase(t, c, At(l), s, p, seed)
			if t.Failed() {
				t.Fatalf("%s, level %v, %v at %v", c.name, l, s, p)
			}
		}
	})
}
