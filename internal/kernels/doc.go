// Package kernels holds the arithmetic of bitdbn: every kernel in pure Go, the
// table that says which implementation runs at which level, and the pool of
// workers that shares a job out.
//
// Three layouts occur throughout.
//
//   - Bits: row-major words, bit j of a row in word j/64, a stride of whole
//     words from row to row, padding zero.
//   - Panels: a matrix of n columns is cut into panels of [Lanes] columns. A
//     panel holds its rows one after another, so a row of a panel is Lanes
//     consecutive elements, and widths that are powers of two do not collide in
//     the cache. A panel's row count is padded to a multiple of Lanes.
//   - Tiles: Lanes consecutive rows of a panel.
//
// All long sums are sums of integers and therefore exact, whatever their
// order: that is why every level, and any number of threads, gives the same
// bits. The few float32 sequences are fixed, one rounding per operation, and
// never contract a product and a sum (each product is converted explicitly,
// which forbids it in Go).
package kernels

// Lanes is the width of a panel: as many columns as a word has bits, so that
// one row of a panel draws one word.
const Lanes = 64

// TileSize is the number of elements of a tile.
const TileSize = Lanes * Lanes

// PadLanes returns n rounded up to a multiple of Lanes.
func PadLanes(n int) int { return (n + Lanes - 1) / Lanes * Lanes }

// Panels returns the number of panels that n columns occupy.
func Panels(n int) int { return (n + Lanes - 1) / Lanes }

// Mask returns the columns of panel p that exist in a matrix of n columns.
func Mask(n, p int) uint64 {
	if rest := n - p*Lanes; rest < Lanes {
		return 1<<rest - 1
	}
	return ^uint64(0)
}
