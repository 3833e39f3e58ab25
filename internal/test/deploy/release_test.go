package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReleaseCheck runs scripts/release-check in a clone that could be tagged as
// 9.9, and then takes from it each thing that a release needs.
func TestReleaseCheck(t *testing.T) {
	t.Parallel()
	clone := t.TempDir()
	in := func(name string, args ...string) (output string, code int) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = clone
		// Compiled packages have no paths then, so that those of an earlier clone can be used. They are
		// those of the image, too.
		cmd.Env = append(os.Environ(), "GOFLAGS=-trimpath", "CGO_ENABLED=0")
		out, err := cmd.CombinedOutput()
		if err != nil && cmd.ProcessState == nil {
			t.Fatalf("%s: %v", name, err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	must := func(name string, args ...string) string {
		t.Helper()
		out, code := in(name, args...)
		if code != 0 {
			t.Fatalf("%s %q: exit code %d\n%s", name, args, code, out)
		}
		return out
	}
	commit := func() {
		t.Helper()
		must("git", "add", "-A")
		must("git", "-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "-q", "--allow-empty", "-m", "test")
	}
	// The files as they are now, committed or not.
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	must("git", "init", "-q")
	list := must("git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard")
	var samples []string
	for name := range strings.Lines(list) {
		name = strings.TrimSpace(name)
		content, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue // removed, and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(clone, name), content, info.Mode())
		if strings.Contains(name, "testdata/released/") {
			samples = append(samples, filepath.Join(filepath.Dir(name), "9.9.redis"))
		}
	}
	changelog := read(t, "CHANGELOG.md")
	write(t, filepath.Join(clone, "CHANGELOG.md"), []byte(strings.Replace(changelog, "## Unreleased", "## 9.9", 1)), 0o644)
	for _, sample := range samples {
		write(t, filepath.Join(clone, sample), nil, 0o644)
	}
	commit()
	if out, code := in("scripts/release-check", "9.9"); code != 0 || !strings.Contains(out, "ready: git tag v9.9") {
		t.Fatalf("a tree that is ready: exit code %d\n%s", code, out)
	}

	for name, test := range map[string]struct {
		spoil func()
		says  string
	}{
		"a change that is not committed": {func() { write(t, filepath.Join(clone, "new.txt"), nil, 0o644) }, "not committed"},
		"a tag that is there":            {func() { must("git", "tag", "v9.9") }, "there is a tag v9.9 already"},
		"no section in the changelog": {func() {
			write(t, filepath.Join(clone, "CHANGELOG.md"), []byte(changelog), 0o644)
			commit()
		}, `no entries under "## 9.9"`},
		"a sample that is missing": {func() {
			must("git", "rm", "-q", samples[0])
			commit()
		}, filepath.Dir(samples[0]) + " has no sample"},
		"a generated file that is old": {func() {
			write(t, filepath.Join(clone, "docs/commands.md"), []byte("old\n"), 0o644)
			commit()
		}, "generated files are not current"},
	} {
		before := strings.TrimSpace(must("git", "rev-parse", "HEAD"))
		test.spoil()
		if out, code := in("scripts/release-check", "9.9"); code != 1 || !strings.Contains(out, test.says) {
			t.Errorf("%s: exit code %d\n%s\nwant 1, and %q", name, code, out, test.says)
		}
		must("git", "reset", "-q", "--hard", before)
		must("git", "clean", "-fdq")
		_, _ = in("git", "tag", "-d", "v9.9")
	}
	for _, args := range [][]string{{}, {"v9.9"}, {"next"}} {
		if out, code := in("scripts/release-check", args...); code != 2 || !strings.Contains(out, "which release?") {
			t.Errorf("%q: exit code %d\n%s", args, code, out)
		}
	}
}

func write(t *testing.T, name string, content []byte, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, content, mode); err != nil {
		t.Fatal(err)
	}
}
