package testenv

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// RunAtRoot runs the tests of a package that is three folders below the root of the module. They run in that root, so that
// they name files as documents do. It returns the exit code for TestMain to exit with.
//
// The results are kept out of go test's cache: they depend on all files of the repository and on programs such as git, and
// the cache would not notice most changes. It learns of files that a test opens from the log of the flag test.testlogfile,
// which has no Chdir before m.Run and nothing of other programs. Without a log go test caches nothing.
func RunAtRoot(m *testing.M) int {
	flag.Parse()
	if err := flag.Set("test.testlogfile", ""); err != nil {
		fmt.Fprintln(os.Stderr, "keep results out of go test's cache:", err)
		return 1
	}
	if err := os.Chdir("../../.."); err != nil {
		fmt.Fprintln(os.Stderr, "go to the root of the module:", err)
		return 1
	}
	if _, err := os.Stat("go.mod"); err != nil {
		fmt.Fprintln(os.Stderr, "this package is not three folders below the root of the module:", err)
		return 1
	}
	return m.Run()
}
