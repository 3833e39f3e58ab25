package handler_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/handler"
)

func doNothing(context.Context, handler.Interaction, handler.Responder) error { return nil }

func noFields(context.Context, handler.Interaction) ([]handler.Field, error) { return nil, nil }

func noOptions(context.Context, handler.Interaction, string) ([]handler.Option, error) {
	return nil, nil
}

// options returns n different options.
func options(n int) []handler.Option {
	list := make([]handler.Option, n)
	for i := range list {
		list[i].Label = fmt.Sprint(i)
	}
	return list
}

// x returns a text of n characters, each of two bytes.
func x(n int) string { return strings.Repeat("é", n) }

// form returns a form with a field. change, if not nil, changes both.
func form(change func(*handler.Form, *handler.Field)) *handler.Form {
	f := &handler.Form{ID: "f", Title: "t", Run: doNothing}
	field := handler.Field{Name: "n", Label: "l"}
	if change != nil {
		change(f, &field)
	}
	if f.Fields == nil && f.Load == nil {
		f.Fields = []handler.Field{field}
	}
	return f
}

// TestNewRegistry_LimitsOfControls declares each thing just within a limit, which is no
// mistake if want is "", and just beyond it.
func TestNewRegistry_LimitsOfControls(t *testing.T) {
	t.Parallel()
	help := handler.Help{Trigger: "help", Help: "h"}
	slash := func(change func(*handler.SlashCommand)) []handler.Declaration {
		c := handler.SlashCommand{Command: "c", Help: "h", Run: doNothing}
		change(&c)
		return []handler.Declaration{c}
	}
	shortcuts := func(n int, onMessage bool) (list []handler.Declaration) {
		for i := range n {
			list = append(list, handler.Shortcut{ID: fmt.Sprint("s", i), Title: "t", Help: "h", OnMessage: onMessage, Run: doNothing})
		}
		return list
	}
	one := func(d ...handler.Declaration) []handler.Declaration { return d }
	for name, c := range map[string]struct {
		declarations []handler.Declaration
		want         string // the end of a line of the error
	}{
		"slash command":                    {slash(func(*handler.SlashCommand) {}), ""},
		"slash command, name of 31":        {slash(func(c *handler.SlashCommand) { c.Command = strings.Repeat("a", 31) }), ""},
		"slash command, name of 32":        {slash(func(c *handler.SlashCommand) { c.Command = strings.Repeat("a", 32) }), "want 1 to 31 of the characters a-z, 0-9, - and _, without the slash"},
		"slash command, no name":           {slash(func(c *handler.SlashCommand) { c.Command = "" }), `name "": want 1 to 31 of the characters a-z, 0-9, - and _, without the slash`},
		"slash command, with slash":        {slash(func(c *handler.SlashCommand) { c.Command = "/c" }), `name "/c": want 1 to 31 of the characters a-z, 0-9, - and _, without the slash`},
		"slash command, upper case":        {slash(func(c *handler.SlashCommand) { c.Command = "C" }), `name "C": want 1 to 31 of the characters a-z, 0-9, - and _, without the slash`},
		"slash command, no help":           {slash(func(c *handler.SlashCommand) { c.Help = " " }), "wants a help text"},
		"slash command, nothing to do":     {slash(func(c *handler.SlashCommand) { c.Run = nil }), "wants one of Commands, Form and Run"},
		"slash command, two things":        {slash(func(c *handler.SlashCommand) { c.Form = form(nil) }), "wants one of Commands, Form and Run"},
		"slash command, all three":         {slash(func(c *handler.SlashCommand) { c.Commands, c.Form = true, form(nil) }), "wants one of Commands, Form and Run"},
		"slash command, Commands and Help": {append(slash(func(c *handler.SlashCommand) { c.Commands, c.Run = true, nil }), help), ""},
		"slash command, Commands alone":    {slash(func(c *handler.SlashCommand) { c.Commands, c.Run = true, nil }), "has Commands: wants a Help in the list, which is its answer without a text"},
		"slash command, example": {slash(func(c *handler.SlashCommand) {
			c.Examples = []handler.Example{{Say: "/c a", Want: "b"}, {Say: "/c", Want: "b"}}
		}), ""},
		"slash command, example without slash": {slash(func(c *handler.SlashCommand) { c.Examples = []handler.Example{{Say: "c a", Want: "b"}} }), `its Example "c a" does not begin with /c`},
		"slash command, example of another":    {slash(func(c *handler.SlashCommand) { c.Examples = []handler.Example{{Say: "/cc", Want: "b"}} }), `its Example "/cc" does not begin with /c`},
		"slash command, example without Want":  {slash(func(c *handler.SlashCommand) { c.Examples = []handler.Example{{Say: "/c"}} }), "has an Example without Say or without Want, which would match anything"},
		"slash command, bad Want":              {slash(func(c *handler.SlashCommand) { c.Examples = []handler.Example{{Say: "/c", Want: "("}} }), "missing closing ): `(`"},
		"slash command, twice":                 {append(slash(func(*handler.SlashCommand) {}), slash(func(*handler.SlashCommand) {})...), `"c" is taken by another declaration`},

		"action":                     {one(handler.Action{ID: strings.Repeat("a-9", 13) + "z", Help: "h", Run: doNothing}), ""},
		"action, no ID":              {one(handler.Action{Help: "h", Run: doNothing}), `ID "": want 1 to 40 of the characters a-z, 0-9 and -`},
		"action, ID of 41":           {one(handler.Action{ID: strings.Repeat("a", 41), Help: "h", Run: doNothing}), "want 1 to 40 of the characters a-z, 0-9 and -"},
		"action, ID with underscore": {one(handler.Action{ID: "a_b", Help: "h", Run: doNothing}), `ID "a_b": want 1 to 40 of the characters a-z, 0-9 and -`},
		"action, no help":            {one(handler.Action{ID: "a", Run: doNothing}), "wants a help text"},
		"action, nothing to do":      {one(handler.Action{ID: "a", Help: "h"}), "wants either a Form or a Run function"},
		"action, two things":         {one(handler.Action{ID: "a", Help: "h", Form: form(nil), Run: doNothing}), "wants either a Form or a Run function"},
		"action, twice":              {one(handler.Action{ID: "a", Help: "h", Run: doNothing}, handler.Action{ID: "a", Help: "h", Run: doNothing}), `"a" is taken by another declaration`},

		"shortcut":                {one(handler.Shortcut{ID: "a", Title: x(24), Help: x(150), Run: doNothing}), ""},
		"shortcut, no ID":         {one(handler.Shortcut{Title: "t", Help: "h", Run: doNothing}), `ID "": want 1 to 40 of the characters a-z, 0-9 and -`},
		"shortcut, no title":      {one(handler.Shortcut{ID: "a", Help: "h", Run: doNothing}), "wants a Title"},
		"shortcut, long title":    {one(handler.Shortcut{ID: "a", Title: x(25), Help: "h", Run: doNothing}), "Title of 25 characters: want at most 24"},
		"shortcut, long help":     {one(handler.Shortcut{ID: "a", Title: "t", Help: x(151), Run: doNothing}), "Help of 151 characters: want at most 150"},
		"shortcut, no help":       {one(handler.Shortcut{ID: "a", Title: "t", Run: doNothing}), "wants a help text"},
		"shortcut, nothing to do": {one(handler.Shortcut{ID: "a", Title: "t", Help: "h"}), "wants either a Form or a Run function"},
		"shortcut, twice":         {one(handler.Shortcut{ID: "a", Title: "t", Help: "h", Run: doNothing}, handler.Shortcut{ID: "a", Title: "t", Help: "h", OnMessage: true, Run: doNothing}), `"a" is taken by another declaration`},
		"shortcuts, 5":            {shortcuts(5, false), ""},
		"shortcuts, 6":            {shortcuts(6, false), "is one of 6 shortcuts of its kind: want at most 5"},
		"message shortcuts, 5":    {shortcuts(5, true), ""},
		"message shortcuts, 6":    {shortcuts(6, true), "is one of 6 shortcuts of its kind: want at most 5"},

		"emoji":                 {one(handler.ReactionAdded{Emoji: []string{"x", "+1"}, Help: "h", Run: doNothing}), ""},
		"emoji, none":           {one(handler.ReactionAdded{Help: "h", Run: doNothing}), "wants an emoji"},
		"emoji, with colons":    {one(handler.ReactionAdded{Emoji: []string{":x:"}, Help: "h", Run: doNothing}), `emoji ":x:": want a name such as tada, in lower case and without colons`},
		"emoji, no Run":         {one(handler.ReactionAdded{Emoji: []string{"x"}, Help: "h"}), "wants a Run function"},
		"emoji, no help":        {one(handler.ReactionAdded{Emoji: []string{"x"}, Run: doNothing}), "wants a help text"},
		"emoji, channel with #": {one(handler.ReactionAdded{Emoji: []string{"x"}, Help: "h", Channel: "#a", Run: doNothing}), `wants the channel's name without "#"`},

		"home":        {one(handler.Help{Trigger: "help", Help: "h", Home: true}), ""},
		"home, twice": {one(handler.Help{Trigger: "help", Help: "h", Home: true}, handler.Help{Trigger: "hilfe", Help: "h", Home: true}), `"search-help" is taken by another declaration`},
	} {
		checkMistake(t, name, c.want, c.declarations...)
	}
}

