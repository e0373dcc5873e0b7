package bitdbn_test

import (
	"fmt"
	"math"
	"math/bits"
	"testing"

	"github.com/bitdbn/bitdbn"
)

const most = math.MaxUint64

// TestStreamWords holds the generator to words computed with a processor's own
// AES instructions from the definition in Stream's documentation. They must
// never change: a change would give every model other bits.
func TestStreamWords(t *testing.T) {
	for _, v := range []struct {
		seed, stream, step uint64
		row, unit          uint32
		want               uint32
	}{
		{0, 0, 0, 0, 0, 0xdacf61ff},
		{0, 0, 0, 0, 1, 0xc45798f3},
		{0, 0, 0, 0, 2, 0x113c7eeb},
		{0, 0, 0, 0, 3, 0x101e27f3},
		{0, 0, 0, 0, 4, 0x345732fc},
		{1, 0, 0, 0, 0, 0xc9f36349},
		{0, 1, 0, 0, 0, 0x3d447b23},
		{0, 0, 1, 0, 0, 0x6e91d42b},
		{0, 0, 0, 1, 0, 0xada10a7f},
		{most, 0, 0, 0, 0, 0x6dabf07b},
		{0, most, 0, 0, 0, 0x17a5d8b0},
		{0, 0, most, 0, 0, 0xd7ec9195},
		{0, 0, 0, math.MaxUint32, 0, 0xa135e01b},
		{0, 0, 0, 0, math.MaxUint32, 0xa67e819b},
		{most, most, most, math.MaxUint32, math.MaxUint32, 0x8de9d59c},
		{42, 7, 1 << 40, 99, 513, 0x78108517},
		{1, 2, 0, 0, 0, 0x6a7b4e47},
		{1, 2, 0, 0, 1, 0x922a64cc},
		{1, 2, 1 << 40, 3, 5, 0x46645652},
	} {
		s := bitdbn.NewStream(v.seed, v.stream)
		if got := s.Word(v.step, v.row, v.unit); got != v.want {
			t.Errorf("seed %d, stream %d, step %d, row %d, unit %d: %#08x, want %#08x",
				v.seed, v.stream, v.step, v.row, v.unit, got, v.want)
		}
		u := v.unit / 2
		pair := uint64(s.Word(v.step, v.row, 2*u)) | uint64(s.Word(v.step, v.row, 2*u+1))<<32
		if got := s.Uint64(v.step, v.row, u); got != pair {
			t.Errorf("Uint64(%d, %d, %d) is %#x, want %#x", v.step, v.row, u, got, pair)
		}
	}
}

// TestStreamManyWords requires that Words gives, from any unit on, what Word does, and
// touches nothing else.
func TestStreamManyWords(t *testing.T) {
	start := bitdbn.Level()
	defer bitdbn.SetLevel(start)
	s := bitdbn.NewStream(3, 5)
	for _, level := range bitdbn.Levels() {
		if err := bitdbn.SetLevel(level); err != nil {
			t.Fatal(err)
		}
		for _, first := range []uint32{0, 1, 63, 64, 130, math.MaxUint32 - 299} {
			for _, n := range []int{0, 1, 2, 63, 64, 65, 128, 300} {
				dst := make([]uint32, n+1)
				dst[n] = 17
				s.Words(dst[:n], most, 9, first)
				for i, w := range dst[:n] {
					if want := s.Word(most, 9, first+uint32(i)); w != want {
						t.Fatalf("%s: word %d of %d from unit %d on is %#08x, want %#08x", level, i, n, first, w, want)
					}
				}
				if dst[n] != 17 {
					t.Fatalf("%s: %d words from unit %d on wrote one more", level, n, first)
				}
			}
		}
	}
}

