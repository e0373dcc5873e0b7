package mlp

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/internal/atomicfile"
	"github.com/bitdbn/bitdbn/internal/safetensors"
)

// ErrFile is wrapped by errors about a file that is not that of a network of
// this package, or is damaged.
var ErrFile = errors.New("mlp: not a usable model file")

// File is the content of a model file: safetensors, with layers.i.weights (in ×
// out) and layers.i.bias of the network that is to be used; a training adds the
// tensors training.* of where it stopped.
type File struct {
	Network  *Network
	Info     map[string]string // the caller's own notes
	Training *Training         // nil without one
}

// Training is the state of a training between two steps.
type Training struct {
	Options  Options
	Cursor   Cursor
	Network  *Network // which may be another than the best so far
	Momentum *Network
	Notes    map[string]float64 // the caller's own numbers
	Averaged int                // ends of epochs in Mean
	Mean     *Network           // nil if Averaged is 0
}

// Metadata keys.
const (
	keyKind     = "bitdbn.mlp" // the version
	keyUnits    = "bitdbn.mlp.units"
	keyTraining = "bitdbn.mlp.training"
	keyInfo     = "info."
	fileVersion = "1"
)

// progress is the part of a training that stands in the metadata.
type progress struct {
	Options Options            `json:"options"`
	Cursor  Cursor             `json:"cursor"`
	Notes   map[string]float64 `json:"notes"`

	Averaged int `json:"averaged,omitempty"`
}

// File returns the state of the training as the content of a file, with best as
// the network to be used; nil means the current one.
func (t *Trainer) File(best *Network, info map[string]string, notes map[string]float64) *File {
	if best == nil {
		best = t.Network()
	}
	training := &Training{
		Options: t.opt, Cursor: t.cursor, Network: t.net.clone(), Momentum: t.momentum.clone(), Notes: notes, Averaged: t.averaged,
	}
	if t.averaged > 0 {
		training.Mean = t.mean.clone()
	}
	return &File{Network: best.clone(), Info: info, Training: training}
}

// Resume returns the trainer that goes on where f stopped, on the same rows. The
// number of epochs becomes epochs, if it is not 0. The error wraps [ErrFile] or is
// one of [NewTrainer].
func Resume(ws *bitdbn.Workspace, f *File, rows Rows, labels []int, epochs int) (*Trainer, error) {
	t := f.Training
	if t == nil {
		return nil, fmt.Errorf("%w: it holds no training to resume", ErrFile)
	}
	o := t.Options
	if epochs != 0 {
		o.Epochs = epochs
	}
	c := t.Cursor
	n := rows.Rows()
	if o.Batch < 1 || c.Epoch < 0 || c.Epoch > o.Epochs || c.Row < 0 || c.Row > n || c.Row < n && c.Row%o.Batch != 0 || c.Row == n && c.Epoch == 0 {
		return nil, fmt.Errorf("%w: training stopped behind row %d with %d epochs finished, which %d epochs of %d rows in batches of %d do not have",
			ErrFile, c.Row, c.Epoch, o.Epochs, n, o.Batch)
	}
	if t.Averaged < 0 || t.Averaged > 0 && (o.AverageFrom < 1 || t.Averaged > c.Epoch-o.AverageFrom+1) {
		return nil, fmt.Errorf("%w: a mean over %d epochs, from epoch %d to %d", ErrFile, t.Averaged, o.AverageFrom, c.Epoch)
	}
	if t.Averaged > 0 && (t.Mean == nil || !slices.Equal(t.Mean.Units(), t.Network.Units())) {
		return nil, fmt.Errorf("%w: the mean and the last state of a training differ in their units", ErrFile)
	}
	again, err := newTrainer(ws, t.Network.clone(), t.Momentum.clone(), rows, labels, o, c)
	if err == nil && t.Averaged > 0 {
		again.averaged, again.mean = t.Averaged, t.Mean.clone()
	}
	return again, err
}

// Save writes f to path, which holds the old content or the new one, whole, at
// every moment.
func (f *File) Save(path string) error { return atomicfile.Write(path, f.Write) }

// Write writes f. The same content gives the same bytes.
func (f *File) Write(w io.Writer) error {
	if err := f.Network.Validate(); err != nil {
		return err
	}
	var units []string
	for _, u := range f.Network.Units() {
		units = append(units, strconv.Itoa(u))
	}
	meta := map[string]string{keyKind: fileVersion, keyUnits: strings.Join(units, ",")}
	for k, v := range f.Info {
		meta[keyInfo+k] = v
	}
	tensors := networkTensors("layers.", f.Network)
	if t := f.Training; t != nil {
		text, err := json.Marshal(progress{t.Options, t.Cursor, t.Notes, t.Averaged})
		if err != nil {
			return err
		}
		meta[keyTraining] = string(text)
		tensors = slices.Concat(tensors, networkTensors("training.layers.", t.Network), networkTensors("training.momentum.", t.Momentum))
		if t.Averaged > 0 {
			tensors = append(tensors, networkTensors("training.mean.", t.Mean)...)
		}
	}
	return safetensors.Write(w, tensors, meta)
}

