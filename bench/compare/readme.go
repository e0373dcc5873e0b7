package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/klauspost/cpuid/v2"
)

// The README's figures stand between these lines.
const (
	figuresBegin = "<!-- figures: make bench-full writes what follows -->\n"
	figuresEnd   = "<!-- end of figures -->\n"
)

// writeFigures puts the most important figures into the README.
func (c *comparison) writeFigures(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(text), figuresBegin)
	_, after, ended := strings.Cut(rest, figuresEnd)
	if !ok || !ended {
		return fmt.Errorf("%s: no lines %q and %q", path, strings.TrimSpace(figuresBegin), strings.TrimSpace(figuresEnd))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n| on one thread of %s | bitdbn, %s | beside |\n|---|---|---|\n", cpuid.CPU.BrandName, best())
	for _, row := range []struct{ figure, title, own, peer string }{
		{"product/128×784×512/50/" + best(), "product 128 × 784 × 512, half of the bits set", "%.0f GMAC/s", "OpenBLAS sgemm %.0f"},
		{"product/128×784×512/13/" + best(), "the same, 13 % of the bits set", "%.0f GMAC/s", "OpenBLAS sgemm %.0f"},
		{"epoch/784 × 500, batches of 100", "an epoch of CD-1 on MNIST, 784 × 500, batches of 100", "%.2f s, with momentum", "NumPy %.2f s, without"},
		{"epoch/784 × 2000, batches of 128", "the same, 784 × 2000, batches of 128", "%.2f s", "NumPy %.2f s"},
	} {
		f, ok := c.figures[row.figure]
		if !ok {
			return fmt.Errorf("%s was not measured", row.figure)
		}
		fmt.Fprintf(&b, "| %s | "+row.own+" | "+row.peer+" |\n", row.title, f[0], f[1])
	}
	b.WriteString("\n")
	return os.WriteFile(path, []byte(before+figuresBegin+b.String()+figuresEnd+after), 0o644)
}
