//go:build !unix

package callback

import "os/exec"

// Systems without process groups end the command alone.

func ownGroup(*exec.Cmd) {}

func terminateGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }

func killGroup(*exec.Cmd) {}
