package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/bitdbn/bitdbn"
	"github.com/bitdbn/bitdbn/dataset"
	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/rbm"
	"github.com/spf13/pflag"
)

// dataFlags are the options of reading data, the same in every command.
type dataFlags struct {
	name, binarize, format, header, labelColumn string
	separator, decimal                          string
	opt                                         dataset.Options
	indexBase                                   int
	labels                                      bool // those that come with the data are wanted
}

func (d *dataFlags) register(f *pflag.FlagSet) {
	f.StringVar(&d.name, "data", "", "mnist, or of it mnist:test, mnist:fit (the first 50,000 training rows) or mnist:valid (the last 10,000); digits, likewise; or a file, or a folder of the files of MNIST, likewise")
	f.StringVar(&d.binarize, "binarize", "auto", "values between 0 and 1: dynamic (drawn at each presentation), fixed (drawn once), threshold, or auto (grey pictures dynamic, else an error)")
	f.Float64Var(&d.opt.Threshold, "threshold", 0.5, "intensity above which a unit is 1 with --binarize threshold")
	f.StringVar(&d.format, "format", "auto", "file format: auto, idx, npy, npz, text, libsvm, baskets, mtx, bed, pbm")
	f.StringVar(&d.header, "header", "auto", "first line of a text file is a header: auto, yes, no")
	f.StringVar(&d.separator, "separator", "auto", "between the fields of a text file: auto, tab, comma, semicolon, bar, blanks")
	f.StringVar(&d.decimal, "decimal", "auto", "numbers of a text file: auto, point (0.5), comma (0,5)")
	f.StringVar(&d.opt.Array, "array", "", "array of an NPZ file")
	f.StringVar(&d.labelColumn, "label-column", "", "column of a text file that holds the label, from 1, or last")
	f.StringVar(&d.opt.LabelFile, "label-file", "", "file with a label for each row")
	f.IntVar(&d.opt.SkipColumns, "skip-columns", 0, "columns of a text file to skip on the left")
	f.IntVar(&d.opt.Features, "features", 0, "columns of a sparse file")
	f.IntVar(&d.indexBase, "index-base", 1, "first index of a libsvm file, 0 or 1")
}

// options returns what the flags say to package dataset.
func (d *dataFlags) options() (dataset.Options, error) {
	o := d.opt
	var err error
	if o.Binarize, err = dataset.ParseBinarize(d.binarize); err != nil {
		return o, fmt.Errorf("%w: --binarize: %w", errUsage, err)
	}
	if o.Format, err = dataset.ParseFormat(d.format); err != nil {
		return o, fmt.Errorf("%w: --format: %w", errUsage, err)
	}
	if o.Header, err = dataset.ParseHeader(d.header); err != nil {
		return o, fmt.Errorf("%w: --header: %w", errUsage, err)
	}
	if o.Separator, err = dataset.ParseSeparator(d.separator); err != nil {
		return o, fmt.Errorf("%w: --separator: %w", errUsage, err)
	}
	if o.Decimal, err = dataset.ParseDecimal(d.decimal); err != nil {
		return o, fmt.Errorf("%w: --decimal: %w", errUsage, err)
	}
	switch d.labelColumn {
	case "":
	case "last":
		o.LabelColumn = dataset.LastColumn
	default:
		if o.LabelColumn, err = strconv.Atoi(d.labelColumn); err != nil {
			return o, fmt.Errorf("%w: --label-column %q, expected a number or last", errUsage, d.labelColumn)
		}
	}
	if d.indexBase != 0 && d.indexBase != 1 {
		return o, fmt.Errorf("%w: --index-base %d, expected 0 or 1", errUsage, d.indexBase)
	}
	o.ZeroBased = d.indexBase == 0
	o.NoLabels = !d.labels && o.LabelFile == "" && o.LabelColumn == 0
	return o, nil
}

// follow makes data be read as those that a model was trained on, where no flag
// says otherwise. info are the notes of the model.
func (d *dataFlags) follow(info map[string]string) {
	if names := []string(nil); json.Unmarshal([]byte(info["class_names"]), &names) == nil && len(names) > 0 {
		d.opt.ClassNames = names
	}
	if d.binarize != "auto" || info["binarize"] == "" {
		return
	}
	d.binarize = info["binarize"]
	if threshold, err := strconv.ParseFloat(info["threshold"], 64); err == nil {
		d.opt.Threshold = threshold
	}
}

// load reads the data of the flags. Data that are read later with the same
// options have the same classes.
func (d *dataFlags) load() (*dataset.Set, error) {
	if d.name == "" {
		return nil, fmt.Errorf("%w: --data is missing", errUsage)
	}
	set, err := d.loadAs(d.name)
	if err == nil && set.ClassNames != nil {
		d.opt.ClassNames = set.ClassNames
	}
	return set, err
}

// loadAs reads other data with the same options.
func (d *dataFlags) loadAs(name string) (*dataset.Set, error) {
	o, err := d.options()
	if err != nil {
		return nil, err
	}
	return dataset.Load(name, o)
}

// source returns the rows of a set as a machine takes them. Grey rows are drawn
// with the seed: once if the set was read for that, else at each presentation.
func source(ws *bitdbn.Workspace, s *dataset.Set, seed uint64) rbm.Source {
	if s.Bits != nil {
		return rbm.Bits{BitMatrix: s.Bits}
	}
	grey := rbm.Grey{Pixels: s.Grey, Width: s.Cols, Draws: rbm.PresentationStream(seed, 0)}
	if s.Binarize == dataset.Fixed {
		return rbm.Drawn(ws, grey, rbm.EvaluationStep)
	}
	return grey
}

// info returns the notes that stay with the model.
func (d *dataFlags) info(s *dataset.Set) map[string]string {
	info := map[string]string{"shape": strings.Trim(strings.ReplaceAll(fmt.Sprint(s.Shape), " ", ","), "[]")}
	d.note(info)
	return info
}

// note sets the notes of a model that say what data it was trained on last, and
// how they were read.
func (d *dataFlags) note(info map[string]string) {
	info["data"], info["binarize"] = d.name, d.binarize
	info["threshold"] = strconv.FormatFloat(d.opt.Threshold, 'g', -1, 64)
	if names, err := json.Marshal(d.opt.ClassNames); err == nil && d.opt.ClassNames != nil {
		info["class_names"] = string(names)
	}
}

// labelled returns the rows of a set with their labels, of as many classes as the
// set has, and at least as many as a model knows: rows need not show them all.
func labelled(src rbm.Source, s *dataset.Set, known int) (rbm.Source, error) {
	if s.Labels == nil {
		return nil, fmt.Errorf("%w: %s has no labels: give --label-file or --label-column", rbm.ErrData, s.Name)
	}
	return dbn.Labelled{Source: src, Labels: s.Labels, Classes: max(s.Classes, known)}, nil
}

// checkWidth returns an error unless the set has the network's visible units.
func checkWidth(s *dataset.Set, visible int) error {
	if s.Cols != visible {
		return fmt.Errorf("%w: %s has rows of %d units, the model has %d", rbm.ErrData, s.Name, s.Cols, visible)
	}
	return nil
}
