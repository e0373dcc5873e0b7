package main

import "math/rand/v2"

// bars returns bars and stripes: the 4 × 4 pictures whose rows are all on or off, and
// those whose columns are, 30 in all because two are both.
func bars() [][]uint8 {
	const side, lines = 4, 1 << 4
	var all [][]uint8
	for columns := range 2 {
		for set := columns; set < lines-columns; set++ { // all off and all on once
			picture := make([]uint8, side*side)
			for i := range picture {
				line := i / side
				if columns == 1 {
					line = i % side
				}
				picture[i] = uint8(set >> line & 1)
			}
			all = append(all, picture)
		}
	}
	return all
}

// spikes returns 40,000 bins of 50 cells that fire by a noisy-or of hidden causes,
// with mean probability 0.09: a cell stays silent if it does by itself, and each
// cause that is there, with its own probability, fails to excite it. Only products
// of random numbers are compared, so the bits are the same on every machine.
func spikes() [][]uint8 {
	const (
		bins, cells, causes = 40000, 50, 10
		present             = 0.05 // probability of a cause
		reached             = 0.25 // of a cell by a cause
		density             = 0.09
	)
	random := rand.New(rand.NewPCG(1, 2))
	var fails [causes][cells]float64 // probability of a cell's silence under a cause
	silent := 0.0                    // mean over the cells, without firing by themselves
	for j := range cells {
		expected := 1.0
		for c := range causes {
			fails[c][j] = 1
			if random.Float64() < reached {
				fails[c][j] = 0.2 + float64(0.6*random.Float64())
			}
			expected *= 1 - float64(present*(1-fails[c][j]))
		}
		silent += expected / cells
	}
	alone := (1 - density) / silent // probability of a cell's silence by itself
	all := make([][]uint8, bins)
	for i := range all {
		quiet := [cells]float64{}
		for j := range quiet {
			quiet[j] = alone
		}
		for c := range causes {
			if random.Float64() < present {
				for j := range quiet {
					quiet[j] *= fails[c][j]
				}
			}
		}
		all[i] = make([]uint8, cells)
		for j, p := range quiet {
			if random.Float64() >= p {
				all[i][j] = 1
			}
		}
	}
	return all
}
