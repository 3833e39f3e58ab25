package procenv_test

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gobridge/gopherbot/internal/procenv"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// child has this test's program be a process with secrets: see TestClear.
const child = "PROCENV_TEST_CHILD"

// TestClear has a process with secrets clear two of them, and reads its environment as
// another process sees it.
func TestClear(t *testing.T) {
	if os.Getenv(child) != "" {
		inChild(t)
		return
	}
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^TestClear$", "-test.timeout=30s")
	cmd.Env = []string{
		child + "=yes", "TOKEN=xoxb-s3cret", "EMPTY=", "URL=redis://:s3cret@host?a=b", "NO_TOKEN=kept", "TOKEN_NOT=kept, too", "ODD", "LAST=the last s3cret",
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = &testenv.Log{}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make([]byte, 1)
	if _, err := out.Read(ready); err != nil { // it has cleared them, or ended
		t.Fatalf("%v: %s", err, cmd.Stderr)
	}
	seen, err := os.ReadFile("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/environ")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(seen), "s3cret") {
		t.Errorf("another process reads %q", seen)
	}
	for _, kept := range []string{child + "=yes\x00", "TOKEN=\x00", "URL=\x00", "NO_TOKEN=kept\x00", "TOKEN_NOT=kept, too\x00", "ODD\x00"} {
		if !strings.Contains(string(seen), kept) {
			t.Errorf("another process reads %q, want %q in it", seen, kept)
		}
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := testenv.Ended(cmd); err != nil {
		t.Errorf("%v: %s", err, cmd.Stderr)
	}
}

// inChild clears the secrets, and waits until the test has looked.
func inChild(t *testing.T) {
	if err := procenv.Clear("TOKEN", "EMPTY", "URL", "LAST", "MISSING"); err != nil {
		t.Fatal(err)
	}
	if got := os.Getenv("TOKEN"); got != "xoxb-s3cret" {
		t.Errorf("the process itself reads %q", got)
	}
	if err := procenv.NoCoreDumps(); err != nil {
		t.Fatal(err)
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); err != nil || limit.Cur != 0 || limit.Max != 0 {
		t.Errorf("a core dump may have %+v bytes (%v)", limit, err)
	}
	if _, err := os.Stdout.WriteString("."); err != nil {
		t.Fatal(err)
	}
	_, _ = os.Stdin.Read(make([]byte, 1)) // until it is closed
}
