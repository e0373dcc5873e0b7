package main

import (
	"cmp"
	"fmt"
	"slices"
)

// row is one experiment: a recipe, and what was published.
type row struct {
	name, title string
	data        string // mnist, digits or fashion, or empty
	density     string // the density data set instead
	train, eval string // flags beyond those of the data and the output; without train, tune starts afresh
	from        string // the row whose fine-tuned model is the start, in place of train
	tune        string // updown or backprop, and its flags, if the model is fine-tuned
	seeds       int    // runs, with seeds from 1 on; 0 means 1
	threads     int    // 0 means one a processor
	trial       bool   // looks at validation rows alone
	layers      bool   // the first layer is evaluated by itself too, and the bound of the others drawn, epoch by epoch

	published string // figure and source
}

// rowNamed returns the row of a name, or nil.
func rowNamed(name string) *row {
	i := slices.IndexFunc(rows, func(r row) bool { return r.name == name })
	if i < 0 {
		return nil
	}
	return &rows[i]
}

// times returns the row with so many runs.
func (r row) times(seeds int) row {
	r.seeds = seeds
	return r
}

// runs returns the number of runs.
func (r *row) runs() int { return cmp.Or(r.seeds, 1) }

// mnist is a machine or a stack on MNIST, whose intensities are drawn once, as bits.
func mnist(name, title, train, published string) row {
	return row{name: name, title: title, data: "mnist", train: "--binarize fixed " + train,
		eval: "--likelihood ais --chains 200", published: published}
}

// tuned is a network on MNIST, pretrained unless train is empty, then fine-tuned.
func tuned(name, title, train, tune, published string) row {
	return row{name: name, title: title, data: "mnist", train: train, tune: tune, eval: "--draws 30 --likelihood none", published: published}
}

// layerByLayer is a stack of which each layer is looked at.
func layerByLayer(r row) row {
	r.layers = true
	return r
}

// fashion is a row on Fashion-MNIST.
func fashion(r row) row {
	r.name, r.title, r.data, r.published = "fashion-"+r.name, r.title+", Fashion-MNIST", "fashion", ""
	return r
}

// digits is a small machine on the digits that are built in, which a test trains.
func digits(name string, hidden int, train string) row {
	return row{name: name, title: fmt.Sprintf("RBM with %d hidden units on the built-in digits, exact log Z", hidden), data: "digits",
		train: fmt.Sprintf("--binarize fixed --layers %d %s", hidden, train), eval: "--likelihood exact", threads: 1}
}

// exact is a machine of 23 hidden units, whose partition function is a sum over
// 2^23 states.
func exact(set, published, train string) row {
	r := large(set, 23, train)
	r.title += ", exact log Z"
	r.eval, r.published = "--likelihood exact", published
	return r
}

// large is a machine on density data. Small machines train faster on one thread
// than on two.
func large(set string, hidden int, train string) row {
	return row{name: fmt.Sprintf("%s-%d", set, hidden), title: fmt.Sprintf("RBM with %d hidden units on %s", hidden, set), density: set,
		train: fmt.Sprintf("--layers %d %s", hidden, train), eval: "--likelihood ais --chains 200", threads: 1}
}
