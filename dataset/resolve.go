package dataset

import (
	"errors"
	"io/fs"
	"os"
	"strings"
)

// mnistDir is where Load looks for MNIST, under the working directory.
const mnistDir = "data/mnist"

// Load reads the data that name stands for:
//
//   - mnist, mnist:train, mnist:test: MNIST, in the folder data/mnist under the
//     working directory; mnist:fit and mnist:valid: its first 50,000 training
//     rows and its last 10,000;
//   - digits, digits:train, digits:test, digits:fit, digits:valid: the embedded
//     digits, see [EmbeddedDigits];
//   - anything else: the path of a file or folder, see [Open]. A file that is
//     called like one of the names is reached as ./mnist.
//
// A split that is part of the name takes the place of opt.Split.
func Load(name string, opt Options) (*Set, error) {
	base, split, given := strings.Cut(name, ":")
	if base != "mnist" && base != "digits" {
		return Open(name, opt)
	}
	if given {
		s, err := ParseSplit(split)
		if err != nil {
			return nil, problemf(ErrOption, name, "%v", err)
		}
		opt.Split = s
	}
	if base == "digits" {
		return EmbeddedDigits(opt)
	}
	return loadMNIST(opt)
}

func loadMNIST(opt Options) (*Set, error) {
	if _, err := os.Stat(mnistDir); errors.Is(err, fs.ErrNotExist) {
		p := problemf(ErrOpen, "mnist", "the folder %s is not there; run make data to fetch it", mnistDir)
		p.cause = err
		return nil, p
	}
	set, err := Open(mnistDir, opt)
	if err != nil {
		return nil, err
	}
	set.Name = "mnist:" + opt.Split.String()
	return set, nil
}
