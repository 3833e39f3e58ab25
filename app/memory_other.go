//go:build !linux

package app

// Only Linux is asked to take back memory.

func returnProgram() error { return nil }

func returnPages([]byte) error { return nil }
