// Package gopherbot has no code. Its tests hold the repository as a whole to
// what its documents say.
package gopherbot

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/gobridge/gopherbot/"

// mayImport says which of our own packages each package may import; a name that
// ends with "/" stands for all below it. Imports run downwards only: what is
// not listed here is not allowed.
var mayImport = map[string][]string{
	"workqueue":           {},
	"handler":             {},
	"handler/handlertest": {"handler"},
	"handler/markup":      {},
	"glossary":            {"handler"},
	"gateway":             {},
	"gateway/ops":         {"gateway", "internal/webui", "internal/redact", "internal/bearer", "internal/vitals", "workqueue"},
	"gateway/slack":       {"gateway", "workqueue", "internal/event"},
	"consumer":            {"handler", "workqueue", "internal/redact", "internal/channeldir", "internal/event", "internal/pause"},
	"consumer/slack":      {"consumer", "handler", "workqueue", "internal/channeldir", "internal/event", "internal/pause", "internal/slack/api", "internal/slack/text"},
	"consumer/gophers":    {"handler", "glossary", "internal/playground", "internal/secrets"},
	"bgtasks":             {"internal/channeldir", "internal/event", "internal/leader", "internal/pause", "internal/redact"},
	"bgtasks/announce":    {"bgtasks", "bgtasks/source", "internal/event", "workqueue"},
	"bgtasks/source":      {},

	"internal/test/browsertest": {"internal/test/testenv"},
	"internal/channeldir":       {"internal/event"},
	"internal/config":           {"internal/event"},
	"internal/demo":             {"gateway/slack", "internal/config", "internal/slack/manifest", "internal/playground/sim", "app", "internal/slack/sim", "internal/slack/sim/page", "internal/tracing", "workqueue"},
	"internal/webui":            {},
	"internal/test/e2e":         {},
	"internal/event":            {},
	"internal/doctor":           {"internal/presence", "internal/redisx", "internal/slack/api", "workqueue"},
	"internal/watchdog":         {},
	"internal/httpserver":       {},
	"internal/slack/manifest":   {"gateway/slack", "internal/slack/api"},
	"internal/cooldown":         {},
	"internal/leader":           {},
	"internal/metrics":          {"bgtasks", "workqueue"},
	"internal/health":           {"internal/bearer"},
	"internal/pause":            {},
	"internal/playground":       {},
	"internal/playground/sim":   {},
	"internal/presence":         {},
	"app":                       {"bgtasks", "bgtasks/", "consumer", "consumer/", "gateway", "gateway/", "handler", "internal/channeldir", "internal/config", "internal/doctor", "internal/event", "internal/watchdog", "internal/httpserver", "internal/slack/manifest", "internal/cooldown", "internal/metrics", "internal/health", "internal/playground", "internal/presence", "internal/redisx", "internal/slack/api", "internal/tracing", "internal/vitals", "workqueue"},
	"internal/redact":           {},
	"internal/redisx":           {"internal/config"},
	"internal/test/redistest":   {"internal/test/testenv"},
	"internal/secrets":          {},
	"internal/slack/api":        {"internal/channeldir"},
	"internal/slack/sim":        {"gateway/slack"},
	"internal/slack/sim/page":   {"internal/webui", "internal/slack/sim"},
	"internal/slack/text":       {"handler/markup"},
	"internal/test/testenv":     {},
	"internal/bearer":           {},
	"internal/cli":              {"consumer/gophers", "consumer/slack", "gateway/slack", "handler", "internal/channeldir", "internal/config", "internal/demo", "internal/doctor", "internal/event", "internal/slack/manifest", "app", "internal/redact", "internal/redisx", "internal/slack/api", "internal/slack/text", "internal/vitals", "workqueue"},
	"internal/test/tracetest":   {},
	"internal/tracing":          {"internal/config", "internal/slack/api", "workqueue"},
	"internal/vitals":           {"workqueue"},

	"cmd/gateway":   {"internal/config", "app"},
	"cmd/consumer":  {"internal/config", "app"},
	"cmd/bgtasks":   {"internal/config", "app"},
	"cmd/gopherbot": {"internal/cli"},
}

// onlyThere are the libraries that only some packages may know.
var onlyThere = map[string][]string{
	"github.com/KimMachineGun":  {"app"},
	"github.com/prometheus":     {"internal/metrics"},
	"github.com/spf13/cobra":    {"internal/cli"},
	"github.com/redis/go-redis": {"bgtasks", "workqueue", "internal/channeldir", "internal/doctor", "internal/cooldown", "internal/leader", "internal/metrics", "internal/redisx", "internal/presence", "app", "internal/test/redistest", "internal/vitals"},
	"github.com/mmcdole/gofeed": {"bgtasks/source"},
	"go.opentelemetry.io/":      {"internal/test/tracetest", "internal/tracing"},
	"github.com/slack-go/slack": {"consumer/slack", "internal/doctor", "internal/slack/api"},
}

// matching are the libraries that handler matches texts with.
var matching = []string{
	"github.com/agnivade/levenshtein", "github.com/petar-dambovaliev/aho-corasick", "golang.org/x/text/unicode/norm",
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); {
		var p goPackage
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

func TestImports_RunDownwards(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, p := range packages(t) {
		name, ours := strings.CutPrefix(p.ImportPath, module)
		if !ours {
			continue // this package
		}
		seen[name] = true
		allowed, known := mayImport[name]
		if !known {
			t.Errorf("%s is new: say in mayImport what it may import", name)
		}
		for _, imported := range p.Imports {
			if other, ours := strings.CutPrefix(imported, module); ours && !covers(allowed, other) {
				t.Errorf("%s must not import %s", name, other)
			}
			for library, users := range onlyThere {
				if strings.HasPrefix(imported, library) && !slices.Contains(users, name) {
					t.Errorf("%s must not know %s", name, library)
				}
			}
			if name == "handler/markup" && strings.Contains(imported, ".") {
				t.Errorf("handler/markup knows the standard library only, not %s", imported)
			}
			if name == "handler" && strings.Contains(imported, ".") && !slices.Contains(matching, imported) {
				t.Errorf("handler knows the standard library and what it matches texts with, not %s", imported)
			}
		}
	}
	for name := range mayImport {
		if !seen[name] {
			t.Errorf("%s is in mayImport and is no package", name)
		}
	}
}

func covers(allowed []string, name string) bool {
	return slices.ContainsFunc(allowed, func(a string) bool {
		return a == name || strings.HasSuffix(a, "/") && strings.HasPrefix(name, a)
	})
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
