// Package testenv finds the programs that tests need on this machine, and has helpers for
// waiting and for logs.
//
// "go test ./..." passes with Go alone: a test that needs another program is skipped, and
// the reason names the program. "make test" installs missing programs and sets
// GOPHER_TEST_ALL, and then no test may be skipped.
package testenv

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// All reports whether every test must run.
func All() bool { return os.Getenv("GOPHER_TEST_ALL") != "" }

// Program returns the path of the first of the named programs that is installed. If none
// is, it skips the test, or fails it if All returns true.
func Program(t testing.TB, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	reason := "needs " + strings.Join(names, " or ") + ", which is not installed; \"make test\" installs it"
	if All() {
		t.Fatal(reason)
	}
	t.Skip(reason)
	return ""
}

// Ended waits for a process that was started and told to end, and returns the error of its Wait. It kills the process after
// Timeout.
func Ended(cmd *exec.Cmd) error {
	kill := time.AfterFunc(Timeout, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	return cmd.Wait()
}
