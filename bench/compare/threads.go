package main

import (
	"math"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/bitdbn/bitdbn/rbm"
)

const (
	threadPairs = 600 // measurements of one thread and two
	threadSteps = 4   // of a measurement
	// A round trip between processors of more than so many times the quickest goes
	// beyond the cache that they share; on virtual machines now it does, now not.
	apartFactor = 2.5
)

// threads compares two threads with one, by how far the processors are apart.
func (c *comparison) threads() error {
	if runtime.GOMAXPROCS(0) < 2 {
		return nil
	}
	src, err := c.mnist()
	if err != nil {
		return err
	}
	c.printf("## Two threads\n\nCD-1 on MNIST at level %s: %d steps on one thread, then as many on two, %d times; the ratios are medians of those of each time, with the quartiles in brackets. "+
		"A virtual machine's processors may share a cache or not, and change: each time counts as one or the other by the round trip of a cache line between them before and behind it (more than %.1f times the quickest is apart; the few that changed meanwhile count only in the whole).\n\n",
		best(), threadSteps, threadPairs, apartFactor)
	c.printf("| machine | processors | times | round trip, ns | a step on one thread, µs | on two | faster |\n|---|---|---|---|---|---|---|\n")
	for _, m := range []struct{ hidden, batch int }{{500, 100}, {2000, 128}} {
		pairs, err := threadPairsOf(src, m.hidden, m.batch)
		if err != nil {
			return err
		}
		c.threadRows(m.hidden, m.batch, pairs)
	}
	c.printf("\n")
	return nil
}

// threadPair is a measurement on one thread and one on two, in seconds a step, and
// the round trips before and behind.
type threadPair struct{ one, two, before, behind float64 }

func threadPairsOf(src rbm.Source, hidden, batch int) ([]threadPair, error) {
	var tr [2]*training
	for i := range tr {
		t, err := newTraining(src, best(), i+1, hidden, batch, 1, threadSteps*batch)
		if err != nil {
			return nil, err
		}
		defer t.ws.Close()
		tr[i] = t
	}
	pairs := make([]threadPair, 0, threadPairs)
	for range threadPairs {
		p := threadPair{before: roundTrip()}
		for i, seconds := range []*float64{&p.one, &p.two} {
			if err := tr[i].t.Step(); err != nil { // whose weights the caches do not hold
				return nil, err
			}
			s, err := tr[i].seconds()
			if err != nil {
				return nil, err
			}
			*seconds = s / threadSteps
		}
		p.behind = roundTrip()
		pairs = append(pairs, p)
	}
	return pairs, nil
}

// threadRows writes the rows of a machine.
func (c *comparison) threadRows(hidden, batch int, pairs []threadPair) {
	quickest := math.Inf(1)
	for _, p := range pairs {
		quickest = min(quickest, p.before, p.behind)
	}
	near := func(trip float64) bool { return trip <= apartFactor*quickest }
	for _, class := range []struct {
		name string
		has  func(p threadPair) bool
	}{
		{"any", func(threadPair) bool { return true }},
		{"share a cache", func(p threadPair) bool { return near(p.before) && near(p.behind) }},
		{"apart", func(p threadPair) bool { return !near(p.before) && !near(p.behind) }},
	} {
		var one, two, trips, faster []float64
		for _, p := range pairs {
			if class.has(p) {
				one, two = append(one, p.one), append(two, p.two)
				trips, faster = append(trips, p.before, p.behind), append(faster, p.one/p.two)
			}
		}
		if len(one) < 10 {
			continue
		}
		c.printf("| 784 × %d, batches of %d | %s | %d | %.0f | %s | %s | %.2f (%.2f–%.2f) × |\n", hidden, batch, class.name, len(one), 1e9*quantile(trips, 0.5),
			digits(1e6*quantile(one, 0.5)), digits(1e6*quantile(two, 0.5)), quantile(faster, 0.5), quantile(faster, 0.25), quantile(faster, 0.75))
	}
}

// quantile returns the value below which a part of the values lies, and sorts them.
func quantile(values []float64, part float64) float64 {
	slices.Sort(values)
	return values[int(part*float64(len(values)-1)+0.5)]
}

// roundTrip returns how many seconds a cache line takes from one processor to
// another and back, the quickest of several trials.
func roundTrip() float64 {
	const trials, trips = 6, 100
	var ball atomic.Int32
	go func() {
		for range trials * trips {
			for ball.Load() != 1 {
			}
			ball.Store(0)
		}
	}()
	quickest := math.Inf(1)
	for range trials {
		start := time.Now()
		for range trips {
			ball.Store(1)
			for ball.Load() != 0 {
			}
		}
		quickest = min(quickest, time.Since(start).Seconds()/trips)
	}
	return quickest
}
