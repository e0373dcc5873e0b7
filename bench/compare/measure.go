package main

import (
	"fmt"
	"slices"
	"time"
)

// A contender measures itself once and returns seconds.
type contender func() (float64, error)

// sample is the seconds of one contender.
type sample struct{ median, least, most float64 }

// rate returns how much of a work was done in a second, with the range.
func (s sample) rate(work float64) string {
	return fmt.Sprintf("%s (%s–%s)", digits(work/s.median), digits(work/s.most), digits(work/s.least))
}

// seconds returns the seconds of scale times the work, with the range.
func (s sample) seconds(scale float64) string {
	return fmt.Sprintf("%s (%s–%s)", digits(scale*s.median), digits(scale*s.least), digits(scale*s.most))
}

// digits returns three digits of v.
func digits(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

// ratio returns how much faster own is than other.
func ratio(other, own sample) string { return fmt.Sprintf("%.2f ×", other.median/own.median) }

// alternate lets the contenders take turns.
func alternate(rounds int, contenders ...contender) ([]sample, error) {
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
	samples := make([]sample, len(all))
	for i, s := range all {
		slices.Sort(s)
		samples[i] = sample{(s[len(s)/2] + s[(len(s)-1)/2]) / 2, s[0], s[len(s)-1]}
	}
	return samples, nil
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
