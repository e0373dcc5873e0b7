package dataset_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/bitdbn/bitdbn/dataset"
)

func ExampleLoad() {
	set, err := dataset.Load("digits", dataset.Options{Binarize: dataset.Threshold})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(set.Describe())
	for y := 0; y < 28; y += 2 {
		for x := 0; x < 28; x++ {
			if set.Bits.At(0, y*28+x) {
				fmt.Print("#")
			} else {
				fmt.Print(".")
			}
		}
		fmt.Println()
	}
	fmt.Println("a", set.Labels[0])
	// Output:
	// 2500 rows × 784 columns (28 × 28), 261805 ones (13.4 %), labels 0 to 9, 1 for intensities above 0.5
	// ............................
	// ............................
	// ............................
	// ...........############.....
	// ........##########..........
	// ...........##...............
	// ............##..............
	// ..............###...........
	// .................###........
	// ...............#####........
	// ............######..........
	// .......#######..............
	// ....#######.................
	// ............................
	// a 5
}

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "dataset")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "votes.csv")
	if err := os.WriteFile(file, []byte("yes,no,party\n1,0,1\n0,1,0\n1,1,1\n"), 0o644); err != nil {
		log.Fatal(err)
	}

	set, err := dataset.Open(file, dataset.Options{LabelColumn: dataset.LastColumn})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(set.Describe())
	fmt.Println(set.Labels)
	// Output:
	// 3 rows × 2 columns, 4 ones (66.7 %), labels 0 to 1, header line 1 skipped, labels from column 3
	// [1 0 1]
}
