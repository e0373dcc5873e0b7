package kernels

import (
	"os"
	"syscall"
)

const haveGuards = true

// guarded returns size bytes that begin right behind, or end right before, a
// page that any access to ends the program.
func guarded(size int, head bool) (data []byte, release func()) {
	page := os.Getpagesize()
	body := (size + page - 1) / page * page
	all, err := syscall.Mmap(-1, 0, body+2*page, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	if body > 0 {
		if err := syscall.Mprotect(all[page:page+body], syscall.PROT_READ|syscall.PROT_WRITE); err != nil {
			panic(err)
		}
	}
	lo := page
	if !head {
		lo = page + body - size
	}
	return all[lo : lo+size : lo+size], func() { syscall.Munmap(all) }
}
