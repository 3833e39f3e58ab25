package gophers

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
	"github.com/gobridge/gopherbot/handler/markup"
)

// FuzzWhatIsSaid says any text to the bot, with files of any name. Its answers notify
// nobody, and link nothing but the bot's own links.
func FuzzWhatIsSaid(f *testing.F) {
	for _, said := range []string{
		"<!channel>", "@here", "define <!everyone|x>", "define <https://evil.example|go.dev>", "define `<@U1>`", "d/<@U1>", "d/a|b", "ghd/a/b|<!here>",
		"xkcd:<!here>", "help <!channel>", "help define <x>", "defin <gorotine>", "\u202edefine \u202egoroutine", "define \xff\x00", "```", "``` ```` ```",
		"<script>\n" + strings.Repeat("x := f(<-c, \"<!channel>\")\n", 12), strings.Repeat("define ", 500), strings.Repeat("&lt;", 500),
		code + "\n<!channel> */ ```\r\n```go\nfunc main() {}\n```",
	} {
		f.Add(said, "<!channel>\n• <https://evil.example|a>`*\u202e.go")
	}
	reference := regexp.MustCompile(`<(https://[^<>|\s]+)(\|[^<>|\n]+)?>`)
	shared := regexp.MustCompile(`^Here's that code on the Go Playground:( <\S+>|(\n• \S.*: <\S+>)+)$`)
	sharer := &shelf{}
	r, err := Registry(Deps{Playground: Playground{Sharer: sharer, Files: drawer{"F1": hello}}, Suggestions: "suggestions"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, said, name string) {
		sharer.programs = nil
		files := []handler.File{{ID: "F1", Name: name, MIMEType: "text/plain"}, {ID: "F1", Name: name + ".go"}}
		for _, mentioned := range []bool{true, false} {
			did := handlertest.Send(t, r, handler.Message{Text: said, Files: files, Mentioned: mentioned})
			for _, reply := range did.Replies {
				if strings.HasPrefix(reply.Text, "Here's that code") && !shared.MatchString(reply.Text) {
					t.Errorf("%q: lines that are not the bot's, in:\n%s", name, reply.Text)
				}
			}
			heard := text(did)
			if rest := reference.ReplaceAllString(heard, ""); strings.ContainsAny(rest, "<>") {
				t.Errorf("%q: a reference that is not the bot's, in:\n%s", said, heard)
			}
			for _, r := range heard {
				if r != '\n' && r != '\t' && !unicode.IsGraphic(r) {
					t.Errorf("%q: %U, which is not to be seen, in:\n%q", said, r, heard)
				}
			}
		}
	})
}

// FuzzSuggestion suggests any term. What is taken links and mentions nobody but its author,
// fits into its buttons, and is a block that the glossary's files can have.
func FuzzSuggestion(f *testing.F) {
	for _, term := range []string{"Xyzzy", "?", "<!channel>", "a: b # c", "\xff", "- x", "`x`", "null", "\u2028"} {
		f.Add(term, xyzzy, "x, "+term, "https://go.dev/?a=b#"+term)
		f.Add("x", term+xyzzy, "", "")
		f.Add("x", strings.Repeat(term, 60), ",", "https://"+term)
	}
	r, err := Registry(Deps{Suggestions: "suggestions"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, term, definition, aliases, link string) {
		filled := values(termField, term, definitionField, definition, aliasesField, aliases, linkField, link)
		if term == "" || definition == "" {
			return // which no platform submits
		}
		v, result := handlertest.Submit(t, r, suggestID, handler.Interaction{User: "UAUTHOR", Values: filled})
		if !v.Taken() {
			return
		}
		reply := result.Posts[0].Reply
		for node := range markup.Parse(reply.Text).Nodes() {
			if node.Kind == markup.Mention && node.Target != "UAUTHOR" || node.Kind == markup.Link && !strings.HasPrefix(node.Target, "https://") {
				t.Errorf("%q: the message has %+v", term, node)
			}
		}
		approved := handlertest.Action(t, r, approveID, handler.Interaction{User: "UMOD", Roles: []handler.Role{moderator}, Data: reply.Components[0].Data})
		made := suggestionOf(handler.Interaction{Values: filled})
		_, fits := made.newFile()
		checkBlock(t, approved.Replies[0].Text, made.Term, fits)
	})
}
