package repo

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestFiles_AreSmall finds a built program, or other data by accident, among the files
// under version control. The largest that belong there are pictures of the docs.
func TestFiles_AreSmall(t *testing.T) {
	t.Parallel()
	const most = 512 << 10
	out, err := exec.Command(testenv.Program(t, "git"), "ls-files", "-z").Output()
	if err != nil {
		t.Fatalf("list the files under version control: %v", err)
	}
	names := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if len(names) < 100 {
		t.Fatalf("%d files: %q", len(names), names)
	}
	for _, name := range names {
		info, err := os.Lstat(name)
		if err != nil {
			continue // removed, and not committed yet
		}
		if info.Size() > most {
			t.Errorf("%s has %d KiB, want at most %d: is it a built program?", name, info.Size()>>10, most>>10)
		}
	}
}
