package dataset

import (
	"bytes"
	"embed"
	"path"
)

//go:generate go run digits/gen.go -mnist ../data/mnist -out digits

//go:embed digits/*.gz
var digitFiles embed.FS

// EmbeddedDigits returns 3,000 images of MNIST that are part of the program,
// 300 of each digit: 28 × 28 grey pixels with their labels, 250 of each digit
// for opt.Split Train and 50 for Test. They are the first of the training set
// of MNIST, in its order. Fit and Valid are 2,084 and 416 of those for Train.
//
// The digits are by Yann LeCun, Corinna Cortes and Christopher Burges, under
// the licence CC BY-SA 3.0; see the folder digits.
func EmbeddedDigits(opt Options) (*Set, error) {
	if err := opt.check("digits"); err != nil {
		return nil, err
	}
	src, err := embedded(mnistPrefix[opt.Split] + "-images-idx3-ubyte.gz")
	if err != nil {
		return nil, err
	}
	set, err := read(src, opt)
	if err != nil {
		return nil, err
	}
	set.Name = "digits:" + opt.Split.String()
	if !opt.ownLabels() {
		return set, opt.Split.of(set)
	}
	src, err = embedded(mnistPrefix[opt.Split] + "-labels-idx1-ubyte.gz")
	if err != nil {
		return nil, err
	}
	if err := labelsFrom(src, &opt, set); err != nil {
		return nil, err
	}
	return set, opt.Split.of(set)
}

func embedded(name string) (*source, error) {
	name = path.Join("digits", name)
	b, err := digitFiles.ReadFile(name)
	if err != nil {
		return nil, cannotOpen(name, err)
	}
	return newSource(name, bytes.NewReader(b), int64(len(b)))
}
