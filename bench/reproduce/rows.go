package main

import "slices"

// row is one experiment: a recipe, and what was published.
type row struct {
	name, title string
	data        string // the bitdbn name of the training data, or empty
	test        string
	density     string // the density data set instead
	train, eval string // flags beyond those of the data and the output; without train, tune starts afresh
	from        string // the row whose fine-tuned model is the start, in place of train
	tune        string // updown or backprop, and its flags, if the model is fine-tuned

	published string // figure and source
}

// rowNamed returns the row of a name, which there must be.
func rowNamed(name string) *row {
	return &rows[slices.IndexFunc(rows, func(r row) bool { return r.name == name })]
}

// names returns the names of the data, for training and for testing.
func (r *row) names() (data, test string) {
	if r.density != "" {
		return r.density + ".train.data", r.density + ".test.data"
	}
	return r.data, r.test
}

// model returns the name of the file of the model that the row ends with.
func (r *row) model() string {
	if r.tune != "" {
		return r.name + "-tuned.safetensors"
	}
	return r.name + ".safetensors"
}

const (
	murray  = "Salakhutdinov and Murray, ICML 2008"
	secondY = "from memory of the literature, unchecked"
)

// rows is the table. MNIST's intensities are drawn once, as bits, with the seed
// of the recipe, and the test set's alike.
var rows = []row{
	mnist("rbm-cd1", "RBM 784-500, CD-1",
		"--layers 500 --epochs 100 --cd 1 --lr 0.05..0.0005 --momentum 0.5,0.9@5 --l2 0.0002",
		"−125.53 ("+secondY+")"),
	mnist("rbm-cd3", "RBM 784-500, CD-3",
		"--layers 500 --epochs 100 --cd 3 --lr 0.05..0.0005 --momentum 0.5,0.9@5 --l2 0.0002",
		"−105.50 ("+secondY+")"),
	mnist("rbm-cd25", "RBM 784-500, CD growing to 25",
		"--layers 500 --epochs 40 --cd 1..25 --lr 0.05..0.0005 --momentum 0.5,0.9@5 --l2 0.0002",
		"−86.34 ("+murray+")"),
	mnist("rbm-pcd", "RBM 784-500, our recipe: PCD, centred, learning rate to zero",
		"--layers 500 --epochs 150 --pcd 1 --chains 500 --center --lr 0.1..0.0005 --momentum 0.5 --l2 0.0002",
		"−86.34 (the best of "+murray+")"),
	mnist("dbn-2000", "DBN 784-500-2000, second layer from a tied start",
		"--layers 500,2000 --tied --epochs 100,20 --pcd 1 --chains 500 --center --lr 0.1..0.0005/0.02..0.0005 --momentum 0.5 --l2 0.0002",
		"about −86 as a bound ("+secondY+")"),

	tuned("updown-short", "784-500-500-2000 with 10 labels, up-down in a quarter of an hour", labelled,
		updown+" --epochs 100", "1.25 %, in a week ("+hinton+")"),
	tuned("updown", "784-500-500-2000 with 10 labels, up-down",
		"--labels --seed 1 --binarize threshold --layers 500,500,2000 --center --pcd 0,0,1 --lr 0.1..0.005 --momentum 0.5 --l2 0.00005 --epochs 20,20,40",
		"updown --seed 1 --binarize threshold --epochs 400 --lr 0.12..0.03,0.03..0.005@80,0.005..0.0003@240 --directed-lr 0.06..0.015,0.015..0.0025@80,0.0025..0.0003@240 --momentum 0.5 --pcd 1 --center --l2 0.00001",
		"1.25 %, in a week ("+hinton+")"),
	{name: "updown-averaged", title: "784-500-500-2000 with 10 labels, up-down, mean over 140 further epochs", data: "mnist", test: "mnist:test", from: "updown",
		tune: "updown --seed 1 --binarize threshold --epochs 160 --average-from 21 --lr 0.006 --directed-lr 0.003 --momentum 0.5 --pcd 1 --center --l2 0.00001",
		eval: "--draws 100 --likelihood none", published: "1.25 %, in a week (" + hinton + ")"},
	{name: "backprop", title: "784-500-500-2000-10, backprop behind up-down", data: "mnist", test: "mnist:test", from: "updown-averaged", tune: backprop,
		eval: "--draws 30 --likelihood none", published: "1.15 % (" + secondY + ")"},
	tuned("backprop-fresh", "784-500-500-2000-10, not pretrained, backprop", "", backpropFresh, ""),
	tuned("backprop-1000", "784-500-500-2000-10, pretrained, backprop on 1,000 labels", unlabelled, few, ""),
	tuned("backprop-1000-fresh", "784-500-500-2000-10, not pretrained, backprop on 1,000 labels", "", few+" --fresh 500,500,2000", ""),

	exact("dna", "−96.74 ("+secondY+")", "--batch 20 --pcd 5 --chains 100 --center --lr 0.05..0.0005 --momentum 0 --epochs 400 --l2 0.006"),
	exact("mushrooms", "−15.15 ("+secondY+")", "--batch 100 --pcd 5 --chains 500 --center --lr 0.5..0.0005 --momentum 0.5 --epochs 1500 --l2 0.0002"),
	exact("nips", "−277.37 ("+secondY+")", "--batch 20 --pcd 5 --chains 100 --center --lr 0.05..0.0005 --momentum 0 --epochs 120 --l2 0.006"),
	exact("nltcs", "", "--batch 50 --pcd 5 --chains 500 --center --lr 0.2..0.0005 --momentum 0.5 --epochs 100 --l2 0.0001"),
	exact("plants", "", "--batch 100 --pcd 5 --chains 500 --center --lr 0.5..0.0005 --momentum 0.5 --epochs 100 --l2 0.00005"),

	large("dna", "200", "--batch 20 --pcd 5 --chains 100 --center --lr 0.1..0.0005 --momentum 0 --epochs 250 --l2 0.003"),
	large("mushrooms", "100", "--batch 100 --pcd 5 --chains 500 --center --lr 0.2..0.0005 --momentum 0.5 --epochs 800 --l2 0.0015"),
	large("nips", "500", "--batch 20 --pcd 5 --chains 100 --center --lr 0.03..0.0005 --momentum 0 --epochs 80 --l2 0.015"),
	large("nltcs", "60", "--batch 50 --pcd 5 --chains 200 --center --lr 0.2..0.0005 --momentum 0.5 --epochs 60 --l2 0.0001"),
	large("plants", "200", "--batch 100 --pcd 5 --chains 500 --center --lr 0.2..0.0005 --momentum 0.5 --epochs 60 --l2 0.0001"),
}

