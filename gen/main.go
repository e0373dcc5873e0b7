// Command gen writes the assembly of package asm.
//
// Each family of kernels has a file here, which emits every kernel of the
// family for one level; the levels differ in width and in a few instructions,
// so that one generator mostly serves both. Comments of a generator flow into
// the assembly.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// families are the files that are written, in the order of the pure-Go
// kernels.
var families = []struct {
	name string
	emit func(*kernel)
}{
	{"product", product},
	{"units", units},
	{"update", update},
	{"bits", bits},
	{"floats", floats},
}

// constraint is the build constraint of everything that is generated.
const constraint = "amd64,!purego,!noasm"

func main() {
	log.SetFlags(0)
	flags := flag.NewFlagSet("gen", flag.ExitOnError) // avo has taken the global one
	out := flags.String("out", "../asm", "directory of package asm")
	flags.Parse(os.Args[1:])
	for _, f := range families {
		if err := write(*out, f.name, f.emit); err != nil {
			log.Fatalf("%s: %v", f.name, err)
		}
	}
}

// write writes the assembly of a family for each level, and the declarations
// of all its kernels.
func write(out, family string, emit func(*kernel)) error {
	stubs := ir.NewFile()
	cfg := printer.Config{Name: "gen", Argv: []string{"gen", "-out", "../asm"}, Pkg: "asm"}
	for _, l := range levels {
		file, err := compile(l, emit)
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		if len(file.Functions()) == 0 { // the level takes those of the one below
			continue
		}
		name := fmt.Sprintf("z%s_%s_amd64.s", family, l.file)
		if err := print(filepath.Join(out, name), printer.NewGoAsm(cfg), file); err != nil {
			return err
		}
		stubs.Constraints = file.Constraints
		stubs.Sections = append(stubs.Sections, file.Sections...)
	}
	return print(filepath.Join(out, "z"+family+"_amd64.go"), printer.NewStubs(cfg), stubs)
}

// compile emits a family for one level, and refuses what the level's
// processors could not run.
func compile(l *level, emit func(*kernel)) (*ir.File, error) {
	k := &kernel{Context: build.NewContext(), level: l, constants: map[string]operand.Mem{}}
	k.ConstraintExpr(constraint)
	emit(k)
	file, err := k.Result()
	if err != nil {
		return nil, err
	}
	if err := pass.Compile.Execute(file); err != nil {
		return nil, err
	}
	return file, check(file, l)
}

func print(path string, p printer.Printer, file *ir.File) error {
	text, err := p.Print(file)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}
