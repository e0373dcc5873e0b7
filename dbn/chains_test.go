package dbn

import (
	"bytes"
	"testing"

	"github.com/bitdbn/bitdbn/rbm"
)

// TestChains requires the chains of the top machine at β = 1, from a training that has
// come to it, and after fine-tuning; and none where there are none.
func TestChains(t *testing.T) {
	ws := workspace(t, 1)
	src := rows(40, 12)
	persistent, tempered := options(20, 2), options(20, 2)
	persistent.Persistent, persistent.Chains = true, 7
	tempered.Persistent, tempered.Chains, tempered.Temperatures = true, 5, 3
	for _, c := range []struct {
		name   string
		layers []rbm.Options
		steps  int
		want   int
	}{
		{"CD", []rbm.Options{options(20, 2)}, 8, 0},
		{"PCD", []rbm.Options{options(20, 2), persistent}, 8, 7},
		{"a layer below the top", []rbm.Options{persistent}, 3, 0},
		{"tempered", []rbm.Options{persistent, tempered}, 8, 5},
	} {
		p, err := NewPretraining(ws, src, []int{6, 4}, Options{Layer: c.layers})
		if err != nil {
			t.Fatal(err)
		}
		for range c.steps {
			if err := p.Step(); err != nil {
				t.Fatal(err)
			}
		}
		f := p.File(nil)
		got := f.Chains()
		switch {
		case (got == nil) != (c.want == 0):
			t.Errorf("%s: chains %v", c.name, got)
		case got == nil:
			continue
		case got.Rows() != c.want || got.Cols() != 6:
			t.Errorf("%s: %d chains of %d units, expected %d of 6", c.name, got.Rows(), got.Cols(), c.want)
		}
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		again, err := read(b.Bytes())
		if err != nil || !again.Chains().Equal(got) {
			t.Errorf("%s: the file has other chains, error %v", c.name, err)
		}
		o := upDownOptions(20, 1)
		o.Options.Persistent, o.Chains, o.GibbsSteps = true, 9, rbm.Constant(1)
		u, err := NewUpDown(ws, f.Network, src, o)
		if err != nil {
			t.Fatal(err)
		}
		if got := u.File(nil).Chains(); got == nil || got.Rows() != 9 {
			t.Errorf("%s: chains of fine-tuning %v, expected 9", c.name, got)
		}
	}
}
