package dbn

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
	"github.com/bitdbn/bitdbn/rbm"
)

// ErrFile is wrapped by errors about a file that is not a model file, or one
// that is damaged, contradicts itself, or is from a newer version.
var ErrFile = errors.New("dbn: not a usable model file")

// FileVersion is the version of the model files that Save writes. Load reads
// it and all earlier ones.
const FileVersion = 1

// File is the content of a model file.
//
// The layout is safetensors. Layer i, counted from 0, has the tensors
// layers.i.weights (visible × hidden, row-major), layers.i.visible_bias and
// layers.i.hidden_bias, of type F32; labels are the last visible units of the
// top layer. The metadata have the version, the units of
// each layer, and a SHA-256 of the tensors. A training adds its options, its
// cursor and the tensors training.*. A network that was fine-tuned has
// layers.i.generative_weights and layers.i.generative_bias too, and the state of
// fine-tuning the tensors finetuning.*, among them its last state,
// finetuning.last.layers.*, if the network is a mean of states.
type File struct {
	Network    *Network
	Info       map[string]string // the caller's own notes
	Training   *Training         // nil for a network that was not trained here
	FineTuning *FineTuning       // nil for a network that was not fine-tuned here
}

// Training is the state of a pretraining between two steps.
type Training struct {
	Options Options
	Rows    int // of the data
	Layer   int // the current one
	State   *rbm.State
}

// Metadata keys.
const (
	keyVersion    = "bitdbn.version"
	keyUnits      = "bitdbn.units"
	keyLabels     = "bitdbn.labels"     // only if there are any
	keyGenerative = "bitdbn.generative" // only if layers have generative weights
	keyTuning     = "bitdbn.finetuning"
	keyOptions    = "bitdbn.options"
	keyTraining   = "bitdbn.training"
	keyInfo       = "info."
)

// progress is the part of a training that is not tensors, as it stands in the
// metadata.
type progress struct {
	Rows  int `json:"rows"`
	Layer int `json:"layer"`
	stateNumbers
}

// File returns the state of the training as the content of a file.
func (p *Pretraining) File(info map[string]string) *File {
	return &File{
		Network: p.Network(),
		Info:    info,
		Training: &Training{
			Options: p.opt, Rows: p.src.Rows(), Layer: p.layer, State: p.train.State(),
		},
	}
}

// Resume returns the training that goes on where f stopped, on the same data.
// Options are those of f, but for the epochs of the current layer and those
// above, which become epochs, if it is not 0. The error wraps [ErrFile],
// [ErrNetwork], [ErrOptions], or an error of package rbm.
func Resume(ws *bitdbn.Workspace, f *File, src rbm.Source, epochs int) (*Pretraining, error) {
	t := f.Training
	if t == nil {
		return nil, fmt.Errorf("%w: the file holds no training to resume", ErrFile)
	}
	if err := f.Network.Validate(); err != nil {
		return nil, err
	}
	if t.State == nil || t.Layer < 0 || t.Layer >= len(f.Network.Layers) {
		return nil, fmt.Errorf("%w: training of layer %d of %d", ErrFile, t.Layer+1, len(f.Network.Layers))
	}
	if src.Rows() != t.Rows {
		return nil, fmt.Errorf("%w: training was on %d rows, found %d", rbm.ErrData, t.Rows, src.Rows())
	}
	if want := f.Network.Units()[0]; src.Visible() != want {
		return nil, fmt.Errorf("%w: training was on rows of %d units, found %d", rbm.ErrData, want, src.Visible())
	}
	net := &Network{Layers: slices.Clone(f.Network.Layers)} // f stays as it is
	p := &Pretraining{ws: ws, net: net, src: src, opt: t.Options}
	if err := p.opt.validate(p.net); err != nil {
		return nil, err
	}
	if err := p.extend(t, epochs); err != nil {
		return nil, err
	}
	if err := p.opt.validate(p.net); err != nil {
		return nil, err
	}
	if err := p.feed(t.Layer); err != nil {
		return nil, err
	}
	var err error
	p.train, err = rbm.Resume(ws, t.State, p.input, p.opt.forLayer(t.Layer))
	return p, err
}

// extend sets the epochs of the layers from the current one on.
func (p *Pretraining) extend(t *Training, epochs int) error {
	if epochs == 0 {
		return nil
	}
	layers := make([]rbm.Options, len(p.net.Layers))
	for i := range layers {
		layers[i] = p.opt.forLayer(i)
		if i >= t.Layer {
			layers[i].Epochs = epochs
		}
	}
	if done := t.State.Cursor.Epoch; epochs < done {
		return fmt.Errorf("%w: %d epochs, but layer %d has finished %d", ErrOptions, epochs, t.Layer+1, done)
	}
	p.opt.Layer = layers
	return nil
}

// Save writes f to path, which holds the old content or the new one, whole, at
// every moment.
func (f *File) Save(path string) error {
	return atomicfile.Write(path, f.Write)
}

