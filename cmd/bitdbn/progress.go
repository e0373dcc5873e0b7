package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/bitdbn/bitdbn/dbn"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows how far a training is: a bar on a terminal, a line an epoch
// elsewhere.
type progress struct {
	w        io.Writer
	terminal bool
	bar      *progressbar.ProgressBar
	start    time.Time // of the epoch
	from     int       // row at which it began for this process
	shown    time.Time
	warnings []string
}

func newProgress(quiet bool) *progress {
	p := &progress{w: os.Stderr, terminal: term.IsTerminal(int(os.Stderr.Fd())), start: time.Now()}
	if quiet {
		p.w, p.terminal = io.Discard, false
	}
	return p
}

// newBar returns a bar of this program's looks.
func (p *progress) newBar(total int64, more ...progressbar.Option) *progressbar.ProgressBar {
	return progressbar.NewOptions64(total, append([]progressbar.Option{
		progressbar.OptionSetWriter(p.w),
		progressbar.OptionSetWidth(20),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionFullWidth(),
	}, more...)...)
}

// counter returns what shows how much of a total is done, on a terminal.
func (p *progress) counter(what string) func(done, total int) {
	if !p.terminal {
		return nil
	}
	var bar *progressbar.ProgressBar
	return func(done, total int) {
		if bar == nil {
			bar = p.newBar(int64(total), progressbar.OptionSetDescription(what), progressbar.OptionThrottle(100*time.Millisecond))
		}
		_ = bar.Set(done)
	}
}

func (p *progress) printf(format string, args ...any) { fmt.Fprintf(p.w, format+"\n", args...) }

// warn shows a warning, and keeps it.
func (p *progress) warn(text string) {
	p.warnings = append(p.warnings, text)
	p.printf("warning: %s", text)
}

// mostReports is how many epochs of a training are reported, at equal distances.
const mostReports = 100

// reported reports whether an epoch, counted from 1, of so many is to be reported:
// every one of a few, and always the last.
func reported(epoch, epochs int) bool {
	return epoch%(1+(epochs-1)/mostReports) == 0 || epoch == epochs
}

// step shows the place after a step.
func (p *progress) step(at dbn.Progress) {
	if !p.terminal || time.Since(p.shown) < 100*time.Millisecond && !at.EpochDone() {
		return
	}
	p.shown = time.Now()
	total := int64(at.Epochs) * int64(at.Rows)
	if p.bar == nil {
		p.bar = p.newBar(total, progressbar.OptionShowIts(), progressbar.OptionSetItsString("rows"))
	}
	done := at.Epoch*at.Rows + at.Row
	if at.EpochDone() {
		done = at.Epoch * at.Rows
	}
	p.bar.Describe(describe(at))
	_ = p.bar.Set64(int64(done))
}

// describe says where a training is.
func describe(at dbn.Progress) string {
	text := fmt.Sprintf("epoch %d/%d", min(at.Epoch+1, at.Epochs), at.Epochs)
	if at.Layers > 1 {
		text = fmt.Sprintf("layer %d/%d ", at.Layer+1, at.Layers) + text
	}
	if at.TotalBits > 0 {
		text += fmt.Sprintf(" reconstruction error %.4f", at.ReconstructionError())
	}
	return text
}

// clear takes the bar off the screen, so that a line can be printed.
func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// nextLayer starts a new bar.
func (p *progress) nextLayer() {
	p.clear()
	p.bar = nil
}

// rate returns the rows a second since the epoch began, and its seconds, and
// starts the next.
func (p *progress) rate(rows int) (perSecond, seconds float64) {
	seconds = time.Since(p.start).Seconds()
	perSecond = float64(rows-p.from) / max(seconds, 1e-9)
	p.start, p.from = time.Now(), 0
	return perSecond, seconds
}