// TestNewRegistry_LimitsOfForms does the same with forms and their fields.
func TestNewRegistry_LimitsOfForms(t *testing.T) {
	t.Parallel()
	type F = *handler.Form
	type Q = *handler.Field
	list := func(n int) (fields []handler.Field) {
		for i := range n {
			fields = append(fields, handler.Field{Name: fmt.Sprint(i), Label: "l"})
		}
		return fields
	}
	for name, c := range map[string]struct {
		change func(F, Q)
		want   string
	}{
		"no ID":                {func(f F, _ Q) { f.ID = "" }, `ID "": want 1 to 40 of the characters a-z, 0-9 and -`},
		"no title":             {func(f F, _ Q) { f.Title = "" }, "wants a Title"},
		"title of 24":          {func(f F, _ Q) { f.Title = x(24) }, ""},
		"title of 25":          {func(f F, _ Q) { f.Title = x(25) }, "Title of 25 characters: want at most 24"},
		"submit of 25":         {func(f F, _ Q) { f.Submit = x(25) }, "Submit of 25 characters: want at most 24"},
		"intro of 3000":        {func(f F, _ Q) { f.Intro = x(3000) }, ""},
		"intro of 3001":        {func(f F, _ Q) { f.Intro = x(3001) }, "Intro of 3001 characters: want at most 3000"},
		"Load":                 {func(f F, _ Q) { f.Load = noFields }, ""},
		"Load and Fields":      {func(f F, _ Q) { f.Load, f.Fields = noFields, list(1) }, "wants either Fields or Load"},
		"fields for nothing":   {func(f F, _ Q) { f.Run = nil }, "has fields and nothing that uses them: wants Run or Validate"},
		"no fields":            {func(f F, _ Q) { f.Run, f.Fields = nil, []handler.Field{} }, ""},
		"fields, 25":           {func(f F, _ Q) { f.Fields = list(25) }, ""},
		"fields, 26":           {func(f F, _ Q) { f.Fields = list(26) }, "26 fields: want at most 25"},
		"fields with one name": {func(f F, _ Q) { f.Fields = append(list(1), list(1)...) }, `two fields have the name "0"`},

		"field without name":          {func(_ F, q Q) { q.Name = "" }, `want 1 to 40 of the characters a-z, 0-9 and -`},
		"field without label":         {func(_ F, q Q) { q.Label = "" }, "wants a Label"},
		"label of 24":                 {func(_ F, q Q) { q.Label = x(24) }, ""},
		"label of 25":                 {func(_ F, q Q) { q.Label = x(25) }, "Label of 25 characters: want at most 24"},
		"hint of 151":                 {func(_ F, q Q) { q.Hint = x(151) }, "Hint of 151 characters: want at most 150"},
		"placeholder of 151":          {func(_ F, q Q) { q.Placeholder = x(151) }, "Placeholder of 151 characters: want at most 150"},
		"hint and placeholder of 150": {func(_ F, q Q) { q.Hint, q.Placeholder = x(150), x(150) }, ""},
		"kind unknown":                {func(_ F, q Q) { q.Kind = handler.Files + 1 }, "kind 16 is unknown"},
		"kind negative":               {func(_ F, q Q) { q.Kind = -1 }, "kind -1 is unknown"},
		"Max of 3000":                 {func(_ F, q Q) { q.Max = 3000 }, ""},
		"Max of 3001":                 {func(_ F, q Q) { q.Max = 3001 }, "has Min 0 and Max 3001: want 0 <= Min <= Max, of a text at most 3000"},
		"Max of a number":             {func(_ F, q Q) { q.Kind, q.Max = handler.Number, 1e6 }, ""},
		"Min above Max":               {func(_ F, q Q) { q.Min, q.Max = 3, 2 }, "has Min 3 and Max 2: want 0 <= Min <= Max, of a text at most 3000"},
		"Min negative":                {func(_ F, q Q) { q.Min = -1 }, "has Min -1 and Max 0: want 0 <= Min <= Max, of a text at most 3000"},
		"Select without choices":      {func(_ F, q Q) { q.Kind = handler.Select }, "wants either Options or Lookup"},
		"Select with both":            {func(_ F, q Q) { q.Kind, q.Options, q.Lookup = handler.Select, options(1), noOptions }, "wants either Options or Lookup"},
		"Select with Lookup":          {func(_ F, q Q) { q.Kind, q.Lookup = handler.Select, noOptions }, ""},
		"text with Lookup":            {func(_ F, q Q) { q.Lookup = noOptions }, "has Options or Lookup, which are for a Select or MultiSelect"},
		"text with Options":           {func(_ F, q Q) { q.Options = options(1) }, "has Options or Lookup, which are for a Select or MultiSelect"},
		"options, 100":                {func(_ F, q Q) { q.Kind, q.Options = handler.MultiSelect, options(100) }, ""},
		"options, 101":                {func(_ F, q Q) { q.Kind, q.Options = handler.MultiSelect, options(101) }, "101 options: want at most 100"},
		"default":                     {func(_ F, q Q) { q.Kind, q.Options, q.Default = handler.Select, options(2), []string{"1"} }, ""},
		"default that is no option":   {func(_ F, q Q) { q.Kind, q.Options, q.Default = handler.Select, options(2), []string{"2"} }, `its Default "2" is the Value of no Option`},
		"Refresh without Load":        {func(_ F, q Q) { q.Refresh = true }, "has Refresh, which wants the form to have Load"},
	} {
		checkMistake(t, name, c.want, form(c.change))
		// Every declaration that opens a form checks it.
		checkMistake(t, name+", of an action", c.want, handler.Action{ID: "a", Help: "h", Form: form(c.change)})
	}
	checkMistake(t, "two forms", `another form has the ID "f"`, form(nil), form(nil))
	shared := form(nil)
	checkMistake(t, "one form that two open", "", shared,
		handler.Action{ID: "a", Help: "h", Form: shared}, handler.Shortcut{ID: "s", Title: "t", Help: "h", Form: shared})
}

