package repo

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestContributing_HandlersWork follows the steps of CONTRIBUTING.md for a newcomer
// to do, on an overlay of the source tree: it writes the files and runs their
// tests.
func TestContributing_HandlersWork(t *testing.T) {
	t.Parallel()
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(read(t, "CONTRIBUTING.md"), -1)
	names := []string{"motto.go", "motto_test.go", "shout.go", "shout_test.go", "praise.go", "quiz.go", "kudos.go", "pressed_test.go"}
	if len(blocks) != len(names) {
		t.Fatalf("CONTRIBUTING.md has %d blocks of Go, want %q", len(blocks), names)
	}
	if lines := strings.Count(blocks[0][1]+blocks[1][1], "\n"); lines >= 20 {
		t.Errorf("the first handler and its test take %d lines, want fewer than 20", lines)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := map[string]string{}
	for i, name := range names {
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
	out, err := exec.Command("go", "test", "-overlay", overlayFile, "-v", "-run", "TestMotto|TestShout|TestPraise|TestQuiz|TestKudos", "./consumer/gophers").CombinedOutput()
	for _, test := range []string{"TestMotto", "TestMotto/motto?", "TestShout", "TestPraise", "TestPraise//praise_the_tests", "TestQuiz", "TestKudos"} {
		if err != nil || !strings.Contains(string(out), "--- PASS: "+test+" (") {
			t.Errorf("%s: %v\n%s", test, err, out)
		}
	}
}
