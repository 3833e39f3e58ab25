package blockkit_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/slack/blockkit"
)

func lookup(context.Context, handler.Interaction, string) ([]handler.Option, error) { return nil, nil }

func load(context.Context, handler.Interaction) ([]handler.Field, error) { return nil, nil }

func validate(context.Context, handler.Interaction) (handler.Validation, error) {
	return handler.Validation{}, nil
}

func run(context.Context, handler.Interaction, handler.Responder) error { return nil }

// modal renders a form and returns the view as Slack gets it.
func modal(t *testing.T, f blockkit.Form) *fastjson.Value {
	t.Helper()
	view, err := blockkit.Modal(f)
	if err != nil {
		t.Fatal(err)
	}
	if !slack.ValidateUniqueBlockID(view) {
		t.Error("two blocks have one id")
	}
	v := fastjson.MustParse(encode(t, view))
	if violations := check(v.GetArray("blocks")); len(violations) > 0 {
		t.Errorf("Slack would refuse %s", violations)
	}
	return v
}

func TestModal_RendersEachKind(t *testing.T) {
	t.Parallel()
	two := []handler.Option{{Label: "One", Value: "1"}, {Label: "Two", Value: "2"}}
	const one = `{"text":{"type":"plain_text","text":"One","emoji":false},"value":"1"}`
	const other = `{"text":{"type":"plain_text","text":"Two","emoji":false},"value":"2"}`
	placeholder := `"placeholder":{"type":"plain_text","text":"such as","emoji":false}`
	for _, test := range []struct {
		field handler.Field
		want  string // of the element
	}{
		{handler.Field{Default: []string{"x"}, Min: 2, Max: 3000}, `{"type":"plain_text_input",` + placeholder + `,"initial_value":"x","min_length":2,"max_length":3000}`},
		{handler.Field{Kind: handler.TextArea}, `{"type":"plain_text_input","multiline":true,` + placeholder + `}`},
		{handler.Field{Kind: handler.Phone}, `{"type":"plain_text_input",` + placeholder + `}`},
		{handler.Field{Kind: handler.Password}, `{"type":"plain_text_input",` + placeholder + `}`},
		{handler.Field{Kind: handler.Number, Min: 1, Max: 9, Default: []string{"3"}}, `{"type":"number_input","is_decimal_allowed":true,` + placeholder + `,"min_value":"1","max_value":"9","initial_value":"3"}`},
		{handler.Field{Kind: handler.Number}, `{"type":"number_input","is_decimal_allowed":true,` + placeholder + `}`},
		{handler.Field{Kind: handler.Number, Max: 9}, `{"type":"number_input","is_decimal_allowed":true,` + placeholder + `,"min_value":"0","max_value":"9"}`},
		{handler.Field{Kind: handler.Email, Default: []string{"a@b.c"}}, `{"type":"email_text_input",` + placeholder + `,"initial_value":"a@b.c"}`},
		{handler.Field{Kind: handler.URL, Default: []string{"https://a"}}, `{"type":"url_text_input",` + placeholder + `,"initial_value":"https://a"}`},
		{handler.Field{Kind: handler.Select, Options: two, Default: []string{"2"}}, `{"type":"static_select",` + placeholder + `,"options":[` + one + `,` + other + `],"initial_option":` + other + `}`},
		{handler.Field{Kind: handler.Select, Lookup: lookup, Default: []string{"go"}}, `{"type":"external_select",` + placeholder + `,"min_query_length":0,"initial_option":{"text":{"type":"plain_text","text":"go","emoji":false},"value":"go"}}`},
		{handler.Field{Kind: handler.MultiSelect, Options: two, Default: []string{"1", "2"}, Max: 2}, `{"type":"multi_static_select",` + placeholder + `,"options":[` + one + `,` + other + `],"initial_options":[` + one + `,` + other + `],"max_selected_items":2}`},
		{handler.Field{Kind: handler.MultiSelect, Lookup: lookup}, `{"type":"multi_external_select",` + placeholder + `,"min_query_length":0}`},
		{handler.Field{Kind: handler.Checkbox, Default: []string{"true"}}, `{"type":"checkboxes","options":[{"text":{"type":"plain_text","text":"such as","emoji":false},"value":"true"}],"initial_options":[{"text":{"type":"plain_text","text":"such as","emoji":false},"value":"true"}]}`},
		{handler.Field{Kind: handler.User, Default: []string{"U1"}}, `{"type":"users_select",` + placeholder + `,"initial_user":"U1"}`},
		{handler.Field{Kind: handler.Users, Default: []string{"U1", "U2"}, Max: 3}, `{"type":"multi_users_select",` + placeholder + `,"initial_users":["U1","U2"],"max_selected_items":3}`},
		{handler.Field{Kind: handler.ChannelField, Default: []string{"C1"}}, `{"type":"conversations_select",` + placeholder + `,"initial_conversation":"C1","filter":{"include":["public","private"]}}`},
		{handler.Field{Kind: handler.Date, Default: []string{"2026-11-27"}}, `{"type":"datepicker",` + placeholder + `,"initial_date":"2026-11-27"}`},
		{handler.Field{Kind: handler.Date, Default: []string{"today"}}, `{"type":"datepicker",` + placeholder + `}`},
		{handler.Field{Kind: handler.DateTime, Default: []string{"2025-11-20T17:33:20Z"}}, `{"type":"datetimepicker","initial_date_time":1763660000}`},
		{handler.Field{Kind: handler.DateTime}, `{"type":"datetimepicker"}`},
		{handler.Field{Kind: handler.Files}, `{"type":"file_input","max_files":10}`},
		{handler.Field{Kind: handler.Files, Max: 1}, `{"type":"file_input","max_files":1}`},
	} {
		test.field.Name, test.field.Label, test.field.Hint, test.field.Placeholder = "term", "The term", "One word", "such as"
		for _, refresh := range []bool{false, true} {
			test.field.Refresh, test.field.Optional = refresh, refresh
			view := modal(t, blockkit.Form{Form: &handler.Form{ID: "define", Title: "Define", Load: load, Run: run}, Fields: []handler.Field{test.field}})
			id, more := "term", ""
			if test.field.Lookup != nil {
				id = "?term"
			}
			if refresh {
				more = `,"optional":true,"dispatch_action":true`
			}
			want := `[{"type":"input","block_id":"term","label":{"type":"plain_text","text":"The term","emoji":false},"hint":{"type":"plain_text","text":"One word","emoji":false}` +
				`,"element":` + strings.TrimSuffix(test.want, "}") + `,"action_id":"` + id + `"}` + more + `}]`
			if got := view.Get("blocks").String(); !sameJSON(t, got, want) {
				t.Errorf("kind %d:\n got %s\nwant %s", test.field.Kind, got, want)
			}
		}
	}
}

