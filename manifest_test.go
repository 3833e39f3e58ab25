package gopherbot

import (
	"os"
	"regexp"
	"testing"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/internal/slack/manifest"
)

const manifestFile = "slack-manifest.yaml"

// createLink is the README's link that creates the app.
var createLink = regexp.MustCompile(`https://api\.slack\.com/apps\?[^)]*manifest_json=[^)]*`)

// TestSlackManifest_IsCurrent holds slack-manifest.yaml, and the README's link, to what
// the code needs.
func TestSlackManifest_IsCurrent(t *testing.T) {
	t.Parallel()
	app, err := app.Manifest("gopherbot", manifest.Placeholder)
	if err != nil {
		t.Fatal(err)
	}
	want := app.YAML()
	if *update {
		readme := createLink.ReplaceAllLiteralString(read(t, "README.md"), app.Link())
		for file, content := range map[string][]byte{manifestFile: want, "README.md": []byte(readme)} {
			if err := os.WriteFile(file, content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := read(t, manifestFile); got != string(want) {
		t.Errorf("%s is not what the code needs: run \"go generate .\"", manifestFile)
	}
	if links := createLink.FindAllString(read(t, "README.md"), -1); len(links) != 1 || links[0] != app.Link() {
		t.Error("the README's link is not what the code needs: run \"go generate .\"")
	}
}
