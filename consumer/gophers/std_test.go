package gophers

import (
	"flag"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/handler/handlertest"
)

var update = flag.Bool("update", false, "write std.txt")

// standardOf is the version of Go whose packages std.txt has.
const standardOf = "go1.26"

// TestStandard_IsCurrent compares std.txt with the packages of the Go that runs the test. A
// newer Go may have more packages, but none fewer.
func TestStandard_IsCurrent(t *testing.T) {
	t.Parallel()
	output, err := exec.CommandContext(t.Context(), "go", "list", "std").Output()
	if err != nil {
		t.Fatalf("go list std: %v", err)
	}
	var public []string
	for path := range strings.FieldsSeq(string(output)) {
		if elements := strings.Split(path, "/"); elements[0] != "vendor" && !slices.Contains(elements, "internal") {
			public = append(public, path)
		}
	}
	if *update {
		if err := os.WriteFile("std.txt", []byte(lines(public...)+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	listed := strings.Fields(standardList)
	for _, path := range listed {
		if !slices.Contains(public, path) {
			t.Errorf("std.txt has %s, which is no package of %s", path, runtime.Version())
		}
	}
	same := strings.HasPrefix(runtime.Version(), standardOf+".") || runtime.Version() == standardOf
	if same && len(listed) != len(public) {
		t.Errorf("std.txt has %d packages, and %s has %d: run this test with -update", len(listed), runtime.Version(), len(public))
	}
}

func TestComplete(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"fmt": "fmt", "json": "encoding/json", "JSON": "encoding/json", "http": "net/http", "net/http": "net/http", "Net/HTTP": "net/http",
		"fmt.Println": "fmt#Println", "json.Marshal": "encoding/json#Marshal", "net/http.Client.Do": "net/http#Client.Do", "http.Client.Do": "net/http#Client.Do",
		"json#Marshal": "encoding/json#Marshal", "slog@go1.22.0": "log/slog@go1.22.0",
		"rand": "crypto/rand, math/rand, math/rand/v2", "rand.Int": "crypto/rand#Int, math/rand#Int, math/rand/v2#Int", "math/rand/v2": "math/rand/v2", "template": "html/template, text/template",
		"golang.org/x/sync/errgroup": "golang.org/x/sync/errgroup", "gopkg.in/yaml.v3": "gopkg.in/yaml.v3", "golang.org/x/exp/rand.Int": "golang.org/x/exp/rand.Int", "cmd/go": "cmd/go",
		"c": "", "gin": "", "foo/bar": "", "fmt.println": "fmt#Println", "": "",
	} {
		if got := strings.Join(complete(path), ", "); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}

func TestWithoutAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://github.com/gorilla/mux": "github.com/gorilla/mux", "http://www.github.com/gorilla/mux/": "github.com/gorilla/mux", "https://github.com/gorilla/mux.git": "github.com/gorilla/mux",
		"https://github.com/gorilla/mux/tree/main/middleware": "github.com/gorilla/mux", "https://github.com/gorilla/mux?tab=readme#install": "github.com/gorilla/mux",
		"https://pkg.go.dev/net/http#Client": "net/http#Client", "https://pkg.go.dev/net/http?tab=doc": "net/http", "gorilla/mux": "gorilla/mux", "net/http": "net/http",
	} {
		if got := withoutAddress(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}

func TestPackages_LeadSomewhere(t *testing.T) {
	t.Parallel()
	r := everything(t)
	for say, want := range map[string]string{
		"d/json":                         "reply: <https://pkg.go.dev/encoding/json>",
		"d/http":                         "reply: <https://pkg.go.dev/net/http>",
		"d/fmt.Println":                  "reply: <https://pkg.go.dev/fmt#Println>",
		"d/rand":                         "reply: That's the name of several packages: <https://pkg.go.dev/crypto/rand|crypto/rand>, <https://pkg.go.dev/math/rand|math/rand>, <https://pkg.go.dev/math/rand/v2|math/rand/v2>",
		"d/https://pkg.go.dev/net/http":  "reply: <https://pkg.go.dev/net/http>",
		"ghd/https://github.com/a/b":     "reply: <https://pkg.go.dev/github.com/a/b>",
		"ghd/github.com/a/b":             "reply: <https://pkg.go.dev/github.com/a/b>",
		"ghd/https://github.com/a/b.git": "reply: <https://pkg.go.dev/github.com/a/b>",
		"d/gin":                          "ephemeral: The standard library has no package `gin`. <https://pkg.go.dev/search?q=gin|pkg.go.dev> may know others of that name; I need the whole import path, such as `d/golang.org/x/sync/errgroup`.",
		"ghd/https://example.com/a/b":    "ephemeral: I need an owner and a repository, such as `ghd/gobridge/gopherbot`.",
	} {
		if got := handlertest.Mention(t, r, say).String(); got != want {
			t.Errorf("%s: %s, want %s", say, got, want)
		}
	}
	for _, say := range []string{"d/gin", "d/foo/bar", "d/your"} {
		if got := handlertest.SayInChannel(t, r, say).String(); got != "" {
			t.Errorf("%s, to nobody: %s", say, got)
		}
	}
}
