package main

import (
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn"
)

func TestAlternate(t *testing.T) {
	n := 0.0
	s, err := alternate(5, func() (float64, error) { n++; return n, nil }, func() (float64, error) { return 2 * n, nil })
	if err != nil || s[0] != (sample{3, 1, 5}) || s[1] != (sample{6, 2, 10}) {
		t.Errorf("%v, %v", s, err)
	}
	if r := ratio(s[1], s[0]); r != "2.00 ×" {
		t.Errorf("ratio %s", r)
	}
	if r := s[0].rate(30); r != "10.0 (6.00–30.0)" {
		t.Errorf("rate %s", r)
	}
}

// TestFigures writes the README's table between its comments, twice.
func TestFigures(t *testing.T) {
	path := filepath.Join(t.TempDir(), "README.md")
	const before, after = "# Title\n\n", "\nMore.\n"
	if err := os.WriteFile(path, []byte(before+figuresBegin+"old\n"+figuresEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
	c := &comparison{figures: map[string][2]float64{}}
	if err := c.writeFigures(path); err == nil {
		t.Error("figures that were not measured are written")
	}
	for _, name := range []string{"product/128×784×512/50/" + best(), "product/128×784×512/13/" + best(), "epoch/784 × 500, batches of 100", "epoch/784 × 2000, batches of 128"} {
		c.headline(name, 123, 45)
	}
	for range 2 {
		if err := c.writeFigures(path); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if s := string(text); err != nil || !strings.HasPrefix(s, before) || !strings.HasSuffix(s, after) || strings.Contains(s, "old") || strings.Count(s, "123 GMAC/s | OpenBLAS sgemm 45") != 2 {
		t.Errorf("error %v\n%s", err, s)
	}
	if err := os.WriteFile(path, []byte("nothing"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := c.writeFigures(path); err == nil {
		t.Error("a file without the comments is written")
	}
}

// TestThreadRows gives pairs of two kinds, and one that changed in between.
func TestThreadRows(t *testing.T) {
	var pairs []threadPair
	for range 10 {
		pairs = append(pairs, threadPair{4e-6, 2e-6, 50e-9, 60e-9}, threadPair{6e-6, 4e-6, 400e-9, 300e-9})
	}
	c := &comparison{}
	c.threadRows(500, 100, append(pairs, threadPair{1e-6, 1e-6, 50e-9, 300e-9}))
	const want = `| 784 × 500, batches of 100 | any | 21 | 300 | 4.00 | 2.00 | 1.50 (1.50–2.00) × |
| 784 × 500, batches of 100 | share a cache | 10 | 60 | 4.00 | 2.00 | 2.00 (2.00–2.00) × |
| 784 × 500, batches of 100 | apart | 10 | 400 | 6.00 | 4.00 | 1.50 (1.50–1.50) × |
`
	if got := c.report.String(); got != want {
		t.Errorf("rows\n%sexpected\n%s", got, want)
	}
	if runtime.GOMAXPROCS(0) > 1 {
		if trip := roundTrip(); !(trip > 0 && trip < 1) {
			t.Errorf("round trip of %v s", trip)
		}
	}
}

func TestPlotScaling(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.png")
	if err := plotScaling(path, []line{{"batch", []float64{10, 100}, []float64{3, 2}}, {"k", []float64{1, 2}, []float64{2, 2}}}); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(b), "\x89PNG") {
		t.Errorf("error %v, %d bytes", err, len(b))
	}
}

// TestGonumRBM requires the trainer that bitdbn is compared with to learn: rows
// that are all alike are reconstructed.
func TestGonumRBM(t *testing.T) {
	src := rowsOf(20, 10, 0)
	for r := range 10 {
		for i := 0; i < 20; i += 2 {
			src.Set(r, i, true)
		}
	}
	m, x := newGonumRBM(20, 5, 10), general(10, 20)
	unpack(x, src.BitMatrix)
	for range 500 {
		m.step(x, 0.5)
	}
	wrong := 0.0
	for i, v := range m.v.Data {
		wrong += math.Abs(float64(v-x.Data[i])) / float64(len(x.Data))
	}
	if wrong > 0.05 {
		t.Errorf("mean error %v of a reconstruction", wrong)
	}
}

func TestCheckTraining(t *testing.T) {
	if err := checkTraining(rowsOf(50, 30, 0.3), 20, 10); err != nil {
		t.Error(err)
	}
	l, err := newLayer(5, 70, 33, 0.3)
	if err != nil {
		t.Fatal(err)
	}
	defer l.ws.Close()
	start := bitdbn.Level()
	defer bitdbn.SetLevel(start)
	if err := l.check(); err != nil {
		t.Error(err)
	}
}
