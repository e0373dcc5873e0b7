// Package atomicfile replaces files in one step: whoever opens the path, at
// any moment and after any crash, finds the old file or the new one, whole.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// bufferBytes is the size of the parts in which a file is written.
const bufferBytes = 64 << 10

// Write calls write with a buffered writer and makes what it wrote the content
// of the file at path.
//
// The content goes to a hidden temporary file in the same folder, which is
// synced to disk and renamed over path; then the folder is synced. If anything
// fails, or if write panics, the temporary file is removed and the file at path
// stays as it was. The one exception is a folder that cannot be synced: the
// error says that the new file is in its place.
//
// An existing file keeps its permission bits, though not its owner or its hard
// links; a new one gets 0644 less the umask. If path is a symbolic link, the
// file it leads to is replaced and the link stays. What exists and is not a
// regular file, such as a folder or a device, is left alone and an error.
//
// A process that is killed leaves its temporary file behind. The next Write to
// the same path that succeeds removes it; on systems without file locks, which
// tell a file in use from one left behind, it stays.
//
// Any number of processes and goroutines may write the same path at once: the
// last to finish wins. On Windows a write fails while another process has the
// file at path open.
func Write(path string, write func(io.Writer) error) error {
	if err := replace(path, write); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

func replace(path string, write func(io.Writer) error) error {
	target, err := resolve(path)
	if err != nil {
		return err
	}
	perm, exists, err := permissions(target)
	if err != nil {
		return err
	}
	tmp, err := createTemp(target, perm, exists)
	if err != nil {
		return err
	}
	defer tmp.discard() // does nothing once the file is renamed
	if err := tmp.fill(write); err != nil {
		return err
	}
	if exists {
		if err := tmp.file.Chmod(perm); err != nil {
			return fmt.Errorf("keeping the permissions %v: %w", perm, bare(err))
		}
	}
	if err := tmp.sync(); err != nil {
		return err
	}
	if err := tmp.rename(target); err != nil {
		return err
	}
	removeStale(target)
	if err := syncFolder(filepath.Dir(target)); err != nil {
		return fmt.Errorf("the new file is in its place, but syncing its folder failed: %w", bare(err))
	}
	return nil
}

// permissions returns the permission bits for the file at target, and whether
// it exists.
func permissions(target string) (perm fs.FileMode, exists bool, err error) {
	info, err := os.Lstat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0o644, false, nil
	case err != nil:
		return 0, false, bare(err)
	case !info.Mode().IsRegular():
		return 0, false, fmt.Errorf("found %v, expected a regular file or none", info.Mode())
	}
	return info.Mode().Perm(), true, nil
}

// fill gives the temporary file its content.
func (t *temp) fill(write func(io.Writer) error) error {
	b := bufio.NewWriterSize(t, bufferBytes)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush() // which repeats an error that write has ignored
}

// sync puts the temporary file on disk and closes it.
func (t *temp) sync() error {
	if err := t.file.Sync(); err != nil {
		return bare(err)
	}
	return bare(t.file.Close())
}

// Write makes temp an io.Writer whose errors do not name the temporary file,
// which means nothing to the user.
func (t *temp) Write(p []byte) (int, error) {
	n, err := t.file.Write(p)
	return n, bare(err)
}

// bare returns an error of the file system without the operation and the path.
func bare(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}
