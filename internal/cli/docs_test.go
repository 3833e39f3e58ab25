package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocs_WritesFiles writes the generated files into a folder, and of docs/deploy.md only the link.
func TestDocs_WritesFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if r := (bench{t: t}).run("docs", "--dir", dir); r.code != 1 || !strings.Contains(r.err, "go.mod") {
		t.Errorf("in an empty folder: exit code %d, %q", r.code, r.err)
	}
	if err := os.Mkdir(filepath.Join(dir, "docs"), 0o755); err != nil {
		t.Fatal(err)
	}
	deploy := filepath.Join(dir, "docs", "deploy.md")
	if err := os.WriteFile(deploy, []byte("[old](https://api.slack.com/apps?manifest_json=old) kept"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{"gateway/notify", "internal/alert", "internal/event", "internal/receipt"} {
		if err := os.CopyFS(filepath.Join(dir, source), os.DirFS("../../"+source)); err != nil {
			t.Fatal(err)
		}
	}
	bench{t: t}.ok("docs", "--dir", dir)
	for name, want := range map[string]string{
		"docs/commands.md": "`define", "docs/configuration.md": "`REDIS_URL`", "docs/platforms.md": "| Slack |", "slack-manifest.yaml": "chat:write", "docs/deploy.md": "chat%3Awrite",
		"gateway/notify/docs/openapi.yaml": "idempotency_mismatch", "gateway/notify/docs/index.html": "idempotency_mismatch",
	} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.Contains(string(content), want) {
			t.Errorf("%s: %v, want %q in:\n%s", name, err, want, content)
		}
	}
	content, err := os.ReadFile(deploy)
	if err != nil || !strings.HasSuffix(string(content), ") kept") || strings.Contains(string(content), "json=old") {
		t.Errorf("docs/deploy.md: %v\n%s", err, content)
	}
}
