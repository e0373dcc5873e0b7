package kernels

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// requireEnv names levels, with commas between, whose absence is a failure: a
// machine that is to test them says so.
const requireEnv = "BITDBN_REQUIRE_LEVELS"

// forEachLevel runs f for the kernels of every level. Those that the machine
// or the build does not have are skipped, or fail if they are required.
func forEachLevel(t *testing.T, f func(t *testing.T, ops *Ops)) {
	for _, l := range All() {
		t.Run("level="+l.String(), func(t *testing.T) {
			if slices.Contains(Available(), l) {
				f(t, At(l))
				return
			}
			required := strings.Split(os.Getenv(requireEnv), ",")
			if slices.Contains(required, l.String()) {
				t.Fatalf("not there: built %v, missing %v", l.Built(), l.Missing())
			}
			t.Skipf("not there: built %v, missing %v", l.Built(), l.Missing())
		})
	}
}

func TestRequiredLevelsExist(t *testing.T) {
	for name := range strings.SplitSeq(os.Getenv(requireEnv), ",") {
		if name == "" {
			continue
		}
		if _, err := ParseLevel(name); err != nil {
			t.Errorf("%s: %v", requireEnv, err)
		}
	}
}

// runCase calls a kernel and its reference on equal operands and compares.
func runCase(t testing.TB, c *kernelCase, ops *Ops, s shape, p placement, seed uint64) {
	var mem [2]memory
	var results [2]uint64
	for i, o := range []*Ops{ops, At(PureGo)} {
		mem[i].placement = p
		defer mem[i].release()
		call := c.build(&mem[i], rand.New(rand.NewPCG(seed, 1)), s)
		mem[i].seal()
		results[i] = call(o)
		mem[i].check(t)
	}
	if results[0] != results[1] {
		t.Errorf("result %#x, expected %#x", results[0], results[1])
	}
	mem[0].compare(t, &mem[1])
}

// TestKernels compares every kernel of every level with the pure-Go one for all
// shapes, places and kinds of values.
func TestKernels(t *testing.T) {
	forEachLevel(t, func(t *testing.T, ops *Ops) {
		for i := range kernelCases {
			c := &kernelCases[i]
			t.Run(c.name, func(t *testing.T) {
				for k, s := range c.shapes {
					for kind := range numKinds {
						p := placement{kind, k % 16}
						runCase(t, c, ops, s, p, uint64(k))
						if t.Failed() {
							t.Fatalf("%v at %v", s, p)
						}
					}
				}
			})
		}
	})
}

// TestCasesAreComplete fails for a kernel that no test knows.
func TestCasesAreComplete(t *testing.T) {
	ops := reflect.TypeOf(Ops{})
	var fields, cases []string
	for i := range ops.NumField() {
		fields = append(fields, ops.Field(i).Name)
	}
	for _, c := range kernelCases {
		cases = append(cases, c.name)
		if len(c.shapes) == 0 || len(c.bench) == 0 {
			t.Errorf("%s has nothing to test or to measure", c.name)
		}
	}
	slices.Sort(fields)
	slices.Sort(cases)
	if !slices.Equal(fields, cases) {
		t.Errorf("kernels %v, cases %v", fields, cases)
	}
}

func TestTableIsComplete(t *testing.T) {
	forEachLevel(t, func(t *testing.T, ops *Ops) {
		v := reflect.ValueOf(*ops)
		for i := range v.NumField() {
			if v.Field(i).IsNil() {
				t.Errorf("no %s", v.Type().Field(i).Name)
			}
		}
	})
}

// benchmarkCase measures a kernel at every level that there is, once it has
// shown that it is right.
func benchmarkCase(b *testing.B, name string) {
	i := slices.IndexFunc(kernelCases, func(c kernelCase) bool { return c.name == name })
	c := &kernelCases[i]
	for _, l := range Available() {
		for _, s := range c.bench {
			b.Run(fmt.Sprintf("level=%v/%s", l, benchName(c, s)), func(b *testing.B) {
				runCase(b, c, At(l), s, placement{}, 1)
				var m memory
				call := c.build(&m, rand.New(rand.NewPCG(1, 1)), s)
				ops := At(l)
				for b.Loop() {
					call(ops)
				}
				b.ReportMetric(c.work(s)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), c.unit)
				if *reportFastest {
					b.ReportMetric(fastest(func() { call(ops) }), "min-ns/op")
				}
			})
		}
	}
}

var reportFastest = flag.Bool("fastest", false, "benchmarks also report min-ns/op, a call in the fastest of many short windows")

// fastest returns the nanoseconds of a call in the fastest of many short windows.
// On a machine that is shared, what disturbs a measurement only ever makes it
// slower, so that this comes back where a mean wanders.
func fastest(call func()) float64 {
	const window, total, least = 20 * time.Microsecond, 4 * time.Millisecond, 8
	calls := 1
	best := math.Inf(1)
	for n, began := 0, time.Now(); n < least || time.Since(began) < total; n++ {
		start := time.Now()
		for range calls {
			call()
		}
		took := time.Since(start)
		if took < window {
			calls *= 2 // and this one was too short to tell
			n--
			continue
		}
		best = min(best, float64(took.Nanoseconds())/float64(calls))
	}
	return best
}

func benchName(c *kernelCase, s shape) string {
	if c.name == "Product" {
		return fmt.Sprintf("b=%d/v=%d/h=%d/density=%d", s.rows, s.words*64, Lanes, s.density)
	}
	return fmt.Sprintf("rows=%d", s.rows)
}

func BenchmarkSortRows(b *testing.B)    { benchmarkCase(b, "SortRows") }
func BenchmarkRowCounts(b *testing.B)   { benchmarkCase(b, "RowCounts") }
func BenchmarkProduct(b *testing.B)     { benchmarkCase(b, "Product") }
func BenchmarkActivations(b *testing.B) { benchmarkCase(b, "Activations") }
func BenchmarkProbs(b *testing.B)       { benchmarkCase(b, "Probs") }
func BenchmarkFixed(b *testing.B)       { benchmarkCase(b, "Fixed") }
func BenchmarkSample(b *testing.B)      { benchmarkCase(b, "Sample") }
func BenchmarkBinarise(b *testing.B)    { benchmarkCase(b, "Binarise") }
func BenchmarkWords(b *testing.B)       { benchmarkCase(b, "Words") }
func BenchmarkSoftplus(b *testing.B)    { benchmarkCase(b, "Softplus") }
func BenchmarkUpdate(b *testing.B)      { benchmarkCase(b, "Update") }
func BenchmarkQuantise(b *testing.B)    { benchmarkCase(b, "Quantise") }
func BenchmarkTurn(b *testing.B)        { benchmarkCase(b, "Turn") }
func BenchmarkTranspose(b *testing.B)   { benchmarkCase(b, "Transpose") }
func BenchmarkHamming(b *testing.B)     { benchmarkCase(b, "Hamming") }
func BenchmarkColumnSums(b *testing.B)  { benchmarkCase(b, "ColumnSums") }
func BenchmarkMulAdd(b *testing.B)      { benchmarkCase(b, "MulAdd") }
