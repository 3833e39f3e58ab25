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
	"gateway/ops":         {"gateway", "internal/dom", "internal/redact", "internal/token", "internal/vitals", "workqueue"},
	"gateway/slack":       {"gateway", "workqueue", "internal/eventtype"},
	"consumer":            {"handler", "workqueue", "internal/channels", "internal/eventtype", "internal/notification"},
	"consumer/slack":      {"consumer", "handler", "workqueue", "internal/channels", "internal/notification", "internal/slackapi", "internal/slacktext"},
	"consumer/gophers":    {"handler", "glossary", "internal/playground", "internal/secrets"},
	"bgtasks":             {"internal/channels", "internal/slackapi"},
	"bgtasks/announce":    {"bgtasks", "bgtasks/source", "internal/eventtype", "internal/notification", "workqueue"},
	"bgtasks/source":      {},

	"internal/browsertest":   {"internal/testenv"},
	"internal/channels":      {},
	"internal/config":        {},
	"internal/demo":          {"gateway/slack", "internal/config", "internal/manifest", "internal/playgroundsim", "internal/process", "internal/slacksim", "internal/slacksim/page", "internal/tracing", "workqueue"},
	"internal/dom":           {},
	"internal/e2e":           {},
	"internal/event":         {},
	"internal/eventtype":     {},
	"internal/doctor":        {"internal/presence", "internal/redisconn", "internal/slackapi", "workqueue"},
	"internal/heartbeat":     {},
	"internal/httpserver":    {},
	"internal/manifest":      {"gateway/slack", "internal/slackapi"},
	"internal/memory":        {},
	"internal/metrics":       {"bgtasks", "workqueue"},
	"internal/monitor":       {"internal/token"},
	"internal/notification":  {},
	"internal/playground":    {},
	"internal/playgroundsim": {},
	"internal/presence":      {},
	"internal/process":       {"bgtasks", "bgtasks/", "consumer", "consumer/", "gateway", "gateway/", "handler", "internal/channels", "internal/config", "internal/doctor", "internal/eventtype", "internal/heartbeat", "internal/httpserver", "internal/manifest", "internal/memory", "internal/metrics", "internal/monitor", "internal/playground", "internal/presence", "internal/redisconn", "internal/slackapi", "internal/tracing", "internal/vitals", "workqueue"},
	"internal/redact":        {},
	"internal/redisconn":     {"internal/config"},
	"internal/redistest":     {"internal/testenv"},
	"internal/secrets":       {},
	"internal/slackapi":      {},
	"internal/slacksim":      {"gateway/slack"},
	"internal/slacksim/page": {"internal/dom", "internal/slacksim"},
	"internal/slacktext":     {"handler/markup"},
	"internal/testenv":       {},
	"internal/token":         {},
	"internal/tool":          {"consumer/gophers", "consumer/slack", "gateway/slack", "handler", "internal/channels", "internal/config", "internal/demo", "internal/doctor", "internal/eventtype", "internal/manifest", "internal/notification", "internal/process", "internal/redact", "internal/redisconn", "internal/slackapi", "internal/slacktext", "internal/vitals", "workqueue"},
	"internal/tracetest":     {},
	"internal/tracing":       {"internal/config", "internal/slackapi", "workqueue"},
	"internal/vitals":        {"workqueue"},

	"cmd/gateway":   {"internal/config", "internal/process"},
	"cmd/consumer":  {"internal/config", "internal/process"},
	"cmd/bgtasks":   {"internal/config", "internal/process"},
	"cmd/gopherbot": {"internal/tool"},
}

// onlyThere are the libraries that only some packages may know.
var onlyThere = map[string][]string{
	"github.com/KimMachineGun":  {"internal/process"},
	"github.com/prometheus":     {"internal/metrics"},
	"github.com/spf13/cobra":    {"internal/tool"},
	"github.com/redis/go-redis": {"bgtasks", "workqueue", "internal/channels", "internal/doctor", "internal/memory", "internal/metrics", "internal/redisconn", "internal/presence", "internal/process", "internal/redistest", "internal/vitals"},
	"github.com/mmcdole/gofeed": {"bgtasks/source"},
	"go.opentelemetry.io/":      {"internal/tracetest", "internal/tracing"},
	"github.com/slack-go/slack": {"consumer/slack", "internal/doctor", "internal/slackapi"},
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

func TestImportsRunDownwards(t *testing.T) {
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
