package kernels

import (
	"sync/atomic"
	"time"
)

// Await returns when a counter has reached a value, to which another task of the
// same run will bring it. s is that of the worker who waits.
func (s *Scratch) Await(counter *atomic.Int32, value int32) {
	for !s.patience.watch(func() bool { return counter.Load() == value }) {
		time.Sleep(nap)
	}
}

// nap is how long a worker sleeps that waits for another in the middle of a run.
const nap = 20 * time.Microsecond

// patience is for how long a worker watches, before it sleeps, for what another will
// do. A worker loses it that watches in vain again and again, as one does that has
// the processor on which the other would go on; a try with all of it now and then
// brings it back.
type patience struct {
	most int // looks
	vain int // times in a row
}

const (
	mostLooks  = 400000 // half a millisecond: waking takes long where processors are virtual
	vainTimes  = 3      // before patience wanes
	triesEvery = 32     // a try with all of it in so many
)

// looks returns how often to look this time.
func (p *patience) looks() int {
	if p.vain%triesEvery == triesEvery-1 {
		return p.most
	}
	return p.most>>max(p.vain-vainTimes, 0) + 1
}

// watch reports whether ready came true while it was looking.
func (p *patience) watch(ready func() bool) bool {
	for range p.looks() {
		if ready() {
			if p.vain != 0 { // or there would be a write in every wait
				p.vain = 0
			}
			return true
		}
	}
	p.vain++
	return false
}