// Digest returns a SHA-256 of the parameters of the network and of the options of
// its training, in hexadecimal: the same wherever the same was trained, by a program
// that knows more options too. It takes in neither the state of a training nor the
// notes in Info.
func (f *File) Digest() (string, error) {
	options := map[string]any{}
	if f.Training != nil {
		options["training"] = f.Training.Options
	}
	return safetensors.ModelDigest(networkTensors("layers.", f.Network), options)
}

func networkTensors(prefix string, n *Network) []safetensors.Tensor {
	var tensors []safetensors.Tensor
	for i, l := range n.Layers {
		tensors = append(tensors,
			safetensors.Tensor{Name: fmt.Sprintf("%s%d.weights", prefix, i), Shape: []int{l.In, l.Out}, Data: l.W},
			safetensors.Tensor{Name: fmt.Sprintf("%s%d.bias", prefix, i), Shape: []int{l.Out}, Data: l.B})
	}
	return tensors
}

// Is reports whether the file at path says that it is one of this package.
func Is(path string) bool {
	sf, err := safetensors.Open(path)
	if err != nil {
		return false
	}
	defer sf.Close()
	return sf.Metadata()[keyKind] != ""
}

// Load reads a model file, and checks all of it. The error wraps [ErrFile], or
// the error of the file system.
func Load(path string) (*File, error) {
	sf, err := safetensors.Open(path)
	if err != nil {
		return nil, fileError(err)
	}
	defer sf.Close()
	f, err := decode(sf)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, fileError(err))
	}
	return f, nil
}

// Read is Load for the size bytes of r; name stands in errors.
func Read(r io.ReaderAt, size int64, name string) (*File, error) {
	sf, err := safetensors.Read(r, size, name)
	if err != nil {
		return nil, fileError(err)
	}
	f, err := decode(sf)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, fileError(err))
	}
	return f, nil
}

// fileError makes err wrap ErrFile, unless it is one of the file system.
func fileError(err error) error {
	if safetensors.Damaged(err) || errors.Is(err, ErrNetwork) {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	return err
}

func decode(sf *safetensors.File) (*File, error) {
	meta := sf.Metadata()
	if meta[keyKind] != fileVersion {
		return nil, fmt.Errorf("%w: %s is %q, expected %q", ErrFile, keyKind, meta[keyKind], fileVersion)
	}
	if checked, err := sf.Verify(); err != nil {
		return nil, err
	} else if !checked {
		return nil, fmt.Errorf("%w: no checksum in the metadata", ErrFile)
	}
	var units []int
	for _, part := range strings.Split(meta[keyUnits], ",") {
		u, err := strconv.Atoi(part)
		if err != nil || u < 1 {
			return nil, fmt.Errorf("%w: %s is %q, expected the units of each layer", ErrFile, keyUnits, meta[keyUnits])
		}
		units = append(units, u)
	}
	f := &File{Info: map[string]string{}}
	for k, v := range meta {
		if name, ok := strings.CutPrefix(k, keyInfo); ok {
			f.Info[name] = v
		}
	}
	var err error
	if f.Network, err = readNetwork(sf, "layers.", units); err != nil {
		return nil, err
	}
	if meta[keyTraining] == "" {
		return f, nil
	}
	var p progress
	if err := json.Unmarshal([]byte(meta[keyTraining]), &p); err != nil {
		return nil, fmt.Errorf("%w: %s: %v", ErrFile, keyTraining, err)
	}
	f.Training = &Training{Options: p.Options, Cursor: p.Cursor, Notes: p.Notes, Averaged: p.Averaged}
	if f.Training.Network, err = readNetwork(sf, "training.layers.", units); err != nil {
		return nil, err
	}
	if f.Training.Momentum, err = readNetwork(sf, "training.momentum.", units); err != nil {
		return nil, err
	}
	if p.Averaged > 0 {
		f.Training.Mean, err = readNetwork(sf, "training.mean.", units)
	}
	return f, err
}

func readNetwork(sf *safetensors.File, prefix string, units []int) (*Network, error) {
	n := new(Network)
	for i, in := range units[:len(units)-1] {
		d := &Dense{In: in, Out: units[i+1]}
		for _, t := range []struct {
			name string
			dst  *[]float32
			want []int
		}{{"weights", &d.W, []int{d.In, d.Out}}, {"bias", &d.B, []int{d.Out}}} {
			name := fmt.Sprintf("%s%d.%s", prefix, i, t.name)
			values, shape, err := sf.Float32s(name)
			if err != nil {
				return nil, err
			}
			if !slices.Equal(shape, t.want) {
				return nil, fmt.Errorf("%w: tensor %s has shape %v, expected %v", ErrFile, name, shape, t.want)
			}
			*t.dst = values
		}
		n.Layers = append(n.Layers, d)
	}
	return n, n.Validate()
}
