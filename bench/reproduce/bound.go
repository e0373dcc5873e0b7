package main

import (
	"encoding/csv"
	"fmt"
	"image/color"
	"os"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// drawBound draws the bound on the log-probability of validation rows after epochs of
// the second layer, from a training log, above the log-probability by the first layer
// alone, from which it starts.
func drawBound(log, out string, first term) error {
	points, err := boundOf(log, "2")
	if err != nil {
		return err
	}
	p := plot.New()
	p.Title.Text = "Second layer from a tied start: bound on the log-probability of validation rows"
	p.X.Label.Text = "epoch of the second layer"
	p.Y.Label.Text = "nats a row"
	p.Add(plotter.NewGrid())
	start := plotter.XYs{{X: 0, Y: first.Mean}, {X: points.XYs[len(points.XYs)-1].X, Y: first.Mean}}
	before, err := plotter.NewLine(start)
	if err != nil {
		return err
	}
	before.Color, before.Dashes = color.RGBA{0xd5, 0x5e, 0x00, 0xff}, []vg.Length{vg.Points(5), vg.Points(3)}
	line, marks, err := plotter.NewLinePoints(append(plotter.XYs{start[0]}, points.XYs...))
	if err != nil {
		return err
	}
	line.Color, marks.Color = color.RGBA{0x00, 0x72, 0xb2, 0xff}, color.RGBA{0x00, 0x72, 0xb2, 0xff}
	bars, err := plotter.NewYErrorBars(points)
	if err != nil {
		return err
	}
	p.Add(before, line, marks, bars)
	p.Legend.Add("log-probability by the first layer alone", before)
	p.Legend.Add("bound, with two standard errors of the mean", line, marks)
	p.Legend.Top = false
	return p.Save(7*vg.Inch, 4*vg.Inch, out)
}

// bounds are points with errors.
type bounds struct {
	plotter.XYs
	plotter.YErrors
}

// boundOf returns the bounds of a layer in a training log.
func boundOf(path, layer string) (bounds, error) {
	var b bounds
	f, err := os.Open(path)
	if err != nil {
		return b, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return b, fmt.Errorf("%s: %w", path, err)
	}
	columns := []string{"layer", "epoch", "bound", "bound_error"}
	var at [4]int
	for i, name := range columns {
		if at[i] = slices.Index(rows[0], name); at[i] < 0 {
			return b, fmt.Errorf("%s: no column %s", path, name)
		}
	}
	for n, row := range rows[1:] {
		if row[at[0]] != layer || row[at[2]] == "" {
			continue
		}
		var v [3]float64
		for i := range v {
			if v[i], err = strconv.ParseFloat(row[at[i+1]], 64); err != nil {
				return b, fmt.Errorf("%s: line %d: %s: %w", path, n+2, columns[i+1], err)
			}
		}
		b.XYs = append(b.XYs, plotter.XY{X: v[0], Y: v[1]})
		b.YErrors = append(b.YErrors, struct{ Low, High float64 }{2 * v[2], 2 * v[2]})
	}
	if len(b.XYs) == 0 {
		return b, fmt.Errorf("%s: no bound of layer %s", path, layer)
	}
	return b, nil
}
