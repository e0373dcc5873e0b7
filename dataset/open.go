package dataset

import (
	"os"
	"path/filepath"
	"strings"
)

// Open reads the data at path: a file of any format that the package knows,
// or a folder with the files of MNIST, of which it reads the split that opt
// names.
func Open(path string, opt Options) (*Set, error) {
	if err := opt.check(path); err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return openFolder(path, opt)
	}
	src, file, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return read(src, opt)
}

// read reads one file, whose options have been checked.
func read(src *source, opt Options) (*Set, error) {
	format, err := detect(src, opt.Format)
	if err != nil {
		return nil, err
	}
	if err := opt.fits(src.name, format); err != nil {
		return nil, err
	}
	set := &Set{Name: src.name, Binarize: opt.Binarize}
	if err := readers[format](src, &opt, set); err != nil {
		return nil, err
	}
	if opt.LabelFile != "" {
		if err := readLabelFile(opt.LabelFile, &opt, set); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// readers fill a set from a source, labels included if they come with it.
var readers = [...]func(*source, *Options, *Set) error{
	FormatIDX:          readIDX,
	FormatNPY:          readNPY,
	FormatNPZ:          readNPZ,
	FormatText:         readText,
	FormatLibSVM:       readLibSVM,
	FormatPBM:          readPBM,
	FormatMatrixMarket: readMatrixMarket,
	FormatBaskets:      readBaskets,
	FormatBED:          readBED,
}

// ownLabels says whether to read the labels that come with the data.
func (o *Options) ownLabels() bool { return !o.NoLabels && o.LabelFile == "" }

// detect returns the format of src: asked, if that says; else what its first
// bytes tell; else what its name does; else text, which has no mark. It takes a
// byte-order mark from the source.
func detect(src *source, asked Format) (Format, error) {
	if err := src.skipMark(); err != nil {
		return 0, err
	}
	head, err := src.peek(32)
	if err != nil {
		return 0, err
	}
	if asked != FormatAuto {
		return asked, nil
	}
	if f := byContents(string(head)); f != FormatAuto {
		if f == FormatIDX { // two zeros are little of a mark; MATLAB 4 has it too
			err = foreignName(src.name, true)
		}
		return f, err
	}
	if err := foreign(src, string(head)); err != nil {
		return 0, err
	}
	if f := byName(src.name); f != FormatAuto {
		return f, nil
	}
	if err := foreignName(src.name, isBinary(head)); err != nil {
		return 0, err
	}
	if isBinary(head) {
		return 0, problemf(ErrFormat, src.name, "the format is not known: it starts with %s", startOf(head))
	}
	lines, err := src.firstLines()
	if err != nil {
		return 0, err
	}
	if looksLikeBaskets(lines) {
		return FormatBaskets, nil
	}
	return FormatText, nil
}

// byContents tells the formats that start with a mark.
func byContents(head string) Format {
	switch {
	case strings.HasPrefix(head, npyMagic):
		return FormatNPY
	case strings.HasPrefix(head, "PK\x03\x04"), strings.HasPrefix(head, "PK\x05\x06"):
		return FormatNPZ
	case strings.HasPrefix(head, "\x00\x00"):
		return FormatIDX
	case strings.HasPrefix(head, bedMagic):
		return FormatBED
	case len(head) > len(marketBanner) && strings.EqualFold(head[:len(marketBanner)], marketBanner):
		return FormatMatrixMarket
	case len(head) > 3 && head[0] == 'P' && (head[1] == '1' || head[1] == '4') && isSpace(head[2]):
		if next := strings.TrimLeft(head[2:], " \t\r\n"); next != "" && (next[0] == '#' || isDigit(next[0])) {
			return FormatPBM
		}
	}
	return FormatAuto
}

// byName tells the formats that names do.
func byName(name string) Format {
	name = strings.TrimSuffix(strings.ToLower(name), ".gz")
	switch ext := filepath.Ext(name); {
	case ext == ".npy":
		return FormatNPY
	case ext == ".npz":
		return FormatNPZ
	case ext == ".svm", ext == ".libsvm", ext == ".svmlight":
		return FormatLibSVM
	case ext == ".pbm":
		return FormatPBM
	case ext == ".basket", ext == ".baskets", ext == ".fimi":
		return FormatBaskets
	case ext == ".mtx":
		return FormatMatrixMarket
	case strings.HasPrefix(ext, ".idx"), strings.HasSuffix(name, "-ubyte"):
		return FormatIDX
	}
	return FormatAuto
}

// isBinary reports whether head has control characters that text has not.
func isBinary(head []byte) bool {
	for _, c := range head[:min(8, len(head))] {
		if c < ' ' && !isSpace(c) {
			return true
		}
	}
	return false
}

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// startOf shows the first bytes of a file.
func startOf(head []byte) string { return show(head[:min(8, len(head))]) }
