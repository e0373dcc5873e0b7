// Init is the one program beside the tests in the guest that .ci/avx512/run
// boots: it runs them, says how they ended, and switches the machine off.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

func main() {
	fmt.Printf("\nstatus %d\n", run())
	const tcsbrk = 0x5409 // with an argument that is not 0, tcdrain: the port is slow
	syscall.Syscall(syscall.SYS_IOCTL, os.Stdout.Fd(), tcsbrk, 1)
	syscall.Reboot(syscall.LINUX_REBOOT_CMD_POWER_OFF)
	select {} // the kernel panics where init ends
}

// run returns the exit status of the tests. Their arguments and environment are
// this program's: the kernel makes both of its own parameters. Standard input,
// output and error are the serial port.
func run() int {
	for dir, kind := range map[string]string{"/dev": "devtmpfs", "/proc": "proc"} {
		if err := syscall.Mount(kind, dir, kind, 0, ""); err != nil {
			fmt.Printf("mounting %s: %v\n", dir, err)
			return 125
		}
	}
	tests := exec.Command("/tests", os.Args[1:]...)
	tests.Stdin, tests.Stdout, tests.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := tests.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.Exited():
		return exit.ExitCode()
	}
	fmt.Println(err) // they did not start, or a signal ended them
	return 125
}
