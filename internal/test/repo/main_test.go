package repo

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestMain(m *testing.M) { os.Exit(testenv.RunAtRoot(m)) }

// TestNeverCached runs this program as go test does, with a file for the log: it writes none.
func TestNeverCached(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(t.TempDir(), "log")
	run := exec.CommandContext(t.Context(), program, "-test.testlogfile="+log, "-test.run=^TestImports_RunDownwards$", "-test.v")
	run.Dir = "internal/test/repo"
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if content, err := os.ReadFile(log); !os.IsNotExist(err) {
		t.Errorf("go test would cache the results of these tests: it finds the log %.100q (%v)", content, err)
	}
}

// read returns the content of a file of the repository.
func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
