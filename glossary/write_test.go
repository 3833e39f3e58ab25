package glossary_test

import (
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gobridge/gopherbot/glossary"
)

// reread writes a term and reads it.
func reread(t *testing.T, term glossary.Term) glossary.Term {
	t.Helper()
	g, err := glossary.Read(fstest.MapFS{"a.yaml": {Data: []byte(term.YAML())}})
	if err != nil || len(g.Terms()) != 1 {
		t.Fatalf("%+v: %v in\n%s", term, err, term.YAML())
	}
	again := g.Terms()[0]
	again.File, again.Line = "", 0
	return again
}

func TestTermYAML_IsReadAgain(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"goroutine", ":=", "struct{}", "a, b", "null", "Yes", "~", "- x", "# x", "x: y", "x #y", "*T", "&x", "!x", "%w", "@x", "'x'", `"x"`, `\x`,
		"12", "1e3", "0x1F", "2026-01-02", "[x]", "<-", "日本語", "...", "--- x", "|", ">", "x:", "N+1 query",
	} {
		want := glossary.Term{Name: name, Aliases: []string{name + " alias", "{" + name}, AnswersTo: []string{"[" + name, name + " too"}, Text: "- text: " + name + " # it is.", Link: "https://go.dev/?a=b&c#d:" + strings.ReplaceAll(name, " ", "")}
		if got := reread(t, want); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, want %+v\n%s", name, got, want, want.YAML())
		}
	}
}

func TestTermYAML_EveryTerm(t *testing.T) {
	t.Parallel()
	for _, term := range words(t).Terms() {
		term.File, term.Line, term.SeeAlso = "", 0, nil // which are other terms
		if got := reread(t, term); !reflect.DeepEqual(got, term) {
			t.Errorf("%+v\nwant %+v", got, term)
		}
	}
}

func TestGlossary_Check(t *testing.T) {
	t.Parallel()
	g := words(t)
	for want, term := range map[string]glossary.Term{
		"":                        {Name: "zebra", Aliases: []string{"crossing"}, Text: "A."},
		`has "a zebra" twice`:     {Name: "zebra", Aliases: []string{"a zebra"}, Text: "A."},
		`has "Zebra" twice`:       {Name: "zebra", Aliases: []string{"Zebra"}, Text: "A."},
		`"goroutine" is taken by`: {Name: "goroutine", Text: "A."},
		`"parallelism" is taken`:  {Name: "zebra", AnswersTo: []string{"parallelism"}, Text: "A."},
		`"?" is empty`:            {Name: "?", Text: "A."},
		"wants a name and a text": {Name: "zebra"},
		"see also":                {Name: "zebra", Text: "A.", SeeAlso: []string{"unicorn"}},
	} {
		if err := g.Check(term); (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", term, err, want)
		}
	}
	if _, known := g.Lookup("zebra"); known || len(g.Terms()) != len(words(t).Terms()) {
		t.Error("Check adds the term")
	}
}

func TestTermYAML_Form(t *testing.T) {
	t.Parallel()
	const want = `- term: Goexit
  aliases: [runtime.Goexit, ":="]
  answers_to: [exit a goroutine, "[]"]
  text: |
    ` + "`runtime.Goexit`" + ` ends the goroutine that calls it, after its deferred calls; all others go on. It is how ` + "`t.FailNow`" + `
    ends a test.
  link: https://pkg.go.dev/runtime#Goexit
  see also: [defer, goroutine]
`
	term := glossary.Term{
		Name: "Goexit", Aliases: []string{"runtime.Goexit", ":="}, AnswersTo: []string{"exit a goroutine", "[]"}, Link: "https://pkg.go.dev/runtime#Goexit", SeeAlso: []string{"defer", "goroutine"},
		Text: "`runtime.Goexit` ends the goroutine that calls it, after its deferred calls; all others go on. It is how `t.FailNow` ends a test.",
	}
	if got := term.YAML(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got := (glossary.Term{Name: "x", Text: strings.Repeat("y", 300)}).YAML(); !strings.Contains(got, "\n    "+strings.Repeat("y", 300)+"\n") {
		t.Errorf("a long word is broken:\n%s", got)
	}
}
