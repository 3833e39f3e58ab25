package slack_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/handler"
)

// lost is a channel directory that cannot be read.
type lost struct{ names }

var errLost = errors.New("connection lost")

func (lost) IDs(context.Context, ...string) ([]string, error) { return nil, errLost }

var channels = names{"C1": "newbies", "C2": "reviews"}

func responderWith(directory slack.Channels) consumer.Responder {
	platform := slack.New(slack.Options{Channels: directory, Bot: bot})
	return platform.Responder(consumer.Message{Message: handler.Message{Mentions: []string{"U1", "U2"}}}, "")
}

func TestResponder_RendersReplies(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		directory slack.Channels
		reply     handler.Reply
		want      []string
	}{
		{"a text", channels, handler.Text("*hi* <https://go.dev/|Go> &amp; `x`"), []string{"*hi* <https://go.dev/|Go> &amp; `x`"}},
		{"links channels", channels, handler.Text("ask (#newbies, #reviews)"), []string{"ask (<#C1>, <#C2>)"}},
		{"leaves out lines", channels, handler.Text("a\nin #nowhere\nb"), []string{"a\nb"}},
		{"has no line left", channels, handler.Text("#newbies or #nowhere\n\n"), nil},
		{"has no line left for those mentioned", channels, handler.Reply{Text: "#nowhere", MentionUsers: true}, nil},
		{"has no line left but an attachment", channels, handler.Reply{Text: "#nowhere", Attachment: &handler.Attachment{Title: "t"}}, []string{""}},
		{"before the directory is filled", names(nil), handler.Text("in #newbies\n#nowhere"), []string{"in #newbies\n#nowhere"}},
		{"without a directory", nil, handler.Text("in #newbies"), []string{"in #newbies"}},
		{"no channel", channels, handler.Text("<https://go.dev/faq#nowhere> C#nowhere &#35;nowhere #1"), []string{"<https://go.dev/faq#nowhere> C#nowhere #nowhere #1"}},
		{"mentions users", channels, handler.Reply{Text: "in #newbies", MentionUsers: true}, []string{"<@U1> <@U2> in <#C1>"}},
		{"is long", channels, handler.Text(strings.Repeat("x", 3000) + "\n" + strings.Repeat("y", 3000)), []string{strings.Repeat("x", 3000), strings.Repeat("y", 3000)}},
	} {
		messages, err := responderWith(test.directory).Render(t.Context(), test.reply)
		if err != nil || len(messages) != len(test.want) {
			t.Errorf("%s: %+v (%v), want %q", test.name, messages, err, test.want)
			continue
		}
		for i, m := range messages {
			if m.Text != test.want[i] {
				t.Errorf("%s: %q, want %q", test.name, m.Text, test.want[i])
			}
		}
	}
}

func TestResponder_LinksChannelsInAttachments(t *testing.T) {
	t.Parallel()
	reply := handler.Reply{Text: "a", Attachment: &handler.Attachment{Title: "*t*", Text: "in #newbies\nin #nowhere", Footer: "<!here>"}}
	messages, err := responderWith(channels).Render(t.Context(), reply)
	if err != nil || len(messages) != 1 || *messages[0].Attachment != (handler.Attachment{Title: "*t*", Text: "in <#C1>", Footer: "&lt;!here&gt;"}) {
		t.Errorf("%+v (%v)", messages, err)
	}
}

// TestResponder_RetriesWithoutDirectory: the error of the directory is Temporary, and
// nothing is posted.
func TestResponder_RetriesWithoutDirectory(t *testing.T) {
	t.Parallel()
	p := slack.New(slack.Options{Channels: lost{}, Bot: bot}) // without an API: a post panics
	for name, r := range map[string]consumer.Responder{
		"message":   p.Responder(consumer.Message{Message: handler.Message{Channel: handler.Channel{ID: general}}}, ""),
		"channel":   p.Responder(consumer.ChannelJoin{Join: handler.Join{Channel: handler.Channel{ID: general}}}, ""),
		"workspace": p.Responder(consumer.WorkspaceJoin{}, ""),
	} {
		for _, say := range []func(context.Context, handler.Reply) error{r.Reply, r.ReplyEphemeral, r.DM} {
			if err := say(t.Context(), handler.Text("in #newbies")); !errors.Is(err, errLost) || p.Outcome(err).Kind != consumer.Temporary {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if _, err := p.Responder(consumer.Message{}, "").Render(t.Context(), handler.Text("names none")); err != nil {
		t.Error(err)
	}
}

// FuzzRender looks for a reply with messages that are too long, notify everybody or a
// group, or are not UTF-8.
func FuzzRender(f *testing.F) {
	f.Add("one two\nthree ```four\nfive``` six\n\n<http://a|b c> &amp; d", 100)
	f.Add("```\ncode\n```", 1000)
	f.Add("ä`*<!channel> #newbies", 300)
	f.Fuzz(func(t *testing.T, text string, times int) {
		if times < 1 || times > 10_000 || len(text)*times > 100_000 || !utf8.ValidString(text) {
			return
		}
		messages, err := responderWith(channels).Render(t.Context(), handler.Text(strings.Repeat(text, times)))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range messages {
			if len(m.Text) > 4000 || strings.Contains(m.Text, "<!") || !utf8.ValidString(m.Text) {
				t.Errorf("%d bytes: %.200q", len(m.Text), m.Text)
			}
		}
	})
}
