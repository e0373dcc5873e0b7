// Package picture draws what a network has learnt: filters, samples and
// learning curves, as PNG.
package picture

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
)

// ErrShape is wrapped by errors about rows that cannot be shown as images.
var ErrShape = errors.New("picture: not an image")

// width is about how many pixels a picture is wide: small images are enlarged
// by a whole factor.
const width = 1000

// gap is the colour of the lines between images.
var gap = color.Gray{Y: 96}

// Grid writes images in a grid that is nearly square: n of them, of shape
// height × width, row-major one after another, 0 black and 1 white. The error
// wraps [ErrShape], or is w's.
func Grid(w io.Writer, values []float32, n int, shape []int) error {
	if err := checkTiles(values, n, shape); err != nil {
		return err
	}
	columns := int(math.Ceil(math.Sqrt(float64(n) * float64(shape[0]) / float64(shape[1]))))
	return Table(w, values, n, min(max(columns, 1), n), shape)
}

func checkTiles(values []float32, n int, shape []int) error {
	if len(shape) != 2 || n < 1 || shape[0] < 1 || shape[1] < 1 || n*shape[0]*shape[1] != len(values) {
		return fmt.Errorf("%w: %d values for %d rows of shape %v, expected height × width", ErrShape, len(values), n, shape)
	}
	return nil
}

// Table is Grid with a given number of columns, at least one.
func Table(w io.Writer, values []float32, n, columns int, shape []int) error {
	if err := checkTiles(values, n, shape); err != nil {
		return err
	}
	height, wide := shape[0], shape[1]
	rows := (n + columns - 1) / columns
	zoom := max(1, width/(columns*(wide+1)))
	stepX, stepY := wide*zoom+1, height*zoom+1
	img := image.NewGray(image.Rect(0, 0, columns*stepX+1, rows*stepY+1))
	for i := range img.Pix {
		img.Pix[i] = gap.Y
	}
	for i := range n {
		x0, y0 := i%columns*stepX+1, i/columns*stepY+1
		tile := values[i*height*wide:][:height*wide]
		for y := range height * zoom {
			for x := range wide * zoom {
				img.SetGray(x0+x, y0+y, grey(tile[y/zoom*wide+x/zoom]))
			}
		}
	}
	return png.Encode(w, img)
}

// grey returns the shade of a value between 0 and 1.
func grey(v float32) color.Gray {
	return color.Gray{Y: uint8(math.Round(255 * float64(min(max(v, 0), 1))))}
}
