package dataset

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Options say how to read a file. The zero value reads every file that speaks
// for itself.
type Options struct {
	// Format is the file's format, if its contents and name do not tell.
	Format Format

	// Split is the part of MNIST, of the embedded digits or of a folder.
	Split Split

	// Binarize says what to do with values other than 0 and 1.
	Binarize Binarize

	// Threshold is the intensity, between 0 and 1, above which a unit is 1
	// under Binarize: Threshold. If it is 0, 0.5 is used; for "any ink at all",
	// use a value below 1/255.
	Threshold float64

	// Array is the name of the array in an NPZ file that holds the data. If
	// it is empty, there must be only one to choose.
	Array string

	// LabelArray is the name of the array in an NPZ file that holds the
	// labels. If it is empty, it is chosen by name: for data X it is X_labels,
	// X_label, the name with labels in the place of data or images
	// (train_labels for train_data), or with y in the place of a first or last
	// x (y_train for x_train); else y, labels, label, targets or target. Case
	// does not matter.
	LabelArray string

	// LabelFile is a file with one label a row: IDX of rank 1, NPY of rank 1,
	// or text of one column. It takes the place of labels that come with the
	// data.
	LabelFile string

	// LabelColumn is the column of a text file that holds the label, counted
	// from 1; LastColumn is the last one. If it is 0, all columns are units.
	LabelColumn int

	// NoLabels leaves labels that come with the data unread.
	NoLabels bool

	// Classes is the number of classes. A label that is not below it is an
	// error. If it is 0, it is one more than the largest label, and in a libsvm
	// file labels from 1 become classes from 0. Labels of -1 and 1 in such a
	// file, and names in a label column, in ascending order, become classes from
	// 0 anyhow.
	Classes int

	// ClassNames are the labels that stand for classes 0, 1 and so on, as
	// Set.ClassNames has them of the data that a model was trained on. Another
	// label is an error. If it is nil, the labels say what classes there are.
	ClassNames []string

	// Header says whether the first line of a text file is a header.
	Header Header

	// Separator is what stands between the fields of a text file, and Decimal
	// how its numbers are written, if its first lines do not tell.
	Separator Separator
	Decimal   Decimal

	// SkipColumns is the number of columns of a text file, from the left,
	// that are not units, such as names of samples.
	SkipColumns int

	// Features is the number of columns of a libsvm file or of baskets, which
	// themselves say only what the largest index in use is. If it is 0, that is taken. For
	// Matrix Market and NPZ files, which state their columns, it must agree, and
	// says that a large table of few entries is meant to be that large.
	Features int

	// ZeroBased says that the first column of a libsvm file is 0, not 1.
	ZeroBased bool

	// MaxBytes is the memory that the data may take when packed. If it is 0,
	// there is no limit for plain files, but 4 GiB for sparse ones; compressed ones
	// may take 128 MiB or 256 times the size of the file, whichever is more.
	MaxBytes int64
}

// LastColumn as Options.LabelColumn is the last column of the file.
const LastColumn = -1

// Binarize says what to do with values other than 0 and 1.
type Binarize uint8

// The ways to make binary units of intensities. Under all but Auto, values
// between 0 and 1 are intensities; and whole numbers from 0 to 255 are, in data
// of an integer type and in text, if any of them is above 1.
const (
	Auto      Binarize = iota // keep pictures in IDX bytes grey; refuse other values
	Dynamic                   // keep intensities, to be drawn anew at each presentation
	Fixed                     // keep intensities, to be drawn once by whoever trains
	Threshold                 // 1 above Options.Threshold, 0 at and below it
)

var binarizeNames = []string{"auto", "dynamic", "fixed", "threshold"}

// String returns the name that ParseBinarize takes.
func (b Binarize) String() string { return nameOf(binarizeNames, int(b)) }

// ParseBinarize returns the Binarize of that name: auto, dynamic, fixed or
// threshold. Its error wraps ErrOption.
func ParseBinarize(name string) (Binarize, error) {
	i, err := parseName("way to binarize", binarizeNames, name)
	return Binarize(i), err
}

// Header says whether the first line of a text file is a header.
type Header uint8

// The first line is a header under HeaderAuto if it has a field that cannot be
// a value and none that is a number.
const (
	HeaderAuto Header = iota
	HeaderYes
	HeaderNo
)

