//go:build unix

package callback

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// ownGroup has a command started as the leader of a new process group.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// terminateGroup asks the processes of a command's group to end.
func terminateGroup(cmd *exec.Cmd) error { return signal(cmd, syscall.SIGTERM) }

// killGroup ends whatever is left of the group of a command that has ended. The group's
// number cannot be another's: it is the id of a process that ended a moment ago, and the
// system gives the numbers in turn.
func killGroup(cmd *exec.Cmd) { _ = signal(cmd, syscall.SIGKILL) } // it fails if nothing is left

func signal(cmd *exec.Cmd, s syscall.Signal) error {
	err := syscall.Kill(-cmd.Process.Pid, s)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}
