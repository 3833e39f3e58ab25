package gophers

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gobridge/gopherbot/glossary"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
	"github.com/gobridge/gopherbot/handler/markup"
)

// xyzzy defines a term that no glossary has, so that these tests pass whichever terms people add.
const xyzzy = "`runtime.Xyzzy` ends the goroutine that calls it,\nafter its deferred calls; all others go on."

// values are those of a filled form, with changes.
func values(changes ...string) handler.Values {
	v := handler.Values{
		termField: {" Xyzzy "}, definitionField: {xyzzy}, aliasesField: {"runtime.Xyzzy, , <exit>"}, answersField: {"xyzzy a goroutine"},
		linkField: {"https://pkg.go.dev/runtime#Xyzzy"},
	}
	for i := 0; i < len(changes); i += 2 {
		v[changes[i]] = []string{changes[i+1]}
	}
	return v
}

func TestSuggest_Validates(t *testing.T) {
	t.Parallel()
	r := everything(t)
	for name, c := range map[string]struct {
		values handler.Values
		fields []string // with mistakes
	}{
		"a good one":                 {values(), nil},
		"only what is needed":        {values(aliasesField, "", answersField, "", linkField, ""), nil},
		"a sign":                     {values(termField, "≔"), nil},
		"a term that is there":       {values(termField, "Goroutines"), []string{termField}},
		"an alias that is there":     {values(aliasesField, "x, goroutine"), []string{aliasesField}},
		"a relative that is there":   {values(answersField, "x, goroutine"), []string{answersField}},
		"a relative twice":           {values(answersField, "xyzzy"), []string{termField}},
		"a relative with a control":  {values(answersField, "x\x1b[31m"), []string{answersField}},
		"a term twice":               {values(aliasesField, "xyzzy"), []string{termField}},
		"a term of punctuation":      {values(termField, "?"), []string{termField}},
		"a term of spaces":           {values(termField, "  "), []string{termField}},
		"a term of 60":               {values(termField, strings.Repeat("é", 60)), nil},
		"a term of 61":               {values(termField, strings.Repeat("é", 61)), []string{termField}},
		"a term with a backquote":    {values(termField, "`x`"), []string{termField}},
		"a term that turns around":   {values(termField, "x\u202ey"), []string{termField}},
		"an alias with a control":    {values(aliasesField, "x\x1b[31m"), []string{aliasesField}},
		"a short definition":         {values(definitionField, "It ends a goroutine."), []string{definitionField}},
		"a definition of spaces":     {values(definitionField, "a"+strings.Repeat(" ", 100)+"b"), []string{definitionField}},
		"a definition of 420":        {values(definitionField, strings.Repeat("é", 420)), nil},
		"a definition of 421":        {values(definitionField, strings.Repeat("é", 421)), []string{definitionField}},
		"a definition in four bytes": {values(definitionField, strings.Repeat("𝛼", 420)), []string{definitionField}},
		"bold":                       {values(definitionField, "*Never* "+xyzzy), []string{definitionField}},
		"marks in code":              {values(definitionField, "`*p` "+xyzzy), nil},
		"a backquote too many":       {values(definitionField, "`"+xyzzy), []string{definitionField}},
		"an invisible character":     {values(definitionField, "\u200b"+xyzzy), []string{definitionField}},
		"no https":                   {values(linkField, "http://go.dev/"), []string{linkField}},
		"a link that is none":        {values(linkField, "https://"), []string{linkField}},
		"a link that is a script":    {values(linkField, "javascript:alert(1)"), []string{linkField}},
		"three mistakes":             {values(termField, "map", definitionField, "*Never* "+xyzzy, linkField, "http://go.dev/"), []string{definitionField, linkField, termField}},
	} {
		v, result := handlertest.Submit(t, r, suggestID, handler.Interaction{Values: c.values})
		if got := slices.Sorted(maps.Keys(v.Errors)); !slices.Equal(got, c.fields) || v.Next != nil || (result.String() != "") != (c.fields == nil) {
			t.Errorf("%s: %q, want mistakes in %q, and a post if there are none; it does %s", name, v.Errors, c.fields, result)
		}
	}
}

