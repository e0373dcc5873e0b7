package atomicfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// maxLinks is the length of a chain of links that counts as a loop.
const maxLinks = 40

// resolve follows path to the file that it names, which need not exist.
func resolve(path string) (string, error) {
	if path == "" {
		return "", errors.New("no file name")
	}
	for range maxLinks {
		dir, base := filepath.Split(path)
		if dir == "" {
			dir = "."
		}
		// The folder is resolved first, because a link may lead upwards from
		// where it really is.
		dir, err := filepath.EvalSymlinks(dir)
		if err != nil {
			return "", fmt.Errorf("its folder: %w", err)
		}
		path = filepath.Join(dir, base)
		link, err := os.Readlink(path)
		if err != nil { // not a link, or nothing there
			return path, nil
		}
		if filepath.IsAbs(link) {
			path = link
		} else {
			// Joined without cleaning: ".." after a link is not the folder
			// before it.
			path = dir + string(filepath.Separator) + link
		}
	}
	return "", fmt.Errorf("more than %d symbolic links", maxLinks)
}
