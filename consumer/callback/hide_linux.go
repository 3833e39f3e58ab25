package callback

import "golang.org/x/sys/unix"

// HideProcess keeps other processes of the same user, such as the commands that this one
// starts, from reading its memory and its first environment, /proc/<pid>/environ: the secrets
// stay there after they were dropped from the environment. It is for the whole process. Then
// /proc/<pid>/fd cannot be read either, so that the metric process_open_fds is missing, and
// there is no core dump.
// Source: https://man7.org/linux/man-pages/man2/PR_SET_DUMPABLE.2const.html
func HideProcess() error { return unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }
