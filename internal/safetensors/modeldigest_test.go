package safetensors

import (
	"math"
	"slices"
	"testing"
)

// modelTensors returns a small model of its own each time.
func modelTensors() []Tensor {
	return []Tensor{
		{"layers.0.weights", []int{2, 2}, []float32{1, -2, 0.5, 0}},
		{"layers.0.bias", []int{2}, []float32{0.25, 3}},
	}
}

// modelOptions and laterOptions are those of a program and of a later one.
type modelOptions struct {
	Layer []modelOptions
	Rate  string
	Cost  float64
	Seed  uint64
	On    bool
}

type laterOptions struct {
	New   struct{ Deep int }
	Text  string
	Seed  uint64
	Rate  string
	On    bool
	Layer []laterOptions
	Cost  float64
	Ramp  string
	List  []int
	Other *int
}

func modelDigest(t *testing.T, tensors []Tensor, options any) string {
	t.Helper()
	sum, err := ModelDigest(tensors, options)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// TestModelDigestDefinition hashes what the definition spells out.
func TestModelDigestDefinition(t *testing.T) {
	text := `{"Layer":[{},{"Cost":1e-7,"Rate":"0.1..0.01"}],"On":true,"Seed":18446744073709551615}`
	want, err := Digest([]Tensor{modelTensors()[1], modelTensors()[0], {"options", []int{len(text)}, []uint8(text)}})
	if err != nil {
		t.Fatal(err)
	}
	options := modelOptions{Layer: []modelOptions{{}, {Rate: "0.1..0.01", Cost: 1e-7}}, On: true, Seed: math.MaxUint64}
	if got := modelDigest(t, modelTensors(), options); got != want {
		t.Errorf("found %s, expected %s", got, want)
	}
	swapped := modelTensors()
	slices.Reverse(swapped)
	if got := modelDigest(t, swapped, options); got != want {
		t.Error("the order of tensors matters")
	}
	later := laterOptions{Layer: []laterOptions{{Ramp: "0"}, {Rate: "0.1..0.01", Cost: 1e-7, List: []int{}}}, On: true, Seed: math.MaxUint64}
	if got := modelDigest(t, modelTensors(), later); got != want {
		t.Error("options that are new, and off, matter")
	}
}

// TestModelDigestTellsApart changes each bit of the tensors but those that no
// weight has, and each option.
func TestModelDigestTellsApart(t *testing.T) {
	options := modelOptions{Rate: "0.1", Seed: 1}
	seen := map[string]bool{modelDigest(t, modelTensors(), options): true}
	add := func(what string, tensors []Tensor, options any) {
		sum := modelDigest(t, tensors, options)
		if seen[sum] {
			t.Errorf("%s changes nothing", what)
		}
		seen[sum] = true
	}
	for i, tensor := range modelTensors() {
		for j := range tensor.Data.([]float32) {
			for bit := range 23 {
				tensors := modelTensors()
				w := &tensors[i].Data.([]float32)[j]
				*w = math.Float32frombits(math.Float32bits(*w) ^ 1<<bit)
				add("a bit of a weight", tensors, options)
			}
		}
	}
	renamed, reshaped := modelTensors(), modelTensors()
	renamed[0].Name = "layers.1.weights"
	reshaped[0].Shape = []int{4, 1}
	add("a name", renamed, options)
	add("a shape", reshaped, options)
	for _, o := range []modelOptions{
		{Rate: "0.2", Seed: 1}, {Rate: "0.1", Seed: 2}, {Rate: "0.1", Seed: 1, On: true}, {Rate: "0.1", Seed: 1, Cost: 1e-9},
		{Rate: "0.1", Seed: 1, Layer: []modelOptions{{}}}, {Rate: "0.1", Seed: 1, Layer: []modelOptions{{}, {}}},
	} {
		add("an option", modelTensors(), o)
	}
	if _, err := ModelDigest(modelTensors(), math.NaN()); err == nil {
		t.Error("options that are no JSON have a digest")
	}
}