var headerNames = []string{"auto", "yes", "no"}

// String returns the name that ParseHeader takes.
func (h Header) String() string { return nameOf(headerNames, int(h)) }

// ParseHeader returns the Header of that name: auto, yes or no. Its error
// wraps ErrOption.
func ParseHeader(name string) (Header, error) {
	i, err := parseName("header option", headerNames, name)
	return Header(i), err
}

// Separator is what stands between the fields of a text file.
type Separator uint8

// The separators. Under SeparatorAuto it is the one with which the first lines
// have the most numbers and the fewest other fields; a text of digits without
// any separator, as in 0110, has a unit for each.
const (
	SeparatorAuto Separator = iota
	SeparatorTab
	SeparatorComma
	SeparatorSemicolon
	SeparatorBar
	SeparatorBlanks // any number of spaces and tabs
)

var (
	separatorNames = []string{"auto", "tab", "comma", "semicolon", "bar", "blanks"}
	separatorBytes = []byte{SeparatorTab: '\t', SeparatorComma: ',', SeparatorSemicolon: ';', SeparatorBar: '|', SeparatorBlanks: spaces}
)

// String returns the name that ParseSeparator takes.
func (s Separator) String() string { return nameOf(separatorNames, int(s)) }

// ParseSeparator returns the Separator of that name: auto, tab, comma,
// semicolon, bar or blanks, or of the character itself. Its error wraps
// ErrOption.
func ParseSeparator(name string) (Separator, error) {
	if i := strings.IndexByte(string(separatorBytes[1:]), (name + "?")[0]); len(name) == 1 && i >= 0 {
		return SeparatorTab + Separator(i), nil
	}
	i, err := parseName("separator", separatorNames, name)
	return Separator(i), err
}

// Decimal says how the numbers of a text file are written.
type Decimal uint8

// Numbers have decimal commas under DecimalAuto if the first lines have more
// numbers that way than with points.
const (
	DecimalAuto Decimal = iota
	DecimalPoint
	DecimalComma
)

var decimalNames = []string{"auto", "point", "comma"}

// String returns the name that ParseDecimal takes.
func (d Decimal) String() string { return nameOf(decimalNames, int(d)) }

// ParseDecimal returns the Decimal of that name: auto, point or comma, or of the
// character itself. Its error wraps ErrOption.
func ParseDecimal(name string) (Decimal, error) {
	switch name {
	case ".":
		return DecimalPoint, nil
	case ",":
		return DecimalComma, nil
	}
	i, err := parseName("decimal option", decimalNames, name)
	return Decimal(i), err
}

// Split is a part of a data set that comes in two, training and test rows.
type Split uint8

// The parts of MNIST, of the embedded digits and of a folder in their form. Fit
// and Valid divide the training rows, for choices that must not look at the test
// rows: Valid is their last sixth, rounded down, Fit the others. Of MNIST these
// are 50,000 and 10,000.
const (
	Train Split = iota
	Test
	Fit
	Valid
)

var splitNames = []string{"train", "test", "fit", "valid"}

// String returns the name that ParseSplit takes.
func (s Split) String() string { return nameOf(splitNames, int(s)) }

// ParseSplit returns the Split of that name: train, test, fit or valid. Its
// error wraps ErrOption.
func ParseSplit(name string) (Split, error) {
	i, err := parseName("split", splitNames, name)
	return Split(i), err
}

// Format is a file format.
type Format uint8

// The formats; FormatAuto tells them apart by contents and name.
const (
	FormatAuto Format = iota
	FormatIDX
	FormatNPY
	FormatNPZ
	FormatText
	FormatLibSVM
	FormatPBM
	FormatMatrixMarket
	FormatBaskets
	FormatBED
)

var formatNames = []string{"auto", "idx", "npy", "npz", "text", "libsvm", "pbm", "mtx", "baskets", "bed"}

// String returns the name that ParseFormat takes.
func (f Format) String() string { return nameOf(formatNames, int(f)) }

// ParseFormat returns the Format of that name: auto, idx, npy, npz, text,
// libsvm, pbm, mtx, baskets or bed. Its error wraps ErrOption.
func ParseFormat(name string) (Format, error) {
	i, err := parseName("format", formatNames, name)
	return Format(i), err
}

func nameOf(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("unknown(%d)", i)
}

