package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// TestRefusal requires that a level's generator refuses what the level's
// processors could not run, avo having no objection.
func TestRefusal(t *testing.T) {
	pointer := operand.Mem{Base: reg.RAX}
	for _, c := range []struct {
		name  string
		level *level
		emit  func(k *kernel)
		want  string // part of the error; empty for none
	}{
		{"register 15", avx2, func(k *kernel) { k.VMOVDQU(pointer, reg.Y15) }, ""},
		{"register 16", avx2, func(k *kernel) { k.VMOVAPS(reg.Y16, reg.Y0) }, "register Y16"},
		{"a wide register", avx2, func(k *kernel) { k.VMOVDQU32(pointer, reg.Z0) }, "AVX512"},
		{"a mask register", avx2, func(k *kernel) { k.KMOVW(reg.K1, reg.EAX) }, "AVX512"},
		{"vector POPCNT", avx2, func(k *kernel) { k.VPOPCNTQ(reg.Y0, reg.Y0) }, "AVX512"},
		{"a multiply-add", avx2, func(k *kernel) { k.VFMADD231PS(reg.Y0, reg.Y1, reg.Y2) }, "FMA3"},
		{"wide AES", avx2, func(k *kernel) { k.VAESENC(reg.Y0, reg.Y1, reg.Y2) }, "VAES"},
		{"VNNI", avx512, func(k *kernel) { k.VPDPBUSD(reg.Z0, reg.Z1, reg.Z2) }, "AVX512VNNI"},
		{"register 31", avx512, func(k *kernel) { k.VMOVDQU32(pointer, reg.Z31) }, ""},
		{"more registers than there are", avx2, func(k *kernel) {
			all := k.vectors(17)
			for i, v := range all {
				k.load(operand.Mem{Base: reg.RAX, Disp: 32 * i}, v)
			}
			for i, v := range all {
				k.store(v, operand.Mem{Base: reg.RAX, Disp: 32 * i})
			}
		}, "level AVX2"},
	} {
		_, err := compile(c.level, func(k *kernel) {
			k.text("Probe", "()", "is a test.")
			c.emit(k)
			k.RET()
		})
		if c.want == "" {
			if err != nil {
				t.Errorf("%s at %s: %v", c.name, c.level.name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s at %s: error %v, expected one about %s", c.name, c.level.name, err, c.want)
		}
	}
}

// TestGeneratedFiles requires that package asm is what the generator writes,
// no file more and no file less.
func TestGeneratedFiles(t *testing.T) {
	dir := t.TempDir()
	for _, f := range families {
		if err := write(dir, f.name, f.emit); err != nil {
			t.Fatal(err)
		}
	}
	names := map[string]bool{}
	for _, d := range []string{dir, "../asm"} {
		found, err := filepath.Glob(filepath.Join(d, "z*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			names[filepath.Base(path)] = true
		}
	}
	for name := range names {
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Errorf("%v: nothing generates this file", err)
			continue
		}
		got, err := os.ReadFile(filepath.Join("../asm", name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs from what is generated (%v): run go generate ./...", name, err)
		}
	}
}
