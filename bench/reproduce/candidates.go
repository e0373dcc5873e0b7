package main

// candidate is a set of training flags that may become the program's defaults.
type candidate struct {
	name  string
	flags string // C/rows stands for C divided by the number of training rows
}

// candidates is what is tried: the defaults, and each of them changed by itself.
// Without --cd or --pcd, --pcd 1 is added.
var candidates = []candidate{
	{"defaults", ""},
	{"plain chains, 500", "--temperatures 1 --chains 500"},
	{"plain chains, 100", "--temperatures 1 --chains 100"},
	{"rate 0.05 throughout", "--lr 0.05"},
	{"rate 0.1 to zero", "--lr 0.1..0.0005"},
	{"rate 0.5 to zero", "--lr 0.5..0.0025"},
	{"momentum 0.9", "--momentum 0.9"},
	{"not centred", "--center=false"},
	{"cost 0.5/rows", "--l2 0.5/rows"},
	{"cost 12/rows", "--l2 12/rows"},
	{"batches of 20", "--batch 20"},
	{"defaults, CD-1", "--cd 1"},
	{"the defaults until now, CD-1", "--cd 1 --lr 0.05 --momentum 0.5,0.9@5 --center=false --l2 0.0002 --epochs 10"},
}