func parseName(what string, names []string, name string) (int, error) {
	for i, n := range names {
		if n == name {
			return i, nil
		}
	}
	return 0, &problem{text: fmt.Sprintf("unknown %s %s, expected one of %s", what, show(name), strings.Join(names, ", ")), kind: ErrOption}
}

// check reports options that can fit no file.
func (o *Options) check(name string) error {
	bad := func(format string, args ...any) error { return problemf(ErrOption, name, format, args...) }
	switch {
	case o.Threshold != 0 && !(o.Threshold > 0 && o.Threshold < 1):
		return bad("threshold %v, expected a value between 0 and 1", o.Threshold)
	case o.LabelColumn < LastColumn:
		return bad("label column %d, expected a column from 1 or the last", o.LabelColumn)
	case o.SkipColumns < 0:
		return bad("%d columns to skip, expected 0 or more", o.SkipColumns)
	case o.Features < 0 || o.Features > math.MaxInt32:
		return bad("%d features, expected 1 to %d", o.Features, math.MaxInt32)
	case o.Classes < 0 || o.Classes > maxClasses:
		return bad("%d classes, expected 1 to %d", o.Classes, maxClasses)
	case o.ClassNames != nil && (len(o.ClassNames) == 0 || len(o.ClassNames) > maxClasses || o.Classes != 0 && o.Classes != len(o.ClassNames)):
		return bad("%d names of classes, expected 1 to %d, and as many as classes", len(o.ClassNames), maxClasses)
	case o.MaxBytes < 0:
		return bad("a limit of %d bytes", o.MaxBytes)
	case o.LabelFile != "" && (o.LabelColumn != 0 || o.LabelArray != ""):
		return bad("a label file was given, and a label column or array too")
	case int(o.Binarize) >= len(binarizeNames), int(o.Header) >= len(headerNames),
		int(o.Split) >= len(splitNames), int(o.Format) >= len(formatNames),
		int(o.Separator) >= len(separatorNames), int(o.Decimal) >= len(decimalNames):
		return bad("binarize %v, header %v, split %v, format %v, separator %v, decimal %v", o.Binarize, o.Header, o.Split, o.Format, o.Separator, o.Decimal)
	case o.Separator == SeparatorComma && o.Decimal == DecimalComma:
		return bad("commas between fields and in numbers")
	}
	return nil
}

// fits reports options that were set but mean nothing to a file of format f.
func (o *Options) fits(name string, f Format) error {
	for _, x := range []struct {
		set  bool
		what string
		of   []Format
	}{
		{o.Array != "", "an array name", []Format{FormatNPZ}},
		{o.LabelArray != "", "the name of a label array", []Format{FormatNPZ}},
		{o.LabelColumn != 0, "a label column", []Format{FormatText}},
		{o.SkipColumns != 0, "columns to skip", []Format{FormatText}},
		{o.Header != HeaderAuto, "a header option", []Format{FormatText}},
		{o.Separator != SeparatorAuto, "a separator", []Format{FormatText}},
		{o.Decimal != DecimalAuto, "a decimal option", []Format{FormatText}},
		{o.Features != 0, "a number of features", []Format{FormatNPZ, FormatLibSVM, FormatBaskets, FormatMatrixMarket}},
		{o.ZeroBased, "an index base", []Format{FormatLibSVM}},
	} {
		if x.set && !slices.Contains(x.of, f) {
			return problemf(ErrOption, name, "%s was given, but the file is %v, not %s", x.what, f, orList(x.of))
		}
	}
	return nil
}

// fitsColumns reports a number of features other than the columns that a file
// says it has.
func (o *Options) fitsColumns(name string, cols uint64) error {
	if o.Features > 0 && uint64(o.Features) != cols {
		return problemf(ErrOption, name, "%d features were given, but the file has %s", o.Features, plural(cols, "column"))
	}
	return nil
}

// orList writes formats as in a, b or c.
func orList(formats []Format) string {
	text := formats[0].String()
	for i, f := range formats[1:] {
		if i == len(formats)-2 {
			text += " or " + f.String()
		} else {
			text += ", " + f.String()
		}
	}
	return text
}

// threshold returns the intensity above which a unit is 1.
func (o *Options) threshold() float64 {
	if o.Threshold == 0 {
		return 0.5
	}
	return o.Threshold
}