func TestModal_Parts(t *testing.T) {
	t.Parallel()
	field := []handler.Field{{Name: "term", Label: "Term"}}
	for name, test := range map[string]struct {
		form handler.Form
		view blockkit.Form
		want string
	}{
		"a form": {
			handler.Form{Run: run}, blockkit.Form{Fields: field, Intro: markup.Parse("*Hi*"), Metadata: "{}"},
			`Submit define {} section input`,
		},
		"with a button's text":      {handler.Form{Submit: "Suggest", Run: run}, blockkit.Form{Fields: field}, `Suggest define  input`},
		"with Validate":             {handler.Form{Validate: validate}, blockkit.Form{Fields: field}, `Submit ?define  input`},
		"with OnClose":              {handler.Form{Run: run, OnClose: run}, blockkit.Form{Fields: field}, `Submit define  input notify`},
		"a question":                {handler.Form{Run: run}, blockkit.Form{Intro: markup.Parse("Sure?")}, `Submit define  section`},
		"that only shows something": {handler.Form{}, blockkit.Form{Intro: markup.Parse("Found")}, ` define  section`},
		"that shows nothing":        {handler.Form{}, blockkit.Form{}, ` define  section`},
		"with a notice":             {handler.Form{Validate: validate, Load: load}, blockkit.Form{Fields: field, Intro: markup.Parse("x"), Notice: markup.Parse("One moment …")}, ` ?define  section`},
	} {
		test.form.ID, test.form.Title = "define", "Define"
		test.view.Form = &test.form
		view := modal(t, test.view)
		got := fmt.Sprintf("%s %s %s", view.GetStringBytes("submit", "text"), view.GetStringBytes("callback_id"), view.GetStringBytes("private_metadata"))
		for _, b := range view.GetArray("blocks") {
			got += " " + string(b.GetStringBytes("type"))
		}
		if view.GetBool("notify_on_close") {
			got += " notify"
		}
		if got != test.want || string(view.GetStringBytes("title", "text")) != "Define" || string(view.GetStringBytes("type")) != "modal" {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestModal_Borders(t *testing.T) {
	t.Parallel()
	fields := func(n int) (list []handler.Field) {
		for i := range n {
			list = append(list, handler.Field{
				Name: strings.Repeat("x", 36) + fmt.Sprintf("-%03d", i), Label: strings.Repeat("ä", 24), Hint: strings.Repeat("ä", 150), Placeholder: strings.Repeat("ä", 150),
				Max: 3000, Default: []string{strings.Repeat("ä", 3000)},
			})
		}
		return list
	}
	form := &handler.Form{ID: strings.Repeat("x", 40), Title: strings.Repeat("ä", 24), Submit: strings.Repeat("ä", 24), Run: run}
	view := modal(t, blockkit.Form{Form: form, Fields: fields(25), Intro: markup.Parse(strings.Repeat("x", 3000))})
	if n := len(view.GetArray("blocks")); n != 26 || len(view.String()) > 250_000 {
		t.Errorf("%d blocks, %d bytes", n, len(view.String()))
	}
	if _, err := blockkit.Modal(blockkit.Form{Form: form, Fields: fields(26)}); err == nil {
		t.Error("26 fields are no error")
	}
	if _, err := blockkit.Modal(blockkit.Form{Form: form, Intro: markup.Parse(strings.Repeat("x", 3000*100+1))}); err == nil {
		t.Error("101 blocks are no error")
	}
	for name, field := range map[string]handler.Field{
		"a label of 25 characters": {Name: "a", Label: strings.Repeat("ä", 25)},
		"a name with a mark":       {Name: "?a", Label: "A"},
		"a default of no option":   {Name: "a", Label: "A", Kind: handler.Select, Options: []handler.Option{{Label: "One"}}, Default: []string{"9"}},
		"101 options":              {Name: "a", Label: "A", Kind: handler.Select, Options: make([]handler.Option, 101)},
	} {
		if _, err := blockkit.Modal(blockkit.Form{Form: form, Fields: []handler.Field{field}}); err == nil {
			t.Errorf("%s is no error", name)
		}
	}
}
