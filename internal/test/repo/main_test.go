package repo

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestMain runs the tests in the root of the module, so that they name files as documents do.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := neverCached(); err != nil {
		fmt.Fprintln(os.Stderr, "keep results out of go test's cache:", err)
		os.Exit(1)
	}
	if err := os.Chdir("../../.."); err != nil {
		fmt.Fprintln(os.Stderr, "go to the root of the module:", err)
		os.Exit(1)
	}
	if _, err := os.Stat("go.mod"); err != nil {
		fmt.Fprintln(os.Stderr, "this package is not three folders below the root of the module:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// neverCached keeps the results of these tests out of go test's cache. They depend on all files of the
// repository and on programs such as git, and the cache would not notice most changes: it learns of files
// that a test opens from the log of this flag, which has no Chdir before m.Run and nothing of other
// programs. Without a log go test caches nothing.
func neverCached() error { return flag.Set("test.testlogfile", "") }

// TestNeverCached runs this program as go test does, with a file for the log: it writes none.
func TestNeverCached(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(t.TempDir(), "log")
	run := exec.Command(program, "-test.testlogfile="+log, "-test.run=^TestAppJSON_Schema$", "-test.v")
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
