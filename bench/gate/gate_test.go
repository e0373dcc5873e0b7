package main

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn/bench/gate/assembly"
)

func TestKernelInstructions(t *testing.T) {
	const out = `desc: a
cmd: b
events: Ir
fl=github.com/bitdbn/bitdbn/internal/kernels/product.go
fn=github.com/bitdbn/bitdbn/internal/kernels.walkGo
10 100
11 20
fl=github.com/bitdbn/bitdbn/asm/zproduct_avx2_amd64.s
fn=github.com/bitdbn/bitdbn/asm.WalkAVX2.abi0
5 7
fl=github.com/bitdbn/bitdbn/internal/kernels/cases_test.go
fn=github.com/bitdbn/bitdbn/internal/kernels.fillInts
1 1000
fl=github.com/bitdbn/bitdbn/internal/kernels/bits.go
fn=github.com/bitdbn/bitdbn/internal/kernels.fillInts
1 1000
fl=runtime/x.go
fn=runtime.scan
1 1000
summary: 3127
`
	for level, want := range map[string]int64{"purego": 120, "avx2": 7} {
		if n, err := kernelInstructions(strings.NewReader(out), level); n != want || err != nil {
			t.Errorf("%s: %d, error %v, expected %d", level, n, err, want)
		}
	}
	if _, err := kernelInstructions(strings.NewReader("fl=a\nfn=bitdbn/asm.B\n1 many\n"), "avx2"); err == nil {
		t.Error("a count that is no number is read")
	}
}

func TestParseBench(t *testing.T) {
	got, err := parseBench("goos: linux\nBenchmarkA/level=avx2/b=1 \t 100 \t 22.5 ns/op\t 3 GMAC/s\t 12.5 min-ns/op\nBenchmarkB-2  1  7e+06 ns/op\nBenchmarkC  1  7 ns/op  6e+06 min-ns/op\nPASS\n")
	if want := []result{{"A/level=avx2/b=1", 12.5}, {"C", 6e6}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, error %v, expected %v", got, err, want)
	}
	if _, err := parseBench("BenchmarkA 1 7 ns/op 1.2.3 min-ns/op\n"); err == nil {
		t.Error("1.2.3 is read as a number")
	}
}

func TestPattern(t *testing.T) {
	// As package testing reads it: alternatives, then one expression a slash.
	p := pattern([]string{"Product/level=avx2/b=1", "Turn/level=purego"})
	if want := `^BenchmarkProduct$/^level=avx2$/^b=1$|^BenchmarkTurn$/^level=purego$`; p != want {
		t.Errorf("%s, expected %s", p, want)
	}
	if l := level("Product/level=avx512/b=1"); l != "avx512" {
		t.Errorf("level %q", l)
	}
}

// TestBootstrapCovers draws samples around a known median, and expects the
// interval to hold it about as often as it promises.
func TestBootstrapCovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const trials = 300
	held := 0
	for range trials {
		v := make([]float64, 20)
		for i := range v {
			v[i] = math.Exp(0.05 * rng.NormFloat64()) // median 1
		}
		mid, low, high := bootstrap(v)
		if low > mid || mid > high {
			t.Fatalf("median %v outside of %v to %v", mid, low, high)
		}
		if low <= 1 && 1 <= high {
			held++
		}
	}
	if held < trials*95/100 {
		t.Errorf("%d of %d intervals hold the median", held, trials)
	}
}

// TestPairing feeds rounds with a known slowdown and noise to the rule that
// decides.
func TestPairing(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		slowdown float64
		slow     bool
	}{{1, false}, {1.02, false}, {1.08, true}, {0.9, false}} {
		s := new(series)
		for range mostRounds {
			s.base = append(s.base, 100*math.Exp(0.03*rng.NormFloat64()))
			s.head = append(s.head, 100*c.slowdown*math.Exp(0.03*rng.NormFloat64()))
		}
		mid, low, high := s.interval()
		if got := low > slow; got != c.slow {
			t.Errorf("slowdown %v: median %.3f, interval %.3f to %.3f, slow %v", c.slowdown, mid, low, high, got)
		}
	}
}