// Write writes f. The same content gives the same bytes.
func (f *File) Write(w io.Writer) error {
	if err := f.Network.Validate(); err != nil {
		return err
	}
	meta := map[string]string{keyVersion: strconv.Itoa(FileVersion), keyUnits: joinInts(f.Network.Units())}
	if c := f.Network.Classes(); c > 0 {
		meta[keyLabels] = strconv.Itoa(c)
	}
	for k, v := range f.Info {
		meta[keyInfo+k] = v
	}
	var tensors []safetensors.Tensor
	if f.Training != nil {
		var err error
		if tensors, err = f.Training.encode(meta); err != nil {
			return err
		}
	}
	if f.FineTuning != nil {
		tuning, err := f.FineTuning.encode(meta, f.Network)
		if err != nil {
			return err
		}
		tensors = append(tensors, tuning...)
	}
	if f.Network.Generative != nil {
		meta[keyGenerative] = "yes"
	}
	return safetensors.Write(w, append(tensors, networkTensors("", f.Network)...), meta)
}

// Digest returns a SHA-256 of the parameters of the network and of the options of
// its training and fine-tuning, in hexadecimal: the same wherever the same was
// trained, by a program that knows more options too. It takes in neither the state of a
// training, as momenta and chains, nor the notes in Info.
func (f *File) Digest() (string, error) {
	options := map[string]any{}
	if f.Training != nil {
		options["training"] = f.Training.Options
	}
	if f.FineTuning != nil {
		options["finetuning"] = f.FineTuning.Options
	}
	return safetensors.ModelDigest(networkTensors("", f.Network), options)
}

// networkTensors returns the parameters of n as tensors whose names start with
// prefix.
func networkTensors(prefix string, n *Network) (tensors []safetensors.Tensor) {
	for i, l := range n.Layers {
		tensors = append(tensors, paramTensors(fmt.Sprintf("%slayers.%d.", prefix, i), "", l.Params, l.Visible, l.Hidden)...)
	}
	for i, g := range n.Generative {
		name := fmt.Sprintf("%slayers.%d.generative_", prefix, i)
		tensors = append(tensors,
			safetensors.Tensor{Name: name + "weights", Shape: []int{g.Visible, g.Hidden}, Data: g.W},
			safetensors.Tensor{Name: name + "bias", Shape: []int{g.Visible}, Data: g.B})
	}
	return tensors
}

// encode adds the training to the metadata and returns its tensors.
func (t *Training) encode(meta map[string]string) ([]safetensors.Tensor, error) {
	numbers, tensors := encodeState(t.State, "training.")
	for key, v := range map[string]any{keyOptions: t.Options, keyTraining: progress{t.Rows, t.Layer, numbers}} {
		text, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		meta[key] = string(text)
	}
	return tensors, nil
}

func paramTensors(prefix, suffix string, p bitdbn.Params, visible, hidden int) []safetensors.Tensor {
	return []safetensors.Tensor{
		{Name: prefix + "weights" + suffix, Shape: []int{visible, hidden}, Data: p.W},
		{Name: prefix + "visible_bias" + suffix, Shape: []int{visible}, Data: p.B},
		{Name: prefix + "hidden_bias" + suffix, Shape: []int{hidden}, Data: p.C},
	}
}

// Load reads a model file, and checks all of it: the layout, the checksum, that
// shapes agree and that every number is finite. The error wraps [ErrFile], or
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
	if safetensors.Damaged(err) || errors.Is(err, ErrNetwork) || errors.Is(err, rbm.ErrModel) {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	return err
}

func decode(sf *safetensors.File) (*File, error) {
	meta := sf.Metadata()
	version, err := strconv.Atoi(meta[keyVersion])
	switch {
	case meta[keyVersion] == "":
		return nil, fmt.Errorf("%w: no %s in the metadata; bitdbn import reads files of other programs", ErrFile, keyVersion)
	case err != nil || version < 1:
		return nil, fmt.Errorf("%w: %s is %q, expected a number from 1 to %d", ErrFile, keyVersion, meta[keyVersion], FileVersion)
	case version > FileVersion:
		return nil, fmt.Errorf("%w: version %d is newer than this program, which reads up to %d", ErrFile, version, FileVersion)
	}
	if checked, err := sf.Verify(); err != nil {
		return nil, err
	} else if !checked {
		return nil, fmt.Errorf("%w: no checksum in the metadata", ErrFile)
	}
	units, err := splitInts(meta[keyUnits])
	if err != nil || len(units) < 2 {
		return nil, fmt.Errorf("%w: %s is %q, expected the units of each layer", ErrFile, keyUnits, meta[keyUnits])
	}
	f := &File{Info: map[string]string{}}
	for k, v := range meta {
		if name, ok := strings.CutPrefix(k, keyInfo); ok {
			f.Info[name] = v
		}
	}
	labels := 0
	if text := meta[keyLabels]; text != "" {
		if labels, err = strconv.Atoi(text); err != nil || labels < 2 {
			return nil, fmt.Errorf("%w: %s is %q, expected a number of classes", ErrFile, keyLabels, text)
		}
	}
	if f.Network, err = readNetwork(sf, "", units, labels, meta[keyGenerative] != ""); err != nil {
		return nil, err
	}
	if meta[keyTraining] != "" {
		if f.Training, err = decodeTraining(sf, meta, f.Network); err != nil {
			return nil, err
		}
	}
	if meta[keyTuning] != "" {
		f.FineTuning, err = decodeTuning(sf, meta, f.Network)
	}
	return f, err
}

