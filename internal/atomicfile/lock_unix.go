//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package atomicfile

import (
	"os"
	"syscall"
)

// A temporary file is locked with flock as long as it is in use. The system
// gives up the lock when the process ends, however it ends. So a file without
// a lock has been left behind, and unlike a process id in the name that also
// holds between containers and after a number is used again.
//
// A new file is without a lock for a moment. Whoever removes a file takes its
// lock first, and whoever has created one looks whether it is still there once
// the lock is taken.

// claim locks a file that has just been created. It reports false if another
// process is removing the file. Where locks do not work the file is not locked,
// and for the same reason not removed by others.
func claim(f *os.File) (lock *os.File, ok bool) {
	// Opened once more, so that closing f does not give up the lock; and for
	// writing, without which network file systems give no exclusive lock.
	lock, err := os.OpenFile(f.Name(), os.O_WRONLY, 0)
	if os.IsNotExist(err) {
		return nil, false
	}
	if err != nil {
		return nil, true
	}
	switch flock(lock) {
	case nil:
	case syscall.EWOULDBLOCK:
		lock.Close()
		return nil, false
	default:
		lock.Close()
		return nil, true
	}
	if !isAt(f, f.Name()) {
		lock.Close()
		return nil, false
	}
	return lock, true
}

// removeUnlocked removes a file that no process has locked.
func removeUnlocked(name string) {
	f, err := os.OpenFile(name, os.O_WRONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer f.Close()
	if flock(f) == nil && isAt(f, name) {
		os.Remove(name)
	}
}

// flock takes the lock of a file, or fails at once.
func flock(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err != syscall.EINTR {
			return err
		}
	}
}

// isAt reports whether the file that is open has the given name.
func isAt(f *os.File, name string) bool {
	open, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(name)
	return err == nil && os.SameFile(open, there)
}
