package gopherbot

import (
	"os"
	"testing"

	"github.com/gobridge/gopherbot/internal/manifest"
	"github.com/gobridge/gopherbot/internal/process"
)

const manifestFile = "slack-manifest.yaml"

// TestTheSlackManifest holds slack-manifest.yaml to what the code needs.
func TestTheSlackManifest(t *testing.T) {
	t.Parallel()
	app, err := process.Manifest("gopherbot", manifest.Placeholder)
	if err != nil {
		t.Fatal(err)
	}
	want := app.YAML()
	if *update {
		if err := os.WriteFile(manifestFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, manifestFile); got != string(want) {
		t.Errorf("%s is not what the code needs: run \"go generate .\"", manifestFile)
	}
}
