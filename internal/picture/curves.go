package picture

import (
	"encoding/csv"
	"errors"
	"fmt"
	"image/color"
	"io"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// ErrLog is wrapped by errors about a training log.
var ErrLog = errors.New("picture: not a training log")

// panel is one of the plots of the curves, each over the epochs.
type panel struct {
	title, unit, column string
	always              bool // drawn even if no epoch has a value
}

var panels = []panel{
	{"Reconstruction error", "part of the bits", "reconstruction_error", true},
	{"Free-energy gap, held-out less training", "nats a row", "free_energy_gap", true},
	{"Variational bound on the log-probability", "nats a row", "bound", false},
}

// Curves writes the learning curves of a training log, a CSV file with the
// columns layer, epoch, reconstruction_error, free_energy_gap and bound: a line
// for each layer. The error wraps [ErrLog], or is w's.
func Curves(w io.Writer, log io.Reader) error {
	rows, err := csv.NewReader(log).ReadAll()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLog, err)
	}
	if len(rows) < 2 {
		return fmt.Errorf("%w: no epochs", ErrLog)
	}
	var plots [][]*plot.Plot
	for _, p := range panels {
		if !p.always && !slices.Contains(rows[0], p.column) {
			continue // a log of an earlier version
		}
		lines, err := series(rows, p.column)
		if err != nil {
			return err
		}
		if len(lines) == 0 && !p.always {
			continue
		}
		drawn, err := p.draw(lines)
		if err != nil {
			return err
		}
		plots = append(plots, []*plot.Plot{drawn})
	}
	return write(w, plots)
}

// series returns the points (epoch, value) of a column for each layer; layers
// without values are empty.
func series(rows [][]string, column string) ([]plotter.XYs, error) {
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	for _, name := range []string{"layer", "epoch", column} {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("%w: no column %s", ErrLog, name)
		}
	}
	var lines []plotter.XYs
	for n, row := range rows[1:] {
		if row[at[column]] == "" {
			continue
		}
		var v [3]float64
		for k, name := range []string{"layer", "epoch", column} {
			var err error
			if v[k], err = strconv.ParseFloat(row[at[name]], 64); err != nil {
				return nil, fmt.Errorf("%w: line %d, column %s: %q is not a number", ErrLog, n+2, name, row[at[name]])
			}
		}
		layer := int(v[0])
		if layer < 1 || layer > 1000 {
			return nil, fmt.Errorf("%w: line %d: layer %v, expected 1 or more", ErrLog, n+2, v[0])
		}
		for len(lines) < layer {
			lines = append(lines, nil)
		}
		lines[layer-1] = append(lines[layer-1], plotter.XY{X: v[1], Y: v[2]})
	}
	return lines, nil
}

func (p panel) draw(lines []plotter.XYs) (*plot.Plot, error) {
	pl := plot.New()
	pl.Title.Text = p.title
	pl.X.Label.Text = "epoch"
	pl.Y.Label.Text = p.unit
	pl.Legend.Top = true
	pl.Add(plotter.NewGrid())
	for i, points := range lines {
		if len(points) == 0 {
			continue
		}
		line, marks, err := plotter.NewLinePoints(points)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrLog, err)
		}
		line.Color, marks.Color = colors[i%len(colors)], colors[i%len(colors)]
		line.Width = vg.Points(1.5)
		marks.Shape = plotutil.Shape(i)
		pl.Add(line, marks)
		pl.Legend.Add(fmt.Sprintf("layer %d", i+1), line, marks)
	}
	pl.Y.Max += legendRoom * (pl.Y.Max - pl.Y.Min)
	return pl, nil
}

// legendRoom is the height kept free above the curves, in heights of all the
// curves together, so that the legend hides none.
const legendRoom = 0.2

// colors are told apart by people with any kind of colour vision (Okabe and
// Ito, "Color universal design", 2008).
var colors = []color.Color{
	color.RGBA{0x00, 0x72, 0xb2, 0xff}, // blue
	color.RGBA{0xd5, 0x5e, 0x00, 0xff}, // vermilion
	color.RGBA{0x00, 0x9e, 0x73, 0xff}, // bluish green
	color.RGBA{0xcc, 0x79, 0xa7, 0xff}, // reddish purple
	color.RGBA{0xe6, 0x9f, 0x00, 0xff}, // orange
	color.RGBA{0x56, 0xb4, 0xe9, 0xff}, // sky blue
}

// write draws plots above each other.
func write(w io.Writer, plots [][]*plot.Plot) error {
	img := vgimg.New(9*vg.Inch, vg.Length(len(plots))*4*vg.Inch)
	canvases := plot.Align(plots, draw.Tiles{
		Rows: len(plots), Cols: 1,
		PadTop: vg.Points(8), PadBottom: vg.Points(8), PadLeft: vg.Points(8), PadRight: vg.Points(12), PadY: vg.Points(16),
	}, draw.New(img))
	for i := range plots {
		plots[i][0].Draw(canvases[i][0])
	}
	_, err := vgimg.PngCanvas{Canvas: img}.WriteTo(w)
	return err
}
