package glossary_test

import (
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/glossary"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
)

func registry(t *testing.T) *handler.Registry {
	t.Helper()
	define, err := glossary.Define(glossary.Terms)
	if err != nil {
		t.Fatal(err)
	}
	return handlertest.Registry(t, define)
}

func TestExamples(t *testing.T) { handlertest.Examples(t, registry(t)) }

func TestEveryTermAndAliasIsDefined(t *testing.T) {
	t.Parallel()
	r := registry(t)
	for _, term := range glossary.Terms {
		for _, name := range append([]string{term.Name}, term.Aliases...) {
			heard := handlertest.Overhear(t, r, "define "+name)
			if len(heard.Replies) != 1 || !strings.HasPrefix(heard.Replies[0].Text, "*"+term.Name+"*") || !strings.HasSuffix(heard.Replies[0].Text, " <"+term.Link+"|More>") {
				t.Errorf("%q: %+v", name, heard)
			}
		}
		if !strings.HasPrefix(term.Link, "https://go.dev/") && !strings.HasPrefix(term.Link, "https://pkg.go.dev/") {
			t.Errorf("%q links to %s, not to Go's own documentation", term.Name, term.Link)
		}
	}
}

func TestHowPeopleAsk(t *testing.T) {
	t.Parallel()
	r := registry(t)
	for _, say := range []string{"define goroutine?", "Define GoRoutine", `define "goroutine"`, "define “goroutine”.", "define `goroutine`"} {
		if heard := handlertest.Overhear(t, r, say); len(heard.Replies) != 1 {
			t.Errorf("%s: %+v", say, heard)
		}
	}
}

func TestAnUnknownTerm(t *testing.T) {
	t.Parallel()
	r := registry(t)
	if heard := handlertest.Overhear(t, r, "define your interfaces where you use them"); len(heard.Replies)+len(heard.Ephemerals) > 0 {
		t.Errorf("said to nobody in particular: %+v", heard)
	}
	heard := handlertest.Say(t, r, "define <!channel>")
	if len(heard.Ephemerals) != 1 || strings.Contains(heard.Ephemerals[0].Text, "channel>") {
		t.Errorf("said to the bot: %+v", heard)
	}
}

func TestMistakesInTheListAreNamed(t *testing.T) {
	t.Parallel()
	_, err := glossary.Define([]glossary.Term{
		{Name: "a", Aliases: []string{"b"}, Text: "t", Link: "l"},
		{Name: "c", Aliases: []string{"B "}, Text: "t", Link: "l"},
		{Name: "d", Aliases: []string{""}},
	})
	for _, want := range []string{
		`term "c": "B " is taken by the term "a"`, `term "d": wants a text and a link`, `term "d": a name or alias is empty`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("not among the mistakes: %s\n%v", want, err)
		}
	}
}
