//go:build !linux

package procenv

// Clear does nothing on other systems than Linux.
func Clear(...string) error { return nil }

// NoCoreDumps does nothing on other systems than Linux.
func NoCoreDumps() error { return nil }
