package main

import (
	"os"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// line is the values along one axis.
type line struct {
	title string
	x, y  []float64
}

// Len and XY make a line a plotter.XYer.
func (l line) Len() int                    { return len(l.x) }
func (l line) XY(i int) (float64, float64) { return l.x[i], l.y[i] }

// plotScaling draws a plot for each line, side by side, with one vertical axis.
func plotScaling(path string, lines []line) error {
	most := 0.0
	for _, l := range lines {
		for _, y := range l.y {
			most = max(most, y)
		}
	}
	plots := [][]*plot.Plot{nil}
	for i, l := range lines {
		p := plot.New()
		p.Title.Text = l.title
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, values(l.x)
		p.Y.Min, p.Y.Max = 0, 1.1*most
		if i == 0 {
			p.Y.Label.Text = "ps a weight, row and product"
		}
		drawn, points, err := plotter.NewLinePoints(l)
		if err != nil {
			return err
		}
		drawn.Color, points.Color, points.Shape = plotutil.Color(0), plotutil.Color(0), draw.CircleGlyph{}
		p.Add(plotter.NewGrid(), drawn, points)
		plots[0] = append(plots[0], p)
	}
	const width, height = 8 * vg.Centimeter, 7 * vg.Centimeter
	canvas := vgimg.New(width*vg.Length(len(lines)), height)
	tiles := draw.Tiles{Rows: 1, Cols: len(lines), PadX: vg.Millimeter * 4, PadTop: vg.Millimeter * 2, PadBottom: vg.Millimeter * 2, PadRight: vg.Millimeter * 4}
	for i, at := range plot.Align(plots, tiles, draw.New(canvas))[0] {
		plots[0][i].Draw(at)
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := (vgimg.PngCanvas{Canvas: canvas}).WriteTo(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// values are ticks at the values that were measured.
type values []float64

// Ticks returns them.
func (v values) Ticks(_, _ float64) []plot.Tick {
	var all []plot.Tick
	for _, x := range v {
		all = append(all, plot.Tick{Value: x, Label: strconv.FormatFloat(x, 'g', -1, 64)})
	}
	return all
}
