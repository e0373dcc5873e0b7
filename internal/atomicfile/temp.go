package atomicfile

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// temp is a temporary file on its way to become another.
type temp struct {
	name string
	file *os.File
	lock *os.File // held until the file is renamed or removed; may be nil
	done bool     // renamed: there is nothing left to remove
}

const (
	tempPrefix  = ".bitdbn-tmp-"
	randomChars = 16  // of the random number that ends the name
	maxBase     = 200 // bytes of a target's name that a temporary name repeats
	maxAttempts = 100
)

// tempStem returns what the names of all temporary files for target begin
// with; a random number follows.
func tempStem(target string) string {
	base := filepath.Base(target)
	if len(base) > maxBase { // the longer name would be too long
		base = fmt.Sprintf("%x", sha256.Sum256([]byte(base)))
	}
	return tempPrefix + base + "-"
}

// isTemp reports whether name is that of a temporary file with the given stem.
func isTemp(name, stem string) bool {
	random, ok := strings.CutPrefix(name, stem)
	return ok && len(random) == randomChars && strings.Trim(random, "0123456789abcdef") == ""
}

// createTemp creates a temporary file beside target and locks it. A file that
// will get other permissions later is private until then.
func createTemp(target string, perm fs.FileMode, exists bool) (*temp, error) {
	if exists {
		perm = 0o600
	}
	dir, stem := filepath.Dir(target), tempStem(target)
	for range maxAttempts {
		name := filepath.Join(dir, fmt.Sprintf("%s%0*x", stem, randomChars, rand.Uint64()))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("creating a temporary file in %s: %w", dir, bare(err))
		}
		lock, ok := claim(f)
		if ok {
			return &temp{name: name, file: f, lock: lock}, nil
		}
		// Another process took the file for one left behind, in the moment
		// before it was locked, and is removing it.
		f.Close()
	}
	return nil, fmt.Errorf("found no free name for a temporary file in %s", dir)
}

// rename gives the file its final name, replacing what has it.
func (t *temp) rename(target string) error {
	if err := os.Rename(t.name, target); err != nil {
		return bare(err)
	}
	t.done = true
	return nil
}

// discard removes the file unless it has been renamed, and gives up the lock.
func (t *temp) discard() {
	if !t.done {
		t.file.Close() // again if sync did, which is harmless
		os.Remove(t.name)
	}
	if t.lock != nil {
		t.lock.Close()
	}
}

// removeStale removes the temporary files for target that killed processes
// left behind. The target has been written, so a failure here is none.
func removeStale(target string) {
	dir, stem := filepath.Dir(target), tempStem(target)
	list, _ := os.ReadDir(dir)
	for _, entry := range list {
		if entry.Type().IsRegular() && isTemp(entry.Name(), stem) {
			removeUnlocked(filepath.Join(dir, entry.Name()))
		}
	}
}
