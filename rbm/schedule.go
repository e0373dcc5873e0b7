package rbm

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrSchedule is wrapped by errors about the text of a [Schedule].
var ErrSchedule = errors.New("rbm: invalid schedule")

// Schedule is a number that changes from epoch to epoch. The zero value is 0
// throughout.
type Schedule struct {
	stages []stage
}

// stage holds from an epoch on; it goes in equal steps from one value to
// another until the next stage or the end of training.
type stage struct {
	epoch    int
	from, to float64
}

// Constant returns the schedule that is v throughout.
func Constant(v float64) Schedule { return Schedule{[]stage{{0, v, v}}} }

// ParseSchedule reads a schedule: stages separated by commas, each a value or
// from..to, and from the second on @ and the epoch, counted from 0, with which
// it begins.
//
//	0.05            always 0.05
//	0.5,0.9@5       0.5 in epochs 0 to 4, then 0.9
//	0.1..0.01       from 0.1 in the first epoch down to 0.01 in the last
//
// The error wraps [ErrSchedule].
func ParseSchedule(text string) (Schedule, error) {
	var s Schedule
	for i, part := range strings.Split(text, ",") {
		value, at, timed := strings.Cut(part, "@")
		var st stage
		var err error
		if timed {
			if st.epoch, err = strconv.Atoi(at); err != nil {
				return Schedule{}, fmt.Errorf("%w: %q: epoch %q is not a whole number", ErrSchedule, text, at)
			}
		}
		if i > 0 && st.epoch <= s.stages[i-1].epoch {
			return Schedule{}, fmt.Errorf("%w: %q: stage %q needs @epoch after that of the stage before", ErrSchedule, text, part)
		}
		from, to, ramp := strings.Cut(value, "..")
		if !ramp {
			to = from
		}
		if st.from, err = parseFinite(from); err == nil {
			st.to, err = parseFinite(to)
		}
		if err != nil {
			return Schedule{}, fmt.Errorf("%w: %q: %v", ErrSchedule, text, err)
		}
		s.stages = append(s.stages, st)
	}
	if s.stages[0].epoch != 0 {
		return Schedule{}, fmt.Errorf("%w: %q: the first stage begins at epoch 0", ErrSchedule, text)
	}
	return s, nil
}

func parseFinite(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v-v != 0 {
		return 0, fmt.Errorf("%q is not a finite number", text)
	}
	return v, nil
}

// String returns the text from which ParseSchedule makes s.
func (s Schedule) String() string {
	if len(s.stages) == 0 {
		return "0"
	}
	var b strings.Builder
	for i, st := range s.stages {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatFloat(st.from, 'g', -1, 64))
		if st.to != st.from {
			b.WriteString(".." + strconv.FormatFloat(st.to, 'g', -1, 64))
		}
		if st.epoch > 0 {
			b.WriteString("@" + strconv.Itoa(st.epoch))
		}
	}
	return b.String()
}

// At returns the value in an epoch of a training that has epochs of them.
func (s Schedule) At(epoch, epochs int) float64 {
	for i := len(s.stages) - 1; i >= 0; i-- {
		st := s.stages[i]
		if epoch < st.epoch {
			continue
		}
		last := epochs - 1
		if i+1 < len(s.stages) {
			last = s.stages[i+1].epoch - 1
		}
		if epoch >= last {
			return st.to
		}
		part := float64(epoch-st.epoch) / float64(last-st.epoch)
		return st.from + float64(part*(st.to-st.from))
	}
	return 0
}

// each calls f for every value that the schedule starts or ends a stage with.
func (s Schedule) each(f func(v float64) bool) bool {
	for _, st := range s.stages {
		if !f(st.from) || !f(st.to) {
			return false
		}
	}
	return true
}

// MarshalText returns the text of s.
func (s Schedule) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText sets s to what text says.
func (s *Schedule) UnmarshalText(text []byte) error {
	p, err := ParseSchedule(string(text))
	if err == nil {
		*s = p
	}
	return err
}
