// Package logbuffer buffers a process's log, so that a busy process makes a system
// call for many lines and not for each.
package logbuffer

import (
	"io"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

const (
	// Delay is how long a line may stay in memory.
	Delay = 100 * time.Millisecond
	// size is how many bytes are kept at the most, about 200 lines.
	size = 64 << 10
)

// Writer is a zerolog.LevelWriter that buffers lines. A line that follows a pause of
// Delay is written at once, and so is a warning or an error with all lines before it;
// other lines are written within Delay. Call Flush before the process ends, in a
// deferred call so that it runs on a panic, too. A crash that runs no deferred
// call, such as a panic of another goroutine or SIGKILL, can lose the lines below
// a warning of the last Delay. It is safe for concurrent use.
type Writer struct {
	out io.Writer

	mu     sync.Mutex
	buffer []byte
	timer  *time.Timer
	// armed is set while the timer is to flush.
	armed bool
}

// New returns a Writer to out, which remains the caller's to close.
func New(out io.Writer) *Writer {
	w := &Writer{out: out}
	w.timer = time.AfterFunc(time.Hour, w.tick)
	w.timer.Stop()
	return w
}

// Write writes a line as one of level info.
func (w *Writer) Write(line []byte) (int, error) { return w.WriteLevel(zerolog.InfoLevel, line) }

// WriteLevel writes a line. An error is the one of writing to out; the lines that were
// to be written are dropped then.
func (w *Writer) WriteLevel(level zerolog.Level, line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	atOnce := !w.armed || level >= zerolog.WarnLevel || len(w.buffer)+len(line) > size
	w.buffer = append(w.buffer, line...)
	if !w.armed {
		w.armed = true
		w.timer.Reset(Delay)
	}
	if atOnce {
		if err := w.flush(); err != nil {
			return 0, err
		}
	}
	return len(line), nil
}

// Flush writes all lines that are in memory.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.flush()
}

// tick flushes the lines of the last Delay, and is called again after the next if there
// were any.
func (w *Writer) tick() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.armed = len(w.buffer) > 0; w.armed {
		_ = w.flush() // as when a line cannot be written, nobody can be told
		w.timer.Reset(Delay)
	}
}

// flush writes the buffer. w.mu is held.
func (w *Writer) flush() error {
	if len(w.buffer) == 0 {
		return nil
	}
	_, err := w.out.Write(w.buffer)
	w.buffer = w.buffer[:0]
	if cap(w.buffer) > 2*size { // of a huge line
		w.buffer = nil
	}
	return err
}
