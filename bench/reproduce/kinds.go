package main

import "cmp"

// kind is a kind of data that candidates are tried on.
type kind struct {
	name    string
	title   string
	rows    int // that are trained on
	hidden  int
	data    string           // mnist or digits; else the set is density data
	made    func() [][]uint8 // rows of a set that the program makes: those to train on and those to look at
	train   int              // how many of them come first, to train on; 0 means that both are all
	threads int
}

// kinds is all of them.
var kinds = []kind{
	{name: "digits", title: "the built-in digits, drawn once", rows: 2084, hidden: 100, data: "digits", threads: 1},
	{name: "mnist", title: "MNIST, drawn once", rows: 50000, hidden: 500, data: "mnist"},
	density("nltcs", 16181),
	density("plants", 17412),
	density("dna", 1600),
	density("mushrooms", 2000),
	density("nips", 400),
	{name: "bars", title: "bars and stripes, 4 × 4, each of the 30 patterns once, which are looked at too", rows: 30, hidden: 16, made: bars, threads: 1},
	{name: "spikes", title: "correlated spikes of 50 cells, 30,000 bins, and 10,000 to look at", rows: 30000, hidden: 30, made: spikes, train: 30000, threads: 1},
}

func density(name string, rows int) kind {
	return kind{name: name, title: "density data set " + name, rows: rows, hidden: 23, threads: 1}
}

// sets returns the rows to train on and those to look at of a kind that is made.
func (k *kind) sets() (train, valid [][]uint8) {
	all := k.made()
	return all[:cmp.Or(k.train, len(all))], all[k.train:]
}
