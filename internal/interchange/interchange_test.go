package interchange

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/internal/safetensors"
	"github.com/bitdbn/bitdbn/rbm"
)

// network returns a network whose parameters are all different.
func network(visible int, hidden ...int) *dbn.Network {
	net := dbn.New(visible, hidden...)
	v := float32(1)
	for _, l := range net.Layers {
		for _, p := range [][]float32{l.W, l.B, l.C} {
			for i := range p {
				p[i] = v / 8
				v++
			}
		}
	}
	return net
}

func same(a, b *dbn.Network) bool {
	if !slices.Equal(a.Units(), b.Units()) {
		return false
	}
	for i, l := range a.Layers {
		m := b.Layers[i]
		if !slices.Equal(l.W, m.W) || !slices.Equal(l.B, m.B) || !slices.Equal(l.C, m.C) {
			return false
		}
	}
	return true
}

func TestRoundTrip(t *testing.T) {
	for _, net := range []*dbn.Network{network(3, 2), network(2, 3), network(4, 4), network(5, 3, 3, 2), network(1, 1)} {
		for _, ext := range []string{".npz", ".safetensors"} {
			path := filepath.Join(t.TempDir(), "m"+ext)
			if err := Export(path, net); err != nil {
				t.Fatal(err)
			}
			got, err := Import(path)
			if err != nil {
				t.Fatal(err)
			}
			if !same(got, net) {
				t.Errorf("units %v: another network after export to %s and import", net.Units(), ext)
			}
		}
	}
	if err := Export(filepath.Join(t.TempDir(), "m.txt"), network(1, 1)); err == nil {
		t.Error("export to an unknown extension succeeds")
	}
}

func TestImport(t *testing.T) {
	f := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(i)
		}
		return v
	}
	type T = safetensors.Tensor
	b3, c2 := T{Name: "vbias", Shape: []int{3}, Data: f(3)}, T{Name: "hbias", Shape: []int{2}, Data: f(2)}
	for _, c := range []struct {
		name    string
		tensors []T
		want    string
	}{
		{"as documented", []T{{Name: "W", Shape: []int{3, 2}, Data: f(6)}, b3, c2}, ""},
		{"transposed", []T{{Name: "W", Shape: []int{2, 3}, Data: f(6)}, b3, c2}, ""},
		{"wrong shape", []T{{Name: "W", Shape: []int{6, 1}, Data: f(6)}, b3, c2}, "W has shape [6 1], expected [3 2]"},
		{"no hidden bias", []T{{Name: "W", Shape: []int{3, 2}, Data: f(6)}, b3}, "hbias is missing"},
		{"no weights", []T{b3, c2}, "no components_"},
		{"bias of rank 2", []T{{Name: "W", Shape: []int{3, 2}, Data: f(6)}, b3, {Name: "hbias", Shape: []int{1, 2}, Data: f(2)}}, "hbias has shape [1 2]"},
		{"layers that do not fit", []T{
			{Name: "layers.0.W", Shape: []int{3, 2}, Data: f(6)}, {Name: "layers.0.vbias", Shape: []int{3}, Data: f(3)}, {Name: "layers.0.hbias", Shape: []int{2}, Data: f(2)},
			{Name: "layers.1.W", Shape: []int{3, 1}, Data: f(3)}, {Name: "layers.1.vbias", Shape: []int{3}, Data: f(3)}, {Name: "layers.1.hbias", Shape: []int{1}, Data: f(1)},
		}, "layer 2 has 3 visible units"},
	} {
		path := filepath.Join(t.TempDir(), "m.safetensors")
		w, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := safetensors.Write(w, c.tensors, nil); err != nil {
			t.Fatal(err)
		}
		w.Close()
		net, err := Import(path)
		if c.want != "" {
			if !errors.Is(err, ErrImport) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s: %v, expected mention of the file and %q", c.name, err, c.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		want := f(6)
		if c.name == "transposed" {
			want = []float32{0, 3, 1, 4, 2, 5}
		}
		if got := net.Layers[0].W; !slices.Equal(got, want) {
			t.Errorf("%s: weights %v, expected %v", c.name, got, want)
		}
	}
}

func FuzzImport(f *testing.F) {
	for _, ext := range []string{".npz", ".safetensors"} {
		path := filepath.Join(f.TempDir(), "m"+ext)
		if err := Export(path, network(3, 2, 2)); err != nil {
			f.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "m")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if net, err := Import(path); err == nil && net.Validate() != nil {
			t.Error("an invalid network was imported")
		}
	})
}

// TestUntold refuses to export what would be lost.
func TestUntold(t *testing.T) {
	labelled := dbn.New(4, 2)
	labelled.Layers[0].Labels = 2
	untied := dbn.New(4, 3, 2)
	untied.Generative = []*rbm.Model{rbm.New(4, 3)}
	for _, net := range []*dbn.Network{labelled, untied} {
		for _, name := range []string{"m.npz", "m.safetensors"} {
			path := filepath.Join(t.TempDir(), name)
			if err := Export(path, net); !errors.Is(err, ErrUntold) {
				t.Errorf("%s: %v, expected %v", name, err, ErrUntold)
			}
			if _, err := os.Stat(path); err == nil {
				t.Errorf("%s was left", name)
			}
		}
	}
}