// suggested submits a suggestion and returns its message and the data of its buttons.
func suggested(t *testing.T, r *handler.Registry, v handler.Values) (text, data string) {
	t.Helper()
	verdict, result := handlertest.Submit(t, r, suggestID, handler.Interaction{User: "UAUTHOR", Values: v})
	if len(result.Posts) != 1 || result.Posts[0].Channel != "suggestions" || len(result.DMs) != 1 {
		t.Fatalf("%q is not suggested: %q, %s", v, verdict.Errors, result)
	}
	reply := result.Posts[0].Reply
	if len(reply.Components) != 2 || reply.Components[0].Data != reply.Components[1].Data {
		t.Fatalf("controls %+v", reply.Components)
	}
	return reply.Text, reply.Components[0].Data
}

func TestSuggest_Decisions(t *testing.T) {
	t.Parallel()
	r := everything(t)
	text, data := suggested(t, r, values())
	const want = "<@UAUTHOR> suggests a term for the glossary: `Xyzzy` (also `runtime.Xyzzy`, `&lt;exit&gt;`), also found by `xyzzy a goroutine`\n" +
		"> &#96;runtime.Xyzzy&#96; ends the goroutine that calls it, after its deferred calls; all others go on.\nMore: https://pkg.go.dev/runtime#Xyzzy"
	if plain := markup.Plain(markup.Parse(text)); text != want && plain != markup.Plain(markup.Parse(want)) {
		t.Errorf("%s\nwant %s", text, want)
	}
	for _, id := range []string{approveID, declineID} {
		got := handlertest.Action(t, r, id, handler.Interaction{User: "U2", Data: data}).String()
		if got != "ephemeral: Only people with the role `moderator` can do that." {
			t.Errorf("%s, pressed by anybody: %s", id, got)
		}
		got = handlertest.Action(t, r, id, handler.Interaction{Roles: []handler.Role{moderator}, Data: `{"v":9}`}).String()
		if !strings.HasPrefix(got, "ephemeral: Sorry, I can't read this suggestion any more.") {
			t.Errorf("%s, of another release: %s", id, got)
		}
	}
	as := handler.Interaction{User: "UMOD", Roles: []handler.Role{moderator}, Data: data}
	if got := handlertest.Action(t, r, declineID, as); got.String() != "edit: "+text+"\n*Declined* by <@UMOD>." || len(got.Edits[0].Components) > 0 {
		t.Errorf("declined: %s", got)
	}
	got := handlertest.Action(t, r, approveID, as)
	if len(got.Edits) != 1 || got.Edits[0].Text != text+"\n*Approved* by <@UMOD>." || len(got.Edits[0].Components) > 0 || len(got.Replies) != 1 {
		t.Fatalf("approved: %s", got)
	}
	checkBlock(t, got.Replies[0].Text, "Xyzzy", true)
}

// checkBlock reads the block and the address in what is said about an approved term.
func checkBlock(t *testing.T, said, term string, filled bool) {
	t.Helper()
	var block, address string
	for node := range markup.Parse(said).Nodes() {
		switch node.Kind {
		case markup.CodeBlock:
			block = node.Text
		case markup.Link:
			address = node.Target
		}
	}
	link, err := url.Parse(address)
	if err != nil || link.Host != "github.com" || link.Path != "/gobridge/gopherbot/new/main/glossary/terms" || len(address) > maxNewFile {
		t.Fatalf("the address %q (%v) in\n%s", address, err, said)
	}
	value := link.Query().Get("value")
	if filled != (value != "") || filled && strings.TrimSpace(value) != strings.TrimSpace(block) {
		t.Errorf("GitHub's form has\n%s\nwant\n%s", value, block)
	}
	file := link.Query().Get("filename")
	g, err := glossary.Read(fstest.MapFS{file: {Data: []byte(block)}})
	if err != nil {
		t.Fatalf("%s: %v in\n%s", file, err, block)
	}
	if got := g.Terms()[0]; got.Name != term || !slices.Equal(got.AnswersTo, []string{"xyzzy a goroutine"}) {
		t.Errorf("%s has the term %+v, want %q", file, got, term)
	}
}

