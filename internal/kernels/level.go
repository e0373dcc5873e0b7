package kernels

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
)

// Level is a set of instructions that kernels are written for. Levels are
// ordered: a higher one is faster and needs more of the processor.
type Level int32

// The levels.
const (
	PureGo Level = iota // any processor
	numLevels
)

var levelNames = [numLevels]string{"purego"}

// String returns the name by which BITDBN_LEVEL knows the level.
func (l Level) String() string {
	if l < 0 || l >= numLevels {
		return fmt.Sprintf("Level(%d)", int32(l))
	}
	return levelNames[l]
}

// ErrLevel is wrapped by errors about a level that is unknown, or that this
// processor or build does not have.
var ErrLevel = errors.New("kernel level not available")

// LevelEnv is the environment variable that lowers the level.
const LevelEnv = "BITDBN_LEVEL"

// current is the level in use: the one piece of global mutable state.
var current atomic.Int32

// startError is what BITDBN_LEVEL asked for in vain. It is reported by
// StartError, because a package's initialisation has nobody to return it to.
var startError error

func init() {
	best := Available()[len(Available())-1]
	current.Store(int32(best))
	if name := os.Getenv(LevelEnv); name != "" {
		l, err := ParseLevel(name)
		if err != nil {
			startError = fmt.Errorf("%s=%s: %w", LevelEnv, name, err)
			return
		}
		current.Store(int32(l))
	}
}

// StartError returns the fault of BITDBN_LEVEL, or nil.
func StartError() error { return startError }

// Available returns the levels that this processor and build have, lowest
// first.
func Available() []Level { return []Level{PureGo} }

// ParseLevel returns the available level of that name.
func ParseLevel(name string) (Level, error) {
	var have []string
	for _, l := range Available() {
		if l.String() == name {
			return l, nil
		}
		have = append(have, l.String())
	}
	return 0, fmt.Errorf("%w: %q (there is %s)", ErrLevel, name, strings.Join(have, ", "))
}

// Current returns the level in use.
func Current() Level { return Level(current.Load()) }

// SetLevel changes the level in use, for every goroutine, and returns the one
// before.
func SetLevel(l Level) (Level, error) {
	for _, have := range Available() {
		if have == l {
			return Level(current.Swap(int32(l))), nil
		}
	}
	return Current(), fmt.Errorf("%w: %v", ErrLevel, l)
}
