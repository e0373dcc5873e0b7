package main

import (
	"fmt"
	"os"

	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/internal/interchange"
	"github.com/spf13/cobra"
)

func newImport() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "import FILE --out m.safetensors",
		Short: "Read a model of another program",
		Long: `Import reads an NPZ file with scikit-learn's names (components_, hidden × visible,
intercept_hidden_, intercept_visible_), or a safetensors or NPZ file with W
(visible × hidden), vbias and hbias.`,
		Example: "  bitdbn import rbm.npz --out m.safetensors",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if out == "" {
				return fmt.Errorf("%w: --out is missing", errUsage)
			}
			net, err := interchange.Import(args[0])
			if err != nil {
				return err
			}
			f := &dbn.File{Network: net, Info: map[string]string{"imported": args[0]}}
			if err := f.Save(out); err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "wrote %s: units %v\n", out, net.Units())
			return nil
		},
	}
	c.Flags().StringVar(&out, "out", "", "model file to write")
	return c
}

func newExport() *cobra.Command {
	var model, out string
	c := &cobra.Command{
		Use:   "export -m m.safetensors --out FILE",
		Short: "Write a model for another program",
		Long: `Export writes an NPZ file with scikit-learn's names and shapes, or a plain
safetensors file, as the name of the output says.`,
		Example: "  bitdbn export -m m.safetensors --out rbm.npz",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			f, err := loadModel(model)
			if err != nil {
				return err
			}
			if out == "" {
				return fmt.Errorf("%w: --out is missing", errUsage)
			}
			if err := interchange.Export(out, f.Network); err != nil {
				return err
			}
			fmt.Fprintln(os.Stderr, "wrote", out)
			return nil
		},
	}
	modelFlag(c, &model)
	c.Flags().StringVar(&out, "out", "", "file to write, .npz or .safetensors")
	return c
}
