//go:build !amd64 || purego || noasm

package kernels

const haveAssembly = false
