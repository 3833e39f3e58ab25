package gopherbot

import (
	"testing"

	"github.com/gobridge/gopherbot/internal/cli"
)

//go:generate go run ./cmd/gopherbot docs

// TestDocs_AreCurrent holds each generated file to the declarations.
func TestDocs_AreCurrent(t *testing.T) {
	t.Parallel()
	files, err := cli.GeneratedDocs(".")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		if read(t, name) != string(want) {
			t.Errorf("%s is not what the declarations say: run \"go generate .\"", name)
		}
	}
}
