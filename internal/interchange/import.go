// Package interchange reads and writes models of other programs.
//
// In files of other programs W is visible × hidden, but for scikit-learn's
// components_, which is hidden × visible. The lengths of the biases have the last word:
// a matrix that fits them the other way round is transposed. A square matrix is
// taken as said here.
package interchange

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dataset"
	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/internal/safetensors"
	"github.com/bitdbn/bitdbn/rbm"
)

// ErrImport is wrapped by errors about a file that holds no model.
var ErrImport = errors.New("not a model that can be imported")

// naming is how a program calls the parameters of a layer.
type naming struct {
	w, b, c    string
	transposed bool // w is hidden × visible
}

// namings are the names that are known; export writes the first one.
var namings = []naming{
	{"components_", "intercept_visible_", "intercept_hidden_", true}, // scikit-learn
	{"W", "vbias", "hbias", false},
	{"weights", "visible_bias", "hidden_bias", false},
}

// tensor is an array of a file.
type tensor struct {
	shape  []int
	values []float32
}

// Import reads the model in a safetensors or NPZ file. A stack has the layers'
// names behind layers.0., layers.1. and so on. The error wraps [ErrImport], or
// is that of the file.
func Import(path string) (*dbn.Network, error) {
	tensors, err := read(path)
	if err != nil {
		return nil, err
	}
	net, err := stack(tensors)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := net.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, ErrImport, err)
	}
	return net, nil
}

// stack returns the one layer without a prefix, or those with one.
func stack(tensors map[string]tensor) (*dbn.Network, error) {
	net := new(dbn.Network)
	m, err := layer(tensors, "")
	if err == nil {
		net.Layers = append(net.Layers, m)
		return net, nil
	}
	for i := 0; errors.Is(err, errNoNames); i++ {
		m, layerErr := layer(tensors, fmt.Sprintf("layers.%d.", i))
		if i > 0 && errors.Is(layerErr, errNoNames) {
			return net, nil
		}
		if layerErr != nil {
			return nil, layerErr
		}
		net.Layers = append(net.Layers, m)
	}
	return nil, err
}

// errNoNames says that a layer has none of the known names.
var errNoNames = fmt.Errorf("%w: no components_, W or weights", ErrImport)

// layer returns the layer whose names have the prefix.
func layer(tensors map[string]tensor, prefix string) (*rbm.Model, error) {
	for _, n := range namings {
		w, ok := tensors[prefix+n.w]
		if !ok {
			continue
		}
		b, err := vector(tensors, prefix+n.b)
		if err != nil {
			return nil, err
		}
		c, err := vector(tensors, prefix+n.c)
		if err != nil {
			return nil, err
		}
		return assemble(prefix+n.w, w, n.transposed, b, c)
	}
	return nil, errNoNames
}

// vector returns the values of a tensor of rank 1.
func vector(tensors map[string]tensor, name string) ([]float32, error) {
	v, ok := tensors[name]
	if !ok {
		return nil, fmt.Errorf("%w: %s is missing", ErrImport, name)
	}
	if len(v.shape) != 1 || v.shape[0] == 0 {
		return nil, fmt.Errorf("%w: %s has shape %v, expected rank 1", ErrImport, name, v.shape)
	}
	return v.values, nil
}

// assemble makes a model of a matrix in either orientation, and its biases.
func assemble(name string, w tensor, transposed bool, b, c []float32) (*rbm.Model, error) {
	visible, hidden := len(b), len(c)
	fits := func(rows, cols int) bool { return len(w.shape) == 2 && w.shape[0] == rows && w.shape[1] == cols }
	if visible != hidden {
		transposed = fits(hidden, visible)
	}
	if !transposed && !fits(visible, hidden) || transposed && !fits(hidden, visible) {
		return nil, fmt.Errorf("%w: %s has shape %v, expected [%d %d] by the lengths of the biases, or [%d %d]",
			ErrImport, name, w.shape, visible, hidden, hidden, visible)
	}
	m := &rbm.Model{Visible: visible, Hidden: hidden, Params: bitdbn.Params{W: w.values, B: b, C: c}}
	if transposed {
		m.W = transpose(w.values, hidden, visible)
	}
	return m, nil
}

// transpose returns the transpose of a rows × cols matrix.
func transpose(w []float32, rows, cols int) []float32 {
	t := make([]float32, len(w))
	for i := range rows {
		for j := range cols {
			t[j*rows+i] = w[i*cols+j]
		}
	}
	return t
}

// known reports whether a name may be a parameter of a layer.
func known(name string) bool {
	name = name[strings.LastIndexByte(name, '.')+1:]
	for _, n := range namings {
		if name == n.w || name == n.b || name == n.c {
			return true
		}
	}
	return false
}

// read returns the arrays of a file that may be parameters.
func read(path string) (map[string]tensor, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	start := make([]byte, 4)
	n, _ := io.ReadFull(f, start)
	f.Close()
	if s := string(start[:n]); s == "PK\x03\x04" || s == "PK\x05\x06" {
		return readNPZ(path)
	}
	return readSafetensors(path)
}

func readNPZ(path string) (map[string]tensor, error) {
	arrays, err := dataset.ReadArrays(path, known)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrImport, err)
	}
	tensors := map[string]tensor{}
	for _, a := range arrays {
		tensors[a.Name] = tensor{a.Shape, a.Values}
	}
	return tensors, nil
}

func readSafetensors(path string) (map[string]tensor, error) {
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrImport, err)
	}
	defer f.Close()
	if _, err := f.Verify(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrImport, err)
	}
	tensors := map[string]tensor{}
	for _, name := range f.Names() {
		if !known(name) {
			continue
		}
		values, shape, err := f.Float32s(name)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrImport, path, err)
		}
		tensors[name] = tensor{shape, values}
	}
	return tensors, nil
}
