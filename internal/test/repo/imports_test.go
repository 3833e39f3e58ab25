package repo

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/gobridge/gopherbot/"

// mayImport says which of our own packages each package may import; a name that
// ends with "/" stands for all below it. Imports run downwards only: what is
// not listed here is not allowed.
var mayImport = map[string][]string{
	"workqueue":                   {"workqueue/batch"},
	"workqueue/batch":             {},
	"handler":                     {"handler/markup", "handler/search"},
	"handler/search":              {},
	"handler/handlertest":         {"handler"},
	"handler/markup":              {},
	"glossary":                    {"handler", "handler/markup"},
	"gateway":                     {"workqueue"},
	"glossary/terms":              {"glossary"},
	"gateway/ops":                 {"gateway", "internal/audit", "internal/control", "internal/deadletters", "internal/login", "internal/webui", "internal/redact", "internal/bearer", "internal/presence", "workqueue"},
	"gateway/notify":              {"gateway", "gateway/notify/", "internal/alert", "internal/blob", "internal/event", "internal/lazyregexp", "internal/mention", "internal/notifyconfig", "internal/pause", "internal/receipt", "workqueue"},
	"gateway/notify/apikey":       {"internal/notifyconfig"},
	"gateway/notify/problem":      {},
	"gateway/notify/send":         {"gateway/notify/problem", "internal/event"},
	"gateway/notify/docs":         {"internal/webui"},
	"gateway/notify/openapi":      {"gateway/notify", "gateway/notify/docs", "gateway/notify/problem", "gateway/notify/send", "internal/alert", "internal/event", "internal/receipt"},
	"gateway/callback":            {"gateway", "internal/callbackrule", "workqueue"},
	"gateway/sharkfin":            {"gateway", "workqueue", "internal/event", "internal/leader", "internal/pause", "internal/sharkfin", "internal/sharkfin/mcp", "sharkfin/client"},
	"gateway/slack":               {"gateway", "workqueue", "internal/channeldir", "internal/event", "internal/mention", "internal/pause", "internal/lazyregexp"},
	"consumer":                    {"handler", "handler/markup", "workqueue", "internal/redact", "internal/channeldir", "internal/event", "internal/pause", "internal/receipt", "internal/subject"},
	"consumer/callback":           {"handler", "workqueue", "internal/blob", "internal/event", "internal/notifyconfig", "internal/retryafter"},
	"consumer/slack":              {"internal/outbound", "consumer", "handler", "handler/markup", "workqueue", "internal/channeldir", "internal/slack/api", "internal/slack/blockkit", "internal/slack/text", "internal/event", "internal/pause", "internal/mention", "consumer/notice"},
	"consumer/notice":             {"handler/markup", "internal/event", "internal/markdown", "internal/mention"},
	"consumer/sharkfin":           {"consumer", "consumer/notice", "handler", "handler/markup", "internal/event", "internal/mention", "internal/outbound", "internal/pause", "internal/sharkfin", "internal/sharkfin/mcp", "internal/sharkfin/text", "sharkfin/client", "workqueue"},
	"consumer/gophers":            {"handler", "handler/markup", "glossary", "glossary/terms", "internal/lazyregexp", "internal/playground", "internal/secrets", "internal/xkcd"},
	"bgtasks":                     {"internal/channeldir", "internal/redact", "internal/event", "internal/leader", "internal/pause"},
	"bgtasks/announce":            {"bgtasks", "bgtasks/source", "internal/event", "workqueue"},
	"bgtasks/calendar":            {},
	"bgtasks/source":              {"bgtasks/calendar", "internal/lazyregexp", "internal/retryafter"},
	"internal/test/browsertest":   {"internal/test/testenv"},
	"internal/alert":              {"handler/markup", "internal/alert/template"},
	"internal/alert/template":     {},
	"internal/audit":              {},
	"internal/deadletters":        {"internal/spelling", "workqueue"},
	"internal/login":              {},
	"internal/channeldir":         {"internal/event"},
	"internal/spelling":           {},
	"internal/arrivals":           {},
	"internal/procenv":            {},
	"internal/build":              {},
	"internal/config":             {"internal/build", "internal/spelling", "bgtasks/calendar", "internal/lazyregexp", "internal/event", "internal/notifyconfig"},
	"internal/demo":               {"internal/event", "internal/sharkfin/sim", "internal/spelling", "internal/pause", "internal/rungroup", "gateway", "internal/playground/sim", "app", "internal/slack/sim", "internal/slack/sim/page", "workqueue", "handler", "internal/config"},
	"internal/webui":              {},
	"internal/test/e2e":           {},
	"internal/test/deploy":        {},
	"internal/test/repo":          {},
	"internal/event":              {},
	"internal/doctor":             {"bgtasks", "internal/alert", "internal/control", "internal/notifyconfig", "internal/presence", "internal/redisx", "internal/sharkfin", "internal/slack/api", "sharkfin/client", "workqueue"},
	"internal/watchdog":           {},
	"internal/httpserver":         {},
	"internal/logbuffer":          {},
	"internal/slack/manifest":     {"handler", "gateway/slack", "internal/slack/api"},
	"internal/await":              {"internal/pause"},
	"internal/cooldown":           {},
	"internal/control":            {"internal/event", "internal/pause"},
	"internal/leader":             {},
	"internal/metrics":            {"bgtasks", "workqueue"},
	"internal/health":             {"internal/bearer"},
	"internal/pause":              {},
	"internal/blob":               {"internal/event"},
	"internal/mention":            {},
	"internal/callbackrule":       {"internal/blob", "internal/event", "internal/notifyconfig", "workqueue"},
	"internal/receipt":            {"internal/event", "workqueue"},
	"internal/retryafter":         {},
	"internal/notifyclient":       {"internal/pause", "internal/receipt"},
	"internal/notifyconfig":       {"internal/event", "internal/lazyregexp"},
	"internal/subject":            {},
	"internal/markdown":           {"handler/markup"},
	"internal/playground":         {"internal/lazyregexp"},
	"internal/playground/sim":     {},
	"internal/presence":           {"workqueue"},
	"internal/xkcd":               {},
	"app":                         {"internal/arrivals", "internal/audit", "internal/login", "internal/procenv", "internal/build", "internal/await", "internal/pause", "internal/rungroup", "bgtasks", "bgtasks/", "consumer", "consumer/", "gateway", "gateway/", "handler", "internal/channeldir", "internal/config", "internal/doctor", "internal/event", "internal/watchdog", "internal/httpserver", "internal/logbuffer", "internal/slack/manifest", "internal/cooldown", "internal/metrics", "internal/health", "internal/presence", "internal/redisx", "internal/slack/api", "internal/tracing", "workqueue", "consumer/slack", "internal/notifyconfig", "internal/blob", "internal/receipt", "internal/subject", "internal/callbackrule", "internal/control", "internal/outbound", "internal/sharkfin", "internal/sharkfin/mcp", "sharkfin/client", "internal/lazyregexp"},
	"app/tool":                    {"handler", "internal/cli"},
	"internal/rungroup":           {},
	"internal/redact":             {},
	"internal/restore":            {"bgtasks", "internal/config", "internal/presence", "internal/redisx", "workqueue"},
	"internal/redisx":             {"internal/config"},
	"internal/test/redistest":     {"internal/pause", "internal/test/testenv"},
	"internal/secrets":            {"internal/lazyregexp"},
	"internal/lazyregexp":         {},
	"internal/slack/api":          {"internal/channeldir", "internal/outbound", "internal/pause", "internal/lazyregexp"},
	"internal/slack/sim":          {"gateway/slack", "internal/pause", "internal/slack/sim/socket", "internal/lazyregexp", "internal/slack/sim/blockkit"},
	"internal/slack/sim/socket":   {},
	"internal/slack/blockkit":     {"handler", "handler/markup", "internal/slack/text"},
	"internal/slack/sim/page":     {"internal/webui", "internal/slack/sim", "internal/slack/sim/blockkit"},
	"internal/slack/text":         {"handler/markup"},
	"internal/test/testenv":       {},
	"internal/bearer":             {},
	"internal/cli":                {"gateway/notify/openapi", "internal/deadletters", "internal/build", "internal/spelling", "consumer/slack", "gateway", "gateway/slack", "handler", "internal/channeldir", "internal/config", "internal/demo", "internal/doctor", "internal/event", "app", "internal/redact", "internal/redisx", "internal/slack/api", "workqueue", "handler/markup", "internal/restore", "internal/presence", "consumer", "internal/alert", "internal/notifyclient", "internal/notifyconfig", "internal/receipt", "internal/audit", "internal/control", "internal/pause"},
	"internal/test/tracetest":     {},
	"internal/tracing":            {"internal/config", "internal/pause", "internal/slack/api", "workqueue"},
	"internal/slack/sim/blockkit": {},
	"internal/outbound":           {},
	"internal/sharkfin/mcp":       {"internal/retryafter", "sharkfin/client"},
	"internal/sharkfin":           {"sharkfin/client"},
	"internal/sharkfin/sim":       {},
	"internal/sharkfin/text":      {"handler/markup"},
	"sharkfin/client":             {},

	"internal/test/alertmanagertest": {"internal/test/testenv"},

	"cmd/gateway":   {"app", "consumer/gophers"},
	"cmd/consumer":  {"app", "consumer/gophers"},
	"cmd/bgtasks":   {"app", "consumer/gophers"},
	"cmd/gopherbot": {"app/tool", "consumer/gophers"},
}

