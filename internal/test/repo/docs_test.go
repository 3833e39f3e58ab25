package repo

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/consumer/gophers"
	"github.com/gobridge/gopherbot/internal/cli"
)

// TestDocs_AreCurrent holds each generated file to the declarations.
func TestDocs_AreCurrent(t *testing.T) {
	t.Parallel()
	files, err := cli.GeneratedDocs(gophers.Content, ".")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		if read(t, name) != string(want) {
			t.Errorf("%s differs from the declarations: run \"go run ./cmd/gopherbot docs\"", name)
		}
	}
}

// keyInCode is a Redis key in the source: its hash tag and the name behind it.
var keyInCode = regexp.MustCompile(`":(\{[a-z]+\}:[a-z]*)|s:(\{[a-z]+\}:)`)

// TestDocs_RedisListsKeys holds docs/redis.md to the keys with a fixed hash tag that the code names.
func TestDocs_RedisListsKeys(t *testing.T) {
	t.Parallel()
	doc := read(t, "docs/redis.md")
	found := 0
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		for _, m := range keyInCode.FindAllStringSubmatch(read(t, path), -1) {
			found++
			if key := m[1] + m[2]; !strings.Contains(doc, key) {
				t.Errorf("%s: docs/redis.md lacks %s", path, key)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 10 {
		t.Errorf("found %d keys in the code, want at least 10: does keyInCode still match them?", found)
	}
}