// TestSuggest_Hostile suggests terms that want to be something else.
func TestSuggest_Hostile(t *testing.T) {
	t.Parallel()
	r := everything(t)
	for term, filled := range map[string]bool{
		"<!channel>": true, "<@UADMIN>": true, "@here": true, "a: b # c": true, "../../x": true, "*bold* _it_": true, "&amp;": true, "off": true, "日本": true,
	} {
		text, data := suggested(t, r, values(termField, term, definitionField, "<!channel> <https://evil.example/|click> @here &lt; "+xyzzy, aliasesField, ""))
		for node := range markup.Parse(text).Nodes() {
			if node.Kind == markup.Mention && node.Target != "UAUTHOR" || node.Kind == markup.Link && node.Target != "https://pkg.go.dev/runtime#Xyzzy" {
				t.Errorf("%s: the message has %+v", term, node)
			}
		}
		got := handlertest.Action(t, r, approveID, handler.Interaction{User: "UMOD", Roles: []handler.Role{moderator}, Data: data})
		checkBlock(t, got.Replies[0].Text, term, filled)
	}
	_, data := suggested(t, r, values(definitionField, strings.Repeat("é", 420)))
	got := handlertest.Action(t, r, approveID, handler.Interaction{User: "UMOD", Roles: []handler.Role{moderator}, Data: data})
	checkBlock(t, got.Replies[0].Text, "Xyzzy", false)
}

// noForms is a Responder of a message, which cannot open a form.
type noForms struct {
	handler.Responder
	ephemeral handler.Reply
}

func (n *noForms) OpenForm(context.Context, *handler.Form, string) error {
	return handler.ErrUnsupported
}

func (n *noForms) ReplyEphemeral(_ context.Context, reply handler.Reply) error {
	n.ephemeral = reply
	return nil
}

// TestSuggest_IsReached opens the form in each way.
func TestSuggest_IsReached(t *testing.T) {
	t.Parallel()
	r := everything(t)
	missing := handlertest.Say(t, r, "define zebra crossing").Ephemerals[0].Components
	if len(missing) != 1 {
		t.Fatalf("%+v", missing)
	}
	for name, c := range map[string]struct {
		result handlertest.Result
		term   []string
	}{
		"the shortcut":                    {handlertest.Shortcut(t, r, suggestID, handler.Interaction{}), nil},
		"a slash command":                 {handlertest.SlashCommand(t, r, "/gopher suggest a term"), nil},
		"the button below a missing term": {handlertest.Action(t, r, missing[0].ID, handler.Interaction{Data: missing[0].Data}), []string{"zebra crossing"}},
	} {
		if c.result.String() != "form: "+suggestID || !slices.Equal(c.result.Opened[0].Form.Fields[0].Default, c.term) {
			t.Errorf("%s: %s, %+v", name, c.result, c.result.Opened)
		}
	}
	for _, match := range r.Message(handler.Message{Text: "suggest a term", Mentioned: true}) {
		to := &noForms{}
		if err := match.Run(t.Context(), to); err != nil || len(to.ephemeral.Components) != 1 || to.ephemeral.Components[0].ID != suggestID {
			t.Errorf("said to the bot: %v, %+v", err, to.ephemeral)
		}
	}
	if c := newSuggestions("c", nil).controls(strings.Repeat("long ", 100)); len(c) != 1 || c[0].Data != "" {
		t.Errorf("a long term: %+v", c)
	}
}

func TestSuggest_WithoutChannelIsAbsent(t *testing.T) {
	t.Parallel()
	content := func(settings map[string]string) *handler.Registry {
		r, err := Content.Registry(handler.Services{Setting: func(name string) string { return settings[name] }})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	has := func(r *handler.Registry) bool {
		return slices.ContainsFunc(r.Infos(), func(e handler.Info) bool { return e.Trigger == suggestID || e.Trigger == approveID })
	}
	without := content(nil)
	if has(without) || without.Form(suggestID) != nil {
		t.Error("without a channel one can suggest")
	}
	if heard := handlertest.Say(t, without, "define zebra"); len(heard.Ephemerals) != 1 || len(heard.Ephemerals[0].Components) > 0 {
		t.Errorf("without a channel: %+v", heard)
	}
	if !has(content(map[string]string{"GOPHER_SUGGESTIONS_CHANNEL": "suggestions"})) {
		t.Error("with a channel one cannot suggest")
	}
	if all, err := Content.Registry(handler.Services{}); err != nil || !has(all) {
		t.Errorf("the list of all declarations lacks it (%v)", err)
	}
}
