package kernels

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Job is work that is cut into tasks.
type Job interface {
	// Do carries out one task. Tasks run in any order, at once, on any worker;
	// scratch belongs to the worker.
	Do(task int, scratch *Scratch)
}

// Pool shares jobs out among a fixed number of workers, the caller of Run
// among them. Run allocates nothing.
//
// Each worker begins with a share of the tasks of its own, the same one for
// every job of that many tasks, and helps with those of the others when it is
// through: what a worker has written is what it reads in the next job, and the
// caches of processors that share none need not exchange it.
//
// Who runs out of tasks watches for the others, and for the next run, for a moment
// before it sleeps: the jobs of a training step follow each other within
// microseconds, and waking a goroutine takes as long. It does sleep, though, for
// where other programs run too, the one that is waited for may need the processor
// of the one that waits. With more workers than processors it sleeps at once.
type Pool struct {
	scratch []*Scratch
	stages  [2]stage
	running atomic.Int32  // workers still in the run
	turn    atomic.Uint32 // counts the runs
	sleep   sync.Mutex
	wake    *sync.Cond
	asleep  atomic.Int32 // workers that wait for wake
	done    *sync.Cond
	waiting atomic.Bool // the caller of Run, for done
	closed  bool
}

// stage is a job of a run, which begins when the one before is done.
type stage struct {
	job    Job
	tasks  int
	shares []share
	left   atomic.Int32 // tasks that are not done
}

// share is the range of tasks that a worker begins with, on a cache line of its
// own.
type share struct {
	next atomic.Int64 // the next task to take
	end  int64
	_    [lineBytes - 16]byte
}

// NewPool returns a pool of the given number of workers, at least one. Close
// ends them.
func NewPool(workers int) *Pool {
	workers = max(workers, 1)
	p := &Pool{scratch: make([]*Scratch, workers)}
	for i := range p.stages {
		p.stages[i].shares = make([]share, workers)
	}
	p.wake, p.done = sync.NewCond(&p.sleep), sync.NewCond(&p.sleep)
	for i := range p.scratch {
		p.scratch[i] = NewScratch()
		if workers <= runtime.GOMAXPROCS(0) {
			p.scratch[i].patience.most = mostLooks
		}
	}
	for i := 1; i < len(p.scratch); i++ {
		go p.work(i)
	}
	return p
}

// Workers returns the number of workers.
func (p *Pool) Workers() int { return len(p.scratch) }

// Close ends the workers. It must not be called during Run; once closed, it does
// nothing.
func (p *Pool) Close() {
	if p.closed {
		return
	}
	p.closed = true
	p.next()
}

// next begins the next turn, and wakes who sleeps. A worker counts itself among
// those before it looks at the turn for the last time, so none is missed.
func (p *Pool) next() {
	p.turn.Add(1)
	if p.asleep.Load() == 0 {
		return
	}
	p.sleep.Lock()
	p.wake.Broadcast()
	p.sleep.Unlock()
}

// Run carries out tasks 0 … tasks-1 of a job and returns when all are done. It
// must not be called from two goroutines at once.
func (p *Pool) Run(job Job, tasks int) { p.RunBoth(job, tasks, nil, 0) }

// RunBoth carries out m tasks of a first job, and, when all are done, n tasks of a
// second. That costs less than to run one behind the other: no worker leaves.
func (p *Pool) RunBoth(first Job, m int, second Job, n int) {
	if len(p.scratch) == 1 || max(m, n) <= 1 {
		doAll(first, m, p.scratch[0])
		doAll(second, n, p.scratch[0])
		return
	}
	p.stages[0].start(first, m)
	p.stages[1].start(second, n)
	p.running.Store(int32(len(p.scratch) - 1))
	p.next()
	p.take(0)
	p.awaitOthers()
	p.stages[0].job, p.stages[1].job = nil, nil
}

func doAll(job Job, tasks int, s *Scratch) {
	for t := range tasks {
		job.Do(t, s)
	}
}

// start shares the tasks of a job out.
func (s *stage) start(job Job, tasks int) {
	s.job, s.tasks = job, tasks
	if tasks == 0 {
		return
	}
	s.left.Store(int32(tasks))
	for i := range s.shares {
		s.shares[i].next.Store(int64(i * tasks / len(s.shares)))
		s.shares[i].end = int64((i + 1) * tasks / len(s.shares))
	}
}

// awaitOthers returns when no other worker is in the run.
func (p *Pool) awaitOthers() {
	if p.scratch[0].patience.watch(func() bool { return p.running.Load() == 0 }) {
		return
	}
	p.sleep.Lock()
	p.waiting.Store(true)
	for p.running.Load() != 0 {
		p.done.Wait()
	}
	p.waiting.Store(false)
	p.sleep.Unlock()
}

// leave takes a worker out of the run.
func (p *Pool) leave() {
	if p.running.Add(-1) != 0 || !p.waiting.Load() {
		return
	}
	p.sleep.Lock()
	p.done.Signal()
	p.sleep.Unlock()
}

func (p *Pool) work(worker int) {
	for seen := uint32(0); ; {
		p.await(seen, p.scratch[worker])
		seen++
		if p.closed {
			return
		}
		p.take(worker)
		p.leave()
	}
}

// await returns when the pool's turn has passed seen.
func (p *Pool) await(seen uint32, s *Scratch) {
	if s.patience.watch(func() bool { return p.turn.Load() != seen }) {
		return
	}
	p.sleep.Lock()
	p.asleep.Add(1)
	for p.turn.Load() == seen {
		p.wake.Wait()
	}
	p.asleep.Add(-1)
	p.sleep.Unlock()
}

// take carries out a worker's part of each stage.
func (p *Pool) take(worker int) {
	s := p.scratch[worker]
	if p.stages[0].tasks > 0 {
		p.stages[0].take(worker, s)
	}
	if p.stages[1].tasks > 0 {
		s.Await(&p.stages[0].left, 0)
		p.stages[1].take(worker, s)
	}
}

// take carries out the worker's own share of the tasks, and what is left of the
// others'.
func (s *stage) take(worker int, scratch *Scratch) {
	done := int32(0)
	for i := range s.shares {
		share := &s.shares[(worker+i)%len(s.shares)]
		for {
			t := share.next.Add(1) - 1
			if t >= share.end {
				break
			}
			s.job.Do(int(t), scratch)
			done++
		}
	}
	if done > 0 {
		s.left.Add(-done)
	}
}
