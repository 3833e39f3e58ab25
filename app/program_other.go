//go:build !linux

package app

// returnProgram does nothing: only Linux is asked.
func returnProgram() error { return nil }
