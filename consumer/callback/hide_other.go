//go:build !linux

package callback

// HideProcess does nothing on other systems than Linux.
func HideProcess() error { return nil }
