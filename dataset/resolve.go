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
//   - the path of a folder and one of these splits, as in fashion:test: the files
//     of MNIST in the folder;
//   - anything else: the path of a file or folder, see [Open]. A file that is
//     called like one of the names is reached as ./mnist.
//
// A split that is part of the name takes the place of opt.Split.
func Load(name string, opt Options) (*Set, error) {
	base, split, given := strings.Cut(name, ":")
	if base != "mnist" && base != "digits" {
		if dir, split, ok := folderSplit(name); ok {
			opt.Split = split
			set, err := Open(dir, opt)
			if err == nil {
				set.Name = name
			}
			return set, err
		}
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

// folderSplit returns the folder and the split that a name stands for, unless
// there is a file or folder of the whole name.
func folderSplit(name string) (dir string, split Split, ok bool) {
	at := strings.LastIndexByte(name, ':')
	if at < 0 {
		return "", 0, false
	}
	if _, err := os.Stat(name); err == nil {
		return "", 0, false
	}
	split, err := ParseSplit(name[at+1:])
	info, statErr := os.Stat(name[:at])
	return name[:at], split, err == nil && statErr == nil && info.IsDir()
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
