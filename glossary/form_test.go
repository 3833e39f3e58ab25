package glossary_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/glossary"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
)

func TestSearch(t *testing.T) {
	t.Parallel()
	g, err := glossary.Read(fstest.MapFS{"a.yaml": {Data: []byte(`
- {term: map, aliases: [hash table], text: A.}
- {term: bitmap, text: A.}
- {term: concurrent map, text: A.}
- {term: source map, aliases: [maps of sources], text: A.}
- {term: ":=", text: A.}
`)}})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"map": "map, source map, concurrent map, bitmap", "MAP": "map, source map, concurrent map, bitmap", "hash-t": "map", "the map": "map, source map, concurrent map, bitmap",
		"tab": "map", ":": ":=", "zebra": "", "": ":=, bitmap, concurrent map, map, source map",
	} {
		var names []string
		for _, term := range g.Search(text) {
			names = append(names, term.Name)
		}
		if got := strings.Join(names, ", "); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestLookUp(t *testing.T) {
	t.Parallel()
	r := handlertest.Registry(t, words(t).LookUp())
	opened := handlertest.Shortcut(t, r, "look-up-a-term", handler.Interaction{}).Opened
	if len(opened) != 1 {
		t.Fatalf("opened %+v", opened)
	}
	form := opened[0].Form.ID
	for _, typed := range []string{"", "gorou", "e"} {
		options := handlertest.Lookup(t, r, form, "term", typed)
		field := handler.Field{Name: "term", Label: "l", Kind: handler.Select, Options: options}
		if err := handler.CheckFields(opened[0].Form, []handler.Field{field}); len(options) == 0 || err != nil {
			t.Errorf("%q: %d options, %v", typed, len(options), err)
		}
		if typed == "gorou" && options[0].Value != "goroutine" {
			t.Errorf("%q: %+v", typed, options)
		}
	}
	if options := handlertest.Lookup(t, r, form, "term", "zebra"); len(options) > 0 {
		t.Errorf("options for nothing: %+v", options)
	}
	explain := func(term string) handler.Validation {
		v, ran := handlertest.Submit(t, r, form, handler.Interaction{Values: handler.Values{"term": {term}}})
		if ran.String() != "" {
			t.Errorf("%s: it posts %s", term, ran)
		}
		return v
	}
	if v := explain("goroutine"); v.Next == nil || !strings.HasPrefix(v.Next.Intro, "*goroutine*") {
		t.Errorf("%+v", v)
	}
	if v := explain("zebra"); v.Errors["term"] == "" || v.Next != nil {
		t.Errorf("a term that is gone: %+v", v)
	}
}

// TestLookUp_LongTerms: what a form cannot offer is shortened or left out.
func TestLookUp_LongTerms(t *testing.T) {
	t.Parallel()
	g, err := glossary.Read(fstest.MapFS{"a.yaml": {Data: []byte("- {term: " + strings.Repeat("é", 75) + ", aliases: [" + strings.Repeat("b", 200) + "], text: A.}\n- {term: " + strings.Repeat("c", 151) + ", text: A.}\n- {term: " + strings.Repeat("d", 150) + ", text: A.}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	options := handlertest.Lookup(t, handlertest.Registry(t, g.LookUp()), "look-up-a-term", "term", "")
	if len(options) != 2 || utf8.RuneCountInString(options[1].Hint) != 75 || utf8.RuneCountInString(options[0].Label) != 75 || len(options[0].Value) != 150 {
		t.Errorf("%+v", options)
	}
}

func TestDefine_Controls(t *testing.T) {
	t.Parallel()
	r := handlertest.Registry(t,
		words(t).Define(glossary.Options{
			Controls: func(m handler.Message) []handler.Component {
				return []handler.Component{{ID: "a", Label: "Remove", Data: m.User}}
			},
			ControlsToAdd: func(term string) []handler.Component { return []handler.Component{{ID: "b", Label: "Add", Data: term}} },
		}),
		handler.Action{ID: "a", Help: "h", Form: &handler.Form{ID: "f", Title: "t"}},
		handler.Action{ID: "b", Help: "h", Form: &handler.Form{ID: "g", Title: "t"}},
	)
	if h := handlertest.Say(t, r, "define goroutine"); len(h.Replies) != 1 || len(h.Replies[0].Components) != 1 || h.Replies[0].Components[0].Data != "U1" {
		t.Errorf("%+v", h)
	}
	if h := handlertest.Say(t, r, "define zebra"); len(h.Ephemerals) != 1 || len(h.Ephemerals[0].Components) != 1 || h.Ephemerals[0].Components[0].Data != "zebra" {
		t.Errorf("%+v", h)
	}
	if h := handlertest.SayInChannel(t, r, "define gorotine"); len(h.Ephemerals) != 1 || len(h.Ephemerals[0].Components) > 0 {
		t.Errorf("a misspelling to nobody in particular: %+v", h)
	}
}
