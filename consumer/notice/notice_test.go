package notice_test

import (
	"errors"
	"testing"

	"github.com/gobridge/gopherbot/consumer/notice"
	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/mention"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		m    event.Message
		want string // by markup.Plain
	}{
		{"nothing", event.Message{}, ""},
		{"plain text is the default", event.Message{Text: "*a* <@U1>\r\n:b:"}, "*a* <@U1>\n:b:"},
		{"an announcement is markup, and refers to nobody", event.Message{Origin: event.Announcement, Text: "*a* <https://x|b> <@U1>"}, "*a* <https://x|b> <@U1>"},
		{"Markdown", event.Message{Format: event.Markdown, Text: "**a** [b](https://x)"}, "*a* b (https://x)"},
		{"markup", event.Message{Format: event.Markup, Text: "*a* <https://x|b> <@U1>"}, "*a* b (https://x) <@U1>"},
		{"native", event.Message{Format: event.Native, Text: "<https://x|b> <@U1>"}, "b (https://x) <@U1>"},
	} {
		doc := notice.Parse(test.m)
		if got := markup.Plain(doc); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
		for n := range doc.Nodes() {
			if n.Kind == markup.Mention {
				t.Errorf("%s: it mentions %s", test.name, n.Target)
			}
		}
	}
}

func TestWithLink(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, link, title, want string }{
		{"a", "", "", "a"},
		{"a", "https://x/<b>|c d", "the\nsite", "a the site (https://x/%3Cb%3E%7Cc%20d)"},
		{"", "https://x", "", "https://x"},
		{"```\na\n```", "https://x", "", "```\na\n```\nhttps://x"},
	} {
		m := event.Message{Format: event.Markup, Text: test.text, Link: test.link, Title: test.title}
		if got := markup.Plain(notice.WithLink(notice.Parse(m), m)); got != test.want {
			t.Errorf("%q: %q, want %q", test.text, got, test.want)
		}
	}
	if got := notice.Whole(event.Message{Text: "a", Link: "https://x"}); got != "a\nhttps://x" {
		t.Errorf("%q", got)
	}
}

func TestMention(t *testing.T) {
	t.Parallel()
	resolve := func(m mention.Mention) (markup.Node, bool, error) {
		switch m.Value {
		case "ada":
			return markup.Node{Kind: markup.Mention, Target: "U1"}, true, nil
		case "away":
			return markup.Node{}, false, errors.New("no answer")
		}
		return markup.Node{}, false, nil
	}
	d, unresolved, err := notice.Mention(markup.Parse("*hi @mention[huid:ada]* @mention[huid:rob] `@mention[huid:ada]`"), resolve)
	if want := "*hi @U1* @mention[huid:rob] `@mention[huid:ada]`"; err != nil || !unresolved || markup.Plain(d) != want {
		t.Errorf("%q, %v, %v; want %q", markup.Plain(d), unresolved, err, want)
	}
	if d, unresolved, err = notice.Mention(notice.Plain("a\n@mention[huid:ada]!"), resolve); err != nil || unresolved || markup.Plain(d) != "a\n@U1!" {
		t.Errorf("%q, %v, %v", markup.Plain(d), unresolved, err)
	}
	if _, _, err = notice.Mention(notice.Plain("@mention[huid:away]"), resolve); err == nil {
		t.Error("an error is lost")
	}
}
