package dataset

import (
	"os"
	"path/filepath"
	"strings"
)

// mnistPrefix is how the names of the files of MNIST start for each split.
var mnistPrefix = [...]string{Train: "train", Test: "t10k", Fit: "train", Valid: "train"}

// openFolder reads a split of a data set that comes in the four files of
// MNIST, gzipped or not. A folder without label files gives a Set without
// labels.
func openFolder(dir string, opt Options) (*Set, error) {
	images, tried := findIn(dir, mnistPrefix[opt.Split], "images", "idx3")
	if images == "" {
		p := problemf(ErrOpen, dir, "a folder without images of MNIST for the split %v (%s)", opt.Split, strings.Join(tried, ", "))
		p.cause = os.ErrNotExist
		return nil, p
	}
	src, file, err := openFile(images)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	labelFile, _ := findIn(dir, mnistPrefix[opt.Split], "labels", "idx1")
	if opt.LabelFile == "" && !opt.NoLabels {
		opt.LabelFile = labelFile
	}
	set, err := read(src, opt)
	if err != nil {
		return nil, err
	}
	set.Name = dir
	if labelFile == "" && set.Labels == nil {
		set.Notes = append(set.Notes, "no label file in the folder")
	}
	return set, opt.Split.of(set)
}

// findIn returns the path of the file for a split, if one of the usual names
// is there, and the names.
func findIn(dir, split, what, kind string) (path string, tried []string) {
	plain := split + "-" + what + "-" + kind + "-ubyte"
	dotted := split + "-" + what + "." + kind + "-ubyte"
	tried = []string{plain, plain + ".gz", dotted, dotted + ".gz"}
	for _, name := range tried {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path, tried
		}
	}
	return "", tried
}
