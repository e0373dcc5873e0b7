//go:build !unix

package atomicfile

// syncFolder does nothing: the system cannot sync a folder.
func syncFolder(string) error { return nil }
