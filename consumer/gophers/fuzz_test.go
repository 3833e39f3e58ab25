package gophers

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
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
	shared := regexp.MustCompile(`^Here is that code on the Go Playground:( <\S+>|(\n• \S.*: <\S+>)+)$`)
	sharer := &shelf{}
	r, err := Registry(Deps{Playground: Playground{Sharer: sharer, Files: drawer{"F1": hello}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, said, name string) {
		sharer.programs = nil
		files := []handler.File{{ID: "F1", Name: name, MIMEType: "text/plain"}, {ID: "F1", Name: name + ".go"}}
		for _, mentioned := range []bool{true, false} {
			did := handlertest.Send(t, r, handler.Message{Text: said, Files: files, Mentioned: mentioned})
			for _, reply := range did.Replies {
				if strings.HasPrefix(reply.Text, "Here is that code") && !shared.MatchString(reply.Text) {
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
