package sharkfin_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/internal/event"
	wire "github.com/gobridge/gopherbot/internal/sharkfin"
)

// message returns a message to post in town.
func message(text string) event.Message {
	return event.Message{Origin: event.Announcement, Bot: wire.Source, Chat: event.Chat{Name: "town"}, Text: text}
}

func TestPlatform_Compose(t *testing.T) {
	t.Parallel()
	const z = "\u200b"
	p := start(t).platform()
	long := strings.Repeat(strings.Repeat("x", 99)+"\n", 4000)
	for _, test := range []struct {
		name     string
		change   func(n *consumer.Notice)
		want     string // of the first part
		parts    int
		thread   string
		warnings []string
	}{
		{"an announcement", func(n *consumer.Notice) {
			n.Text, n.Link, n.Title = "*Go 1.27* & <more>", "https://go.dev/blog/@go", "the blog"
		}, "*Go 1.27* & <more> the blog (https://go.dev/blog/@go)", 1, "", nil},
		{"plain text", func(n *consumer.Notice) { n.Format, n.Text = event.Plain, "*a* :tada: @alice @ops" }, "*a* :tada: @" + z + "alice @" + z + "ops", 1, "", nil},
		{"Markdown", func(n *consumer.Notice) { n.Format, n.Text = event.Markdown, "**a** [b](https://x)" }, "*a* b (https://x)", 1, "", nil},
		{"mentions", func(n *consumer.Notice) {
			n.Parse, n.Text = true, "@mention[huid:alice] @mention[huid:nobody] @mention[all] @mention[email:a@b.example]"
		}, "@alice @mention[huid:nobody] @mention[all] @mention[email:a@b.example]", 1, "", []string{"mention_unresolved"}},
		{"a group is no person", func(n *consumer.Notice) { n.Parse, n.Text = true, "@mention[huid:ops]" }, "@mention[huid:ops]", 1, "", []string{"mention_unresolved"}},
		{"a status", func(n *consumer.Notice) { n.Status, n.Text = event.Error, "down" }, "❌ down", 1, "", nil},
		{"images", func(n *consumer.Notice) { n.Images = []string{"https://x/1.png"} }, "hi\nhttps://x/1.png", 1, "", nil},
		{"a file", func(n *consumer.Notice) { n.File, n.Content = &event.File{Name: "r.txt"}, []byte("12345") }, "hi\n(The file r.txt of 5 bytes was left out: Sharkfin takes none.)", 1, "", []string{"file_dropped"}},
		{"a long text", func(n *consumer.Notice) { n.Text = long }, "", 5, "", []string{"text_cut"}},
		{"a thread by its sync_id", func(n *consumer.Notice) { n.Thread = "town/7" }, "hi", 1, "town/7", nil},
		{"a thread by its number", func(n *consumer.Notice) { n.Thread = "7" }, "hi", 1, "town/7", nil},
		{"a channel by its id", func(n *consumer.Notice) { n.Chat = event.Chat{ID: "a/b"}; n.Thread = "a/b/7" }, "hi", 1, "a/b/7", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := consumer.Notice{Message: message("hi")}
			test.change(&n)
			c, err := p.Compose(t.Context(), n, "the-id")
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Parts) != test.parts || len(c.Files) != 0 || c.Thread != test.thread || !reflect.DeepEqual(c.Warnings, test.warnings) {
				t.Errorf("%d parts, %d files, thread %q, warnings %q", len(c.Parts), len(c.Files), c.Thread, c.Warnings)
			}
			if test.want != "" && c.Parts[0].Text != test.want {
				t.Errorf("%q, want %q", c.Parts[0].Text, test.want)
			}
		})
	}
}

