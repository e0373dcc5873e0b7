package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// outputFlags and inputFlags are the flags, of all commands, that name files to be
// written, and data or models to be read. Arguments are read, too.
var (
	outputFlags = []string{"out", "log", "png"}
	inputFlags  = []string{"data", "valid", "train", "complete", "label-file", "model", "resume"}
)

// named is a path and the flag that it was given by.
type named struct{ flag, path string }

func (n named) String() string { return strings.TrimSpace("--" + n.flag + " " + n.path) }

// settleOutputs returns an error unless each output of a command can be written, and
// is neither one of its inputs nor another output, by any name or link. Nothing has been
// read or written then.
func settleOutputs(c *cobra.Command, args []string) error {
	outputs, inputs := given(c, outputFlags), given(c, inputFlags)
	for i, out := range outputs {
		if err := checkOutput(out); err != nil {
			return err
		}
		for _, other := range outputs[:i] {
			if sameFile(out.path, other.path) {
				return fmt.Errorf("%w: %v is the file of %v, too", errUsage, out, other)
			}
		}
		for _, in := range append(inputs, arguments(args)...) {
			if out.flag == "out" && in.flag == "resume" {
				continue // a training goes on in its own file
			}
			if i := slices.IndexFunc(filesOf(in.path), func(file string) bool { return sameFile(out.path, file) }); i >= 0 {
				return fmt.Errorf("%w: %v is the file of %v, which would be lost", errUsage, out, in)
			}
		}
	}
	return nil
}

// given returns the paths of flags that a command has and was given.
func given(c *cobra.Command, flags []string) (paths []named) {
	for _, name := range flags {
		if f := c.Flags().Lookup(name); f != nil && f.Value.String() != "" {
			paths = append(paths, named{name, f.Value.String()})
		}
	}
	return paths
}

func arguments(args []string) (paths []named) {
	for _, a := range args {
		paths = append(paths, named{"", a})
	}
	return paths
}

// filesOf returns the files that the name of data or of a model may stand for: of a
// folder, or one with a split after a colon, those in it.
func filesOf(name string) []string {
	base, _, _ := strings.Cut(name, ":")
	folders := []string{name, base}
	if at := strings.LastIndexByte(name, ':'); at >= 0 {
		folders = append(folders, name[:at])
	}
	if base == "mnist" {
		folders = []string{filepath.Join("data", "mnist")}
	}
	files := []string{name}
	for _, folder := range folders {
		entries, err := os.ReadDir(folder)
		if err != nil {
			continue // a file, or nothing, which reading will find
		}
		for _, e := range entries {
			files = append(files, filepath.Join(folder, e.Name()))
		}
	}
	return files
}

// sameFile reports whether two paths are of one file, by whatever names and links, or
// would be if it were there.
func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(infoA, infoB)
	}
	return errA != nil && errB != nil && place(a) == place(b)
}

// place returns the path of a file, which need not be there, without links in that of
// its folder.
func place(path string) string {
	if p, err := filepath.Abs(path); err == nil {
		path = p
	}
	if folder, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(folder, filepath.Base(path))
	}
	return path
}

// checkOutput returns an error unless a file can be written at a path: a regular one or
// none must be there, in a folder that takes files. A log must be one, or new.
func checkOutput(out named) error {
	switch info, err := os.Stat(out.path); {
	case err == nil && info.IsDir():
		return fmt.Errorf("%w: %v: it is a folder, expected the name of a file", errUsage, out)
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("%w: %v: found %v, expected a regular file or none", errUsage, out, info.Mode().Type())
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%v: cannot be written: %w", out, err)
	}
	if out.flag == "log" {
		if _, err := continues(out.path); err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
	}
	return writable(out.path)
}
