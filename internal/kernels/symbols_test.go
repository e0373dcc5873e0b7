package kernels

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSymbolsAreInTheTable requires that every function of package asm is used
// by the table, the one way in which it is also tested and measured.
func TestSymbolsAreInTheTable(t *testing.T) {
	var declared, used []string
	files, err := filepath.Glob("../../asm/z*_amd64.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("declarations: %v, %v", files, err)
	}
	for _, name := range files {
		for _, d := range parse(t, name).Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				declared = append(declared, f.Name.Name)
			}
		}
	}
	ast.Inspect(parse(t, "table_amd64.go"), func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "asm" {
				used = append(used, s.Sel.Name)
			}
		}
		return true
	})
	slices.Sort(declared)
	slices.Sort(used)
	if used = slices.Compact(used); !slices.Equal(declared, used) {
		t.Errorf("declared %s\nin the table %s", strings.Join(declared, " "), strings.Join(used, " "))
	}
}

func parse(t *testing.T, name string) *ast.File {
	f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
