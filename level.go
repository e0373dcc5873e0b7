package bitdbn

import "github.com/bitdbn/bitdbn/internal/kernels"

// ErrLevel is wrapped by errors about a kernel level that is unknown, or that
// this processor or build does not have.
var ErrLevel = kernels.ErrLevel

// Level returns the name of the kernel level in use. The environment variable
// BITDBN_LEVEL, read once when the program starts, can lower it.
func Level() string { return kernels.Current().String() }

// Levels returns the names of the levels that this processor and build have,
// slowest first.
func Levels() []string {
	var names []string
	for _, l := range kernels.Available() {
		names = append(names, l.String())
	}
	return names
}

// LevelStatus says whether a kernel level can run here, and why not.
type LevelStatus struct {
	Name     string   `json:"name"`     // as BITDBN_LEVEL knows it
	Built    bool     `json:"built"`    // this build contains its kernels
	Requires []string `json:"requires"` // processor features that it needs
	Missing  []string `json:"missing"`  // those that the processor, or its operating system, lacks
}

// LevelStatuses returns the status of every level, slowest first, those
// included that cannot run here.
func LevelStatuses() []LevelStatus {
	var all []LevelStatus
	for _, l := range kernels.All() {
		all = append(all, LevelStatus{l.String(), l.Built(), l.Requires(), l.Missing()})
	}
	return all
}

// SetLevel makes every goroutine use the kernels of the named level from now
// on. All levels give the same bits. The error wraps [ErrLevel] and lists the
// levels that there are.
func SetLevel(name string) error {
	l, err := kernels.ParseLevel(name)
	if err != nil {
		return err
	}
	_, err = kernels.SetLevel(l)
	return err
}
