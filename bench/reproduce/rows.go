package main

// rows is the table. Flags are those beyond the data, the seed, the number of
// threads and the files, which row's methods add; what a recipe does not name is
// the program's default.
var rows = []row{
	mnist("rbm-cd1", "RBM 784-500, CD-1, the defaults", "--layers 500", "").times(5),
	mnist("rbm-pcd", "RBM 784-500, PCD-1, the defaults", "--layers 500 --pcd 1", "").times(5),
	mnist("rbm-cd1-100", "RBM 784-500, CD-1, 100 epochs", "--layers 500 --epochs 100", "−125.53 ("+secondY+")"),
	mnist("rbm-cd3-100", "RBM 784-500, CD-3, 100 epochs", "--layers 500 --cd 3 --epochs 100", "−105.50 ("+secondY+")"),
	mnist("rbm-cd25-40", "RBM 784-500, CD growing to 25, 40 epochs", "--layers 500 --cd 1..25 --epochs 40", "−86.34 ("+murray+")"),
	mnist("rbm-pcd-150", "RBM 784-500, PCD-1, 150 epochs", "--layers 500 --pcd 1 --epochs 150 --l2 0.0006", "−86.34 (the best of "+murray+")"),
	layerByLayer(mnist("dbn-2000", "DBN 784-500-2000, second layer from a tied start",
		"--layers 500,2000 --tied --pcd 1 --epochs 150,20 --l2 0.0006", "about −86 as a bound ("+secondY+")")),

	tuned("updown-default", "784-500-500-2000 with 10 labels, up-down, the defaults", withLabels, "updown", "1.25 %, in a week ("+hinton+")"),
	tuned("backprop-default", "784-500-500-2000-10, pretrained, backprop, the defaults", withLabels, "backprop", ""),
	tuned("updown-short", "784-500-500-2000 with 10 labels, up-down in a quarter of an hour", labelled,
		updown+" --epochs 100", "1.25 %, in a week ("+hinton+")"),
	tuned("updown", "784-500-500-2000 with 10 labels, up-down",
		"--labels --binarize threshold --layers 500,500,2000 --center --pcd 0,0,1 --lr 0.1..0.005 --momentum 0.5 --l2 0.00005 --epochs 20,20,40",
		"updown --binarize threshold --epochs 400 --lr 0.12..0.03,0.03..0.005@80,0.005..0.0003@240 --directed-lr 0.06..0.015,0.015..0.0025@80,0.0025..0.0003@240 --momentum 0.5 --pcd 1 --center --l2 0.00001",
		"1.25 %, in a week ("+hinton+")"),
	{name: "updown-averaged", title: "784-500-500-2000 with 10 labels, up-down, mean over 140 further epochs", data: "mnist", from: "updown",
		tune: "updown --binarize threshold --epochs 160 --average-from 21 --lr 0.006 --directed-lr 0.003 --momentum 0.5 --pcd 1 --center --l2 0.00001",
		eval: "--draws 100 --likelihood none", published: "1.25 %, in a week (" + hinton + ")"},
	{name: "backprop", title: "784-500-500-2000-10, backprop after up-down", data: "mnist", from: "updown-averaged", tune: backprop,
		eval: "--draws 30 --likelihood none", published: "1.15 % (" + secondY + ")"},
	tuned("backprop-fresh", "784-500-500-2000-10, not pretrained, backprop", "", backpropFresh, ""),
	tuned("backprop-1000", "784-500-500-2000-10, pretrained, backprop on 1,000 labels", unlabelled, few, ""),
	tuned("backprop-1000-fresh", "784-500-500-2000-10, not pretrained, backprop on 1,000 labels", "", few+" --fresh 500,500,2000", ""),

	digits("digits-16", 16, "--pcd 1 --epochs 50").times(5),

	exact("dna", "−96.74 ("+secondY+")", "--pcd 1").times(5),
	exact("mushrooms", "−15.15 ("+secondY+")", "--pcd 1").times(5),
	exact("nips", "−277.37 ("+secondY+")", "--pcd 1").times(5),
	exact("nltcs", "", "--pcd 1").times(5),
	exact("plants", "", "--pcd 1").times(5),

	large("dna", 200, "--pcd 1").times(5),
	large("mushrooms", 100, "--pcd 1").times(5),
	large("nips", 500, "--pcd 1").times(5),
	large("nltcs", 60, "--pcd 1").times(5),
	large("plants", 200, "--pcd 1").times(5),

	fashion(mnist("rbm-pcd", "RBM 784-500, PCD-1, the defaults", "--layers 500 --pcd 1", "")),
	fashion(tuned("updown", "784-500-500-2000 with 10 labels, up-down, the defaults", withLabels, "updown", "")),
	fashion(tuned("backprop", "784-500-500-2000-10, pretrained, backprop, the defaults", withLabels, "backprop", "")),
}

// Recipes of networks that classify.
const (
	withLabels = "--labels --layers 500,500,2000 --pcd 0,0,1"
	labelled   = "--labels --binarize threshold --layers 500,500,2000 --epochs 20,20,10 --center --pcd 0,0,1 --lr 0.1..0.005 --momentum 0.5 --l2 0.00005"
	updown     = "updown --binarize threshold --lr 0.12..0.0003 --directed-lr 0.06..0.0003 --momentum 0.5 --pcd 1 --center --contrastive --l2 0.00001"
	unlabelled = "--layers 500,500,2000 --epochs 10,10,10 --center --lr 0.1..0.01 --momentum 0.5 --l2 0.0001"
	// After up-down more than some twenty epochs overfit; random weights need more.
	backprop      = grey + "--epochs 20 --average-from 4 " + gentle
	backpropFresh = grey + "--epochs 60 --average-from 10 " + gentle + " --fresh 500,500,2000"
	grey          = "backprop --binarize dynamic "
	gentle        = "--lr 0.1 --momentum 0.9 --input-dropout 0.4"
	few           = "backprop --lr 0.1..0.001 --momentum 0.9 --dropout 0.3 --input-dropout 0.1 --epochs 300 --rows 1000"
)

// Sources of published figures.
const (
	murray  = "Salakhutdinov and Murray, ICML 2008"
	hinton  = "Hinton, Osindero and Teh, 2006"
	secondY = "from memory of the literature, unchecked"
)
