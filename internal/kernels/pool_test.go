package kernels

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// tally counts how often each task is done, and fails when two tasks are in
// the same scratch at once.
type tally struct {
	t    *testing.T
	done []atomic.Int32
	mu   sync.Mutex
	busy map[*Scratch]bool
	used map[*Scratch]bool
	nap  time.Duration
}

func newTally(t *testing.T, tasks int) *tally {
	return &tally{t: t, done: make([]atomic.Int32, tasks), busy: map[*Scratch]bool{}, used: map[*Scratch]bool{}}
}

func (c *tally) Do(task int, s *Scratch) {
	c.mu.Lock()
	if c.busy[s] {
		c.t.Error("two tasks share a scratch at once")
	}
	c.busy[s], c.used[s] = true, true
	c.mu.Unlock()
	time.Sleep(c.nap)
	s.Pos[0]++ // for the race detector
	c.done[task].Add(1)
	c.mu.Lock()
	c.busy[s] = false
	c.mu.Unlock()
}

// check fails the test unless every task was done the given number of times.
func (c *tally) check(times int32) {
	c.t.Helper()
	for task := range c.done {
		if n := c.done[task].Load(); n != times {
			c.t.Errorf("task %d of %d was done %d times, want %d", task, len(c.done), n, times)
		}
	}
}

func TestPoolRunsEveryTaskOnce(t *testing.T) {
	for _, workers := range []int{-1, 0, 1, 2, 3, 7} {
		p := NewPool(workers)
		if p.Workers() != max(workers, 1) {
			t.Errorf("NewPool(%d) has %d workers", workers, p.Workers())
		}
		for _, tasks := range []int{0, 1, 2, 3, 7, 8, 100, 1000} {
			c := newTally(t, tasks)
			p.Run(c, tasks)
			c.check(1)
		}
		p.Close()
	}
}

// behind is a job whose tasks require that all of another job's are done.
type behind struct {
	*tally
	first *tally
}

func (b behind) Do(task int, s *Scratch) {
	b.first.check(1)
	b.tally.Do(task, s)
}

// TestPoolRunsBoth requires that no task of the second job begins before the first
// is done, with more processors than workers and with fewer.
func TestPoolRunsBoth(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, processors := range []int{1, 4} {
		runtime.GOMAXPROCS(processors)
		for _, workers := range []int{1, 2, 3, 7} {
			p := NewPool(workers)
			for _, m := range []int{0, 1, 2, 7, 50} {
				for _, n := range []int{0, 1, 2, 7, 50} {
					first := newTally(t, m)
					second := behind{newTally(t, n), first}
					first.nap = time.Duration(m%2) * time.Microsecond
					p.RunBoth(first, m, second, n)
					first.check(1)
					second.check(1)
				}
			}
			p.Close()
		}
	}
}

// TestPoolShares makes tasks long enough for every worker to get one.
func TestPoolShares(t *testing.T) {
	const workers = 4
	p := NewPool(workers)
	defer p.Close()
	c := newTally(t, 12)
	c.nap = 5 * time.Millisecond
	p.Run(c, len(c.done))
	c.check(1)
	if len(c.used) != workers {
		t.Errorf("%d of %d workers took part", len(c.used), workers)
	}
}

// TestPoolJobsInARow hands over many short jobs of changing length, with pauses
// in which workers fall asleep.
func TestPoolJobsInARow(t *testing.T) {
	for _, workers := range []int{2, 5} {
		p := NewPool(workers)
		jobs := []*tally{newTally(t, 1), newTally(t, 2), newTally(t, 9)}
		const rounds = 300
		for round := range rounds {
			for _, c := range jobs {
				p.Run(c, len(c.done))
			}
			p.Run(nil, 0)
			if round%100 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
		for _, c := range jobs {
			c.check(rounds)
		}
		p.Close()
	}
}

// TestPoolOnOneProcessor has more workers than there are processors to run
// them: nobody may wait for another without letting it run.
func TestPoolOnOneProcessor(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	done := make(chan struct{})
	c := newTally(t, 20)
	const rounds = 100
	go func() {
		defer close(done)
		p := NewPool(7)
		for range rounds {
			p.Run(c, len(c.done))
		}
		p.Close()
	}()
	select {
	case <-done:
		c.check(rounds)
	case <-time.After(20 * time.Second):
		t.Fatal("seven workers on one processor do not finish")
	}
}

// TestPoolCloseEndsWorkers closes pools whose workers sleep, spin or have
// never run.
func TestPoolCloseEndsWorkers(t *testing.T) {
	before := runtime.NumGoroutine()
	for round := range 20 {
		p := NewPool(2 + round%4)
		if round%2 == 0 {
			p.Run(newTally(t, 10), 10)
		}
		if round%3 == 0 {
			time.Sleep(time.Millisecond)
		}
		p.Close()
		p.Close()
	}
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		time.Sleep(time.Millisecond)
	}
}

// counter is a job that allocates nothing.
type counter struct{ n atomic.Int64 }

func (c *counter) Do(int, *Scratch) { c.n.Add(1) }

func TestPoolAllocatesNothing(t *testing.T) {
	for _, workers := range []int{1, 2, 5} {
		p := NewPool(workers)
		c := new(counter)
		if n := testing.AllocsPerRun(10, func() { p.Run(c, 50) }); n != 0 {
			t.Errorf("%d workers: Run allocates %v times", workers, n)
		}
		if got := c.n.Load(); got != 11*50 {
			t.Errorf("%d workers: %d tasks done", workers, got)
		}
		p.Close()
	}
}

// TestPatience watches for what never comes true, and for what does: patience
// wanes, and one of the tries with all of it brings it back.
func TestPatience(t *testing.T) {
	const most = 1 << 10
	p := patience{most: most}
	looks := 0
	watch := func(vain int) bool { // that many looks are in vain
		looks = 0
		return p.watch(func() bool { looks++; return looks > vain })
	}
	for times := range 20 {
		want := most>>max(times-vainTimes, 0) + 1
		if watch(2*most) || looks != want {
			t.Errorf("%d looks after %d times in vain, expected %d", looks, times, want)
		}
	}
	tries := 0
	for !watch(most - 1) {
		if tries++; tries > 2*triesEvery {
			t.Fatal("no patience in a long time")
		}
	}
	if !watch(most - 1) {
		t.Error("patience has not come back")
	}
}

// relay is a job of which each task waits for the one before.
type relay struct{ at atomic.Int32 }

func (r *relay) Do(task int, s *Scratch) {
	s.Await(&r.at, int32(task))
	time.Sleep(time.Duration(task%3) * time.Millisecond) // longer than workers watch
	r.at.Add(1)
}

// TestAwait runs tasks that wait for each other, on more and on fewer processors
// than workers.
func TestAwait(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	for _, workers := range []int{1, 2, 5} {
		p := NewPool(workers)
		for range 3 {
			r := new(relay)
			p.Run(r, 20)
			if n := r.at.Load(); n != 20 {
				t.Errorf("%d workers: %d tasks, expected 20", workers, n)
			}
		}
		p.Close()
	}
}