// onlyThere are the libraries that only some packages may know.
var onlyThere = map[string][]string{
	"github.com/KimMachineGun":      {"app"},
	"github.com/prometheus":         {"internal/metrics", "internal/alert"},
	"github.com/spf13/cobra":        {"internal/cli"},
	"github.com/redis/go-redis":     {"bgtasks", "workqueue", "internal/await", "internal/channeldir", "internal/doctor", "internal/cooldown", "internal/metrics", "internal/redisx", "internal/presence", "internal/receipt", "internal/audit", "internal/login", "internal/blob", "app", "internal/restore", "internal/test/redistest", "internal/leader", "internal/subject", "internal/control", "gateway/sharkfin"},
	"github.com/mmcdole/gofeed":     {"bgtasks/source"},
	"go.opentelemetry.io/":          {"internal/test/tracetest", "internal/tracing"},
	"github.com/slack-go/slack":     {"consumer/slack", "internal/doctor", "internal/slack/api", "internal/slack/blockkit"},
	"github.com/go-json-experiment": {"gateway/notify/send", "gateway/notify/openapi", "gateway/notify"},
	"golang.org/x/time":             {"gateway/notify/apikey", "consumer"},
	"github.com/gorilla":            {"gateway/slack", "internal/slack/sim/socket", "internal/sharkfin/sim", "sharkfin/client"},
	"github.com/yuin/goldmark":      {"internal/markdown", "internal/sharkfin/text"},

	"github.com/google/jsonschema-go": {"gateway/notify/openapi"},
}