// readNetwork reads a network whose tensors' names start with prefix.
func readNetwork(sf *safetensors.File, prefix string, units []int, labels int, generative bool) (*Network, error) {
	n := new(Network)
	var err error
	for i, h := range units[1:] {
		m := &rbm.Model{Visible: units[i], Hidden: h}
		if i == len(units)-2 {
			m.Visible, m.Labels = m.Visible+labels, labels
		}
		if m.Params, err = readParams(sf, fmt.Sprintf("%slayers.%d.", prefix, i), "", m.Visible, m.Hidden); err != nil {
			return nil, err
		}
		n.Layers = append(n.Layers, m)
	}
	if generative {
		if n.Generative, err = readGenerative(sf, prefix, n); err != nil {
			return nil, err
		}
	}
	return n, n.Validate()
}

// readGenerative reads the weights that layers below the top use downwards.
func readGenerative(sf *safetensors.File, prefix string, n *Network) ([]*rbm.Model, error) {
	all := []*rbm.Model{}
	for i, l := range n.Layers[:len(n.Layers)-1] {
		g := &rbm.Model{Visible: l.Visible, Hidden: l.Hidden}
		var err error
		if g.W, err = readFloats(sf, fmt.Sprintf("%slayers.%d.generative_weights", prefix, i), l.Visible, l.Hidden); err != nil {
			return nil, err
		}
		if g.B, err = readFloats(sf, fmt.Sprintf("%slayers.%d.generative_bias", prefix, i), l.Visible); err != nil {
			return nil, err
		}
		g.C = make([]float32, l.Hidden)
		all = append(all, g)
	}
	return all, nil
}

func decodeTraining(sf *safetensors.File, meta map[string]string, n *Network) (*Training, error) {
	t := new(Training)
	var p progress
	if err := json.Unmarshal([]byte(meta[keyOptions]), &t.Options); err != nil {
		return nil, fmt.Errorf("%w: %s: %v", ErrFile, keyOptions, err)
	}
	if err := json.Unmarshal([]byte(meta[keyTraining]), &p); err != nil {
		return nil, fmt.Errorf("%w: %s: %v", ErrFile, keyTraining, err)
	}
	if p.Layer < 0 || p.Layer >= len(n.Layers) {
		return nil, fmt.Errorf("%w: training of layer %d of %d", ErrFile, p.Layer+1, len(n.Layers))
	}
	t.Rows, t.Layer = p.Rows, p.Layer
	var err error
	t.State, err = decodeState(sf, p.stateNumbers, n.Layers[p.Layer], "training.")
	return t, err
}

// readBits reads packed rows of bits.
func readBits(sf *safetensors.File, name string, rows, cols int) (*bitdbn.BitMatrix, error) {
	words, shape, err := sf.Uint64s(name)
	if err != nil {
		return nil, err
	}
	// Before anything is allocated on the word of the metadata.
	if stride := bitdbn.NewBitMatrix(0, cols).Stride(); !slices.Equal(shape, []int{rows, stride}) {
		return nil, fmt.Errorf("%w: tensor %s has shape %v, expected [%d %d]", ErrFile, name, shape, rows, stride)
	}
	m := bitdbn.NewBitMatrix(rows, cols)
	copy(m.Words(), words)
	if !m.PaddingZero() {
		return nil, fmt.Errorf("%w: tensor %s has bits beyond column %d", ErrFile, name, cols)
	}
	return m, nil
}

func readParams(sf *safetensors.File, prefix, suffix string, visible, hidden int) (p bitdbn.Params, err error) {
	if p.W, err = readFloats(sf, prefix+"weights"+suffix, visible, hidden); err != nil {
		return p, err
	}
	if p.B, err = readFloats(sf, prefix+"visible_bias"+suffix, visible); err != nil {
		return p, err
	}
	p.C, err = readFloats(sf, prefix+"hidden_bias"+suffix, hidden)
	return p, err
}

// readFloats reads a tensor of the given shape.
func readFloats(sf *safetensors.File, name string, want ...int) ([]float32, error) {
	values, shape, err := sf.Float32s(name)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(shape, want) {
		return nil, fmt.Errorf("%w: tensor %s has shape %v, expected %v", ErrFile, name, shape, want)
	}
	return values, nil
}

func joinInts(v []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(v), " ", ","), "[]")
}

func splitInts(text string) ([]int, error) {
	var v []int
	for _, part := range strings.Split(text, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is not a positive number", part)
		}
		v = append(v, n)
	}
	return v, nil
}
