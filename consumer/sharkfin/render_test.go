package sharkfin_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/consumer/sharkfin"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
)

// directory has the channel newbies.
type directory struct{ err error }

func (d directory) IDs(_ context.Context, names ...string) ([]string, error) {
	ids := make([]string, len(names))
	for i, name := range names {
		if name == "newbies" {
			ids[i] = name
		}
	}
	return ids, d.err
}

func TestResponder_Render(t *testing.T) {
	t.Parallel()
	const z = "\u200b"
	s := start(t)
	p := sharkfin.New(sharkfin.Options{Tools: s.tools, REST: s.rest, Bot: "gopher", Host: host, Channels: directory{}})
	m := inTown("7")
	m.Mentions = []string{"bob", "robo"}
	r := p.Responder(m, "the-id")
	for _, test := range []struct {
		name  string
		reply handler.Reply
		want  []string
	}{
		{"marks stay", handler.Text("*a* _b_ `c` :tada:\n> d\n```go\ne\n```"), []string{"*a* _b_ `c` 🎉\n> d\n```go\ne\n```"}},
		{"a link", handler.Text("<https://go.dev/|the Go site>"), []string{"the Go site (https://go.dev/)"}},
		{"names of others", handler.Text(markup.Escape("@alice @ops x@latest")), []string{"@" + z + "alice @" + z + "ops x@latest"}},
		{"people who are addressed", handler.Reply{Text: "read this", MentionUsers: true}, []string{"@bob @robo read this"}},
		{"a channel", handler.Text("ask in #newbies"), []string{"ask in #newbies"}},
		{"a channel that does not exist", handler.Text("a\nin #nowhere"), []string{"a"}},
		{"only that", handler.Text("in #nowhere"), nil},
		{"an attachment", handler.Reply{Text: "a", Attachment: &handler.Attachment{Title: "*b*", Text: "c", Footer: "<https://x|d>"}}, []string{"a\n*b*\nc\nd (https://x)"}},
		{"an attachment alone", handler.Reply{Text: "#nowhere", Attachment: &handler.Attachment{Text: "c"}}, []string{"c"}},
		{"controls", handler.Reply{Text: "a", Components: []handler.Component{
			{ID: "approve", Label: "Approve", Fallback: "approve 17"}, {ID: "reject", Label: "Reject"}, {Label: "Read", URL: "https://go.dev/"},
		}}, []string{"a\n• Approve: approve 17\n• Read (https://go.dev/)"}},
		{"a rendering of its own", handler.Reply{Text: "a", Native: map[string]json.RawMessage{"sharkfin": json.RawMessage(`{"message":"@ops *b*"}`), "slack": nil}}, []string{"@ops *b*"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			messages, err := r.Render(t.Context(), test.reply)
			var got []string
			for _, m := range messages {
				got = append(got, m.Text)
			}
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("%q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestResponder_RenderMistakes(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := sharkfin.New(sharkfin.Options{Tools: s.tools, REST: s.rest, Bot: "gopher", Host: host, Channels: directory{errors.New("no answer")}})
	r := p.Responder(inTown("7"), "")
	if _, err := r.Render(t.Context(), handler.Text("#newbies")); err == nil || p.Outcome(err).Kind != consumer.Temporary {
		t.Error(err)
	}
	if _, err := r.Render(t.Context(), handler.Reply{Native: map[string]json.RawMessage{"sharkfin": json.RawMessage(`["x"]`)}}); err == nil || p.Outcome(err).Kind != consumer.Final {
		t.Error(err)
	}
	if _, err := r.Render(t.Context(), handler.Reply{Text: "a", Components: []handler.Component{{}}}); err == nil {
		t.Error("a control without a label")
	}
}

// TestResponder_SplitsLongTexts at the ends of lines, with blocks of code kept whole.
func TestResponder_SplitsLongTexts(t *testing.T) {
	t.Parallel()
	r := start(t).platform().Responder(inTown("7"), "")
	line := strings.Repeat("é", 999) + "\n"
	text := strings.Repeat(line, 70) + "```\n" + strings.Repeat("code\n", 100) + "```"
	parts, err := r.Render(t.Context(), handler.Text(text))
	if err != nil || len(parts) < 3 {
		t.Fatalf("%d parts, %v", len(parts), err)
	}
	for i, part := range parts {
		if len(part.Text) > 60_000 || !utf8.ValidString(part.Text) || strings.Count(part.Text, "```")%2 != 0 {
			t.Errorf("part %d has %d bytes", i, len(part.Text))
		}
	}
}

// TestResponder_RenderWithoutTools has no name mention anybody.
func TestResponder_RenderWithoutTools(t *testing.T) {
	t.Parallel()
	r := start(t).restPlatform().Responder(inTown("7"), "")
	if got, err := r.Render(t.Context(), handler.Text("@anybody x@latest")); err != nil || got[0].Text != "@\u200banybody x@\u200blatest" {
		t.Errorf("%+v, %v", got, err)
	}
}
