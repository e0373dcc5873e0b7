package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// peer is another program that measures itself on request: a line in is a
// request, a line out its answer, the seconds that it took.
type peer struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Scanner
	banner string // the first line, which names the program and its version
}

func startPeer(name string, args ...string) (*peer, error) {
	p := &peer{cmd: exec.Command(name, args...)}
	p.cmd.Env = append(bestKernels(os.Environ()), "OPENBLAS_NUM_THREADS=1")
	p.cmd.Stderr = os.Stderr
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.in, p.out = in, bufio.NewScanner(out)
	p.banner, err = p.line()
	return p, err
}

// bestKernels leaves out the variables that would make OpenBLAS use other
// kernels than its best for the processor.
func bestKernels(env []string) []string {
	var kept []string
	for _, v := range env {
		if !strings.HasPrefix(v, "OPENBLAS_") {
			kept = append(kept, v)
		}
	}
	return kept
}

// ask returns a contender that asks for a work of some sizes.
func (p *peer) ask(work string, sizes ...int) contender {
	request := work + " " + strings.Trim(fmt.Sprint(sizes), "[]")
	return func() (float64, error) { return p.number(request) }
}

// number returns the answer to a request.
func (p *peer) number(request string) (float64, error) {
	if _, err := fmt.Fprintln(p.in, request); err != nil {
		return 0, err
	}
	line, err := p.line()
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(line, 64)
}

func (p *peer) line() (string, error) {
	if !p.out.Scan() {
		if err := p.out.Err(); err != nil {
			return "", err
		}
		return "", fmt.Errorf("%s: %w", p.cmd.Path, io.ErrUnexpectedEOF)
	}
	return p.out.Text(), nil
}

func (p *peer) stop() {
	p.in.Close()
	p.cmd.Wait()
}
