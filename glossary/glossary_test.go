package glossary_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gobridge/gopherbot/glossary"
	"github.com/gobridge/gopherbot/glossary/terms"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
	"github.com/gobridge/gopherbot/handler/markup"
)

func words(t *testing.T) *glossary.Glossary {
	t.Helper()
	g, err := terms.Go()
	if err != nil {
		t.Fatalf("the glossary has mistakes:\n%v", err)
	}
	return g
}

func registry(t *testing.T) *handler.Registry {
	t.Helper()
	return handlertest.Registry(t, words(t).Define(glossary.Options{HowToAdd: "You could <https://example.com/CONTRIBUTING.md|add it>."}))
}

// TestDefine_Defaults: another community's bot speaks of its own subject only.
func TestDefine_Defaults(t *testing.T) {
	t.Parallel()
	tea, err := glossary.Read(fstest.MapFS{"tea.yaml": {Data: []byte("- term: black & green\n  text: Two kinds.\n- term: cup\n  text: It holds tea.\n")}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		options                      glossary.Options
		help, example, unknown, bare string
	}{
		{
			glossary.Options{},
			"explains a term", "define black & green",
			"ephemeral: I don't have a definition of `pot` yet.",
			"reply: Say `define` and a term, and I'll explain it. I know 2 terms.",
		},
		{
			glossary.Options{Subject: "tea", HowToAdd: "Ask in #tea.", Examples: []handler.Example{{Say: "define cup", Want: "tea"}}},
			"explains a term of tea", "define cup",
			"ephemeral: I don't have a definition of `pot` yet. Ask in #tea.",
			"reply: Say `define` and a term, and I'll explain it. I know 2 terms of tea. Ask in #tea.",
		},
		{
			glossary.Options{Subject: "tea", Help: "explains tea", Usage: "Say it.", HowToAdd: "Ask."},
			"explains tea", "define black & green",
			"ephemeral: I don't have a definition of `pot` yet. Ask.",
			"reply: Say it.",
		},
	} {
		r := handlertest.Registry(t, tea.Define(c.options))
		handlertest.Examples(t, r)
		infos := r.Infos()
		if len(infos) != 1 || infos[0].Help != c.help || len(infos[0].Examples) != 1 || infos[0].Examples[0].Say != c.example {
			t.Errorf("%+v: %+v", c.options, infos)
		}
		if got := handlertest.Say(t, r, "define pot").String(); got != c.unknown {
			t.Errorf("%+v: %q, want %q", c.options, got, c.unknown)
		}
		if got := handlertest.Say(t, r, "define").String(); got != c.bare {
			t.Errorf("%+v: %q, want %q", c.options, got, c.bare)
		}
	}
}

// TestGo_EveryTermIsDefined asks for each in a channel.
func TestGo_EveryTermIsDefined(t *testing.T) {
	t.Parallel()
	g := words(t)
	r := handlertest.Registry(t, g.Define(glossary.Options{}))
	for _, term := range g.Terms() {
		for _, word := range slices.Concat([]string{term.Name}, term.Aliases, term.AnswersTo) {
			heard := handlertest.SayInChannel(t, r, "define "+word)
			if len(heard.Replies) != 1 || len(heard.Ephemerals) > 0 ||
				!strings.HasPrefix(heard.Replies[0].Text, "*"+markup.EscapeReferences(term.Name)+"*") ||
				!strings.Contains(heard.Replies[0].Text, ": "+markup.EscapeReferences(term.Text)) {
				t.Errorf("%q: %+v", word, heard)
			}
		}
	}
}

func TestDefine_Questions(t *testing.T) {
	t.Parallel()
	g := words(t)
	for say, want := range map[string]string{
		"goroutine":             "goroutine",
		"GoRoutine":             "goroutine",
		"goroutines":            "goroutine",
		"Goroutines?":           "goroutine",
		`"goroutine"`:           "goroutine",
		"“goroutine”.":          "goroutine",
		"‘goroutine’":           "goroutine",
		"`goroutine`":           "goroutine",
		"*goroutine*":           "goroutine",
		"_goroutine_!":          "goroutine",
		"a goroutine":           "goroutine",
		"the zero  value, ":     "zero value",
		"data-races":            "data race",
		"Data Races":            "data race",
		"race conditions":       "race condition",
		"table driven tests":    "table-driven test",
		"table‑driven test":     "table-driven test",
		"mutexes":               "mutex",
		"indices":               "database index",
		"indexes":               "database index",
		"dependencies":          "direct dependency",
		"API proxies":           "",
		"reverse proxies":       "reverse proxy",
		"caches":                "cache",
		"canaries":              "canary release",
		"prefixes":              "",
		"type aliases":          "type alias",
		"N+1 queries":           "N+1 query",
		"static analyses":       "linter",
		"classes":               "object-oriented programming",
		"switches":              "switch",
		"generic":               "generics",
		"errors":                "error",
		"append()":              "append",
		"make( )":               "make",
		":=":                    "short variable declaration",
		"`:=`?":                 "short variable declaration",
		"_":                     "blank identifier",
		"...":                   "variadic function",
		"%w":                    "error wrapping",
		"-race":                 "race detector",
		"race":                  "race condition",
		"struct{}":              "empty struct",
		"interface{}?":          "any",
		"go:embed":              "go:embed",
		"don’t repeat yourself": "DRY",
		"SMS":                   "",
		"monoliths":             "microservice",
		"crypto":                "",
		"command not found":     "command not found",
		"undefined: x":          "undefined: x",
		"http":                  "HTTP",
		"https":                 "TLS",
		"s":                     "",
		"":                      "",
	} {
		term, known := g.Lookup(say)
		if term.Name != want || known != (want != "") {
			t.Errorf("%q is %q, want %q", say, term.Name, want)
		}
	}
}

// TestGo_FirstWords: people who are new ask for these, among others.
func TestGo_FirstWords(t *testing.T) {
	t.Parallel()
	g := words(t)
	for _, word := range []string{
		"variable", "function", "for", "while", "if", "int", "byte", "UTF-8", "strconv", "sort", "main", "hello world", "time.Duration", "nil map", "recursion",
		"undefined: x", "cannot use x as y", "missing go.sum entry", "command not found", "PATH", "GOBIN", "exit code", "stdin", "HTTP client",
		"HTTP status code", "YAML", "CSV", "git", "pull request", "IDE", "VS Code", "Gin", "Echo", "Chi", "MySQL", "MongoDB", "testify",
		"design pattern", "pub/sub", "thread", "async", "docker", "class", "loop", "crash", "money", "license",
	} {
		if _, known := g.Lookup(word); !known {
			t.Errorf("%q is missing", word)
		}
	}
}

func TestDefine_Answer(t *testing.T) {
	t.Parallel()
	heard := handlertest.Say(t, registry(t), "define blank identifiers")
	const want = "*blank identifier* (also `_`, `underscore`): The name `_`. Anything you assign to it is dropped, as in " +
		"`for _, v := range list`. `import _ \"image/png\"` imports a package only for the things its initialization does, here to register a decoder.\n" +
		"More: <https://go.dev/ref/spec#Blank_identifier|go.dev/ref/spec> · See also `init function`, `unused variable`"
	if len(heard.Replies) != 1 || heard.Replies[0].Text != want {
		t.Errorf("%+v\nwant %s", heard, want)
	}
}

// TestDefine_AnswersTo: such words find the term, are offered for a misspelling, and are not
// shown as synonyms.
func TestDefine_AnswersTo(t *testing.T) {
	t.Parallel()
	g, err := glossary.Read(fstest.MapFS{"a.yaml": {Data: []byte("- {term: microservice, aliases: [micro service], answers_to: [monolith], text: A small one.}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	r := handlertest.Registry(t, g.Define(glossary.Options{}))
	for say, want := range map[string]string{
		"define monoliths": "reply: *microservice* (also `micro service`): A small one.",
		"define monolth":   "ephemeral: I don't have a definition of `monolth` yet. Did you mean `define monolith`?",
		"define mono":      "ephemeral: I don't have a definition of `mono` yet.",
	} {
		if got := handlertest.Say(t, r, say).String(); got != want {
			t.Errorf("%q: %q, want %q", say, got, want)
		}
	}
	if found := g.Search("monoli"); len(found) != 1 {
		t.Errorf("found %+v", found)
	}
	if arguments := r.Infos()[0].Arguments; len(arguments) != 1 || !slices.Equal(arguments[0].Aliases, []string{"micro service"}) || !slices.Equal(arguments[0].AnswersTo, []string{"monolith"}) {
		t.Errorf("arguments %+v", arguments)
	}
	options := handlertest.Lookup(t, handlertest.Registry(t, g.LookUp()), "look-up-a-term", "term", "mono")
	if len(options) != 1 || options[0].Value != "microservice" || strings.Contains(options[0].Hint, "monolith") {
		t.Errorf("options %+v", options)
	}
}

// TestDefine_UnknownWords sends each to the bot, and to a channel.
func TestDefine_UnknownWords(t *testing.T) {
	t.Parallel()
	r := registry(t)
	for _, c := range []struct{ say, answer, overheard string }{
		{"define gorotine", "Did you mean `define goroutine`", "Did you mean `define goroutine`"},
		{"define gorroutine", "mean `define goroutine`, `define coroutine`? ", "mean `define goroutine`, `define coroutine`?"}, // and not go routine, which is the same
		{"define chanel?", "`define channel`", "`define channel`"},
		{"define leak", "`define goroutine leak`, `define memory leak`", ""},
		{"define your interfaces where you use them", "a definition of `your interfaces where you use them` yet.", ""},
		{"define <!channel>`", "a definition of `&lt;!channel&gt;` yet.", ""},
		{"define " + strings.Repeat("long ", 100), "a definition of `" + strings.Repeat("long ", 12) + "…` yet.", ""},
		{"define \u202e\x1b[31mquux\u200b\x00", "a definition of `[31mquux` yet.", ""},
		{"define quux", "CONTRIBUTING.md|add it>", ""},
	} {
		heard := handlertest.Say(t, r, c.say)
		if len(heard.Replies) > 0 || len(heard.Ephemerals) != 1 || !strings.Contains(heard.Ephemerals[0].Text, c.answer) {
			t.Errorf("%s, to the bot: %+v, want %s", c.say, heard, c.answer)
		}
		heard = handlertest.SayInChannel(t, r, c.say)
		said := ""
		if len(heard.Ephemerals) == 1 {
			said = heard.Ephemerals[0].Text
		}
		if len(heard.Replies) > 0 || !strings.Contains(said, c.overheard) || (c.overheard == "") != (said == "") {
			t.Errorf("%s, to nobody: %+v, want %q", c.say, heard, c.overheard)
		}
	}
}

func TestDefine_Alone(t *testing.T) {
	t.Parallel()
	r := registry(t)
	heard := handlertest.Say(t, r, "define")
	if len(heard.Replies) != 1 || !strings.Contains(heard.Replies[0].Text, "CONTRIBUTING.md") {
		t.Errorf("in a direct message: %+v", heard)
	}
	heard = handlertest.Send(t, r, handler.Message{Text: "define ?", Mentioned: true})
	if len(heard.Replies) > 0 || len(heard.Ephemerals) != 1 {
		t.Errorf("in a channel: %+v", heard)
	}
	for _, say := range []string{"define", `define ""`, "define ..,"} {
		if heard = handlertest.SayInChannel(t, r, say); len(heard.Replies)+len(heard.Ephemerals) > 0 {
			t.Errorf("%s, to nobody: %+v", say, heard)
		}
	}
}

func TestGlossary_Words(t *testing.T) {
	t.Parallel()
	g := words(t)
	n := 0
	for _, term := range g.Terms() {
		n += 1 + len(term.Aliases) + len(term.AnswersTo)
	}
	if len(g.Words()) != n {
		t.Errorf("%d words, want %d", len(g.Words()), n)
	}
	for _, w := range g.Words() {
		if _, known := g.Lookup(w); !known {
			t.Errorf("%q cannot be looked up", w)
		}
	}
}

// TestLookup_Plurals asks for every name in the plural.
func TestLookup_Plurals(t *testing.T) {
	t.Parallel()
	g := words(t)
	for _, term := range g.Terms() {
		if !regexp.MustCompile(`[a-z]$`).MatchString(term.Name) {
			continue // an abbreviation, or a sign at the end
		}
		plural := term.Name + "s"
		switch {
		case strings.HasSuffix(plural, "ss"):
			plural = term.Name + "es"
		case regexp.MustCompile("(x|ch|sh)s$").MatchString(plural):
			plural = strings.TrimSuffix(plural, "s") + "es"
		case regexp.MustCompile("[^aeiou]ys$").MatchString(plural):
			plural = strings.TrimSuffix(plural, "ys") + "ies"
		}
		if found, _ := g.Lookup(plural); found.Name != term.Name {
			t.Errorf("%q is %q, want %q", plural, found.Name, term.Name)
		}
	}
}
