package app

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// forceAfter is the time after the first signal from which a second one ends the process
// at once. Until then a second signal is ignored, because some programs stop a process
// with several: systemd can send SIGHUP after SIGTERM, a shell repeats the SIGHUP that its
// terminal sent to all processes, and runners of Procfiles send SIGTERM after Ctrl-C.
const forceAfter = time.Second

// UntilSignal returns a context that ends with the first SIGTERM, SIGINT or SIGHUP, which
// is its cause. The caller must call stop, which releases its resources. A further SIGTERM
// or SIGINT ends the process at once if it comes a second or more later. A further SIGHUP
// never does. If SIGHUP is ignored at the start, as under nohup, it stays ignored.
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