// matching are the libraries that handler matches texts with.
var matching = []string{
	"github.com/agnivade/levenshtein", "github.com/kljensen/snowball/english", "github.com/petar-dambovaliev/aho-corasick", "golang.org/x/text/unicode/norm",
}

// imports returns, of each of our packages by its path below the module, the paths that its files import, tests excepted.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := fs.WalkDir(os.DirFS("."), ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return skipDir(file, d)
		case !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		name := path.Dir(file)
		paths := found[name]
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			paths = append(paths, imported)
		}
		found[name] = paths
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// skipDir leaves out the folders that the go command leaves out, and modules of their own.
func skipDir(dir string, d fs.DirEntry) error {
	if dir == "." {
		return nil
	}
	if name := d.Name(); name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return fs.SkipDir
	}
	if _, err := os.Stat(path.Join(dir, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

func TestImports_RunDownwards(t *testing.T) {
	t.Parallel()
	packages := imports(t)
	for name, imported := range packages {
		allowed, known := mayImport[name]
		if !known {
			t.Errorf("%s is not in mayImport: add it with the packages that it may import", name)
		}
		for _, imported := range imported {
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
			if (name == "handler" || name == "handler/search") && strings.Contains(imported, ".") && imported != module+"handler/markup" && imported != module+"handler/search" && !slices.Contains(matching, imported) {
				t.Errorf("handler imports %s: it may import only the standard library and the libraries in matching", imported)
			}
		}
	}
	for name, allowed := range mayImport {
		if _, ok := packages[name]; !ok {
			t.Errorf("%s is in mayImport and is no package", name)
			continue
		}
		for _, other := range allowed {
			if !slices.ContainsFunc(packages[name], func(imported string) bool { return covers([]string{other}, strings.TrimPrefix(imported, module)) }) {
				t.Errorf("%s does not import %s: take it out of mayImport", name, other)
			}
		}
	}
}

func covers(allowed []string, name string) bool {
	return slices.ContainsFunc(allowed, func(a string) bool {
		return a == name || strings.HasSuffix(a, "/") && strings.HasPrefix(name, a)
	})
}
