package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bitdbn/bitdbn/bench/gate/assembly"
	"github.com/klauspost/cpuid/v2"
)

// errSlower is returned when a kernel is slower.
var errSlower = errors.New("slower")

// layers of the comparison, in order.
var layers = []string{"static", "count", "time"}

// Limits of ratios of instruction counts. Those of assembly are exact; the
// compiler's code executes a few instructions more or less when a stack grows.
const (
	goLimit       = 1.01
	assemblyLimit = 1.001
)

// Verdicts.
const (
	same     = "same"
	slower   = "slower"
	faster   = "faster"
	added    = "new"
	gone     = "gone"
	changed  = "changed" // but this machine cannot run it, or another layer has judged
	accepted = "accepted"
)

// finding is the comparison of one thing.
type finding struct {
	Layer   string  `json:"layer"`
	Name    string  `json:"name"`
	Unit    string  `json:"unit,omitempty"`
	Base    float64 `json:"base,omitempty"`
	Head    float64 `json:"head,omitempty"`
	Ratio   float64 `json:"ratio,omitempty"`
	Low     float64 `json:"low,omitempty"` // interval of the ratio of times
	High    float64 `json:"high,omitempty"`
	Rounds  int     `json:"rounds,omitempty"`
	Verdict string  `json:"verdict"`
	Detail  string  `json:"detail,omitempty"`

	samples *series
}

// report is what was compared and found.
type report struct {
	Base     string    `json:"base"`
	Head     string    `json:"head"`
	Go       string    `json:"go"`
	CPU      string    `json:"cpu"`
	Findings []finding `json:"findings"`
	Notes    []string  `json:"notes,omitempty"`
	Slower   int       `json:"slower"`

	judged []string // levels all of whose kernels a layer has run
}

func newReport(head string) *report {
	return &report{Head: head, Go: goVersion(), CPU: cpuid.CPU.BrandName}
}

func (r *report) add(f finding) { r.Findings = append(r.Findings, f) }

func (r *report) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// compareStatic reports every assembly function that is not what it was. One
// whose loops have become longer is slower until a layer that runs it says
// otherwise.
func (r *report) compareStatic(base, head map[string]assembly.Function) {
	for _, name := range slices.Sorted(maps.Keys(head)) {
		b, ok := base[name]
		h := head[name]
		f := finding{Layer: "static", Name: name, Unit: "instr/loops", Base: float64(b.Looped()), Head: float64(h.Looped())}
		if f.Base > 0 {
			f.Ratio = f.Head / f.Base
		}
		switch {
		case !ok:
			f.Verdict, f.Detail = added, h.String()
		case b.String() == h.String():
			f.Verdict = same
		case h.Looped() > b.Looped():
			f.Verdict, f.Detail = slower, fmt.Sprintf("was %v; is %v", b, h)
		case h.Looped() < b.Looped():
			f.Verdict, f.Detail = faster, fmt.Sprintf("was %v; is %v", b, h)
		default:
			f.Verdict, f.Detail = changed, fmt.Sprintf("was %v; is %v", b, h)
		}
		r.add(f)
	}
	for _, name := range slices.Sorted(maps.Keys(base)) {
		if _, ok := head[name]; !ok {
			r.add(finding{Layer: "static", Name: name, Verdict: gone})
		}
	}
}

// compareCounts reports instruction counts.
func (r *report) compareCounts(base, head map[string]int64) {
	for _, name := range slices.Sorted(maps.Keys(head)) {
		b, h := float64(base[name]), float64(head[name])
		f := finding{Layer: "count", Name: name, Unit: "instr/op", Base: b, Head: h, Ratio: h / b, Verdict: same}
		limit := assemblyLimit
		if level(name) == "purego" {
			limit = goLimit
		}
		if b == 0 { // rows without a bit leave a product nothing to do
			f.Ratio = 1 + h
		}
		switch {
		case f.Ratio > limit:
			f.Verdict = slower
		case f.Ratio < 1/limit:
			f.Verdict = faster
		}
		r.add(f)
	}
}