func TestNewRegistry_NamesEveryMistakeOfAForm(t *testing.T) {
	t.Parallel()
	_, err := handler.NewRegistry(handler.SlashCommand{Command: "c", Help: "h", Form: &handler.Form{ID: "F"}})
	const want = `declaration 1, slash command "/c": form "F": ID "F": want 1 to 40 of the characters a-z, 0-9 and -
form "F": wants a Title`
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

func TestCheckComponents_Limits(t *testing.T) {
	t.Parallel()
	button := handler.Component{ID: "a", Label: "l"}
	for name, c := range map[string]struct {
		components []handler.Component
		want       string
	}{
		"button":                 {[]handler.Component{{ID: "a", Label: x(75), Data: strings.Repeat("d", 1500), Confirm: x(300)}}, ""},
		"no label":               {[]handler.Component{{ID: "a"}}, "wants a Label"},
		"no ID":                  {[]handler.Component{{Label: "l"}}, `ID "": want 1 to 40 of the characters a-z, 0-9 and -`},
		"label of 76":            {[]handler.Component{{ID: "a", Label: x(76)}}, "Label of 76 characters: want at most 75"},
		"confirm of 301":         {[]handler.Component{{ID: "a", Label: "l", Confirm: x(301)}}, "Confirm of 301 characters: want at most 300"},
		"data in bytes":          {[]handler.Component{{ID: "a", Label: "l", Data: x(751)}}, "its Data has 1502 bytes: want at most 1500"},
		"menu":                   {[]handler.Component{{ID: "a", Label: "l", Data: strings.Repeat("d", 200), Options: options(100)}}, ""},
		"menu, data":             {[]handler.Component{{ID: "a", Label: "l", Data: strings.Repeat("d", 201), Options: options(1)}}, "its Data has 201 bytes: want at most 200"},
		"menu, 101":              {[]handler.Component{{ID: "a", Label: "l", Options: options(101)}}, "101 options: want at most 100"},
		"option":                 {[]handler.Component{{ID: "a", Label: "l", Options: []handler.Option{{Label: x(75), Value: x(75), Hint: x(75)}}}}, ""},
		"option, no label":       {[]handler.Component{{ID: "a", Label: "l", Options: []handler.Option{{Value: "v"}}}}, "wants a Label for each Option"},
		"option, label of 76":    {[]handler.Component{{ID: "a", Label: "l", Options: []handler.Option{{Label: x(76), Value: "v"}}}}, "the Label of an Option of 76 characters: want at most 75"},
		"option, hint of 76":     {[]handler.Component{{ID: "a", Label: "l", Options: []handler.Option{{Label: "o", Hint: x(76)}}}}, "the Hint of an Option of 76 characters: want at most 75"},
		"option, value in bytes": {[]handler.Component{{ID: "a", Label: "l", Options: []handler.Option{{Label: "o", Value: x(76)}}}}, `the Value of Option "o" has 152 bytes: want at most 150`},
		"option, label as value": {[]handler.Component{{ID: "a", Label: "l", Options: []handler.Option{{Label: "o"}, {Label: "p", Value: "o"}}}}, `two Options have the Value "o"`},
		"link":                   {[]handler.Component{{Label: "l", URL: "https://go.dev/"}}, ""},
		"link of 3001":           {[]handler.Component{{Label: "l", URL: "https://go.dev/" + strings.Repeat("a", 2986)}}, "want an http or https URL of at most 3000 bytes"},
		"link, script":           {[]handler.Component{{Label: "l", URL: "javascript:alert(1)"}}, "want an http or https URL of at most 3000 bytes"},
		"link, no host":          {[]handler.Component{{Label: "l", URL: "https:///a"}}, "want an http or https URL of at most 3000 bytes"},
		"link with ID":           {[]handler.Component{{ID: "a", Label: "l", URL: "https://go.dev/"}}, "a link has neither an ID nor Data nor Options"},
		"25":                     {slices.Repeat([]handler.Component{button}, 25), ""},
		"26":                     {slices.Repeat([]handler.Component{button}, 26), "26 components: want at most 25"},
	} {
		checkEnd(t, name, c.want, handler.CheckComponents(c.components))
	}
}

// checkMistake builds a registry. It fails unless a line of the error ends with want, or
// there is no error if that is "".
func checkMistake(t *testing.T, name, want string, declarations ...handler.Declaration) {
	t.Helper()
	_, err := handler.NewRegistry(declarations...)
	checkEnd(t, name, want, err)
}

func checkEnd(t *testing.T, name, want string, err error) {
	t.Helper()
	switch {
	case want == "" && err == nil:
	case want == "" || err == nil || !slices.ContainsFunc(strings.Split(err.Error(), "\n"), func(line string) bool { return strings.HasSuffix(line, want) }):
		t.Errorf("%s: %v, want %q", name, err, want)
	}
}
