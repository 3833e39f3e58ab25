package procenv

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// Clear overwrites the values of the named variables in the block of memory that
// /proc/PID/environ shows, with zeros. Go's own copy, which os.Getenv reads, stays: unset the
// variables first, so that no child gets them. It must run before the process makes itself
// unreadable, as with PR_SET_DUMPABLE. It fails where /proc is not mounted.
//
// The block begins at env_start of /proc/self/stat, and is written through /proc/self/mem,
// which needs no privilege. No process is started anew for it: process ids, signals and what
// supervises the process stay as they are.
// Source: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
func Clear(names ...string) error {
	start, err := envStart()
	if err != nil {
		return fmt.Errorf("find the environment in memory: %w", err)
	}
	block, err := os.ReadFile("/proc/self/environ")
	if err != nil {
		return err
	}
	memory, err := os.OpenFile("/proc/self/mem", os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	for entry := range bytes.SplitSeq(block, []byte{0}) {
		name, value, _ := bytes.Cut(entry, []byte("="))
		if slices.Contains(names, string(name)) {
			if _, err = memory.WriteAt(make([]byte, len(value)), start+int64(len(name)+1)); err != nil {
				break
			}
		}
		start += int64(len(entry) + 1)
	}
	return errors.Join(err, memory.Close())
}

// envStart returns the address of the environment. It is field 50 of /proc/self/stat; the
// second is the program's name in brackets, which may have spaces.
func envStart() (int64, error) {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0, err
	}
	const afterName, wanted = 3, 50
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) <= wanted-afterName {
		return 0, fmt.Errorf("/proc/self/stat has %d fields", len(fields)+afterName-1)
	}
	return strconv.ParseInt(string(fields[wanted-afterName]), 10, 64)
}

// NoCoreDumps keeps the kernel from writing this process's memory to a file when it crashes.
// Processes that it starts inherit that.
func NoCoreDumps() error {
	return unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
}