// TestStreamsUnrelated compares sequences whose addresses differ in one place
// by a little: none may be another one, nor shifted against it, nor resemble
// it.
func TestStreamsUnrelated(t *testing.T) {
	const n = 256
	type sequence struct {
		name  string
		words [n]uint32
	}
	var all []sequence
	for _, seed := range []uint64{0, 1, 2, 1 << 63, most} {
		for _, number := range []uint64{0, 1, most} {
			s := bitdbn.NewStream(seed, number)
			for _, step := range []uint64{0, 1, 1 << 32, most} {
				for _, row := range []uint32{0, 1, math.MaxUint32} {
					q := sequence{name: fmt.Sprintf("seed %d, stream %d, step %d, row %d", seed, number, step, row)}
					for u := range q.words {
						q.words[u] = s.Word(step, row, uint32(u))
					}
					all = append(all, q)
				}
			}
		}
	}
	// No two words that follow each other come again anywhere.
	seen := make(map[uint64]string, len(all)*n)
	for _, q := range all {
		for u := range n - 1 {
			pair := uint64(q.words[u]) | uint64(q.words[u+1])<<32
			if where, ok := seen[pair]; ok {
				t.Fatalf("%s, unit %d: words of %s", q.name, u, where)
			}
			seen[pair] = q.name
		}
	}
	// Sequences agree in half of their bits: 8192 of them, so that five
	// standard deviations are 2.8 %.
	for i, a := range all {
		for _, b := range all[:i] {
			differ := 0
			for u := range n {
				differ += bits.OnesCount32(a.words[u] ^ b.words[u])
			}
			if part := float64(differ) / (32 * n); math.Abs(part-0.5) > 0.028 {
				t.Errorf("%s and %s differ in %.3f of their bits", a.name, b.name, part)
			}
		}
	}
}

// TestStreamUniform counts the bits and bytes of words along each coordinate
// of the address.
func TestStreamUniform(t *testing.T) {
	n := 1 << 17
	if testing.Short() {
		n = 1 << 14
	}
	for name, word := range map[string]func(i int) uint32{
		"units":   func(i int) uint32 { return bitdbn.NewStream(most, 0).Word(0, 0, uint32(i)) },
		"rows":    func(i int) uint32 { return bitdbn.NewStream(0, 1).Word(0, uint32(i), 0) },
		"steps":   func(i int) uint32 { return bitdbn.NewStream(1, 2).Word(uint64(i), 0, 3) },
		"streams": func(i int) uint32 { return bitdbn.NewStream(2, uint64(i)).Word(0, 0, 0) },
		"seeds":   func(i int) uint32 { return bitdbn.NewStream(uint64(i), 0).Word(0, 0, 0) },
	} {
		var ones [32]int
		var bytes [4][256]int
		for i := range n {
			w := word(i)
			for b := range ones {
				ones[b] += int(w >> b & 1)
			}
			for b := range bytes {
				bytes[b][w>>(8*b)&0xff]++
			}
		}
		checkBinomial(t, name+": bits", ones[:], n, 0.5)
		for b := range bytes {
			mean := float64(n) / 256
			var chi float64
			for _, c := range bytes[b] {
				chi += (float64(c) - mean) * (float64(c) - mean) / mean
			}
			checkChiSquare(t, fmt.Sprintf("%s: byte %d", name, b), chi, 255)
		}
	}
}

// TestDrawsDoNotDependOnTheCut draws a batch whole and in pieces.
func TestDrawsDoNotDependOnTheCut(t *testing.T) {
	const rows, in, out = 150, 30, 70
	rng := newRand(1)
	ws := newWorkspace(t, 2)
	x := randomBits(rng, rows, in, 0.5)
	w := pack(t, in, out, normals(rng, in*out, 1), normals(rng, out, 1))
	d := bitdbn.NewStream(1, 2).At(3)
	whole := bitdbn.NewBitMatrix(rows, out)
	w.Sample(ws, whole, nil, x, d)
	probs := make([]float32, rows*out)
	w.Probs(ws, probs, x)
	for _, size := range []int{1, 7, 64, 100, rows} {
		pieces, drawn := ones(rows, out), ones(rows, out)
		for lo := 0; lo < rows; lo += size {
			hi := min(lo+size, rows)
			from, to, raw := x.Slice(lo, hi), pieces.Slice(lo, hi), drawn.Slice(lo, hi)
			w.Sample(ws, &to, nil, &from, d.FromRow(uint32(lo)))
			if err := raw.DrawFloats(probs[lo*out:hi*out], d.FromRow(uint32(lo))); err != nil {
				t.Fatal(err)
			}
		}
		if !pieces.Equal(whole) {
			t.Errorf("Sample in pieces of %d rows draws other bits", size)
		}
		if !drawn.Equal(whole) {
			t.Errorf("DrawFloats of Probs in pieces of %d rows draws other bits", size)
		}
	}
	// FromRow adds up.
	last, one := x.Slice(rows-1, rows), bitdbn.NewBitMatrix(1, out)
	w.Sample(ws, one, nil, &last, d.FromRow(100).FromRow(rows-1-100))
	if want := whole.Slice(rows-1, rows); !one.Equal(&want) {
		t.Error("FromRow(a).FromRow(b) is not FromRow(a+b)")
	}
}
