package kernels

// FloatLanes is the number of columns of a panel of float32 numbers.
const FloatLanes = 16

// mulAddGo adds the product of rows of a and a panel of FloatLanes columns to
// rows of dst, in the order of the panel's rows, each operation rounded once:
//
//	dst[r·stride+j] += a[r·aStride+i]·panel[FloatLanes·i+j]
//
// The result is the same for any blocking of rows, columns and, if its parts come
// in order, of the panel.
func mulAddGo(dst []float32, stride int, a []float32, aStride int, panel []float32, rows int) {
	n := len(panel) / FloatLanes
	for r := range rows {
		sums := (*[FloatLanes]float32)(dst[r*stride:])
		for i, v := range a[r*aStride:][:n] {
			for j, w := range (*[FloatLanes]float32)(panel[i*FloatLanes:]) {
				sums[j] += float32(v * w)
			}
		}
	}
}
