package interchange

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/internal/atomicfile"
	"github.com/bitdbn/bitdbn/internal/npy"
	"github.com/bitdbn/bitdbn/internal/safetensors"
)

// ErrUntold is wrapped by errors about networks that another program's format
// has no words for.
var ErrUntold = errors.New("interchange: cannot be told in this format")

// Export writes a network to path: to a .npz file with scikit-learn's names and
// shapes, or to a .safetensors file with W, vbias and hbias. The names of a stack have
// layers.0. and so on before them. [Import] reads both. The error wraps
// [ErrUntold] for a network of which these formats could not tell all.
func Export(path string, net *dbn.Network) error {
	if err := net.Validate(); err != nil {
		return err
	}
	switch {
	case net.Classes() > 0:
		return fmt.Errorf("%w: %d of the top machine's visible units are labels", ErrUntold, net.Classes())
	case net.Generative != nil:
		return fmt.Errorf("%w: the layers below the top have generative weights of their own", ErrUntold)
	}
	switch ext := filepath.Ext(path); ext {
	case ".npz":
		return atomicfile.Write(path, func(w io.Writer) error { return writeNPZ(w, export(net, namings[0])) })
	case ".safetensors":
		return atomicfile.Write(path, func(w io.Writer) error { return safetensors.Write(w, export(net, namings[1]), nil) })
	default:
		return fmt.Errorf("%s: found extension %q, expected .npz or .safetensors", path, ext)
	}
}

// export returns the parameters of all layers under a program's names.
func export(net *dbn.Network, n naming) []safetensors.Tensor {
	var tensors []safetensors.Tensor
	for i, l := range net.Layers {
		prefix := ""
		if len(net.Layers) > 1 {
			prefix = fmt.Sprintf("layers.%d.", i)
		}
		w, shape := l.W, []int{l.Visible, l.Hidden}
		if n.transposed {
			w, shape = transpose(l.W, l.Visible, l.Hidden), []int{l.Hidden, l.Visible}
		}
		tensors = append(tensors,
			safetensors.Tensor{Name: prefix + n.w, Shape: shape, Data: w},
			safetensors.Tensor{Name: prefix + n.b, Shape: []int{l.Visible}, Data: l.B},
			safetensors.Tensor{Name: prefix + n.c, Shape: []int{l.Hidden}, Data: l.C})
	}
	return tensors
}

func writeNPZ(w io.Writer, tensors []safetensors.Tensor) error {
	z := zip.NewWriter(w)
	for _, t := range tensors {
		m, err := z.CreateHeader(&zip.FileHeader{Name: t.Name + ".npy", Method: zip.Deflate})
		if err != nil {
			return err
		}
		if err := npy.WriteHeader(m, "<f4", t.Shape...); err != nil {
			return err
		}
		if err := binary.Write(m, binary.LittleEndian, t.Data); err != nil {
			return err
		}
	}
	return z.Close()
}
