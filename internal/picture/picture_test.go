package picture

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/rbm"
)

func decode(t *testing.T, b *bytes.Buffer) image.Image {
	t.Helper()
	img, err := png.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// shade returns the grey level in the middle of cell (x, y) of a tile of a
// picture that is columns tiles wide.
func shade(img image.Image, columns, tile, height, wide, x, y int) int {
	zoom := (img.Bounds().Dx()-1)/columns - 1
	zoom /= wide
	px := tile%columns*(wide*zoom+1) + 1 + x*zoom + zoom/2
	py := tile/columns*(height*zoom+1) + 1 + y*zoom + zoom/2
	r, _, _, _ := img.At(px, py).RGBA()
	return int(r >> 8)
}

func TestGrid(t *testing.T) {
	var b bytes.Buffer
	values := []float32{0, 0.5, 1, 0, 1, 0, -3, 7} // two images of 2 × 2
	if err := Grid(&b, values, 2, []int{2, 2}); err != nil {
		t.Fatal(err)
	}
	img := decode(t, &b)
	want := []int{0, 128, 255, 0, 255, 0, 0, 255}
	for i, v := range want {
		if got := shade(img, 2, i/4, 2, 2, i%2, i/2%2); got != v {
			t.Errorf("value %d is shown as %d, expected %d", i, got, v)
		}
	}
}

func TestGridErrors(t *testing.T) {
	for _, shape := range [][]int{nil, {4}, {2, 3}, {0, 4}, {-2, -2}, {2, 2, 1}} {
		var b bytes.Buffer
		if err := Grid(&b, make([]float32, 4), 1, shape); !errors.Is(err, ErrShape) || b.Len() != 0 {
			t.Errorf("shape %v: error %v and %d bytes, expected ErrShape and none", shape, err, b.Len())
		}
	}
}

func TestFilters(t *testing.T) {
	net := dbn.New(4, 2, 1)
	copy(net.Layers[0].W, []float32{1, 0, -2, 0, 0, 4, 0, 0}) // 4 × 2
	copy(net.Layers[1].W, []float32{0, 3})                    // 2 × 1: unit 2 below
	for _, c := range []struct {
		layer int
		want  []int
	}{
		{1, []int{191, 0, 128, 128, 128, 128, 255, 128}},
		{2, []int{128, 128, 255, 128}},
	} {
		var b bytes.Buffer
		if err := Filters(&b, net, c.layer, []int{2, 2}, 10); err != nil {
			t.Fatal(err)
		}
		img := decode(t, &b)
		for i, v := range c.want {
			if got := shade(img, len(c.want)/4, i/4, 2, 2, i%2, i/2%2); got != v {
				t.Errorf("layer %d: weight %d is shown as %d, expected %d", c.layer, i, got, v)
			}
		}
	}
	for _, layer := range []int{0, 3} {
		if err := Filters(&bytes.Buffer{}, net, layer, []int{2, 2}, 1); !errors.Is(err, ErrShape) {
			t.Errorf("layer %d: %v, expected ErrShape", layer, err)
		}
	}
}

// TestFiltersOfLabels draws the units of a stack whose top machine has labels,
// which have no place in a picture, and whose lower layer has generative weights.
func TestFiltersOfLabels(t *testing.T) {
	net := dbn.New(4, 2, 3)
	var plain, other bytes.Buffer
	for i := range net.Layers[0].W {
		net.Layers[0].W[i] = float32(i) - 3
	}
	for i := range net.Layers[1].W {
		net.Layers[1].W[i] = float32(i%4) - 1
	}
	if err := Filters(&plain, net, 2, []int{2, 2}, 3); err != nil {
		t.Fatal(err)
	}
	top := rbm.New(2+5, 3)
	top.Labels = 5
	copy(top.W, net.Layers[1].W) // the labels are the last units
	net.Layers[1] = top
	if err := Filters(&other, net, 2, []int{2, 2}, 3); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(plain.Bytes(), other.Bytes()) {
		t.Error("labels change the picture")
	}
	net.Generative = []*rbm.Model{rbm.New(4, 2)}
	net.Generative[0].W[5] = 1
	other.Reset()
	if err := Filters(&other, net, 2, []int{2, 2}, 3); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(plain.Bytes(), other.Bytes()) {
		t.Error("generative weights do not change the picture")
	}
}

func TestCurves(t *testing.T) {
	const head = "layer,epoch,reconstruction_error,free_energy_gap\n"
	var b bytes.Buffer
	if err := Curves(&b, strings.NewReader(head+"1,1,0.2,1\n1,2,0.1,2\n2,1,0.3,\n")); err != nil {
		t.Fatal(err)
	}
	if size := decode(t, &b).Bounds().Size(); size.X < 800 || size.Y < 600 {
		t.Errorf("picture of %v", size)
	}
	const withBound = "layer,epoch,reconstruction_error,free_energy_gap,bound\n"
	heights := map[int]bool{}
	for _, text := range []string{withBound + "1,1,0.2,1,\n", withBound + "1,1,0.2,1,\n1,2,0.1,2,-90\n"} {
		b.Reset()
		if err := Curves(&b, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		heights[decode(t, &b).Bounds().Dy()] = true
	}
	if len(heights) != 2 {
		t.Errorf("with and without a bound pictures have heights %v, expected one more panel", heights)
	}
	for _, c := range []struct{ text, want string }{
		{"", "no epochs"},
		{head, "no epochs"},
		{"a,b\n1,2\n", "no column layer"},
		{head + "1,1,x,1\n", "line 2, column reconstruction_error"},
		{head + "0,1,1,1\n", "layer 0"},
		{head + "1,1\n", "line 2"},
		{head + "1,1,NaN,1\n", ""},
	} {
		err := Curves(&bytes.Buffer{}, strings.NewReader(c.text))
		if !errors.Is(err, ErrLog) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("log %q: %v, expected mention of %q", c.text, err, c.want)
		}
	}
}
