package repo

import (
	"fmt"
	"os"
	"testing"
)

// TestMain runs the tests in the root of the module, so that they name files as documents do.
func TestMain(m *testing.M) {
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

// read returns the content of a file of the repository.
func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
