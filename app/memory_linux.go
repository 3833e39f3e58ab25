package app

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// returnPages gives up the pages of b, which begins and ends with one. Its bytes become 0.
func returnPages(b []byte) error { return syscall.Madvise(b, syscall.MADV_DONTNEED) }

// returnProgram gives up the pages of the program that this process has read and not changed.
// After a start that is most of the file: the initialization of all packages has run, and the
// kernel maps 64 KB around each address that is read. The pages stay in the kernel's cache, like
// any file's: those that are used come back from there, and the kernel drops others when memory
// is short.
func returnProgram() error {
	smaps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return err
	}
	defer smaps.Close()
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	var start, end uintptr // of the mapping that the lines describe; both 0 if it is to stay
	asInFile := false      // all pages of it that are in memory are as in the file
	lines := bufio.NewScanner(smaps)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) >= 6 && strings.HasSuffix(lines.Text(), " "+program) && strings.HasPrefix(fields[1], "r-"): // cannot be written to
			if _, err := fmt.Sscanf(fields[0], "%x-%x", &start, &end); err != nil {
				return fmt.Errorf("read %q in /proc/self/smaps: %w", fields[0], err)
			}
		case len(fields) >= 5 && !strings.HasSuffix(fields[0], ":"):
			start, end = 0, 0
		case len(fields) == 3 && fields[0] == "Anonymous:":
			asInFile = fields[1] == "0"
		case end != 0 && len(fields) == 3 && fields[0] == "Swap:" && fields[1] == "0" && asInFile: // and none elsewhere
			_, _, failed := syscall.Syscall(syscall.SYS_MADVISE, start, end-start, syscall.MADV_DONTNEED)
			if failed != 0 && failed != syscall.EINVAL { // which means that it is locked in memory
				return fmt.Errorf("madvise: %w", failed)
			}
		}
	}
	return lines.Err()
}