// judge takes back what another layer has measured or someone has accepted, and
// counts what remains slower.
func (r *report) judge(list []*acceptance) {
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Verdict != slower {
			continue
		}
		if f.Layer == "static" && slices.Contains(r.judged, levelOfFunction(f.Name)) {
			f.Verdict = changed
			continue
		}
		for _, a := range list {
			if a.accepts(f) {
				f.Verdict, f.Detail, a.used = accepted, a.reason, true
				break
			}
		}
		if f.Verdict == slower {
			r.Slower++
		}
	}
	for _, a := range list {
		if !a.used {
			r.note("the accepted loss of %s in %s did not occur: its line can go", a.name, a.layer)
		}
	}
}

// levelOfFunction returns the level that an assembly function is for, which its
// name ends with.
func levelOfFunction(name string) string {
	for _, l := range []string{"AVX2", "AVX512"} {
		if strings.HasSuffix(name, l) {
			return strings.ToLower(l)
		}
	}
	return ""
}

// write prints what is worth knowing, and writes all of it to the folder:
// report.json, and report.txt for benchstat -col revision.
func (r *report) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	r.print(os.Stdout)
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "report.json"), append(text, '\n'), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "report.txt"), r.benchstat(), 0o644); err != nil {
		return err
	}
	if r.Slower > 0 {
		return errSlower
	}
	return nil
}

func (r *report) print(w io.Writer) {
	fmt.Fprintf(w, "gate: %s against %s, %s, %s\n", r.Head, r.Base, r.Go, r.CPU)
	tally := map[string]map[string]int{}
	for _, f := range r.Findings {
		if tally[f.Layer] == nil {
			tally[f.Layer] = map[string]int{}
		}
		tally[f.Layer][f.Verdict]++
		if f.Verdict != same {
			fmt.Fprintln(w, f.line())
		}
	}
	for _, layer := range layers {
		var parts []string
		for _, verdict := range slices.Sorted(maps.Keys(tally[layer])) {
			parts = append(parts, fmt.Sprintf("%d %s", tally[layer][verdict], verdict))
		}
		fmt.Fprintf(w, "%-7s %s\n", layer, cmp.Or(strings.Join(parts, ", "), "nothing compared"))
	}
	for _, n := range r.Notes {
		fmt.Fprintln(w, "note:", n)
	}
	if r.Slower > 0 {
		fmt.Fprintf(w, "FAIL: %d slower; see bench/gate/README.md for how to accept a loss\n", r.Slower)
		return
	}
	fmt.Fprintln(w, "ok")
}

// line is a finding in one line.
func (f *finding) line() string {
	text := fmt.Sprintf("%-8s %-6s %s", f.Verdict, f.Layer, f.Name)
	if f.Ratio > 0 {
		text += fmt.Sprintf("  %.6g → %.6g %s (%+.2f %%)", f.Base, f.Head, f.Unit, 100*(f.Ratio-1))
	}
	if f.Rounds > 0 {
		text += fmt.Sprintf(", interval %+.1f to %+.1f %%, %d rounds", 100*(f.Low-1), 100*(f.High-1), f.Rounds)
	}
	if f.Detail != "" {
		text += ": " + f.Detail
	}
	return text
}

// benchstat returns all samples in the form of go test -bench, each side under
// its own revision.
func (r *report) benchstat() []byte {
	var b bytes.Buffer
	for side, revision := range []string{"base", "head"} {
		fmt.Fprintf(&b, "cpu: %s\nrevision: %s\n", r.CPU, revision)
		for _, f := range r.Findings {
			switch {
			case f.samples != nil:
				for _, v := range [][]float64{f.samples.base, f.samples.head}[side] {
					fmt.Fprintf(&b, "Benchmark%s 1 %g ns/op\n", f.Name, v)
				}
			case f.Layer == "static" && f.Base > 0 && f.Head > 0:
				fmt.Fprintf(&b, "BenchmarkLoops/function=%s 1 %g instr/loops\n", f.Name, []float64{f.Base, f.Head}[side])
			case f.Layer == "count" && f.Base > 0 && f.Head > 0:
				fmt.Fprintf(&b, "Benchmark%s 1 %g instr/op\n", f.Name, []float64{f.Base, f.Head}[side])
			}
		}
	}
	return b.Bytes()
}
