// Package testenv tells tests what the machine they run on has.
//
// A bare "go test ./..." passes with Go alone: what needs more is skipped and
// says why. "make test" installs what is missing and sets GOPHER_TEST_ALL, and
// then nothing may be skipped.
package testenv

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// All reports whether every test must run.
func All() bool { return os.Getenv("GOPHER_TEST_ALL") != "" }

// Program returns the path of the first of the named programs that is there. It
// skips the test when none is, or fails it where every test must run.
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
