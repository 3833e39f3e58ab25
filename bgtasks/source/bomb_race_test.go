//go:build race

package source_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestPoll_Bombs runs the test of the same name without the race detector, with which parsing takes ten times as long. The
// detector has nothing to find in it: it is about time and memory, and other tests poll with the detector.
func TestPoll_Bombs(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "test", "-race=false", "-v", "-run", "^TestPoll_Bombs$", ".").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestPoll_Bombs (") {
		t.Fatalf("%v\n%s", err, out)
	}
}
