package atomicfile

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// symlink makes a link, or skips the test where that is not allowed.
func symlink(t *testing.T, to, link string) {
	t.Helper()
	if err := os.Symlink(to, link); err != nil {
		t.Skip(err)
	}
}

func mkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}

// TestLinks writes through links to a file that exists, and to one that does
// not. The links must stay and the file must be where the system looks for it.
func TestLinks(t *testing.T) {
	for name, link := range map[string]func(dir, real string) string{
		"relative": func(_, _ string) string { return filepath.Join("..", "real", "m") },
		"absolute": func(_, real string) string { return real },
		"chain":    func(dir, _ string) string { return filepath.Join(dir, "first") },
		"folder":   func(dir, _ string) string { return filepath.Join(dir, "folder", "m") },
		// The parent of the folder that the link leads to, not of the link.
		"upwards": func(_, _ string) string { return "folder/../real/m" },
	} {
		t.Run(name, func(t *testing.T) {
			top := t.TempDir()
			dir, real := filepath.Join(top, "links"), filepath.Join(top, "real", "m")
			mkdir(t, dir)
			mkdir(t, filepath.Dir(real))
			symlink(t, filepath.Join("..", "real", "m"), filepath.Join(dir, "first"))
			symlink(t, filepath.Dir(real), filepath.Join(dir, "folder"))
			path := filepath.Join(dir, "link")
			symlink(t, link(dir, real), path)
			for _, s := range []string{"new", "again"} {
				mustWrite(t, path, s)
				checkContent(t, real, s)
				checkContent(t, path, s)
			}
			for _, link := range []string{path, filepath.Join(dir, "first")} {
				if _, err := os.Readlink(link); err != nil {
					t.Errorf("no longer a link: %v", err)
				}
			}
			checkFolder(t, dir, "first", "folder", "link")
			checkFolder(t, filepath.Dir(real), "m")
		})
	}
}

func TestLinkLoop(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	symlink(t, "b", path)
	symlink(t, "a", filepath.Join(dir, "b"))
	checkMessage(t, Write(path, text("x")), path, "symbolic links")
	checkFolder(t, dir, "a", "b")
}

func TestLinkToNowhere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "link")
	symlink(t, filepath.Join("missing", "m"), path)
	err := Write(path, func(io.Writer) error { return nil })
	checkMessage(t, err, path, "missing")
}