// Recipes of networks that classify.
const (
	hinton     = "Hinton, Osindero and Teh, 2006"
	labelled   = "--labels --seed 1 --binarize threshold --layers 500,500,2000 --epochs 20,20,10 --center --pcd 0,0,1 --lr 0.1..0.005 --momentum 0.5 --l2 0.00005"
	updown     = "updown --seed 1 --binarize threshold --lr 0.12..0.0003 --directed-lr 0.06..0.0003 --momentum 0.5 --pcd 1 --center --contrastive --l2 0.00001"
	unlabelled = "--seed 1 --layers 500,500,2000 --epochs 10,10,10 --center --lr 0.1..0.01 --momentum 0.5 --l2 0.0001"
	// Behind up-down more than some twenty epochs overfit; random weights need more.
	backprop      = grey + "--epochs 20 --average-from 4 " + gentle
	backpropFresh = grey + "--epochs 60 --average-from 10 " + gentle + " --fresh 500,500,2000"
	grey          = "backprop --seed 1 --binarize dynamic "
	gentle        = "--lr 0.1 --momentum 0.9 --input-dropout 0.4"
	few           = "backprop --seed 1 --lr 0.1..0.001 --momentum 0.9 --dropout 0.3 --input-dropout 0.1 --epochs 300 --rows 1000"
)

// tuned is a network on MNIST, pretrained unless train is empty, then fine-tuned.
func tuned(name, title, train, tune, published string) row {
	return row{name: name, title: title, data: "mnist", test: "mnist:test", train: train, tune: tune, eval: "--draws 30 --likelihood none", published: published}
}

func mnist(name, title, train, published string) row {
	return row{name: name, title: title, data: "mnist", test: "mnist:test", train: "--binarize fixed --seed 1 " + train,
		eval: "--likelihood ais --chains 200", published: published}
}

// Small machines train faster on one thread than on two.

// exact is a machine of 23 hidden units, whose partition function is a sum over
// 2^23 states.
func exact(set, published, train string) row {
	return row{name: set + "-23", title: "RBM with 23 hidden units on " + set + ", exact log Z", density: set,
		train: "--threads 1 --layers 23 --seed 1 " + train, eval: "--likelihood exact", published: published}
}

func large(set, hidden, train string) row {
	return row{name: set + "-" + hidden, title: "RBM with " + hidden + " hidden units on " + set, density: set,
		train: "--threads 1 --layers " + hidden + " --seed 1 " + train, eval: "--likelihood ais --chains 200"}
}
