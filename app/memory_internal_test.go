package app

import (
	"errors"
	"math"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestLimitMemory sets this process's limit, so it is not parallel to others.
func TestLimitMemory(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	failing := func(err error) memlimit.Provider { return func() (uint64, error) { return 0, err } }
	for _, test := range []struct {
		name     string
		explicit string
		cgroup   memlimit.Provider
		want     int64
		log      string
	}{
		{"a container of 100 MiB", "", memlimit.Limit(100 << 20), 90 << 20, `"bytes":94371840`},
		{"a container without a limit", "", failing(memlimit.ErrNoLimit), math.MaxInt64, "the cgroup has no limit"},
		{"no container", "", failing(memlimit.ErrNoCgroup), 1 << 40, "no cgroup"},
		{"a container that cannot be read", "", failing(errors.New("permission denied")), 1 << 40, "set GOMEMLIMIT"},
		{"the operator's own", "64MiB", memlimit.Limit(100 << 20), 1 << 40, "GOMEMLIMIT=64MiB"},
	} {
		debug.SetMemoryLimit(1 << 40) // as what the runtime made of GOMEMLIMIT at its start, or of none
		t.Setenv("GOMEMLIMIT", test.explicit)
		if test.explicit == "" {
			if err := os.Unsetenv("GOMEMLIMIT"); err != nil { // t.Setenv brings it back
				t.Fatal(err)
			}
		}
		var log testenv.Log
		limitMemory(zerolog.New(&log), test.cgroup)
		if got := debug.SetMemoryLimit(-1); got != test.want {
			t.Errorf("%s: a limit of %d, want %d", test.name, got, test.want)
		}
		if !strings.Contains(log.String(), test.log) {
			t.Errorf("%s: logged %s", test.name, log.String())
		}
	}
}
