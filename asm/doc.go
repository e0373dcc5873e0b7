// Package asm holds the generated assembly of the kernels, and its
// declarations. The generator is in ../gen; nobody edits the files that begin
// with z. Only internal/kernels imports this package.
package asm

//go:generate go run -C ../gen . -out ../asm
