package app

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// forceAfter is how long after the first signal a second one ends the process at
// once. Some stop a process with several signals in a row: systemd can send SIGHUP
// after SIGTERM, a shell passes on the SIGHUP that its terminal sent to all, and
// runners of Procfiles send SIGTERM after a Ctrl-C that reached all.
const forceAfter = time.Second

// UntilSignal returns a context that ends with the first SIGTERM, SIGINT or SIGHUP,
// which then is its cause; stop, which must be called, releases what it holds. A
// further SIGTERM or SIGINT ends the process at once, if it comes a second or more
// later; a further SIGHUP never does. A SIGHUP that is ignored from the start, as
// nohup has it, stays so.
func UntilSignal() (ctx context.Context, stop func()) {
	signals := []os.Signal{syscall.SIGTERM, os.Interrupt}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, release := signal.NotifyContext(context.Background(), signals...)
	stopWaiting := context.AfterFunc(ctx, func() {
		signal.Ignore(syscall.SIGHUP)
		time.AfterFunc(forceAfter, release)
	})
	return ctx, func() {
		stopWaiting()
		release()
	}
}
