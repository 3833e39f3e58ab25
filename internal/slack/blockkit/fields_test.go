package blockkit_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/slack/blockkit"
)

// What is read from a rendered form takes and refuses the same values as the form.
func TestFields_TakeWhatTheFormTakes(t *testing.T) {
	t.Parallel()
	two := []handler.Option{{Label: "One", Value: "1"}, {Label: "Two"}}
	fields := []handler.Field{
		{Name: "line", Min: 2, Max: 4}, {Name: "any"}, {Name: "text", Kind: handler.TextArea, Max: 9},
		{Name: "number", Kind: handler.Number}, {Name: "few", Kind: handler.Number, Min: 1, Max: 9}, {Name: "most", Kind: handler.Number, Max: 9}, {Name: "least", Kind: handler.Number, Min: 2},
		{Name: "email", Kind: handler.Email}, {Name: "url", Kind: handler.URL},
		{Name: "one", Kind: handler.Select, Options: two}, {Name: "some", Kind: handler.MultiSelect, Options: two, Max: 1},
		{Name: "found", Kind: handler.Select, Lookup: lookup}, {Name: "box", Kind: handler.Checkbox}, {Name: "maybe", Kind: handler.Checkbox, Optional: true},
		{Name: "who", Kind: handler.User}, {Name: "crowd", Kind: handler.Users, Max: 2}, {Name: "where", Kind: handler.ChannelField},
		{Name: "day", Kind: handler.Date}, {Name: "at", Kind: handler.DateTime}, {Name: "files", Kind: handler.Files, Max: 1},
	}
	for i := range fields {
		fields[i].Label = "Label"
	}
	view := modal(t, blockkit.Form{Form: &handler.Form{ID: "form", Title: "Form", Load: load, Run: run, Intro: "Hi"}, Fields: fields, Intro: markup.Parse("Hi")})
	shown := blockkit.Fields(view)
	if len(shown) != len(fields) {
		t.Fatalf("%d fields, want %d", len(shown), len(fields))
	}
	for _, chosen := range [][]string{
		nil, {"a"}, {"1"}, {"Two"}, {"One"}, {"ab"}, {"abcde"}, {"a\nbcd"}, {"0"}, {"2.5"}, {"10"}, {"true"}, {"ada@example.com"}, {"https://go.dev"},
		{"2026-11-27"}, {"2026-11-27T02:00:00Z"}, {"U1"}, {"U1", "U2"}, {"U1", "U2", "U3"}, {"1", "Two"}, {"<!channel>"},
	} {
		values := handler.Values{}
		for _, f := range fields {
			if len(chosen) > 0 {
				values[f.Name] = chosen
			}
		}
		want, got := handler.CheckValues(fields, values), handler.CheckValues(shown, values)
		if !maps.Equal(got, want) {
			t.Errorf("%q: the shown form says %q, the declared one %q", chosen, got, want)
		}
	}
}

// A form of another release may have elements that this one does not know, and a payload
// may lack what it showed.
func TestFields_Others(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]string{
		`{}`: nil, `{"blocks":null}`: nil, `{"blocks":[{"type":"section","block_id":"a"}]}`: {},
		`{"blocks":[7,{"type":"input"},{"type":"input","block_id":"b","element":{"type":"rich_text_input"}}]}`: {"", "b"},
	} {
		fields := blockkit.Fields(fastjson.MustParse(body))
		names := []string{}
		for _, f := range fields {
			names = append(names, f.Name)
		}
		if fields == nil != (want == nil) || !slices.Equal(names, want) {
			t.Errorf("%s has %q, want %q", body, names, want)
		}
		if mistakes := handler.CheckValues(fields, handler.Values{"": {"x\ny"}, "b": {"x\ny"}}); len(mistakes) > 0 {
			t.Errorf("%s: %q", body, mistakes)
		}
	}
}

// An option's value is taken as it is and without Slack's escapes.
func TestFields_Escapes(t *testing.T) {
	t.Parallel()
	fields := blockkit.Fields(fastjson.MustParse(`{"blocks":[{"type":"input","block_id":"a","element":{"type":"static_select","options":[{"value":"a &amp;lt; b"},{"value":"c"}]}}]}`))
	for value, want := range map[string]int{"a &lt; b": 0, "a &amp;lt; b": 0, "c": 0, "a < b": 1} {
		if got := handler.CheckValues(fields, handler.Values{"a": {value}}); len(got) != want {
			t.Errorf("%s: %q", value, got)
		}
	}
}
