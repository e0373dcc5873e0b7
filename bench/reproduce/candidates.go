package main

// candidate is a set of training flags that may become the program's defaults.
type candidate struct {
	name  string
	flags string // C/rows stands for C divided by the number of training rows
}

// candidates is what is tried. Without --cd or --pcd, --pcd 1 is added.
var candidates = []candidate{
	{"defaults", ""},
	{"rate 0.1 to zero", "--center --lr 0.1..0.0005 --momentum 0.5 --epochs 50"},
	{"rate 0.1 to zero, cost 3/rows", "--center --lr 0.1..0.0005 --momentum 0.5 --l2 3/rows --epochs 50"},
	{"rate 0.05 to zero, cost 3/rows, five steps", "--pcd 5 --center --lr 0.05..0.0005 --momentum 0.5 --l2 3/rows --epochs 50"},
}
