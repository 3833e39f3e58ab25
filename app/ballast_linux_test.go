package app

import (
	"bytes"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
)

// TestBallast tells that a ballast delays garbage collections and takes no memory of
// the system. It measures the whole process, so it is not parallel to others.
func TestBallast(t *testing.T) {
	const size = 64 << 20
	used := bytes.Repeat([]byte{1}, 2*size) // Go fills memory that was used before with zeros
	runtime.KeepAlive(used)
	debug.FreeOSMemory()
	before := residentMemory(t)
	release := ballast(size)
	runtime.GC()
	if grown := residentMemory(t) - before; grown > size/4 {
		t.Errorf("a ballast of %d bytes takes %d of the system's memory", size, grown)
	}
	goal := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
	metrics.Read(goal)
	if got := goal[0].Value.Uint64(); got < 2*size {
		t.Errorf("the next collection is at %d bytes, want at least %d", got, 2*size)
	}
	release()
}

func residentMemory(t *testing.T) int {
	t.Helper()
	stat, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(stat))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}
