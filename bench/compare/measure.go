package main

import (
	"slices"
	"time"
)

// A contender measures itself once and returns seconds.
type contender func() (float64, error)

// alternate lets the contenders take turns, and returns the median of each.
func alternate(rounds int, contenders ...contender) ([]float64, error) {
	all := make([][]float64, len(contenders))
	for range rounds {
		for i, c := range contenders {
			s, err := c()
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], s)
		}
	}
	medians := make([]float64, len(all))
	for i, s := range all {
		slices.Sort(s)
		medians[i] = (s[len(s)/2] + s[(len(s)-1)/2]) / 2
	}
	return medians, nil
}

// timed repeats f for a tenth of a second, after twice to warm up, and returns
// the seconds that one took.
func timed(f func()) float64 {
	f()
	f()
	start, n := time.Now(), 0
	for time.Since(start) < time.Second/10 {
		f()
		n++
	}
	return time.Since(start).Seconds() / float64(n)
}
