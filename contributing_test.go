package gopherbot

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheHandlerInContributingWorks does what CONTRIBUTING.md tells a newcomer
// to do, on an overlay of the source tree: it writes the two files and runs the
// package's tests.
func TestTheHandlerInContributingWorks(t *testing.T) {
	t.Parallel()
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(read(t, "CONTRIBUTING.md"), -1)
	if len(blocks) != 2 {
		t.Fatalf("CONTRIBUTING.md has %d blocks of Go, want the handler and its test", len(blocks))
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := map[string]string{}
	for i, name := range []string{"shout.go", "shout_test.go"} {
		written := filepath.Join(dir, name)
		if err := os.WriteFile(written, []byte(blocks[i][1]), 0o644); err != nil {
			t.Fatal(err)
		}
		files[filepath.Join(here, "consumer", "gophers", name)] = written
	}
	overlay, err := json.Marshal(map[string]any{"Replace": files})
	if err != nil {
		t.Fatal(err)
	}
	overlayFile := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlayFile, overlay, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "test", "-overlay", overlayFile, "-v", "-run", "TestShout", "./consumer/gophers").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestShout") {
		t.Errorf("%v\n%s", err, out)
	}
}