func TestAccepted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "A.md")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := readAccepted(path); list != nil || err != nil {
		t.Errorf("no file: %v, %v", list, err)
	}
	const head = "# Accepted\n\n| layer | name | at most | reason |\n|---|---|---|---|\n"
	write(head + "| count | `Sample/level=avx2/.*` | +3 % | a better sigmoid |\n")
	list, err := readAccepted(path)
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	for _, c := range []struct {
		f    finding
		want bool
	}{
		{finding{Layer: "count", Name: "Sample/level=avx2/rows=128", Ratio: 1.03}, true},
		{finding{Layer: "count", Name: "Sample/level=avx2/rows=128", Ratio: 1.04}, false},
		{finding{Layer: "time", Name: "Sample/level=avx2/rows=128", Ratio: 1.03}, false},
		{finding{Layer: "count", Name: "More/Sample/level=avx2/rows=128", Ratio: 1.03}, false},
	} {
		if got := list[0].accepts(&c.f); got != c.want {
			t.Errorf("%+v: %v", c.f, got)
		}
	}
	for _, bad := range []string{
		"| count | a | +3 % |", "| count | a | +3 % | |", "| size | a | +3 % | why |", "| count | ( | +3 % | why |", "| count | a | some | why |", "| count | a | -3 % | why |",
	} {
		write(head + bad + "\n")
		if _, err := readAccepted(path); err == nil || !strings.Contains(err.Error(), "line 5") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestJudge goes through what each layer may find, and what is left of it.
func TestJudge(t *testing.T) {
	grown := func(n int) assembly.Function { return assembly.Function{Instructions: 50 + n, Loops: []int{10 + n}} }
	base := map[string]assembly.Function{"WalkAVX2": grown(0), "WalkAVX512": grown(0), "OldAVX2": grown(0), "TurnAVX512": grown(0)}
	head := map[string]assembly.Function{"WalkAVX2": grown(1), "WalkAVX512": grown(1), "NewAVX2": grown(0), "TurnAVX512": grown(0)}
	r := &report{judged: []string{"avx2", "purego"}}
	r.compareStatic(base, head)
	r.compareCounts(map[string]int64{"P/level=avx2": 1000, "P/level=purego": 1000, "Q/level=avx2": 0, "R/level=avx2": 1000, "S/level=avx2": 1000},
		map[string]int64{"P/level=avx2": 1002, "P/level=purego": 1009, "Q/level=avx2": 0, "R/level=avx2": 900, "S/level=avx2": 1100})
	r.judge([]*acceptance{
		{layer: "count", name: regexp.MustCompile("^S/level=avx2$"), limit: 1.2, reason: "why"},
		{layer: "time", name: regexp.MustCompile("^Z$"), limit: 1.2, reason: "none"},
	})
	want := map[string]string{
		"static WalkAVX2": changed, "static WalkAVX512": slower, "static OldAVX2": gone, "static NewAVX2": added, "static TurnAVX512": same,
		"count P/level=avx2": slower, "count P/level=purego": same, "count Q/level=avx2": same, "count R/level=avx2": faster, "count S/level=avx2": accepted,
	}
	for _, f := range r.Findings {
		if key := f.Layer + " " + f.Name; f.Verdict != want[key] {
			t.Errorf("%s: %s, expected %q", key, f.Verdict, want[key])
		}
		delete(want, f.Layer+" "+f.Name)
	}
	if len(want) > 0 || r.Slower != 2 || len(r.Notes) != 1 {
		t.Errorf("missing %v; %d slower; notes %q", want, r.Slower, r.Notes)
	}
	dir := t.TempDir()
	if err := r.write(dir); err != errSlower {
		t.Errorf("error %v, expected %v", err, errSlower)
	}
	text, err := os.ReadFile(filepath.Join(dir, "report.txt"))
	if err != nil || !strings.Contains(string(text), "revision: head\n") || !strings.Contains(string(text), "BenchmarkP/level=avx2 1 1002 instr/op\n") {
		t.Errorf("report.txt: %v\n%s", err, text)
	}
}

func TestBaseline(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.json")
	b := &baseline{Revision: "a", Go: "go1", Static: map[string]assembly.Function{"F": {Instructions: 3, Loops: []int{2}, Features: []string{"AVX"}}}, Counts: map[string]int64{"P/level=avx2": 5}}
	if err := b.write(path); err != nil {
		t.Fatal(err)
	}
	if got, err := readBaseline(path); err != nil || !reflect.DeepEqual(got, b) {
		t.Errorf("%+v, error %v", got, err)
	}
	for _, bad := range []string{"", "{}", `{"static":{"F":{}}}`} {
		if err := os.WriteFile(path, []byte(bad), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := readBaseline(path); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}
