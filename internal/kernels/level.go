package kernels

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"

	"github.com/klauspost/cpuid/v2"
)

// Level is a set of instructions that kernels are written for. Levels are
// ordered: a higher one is faster and needs more of the processor.
type Level int32

// The levels.
const (
	PureGo Level = iota // any processor
	AVX2                // x86-64 from Haswell and Zen on
	AVX512              // x86-64 from Ice Lake and Zen 4 on
	numLevels
)

var levelNames = [numLevels]string{"purego", "avx2", "avx512"}

// requirements is what a processor must have for each level, all of it. The
// library behind cpuid reports AVX and what follows only where the operating
// system saves those registers too; OSXSAVE stands for that in the list.
//
// Skylake-X and Cascade Lake have the first five of AVX-512 but neither
// VPOPCNTDQ nor VAES, and slow down when 512-bit registers are in use: they
// run AVX2.
var requirements = [numLevels][]cpuid.FeatureID{
	AVX2: {cpuid.OSXSAVE, cpuid.AVX, cpuid.AVX2, cpuid.BMI1, cpuid.BMI2, cpuid.POPCNT, cpuid.AESNI},
	AVX512: {cpuid.OSXSAVE, cpuid.AVX, cpuid.AVX2, cpuid.BMI1, cpuid.BMI2, cpuid.POPCNT, cpuid.AESNI,
		cpuid.AVX512F, cpuid.AVX512CD, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL,
		cpuid.AVX512VPOPCNTDQ, cpuid.VAES},
}

// String returns the name by which BITDBN_LEVEL knows the level.
func (l Level) String() string {
	if l < 0 || l >= numLevels {
		return fmt.Sprintf("Level(%d)", int32(l))
	}
	return levelNames[l]
}

// Built reports whether this build contains the level: assembly is for amd64,
// and left out by the tags purego and noasm.
func (l Level) Built() bool { return l == PureGo || haveAssembly }

// Requires returns the names of the processor features that the level needs.
func (l Level) Requires() []string {
	return featureNames(l, func(cpuid.FeatureID) bool { return true })
}

// Missing returns the names of the features that the level needs and this
// processor, or its operating system, does not have.
func (l Level) Missing() []string {
	return featureNames(l, func(f cpuid.FeatureID) bool { return !cpuid.CPU.Has(f) })
}

func featureNames(l Level, which func(cpuid.FeatureID) bool) []string {
	names := []string{}
	for _, f := range requirements[l] {
		if which(f) {
			names = append(names, f.String())
		}
	}
	return names
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

// All returns every level, lowest first, available or not.
func All() []Level {
	var all []Level
	for l := range numLevels {
		all = append(all, l)
	}
	return all
}

// Available returns the levels that this processor and build have, lowest
// first.
func Available() []Level {
	var have []Level
	for _, l := range All() {
		if l.Built() && len(l.Missing()) == 0 {
			have = append(have, l)
		}
	}
	return have
}

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