func TestPlatform_ComposeRefuses(t *testing.T) {
	t.Parallel()
	p := start(t).platform()
	for _, test := range []struct {
		name   string
		change func(n *consumer.Notice)
		code   string
	}{
		{"an e-mail address", func(n *consumer.Notice) { n.Chat = event.Chat{Email: "a@b.example"} }, "unknown_chat"},
		{"nobody", func(n *consumer.Notice) { n.Chat.Name = "@nobody" }, "unknown_chat"},
		{"a thread elsewhere", func(n *consumer.Notice) { n.Thread = "other/7" }, "unknown_thread"},
		{"a thread that is none", func(n *consumer.Notice) { n.Thread = "1700000000.000100" }, "unknown_thread"},
		{"a file alone", func(n *consumer.Notice) { n.Text, n.File = "", &event.File{Name: "r.txt"} }, "no_files"},
	} {
		n := consumer.Notice{Message: message("hi")}
		test.change(&n)
		_, err := p.Compose(t.Context(), n, "")
		kind := p.Outcome(err).Kind
		if code, _ := p.Explain(err); err == nil || code != test.code || kind != consumer.Final && kind != consumer.Gone {
			t.Errorf("%s: %v, code %q, want %q", test.name, err, code, test.code)
		}
	}
}

// TestOutbox_Posts in a channel, in its thread, and to a person.
func TestOutbox_Posts(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.platform()
	post := func(chat, thread string) (string, error) {
		n := consumer.Notice{Message: message("hi")}
		n.Chat.Name = chat
		c, err := p.Compose(t.Context(), n, "")
		if err != nil {
			return "", err
		}
		return c.Outbox.Post(consumer.WithPostKey(t.Context(), "k"), c.Parts[0], thread)
	}
	first, err := post("#town", "")
	ref, ok := wire.ParseRef(first)
	if err != nil || !ok || ref.Channel != "town" {
		t.Fatal(first, err)
	}
	if id, err := post("town", first); err != nil || id == first {
		t.Error(id, err)
	}
	if said := s.said("town"); len(said) != 2 || said[1].ThreadID == nil || *said[1].ThreadID != ref.ID {
		t.Errorf("%+v", said)
	}
	if id, err := post("@alice", ""); err != nil || !strings.HasPrefix(id, "dm-alice-gopher/") {
		t.Error(id, err)
	}
	// A channel that does not exist can be created while the message is retried.
	_, err = post("nowhere", "")
	if code, _ := p.Explain(err); err == nil || p.Outcome(err).Kind != consumer.Temporary || code != "unknown_chat" {
		t.Error(err)
	}
	_, err = post("secret", "")
	if code, advice := p.Explain(err); err == nil || p.Outcome(err).Kind != consumer.Final || code != "not_in_channel" || !strings.Contains(advice, "GOPHER_SHARKFIN_CHANNELS") {
		t.Error(err)
	}
	_, err = post("town", "town/999")
	if code, _ := p.Explain(err); err == nil || p.Outcome(err).Kind != consumer.Gone || code != "unknown_thread" {
		t.Error(err)
	}
}

// FuzzCompose writes any text in each format: nothing in it notifies anybody but those whom the
// sender mentions, and every message is within the limit.
func FuzzCompose(f *testing.F) {
	for _, seed := range []string{"hello", "@alice @ops mail@bob.example", "@mention[huid:alice]bob", "**@alice** `b`\n```\n@bob", "<@alice> \ue000bob", strings.Repeat("@alice ", 3000), "\xff\x00"} {
		for format := range 5 {
			f.Add(seed, uint8(format), format%2 == 0)
		}
	}
	p := start(f).platform()
	names := map[string]bool{"alice": true, "bob": true, "robo": true, "gopher": true, "other": true, "ops": true, "devs": true, "root": true}
	f.Fuzz(func(t *testing.T, text string, format uint8, parse bool) {
		if text == "" || len(text) > 16<<10 {
			return
		}
		formats := []event.Format{event.Plain, event.Markdown, event.Native, event.Markup, ""}
		m := message(text)
		m.Format, m.Parse, m.Metadata = formats[int(format)%len(formats)], parse, json.RawMessage(`{}`)
		c, err := p.Compose(t.Context(), consumer.Notice{Message: m}, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range c.Parts {
			if len(part.Text) > 60_000 {
				t.Fatalf("a message of %d bytes", len(part.Text))
			}
			for _, match := range mention.FindAllStringSubmatch(part.Text, -1) {
				if names[match[1]] && !(parse && strings.Contains(text, "@mention[huid:"+match[1]+"]")) {
					t.Fatalf("%q became %q, which mentions %s", text, part.Text, match[1])
				}
			}
		}
	})
}
