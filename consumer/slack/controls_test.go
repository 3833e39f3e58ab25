package slack_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	eventkind "github.com/gobridge/gopherbot/internal/event"
)

var approve = []handler.Component{{ID: "approve", Label: "Approve", Data: "17"}}

// TestResponder_PostsControls below the last message, and nothing new without them.
func TestResponder_PostsControls(t *testing.T) {
	t.Parallel()
	const controls = `{"type":"actions","block_id":"1|U1|","elements":[{"type":"button","text":{"type":"plain_text","text":"Approve","emoji":false},"action_id":"approve","value":"17"}]}`
	section := func(text string) string { return `{"type":"section","text":{"type":"mrkdwn","text":"` + text + `"}}` }
	line := strings.Repeat("x", 99) + "\n"
	for name, test := range map[string]struct {
		reply       handler.Reply
		texts       []string
		blocks      []string // of each message, "" for none
		attachments string   // of the last
	}{
		"without controls":   {handler.Text("hi"), []string{"hi"}, []string{""}, ""},
		"with a button":      {handler.Reply{Text: "*hi* #newbies <!here>", Components: approve}, []string{"*hi* <#C1> &lt;!here&gt;"}, []string{`[` + section(`*hi* \u003c#C1\u003e \u0026lt;!here\u0026gt;`) + `,` + controls + `]`}, ""},
		"with nothing else":  {handler.Reply{Components: approve}, []string{""}, []string{`[` + controls + `]`}, ""},
		"with an attachment": {handler.Reply{Text: "hi", Components: approve, Attachment: &handler.Attachment{Title: "t"}}, []string{"hi"}, []string{`[` + section("hi") + `,` + controls + `]`}, "t"},
		"of two sections": {
			handler.Reply{Text: strings.Repeat(line, 35), Components: approve},
			[]string{strings.Repeat(line, 35)},
			[]string{`[` + section(strings.TrimSuffix(strings.ReplaceAll(strings.Repeat(line, 30), "\n", `\n`), `\n`)) + `,` + section(strings.TrimSuffix(strings.ReplaceAll(strings.Repeat(line, 5), "\n", `\n`), `\n`)) + `,` + controls + `]`}, "",
		},
		"of two messages": {
			handler.Reply{Text: strings.Repeat(line, 45), Components: approve},
			[]string{strings.TrimSuffix(strings.Repeat(line, 40), "\n"), strings.TrimSuffix(strings.Repeat(line, 5), "\n")},
			[]string{"", `[` + section(strings.TrimSuffix(strings.ReplaceAll(strings.Repeat(line, 5), "\n", `\n`), `\n`)) + `,` + controls + `]`}, "",
		},
		"rendered by itself": {
			handler.Reply{Text: strings.Repeat(line, 45), Components: approve, Native: map[string]json.RawMessage{"slack": []byte(`{"blocks":[{"type":"divider"}],"attachments":[{"color":"#f00"}]}`), "mattermost": []byte(`1`)}},
			[]string{strings.TrimSuffix(strings.Repeat(line, 40), "\n")}, []string{`[{"type":"divider"}]`}, "#f00",
		},
		"rendered for others": {handler.Reply{Text: "hi", Native: map[string]json.RawMessage{"mattermost": []byte(`1`)}}, []string{"hi"}, []string{""}, ""},
	} {
		for _, verb := range []string{"chat.postMessage", "chat.postEphemeral"} {
			a := newWebAPI(t, nil)
			r := a.used(t, pressed)
			say := r.Reply
			if verb == "chat.postEphemeral" {
				say = r.ReplyEphemeral
			}
			if err := say(t.Context(), test.reply); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			var texts, blocks []string
			for _, c := range a.calls {
				if c.method != verb || c.fields["metadata"] != "" && c.fields["metadata"] != `{"event_type":"gopherbot_post","event_payload":{"asker":"U1"}}` {
					t.Errorf("%s: %s, metadata %s", name, c.method, c.fields["metadata"])
				}
				texts, blocks = append(texts, c.fields["text"]), append(blocks, c.fields["blocks"])
			}
			if !slices.Equal(texts, test.texts) || !slices.Equal(blocks, test.blocks) || !strings.Contains(a.last()["attachments"], test.attachments) || (test.attachments == "") != (a.last()["attachments"] == "") {
				t.Errorf("%s, %s:\n got %q %s\nwant %q %s\n%s", name, verb, texts, blocks, test.texts, test.blocks, a.last()["attachments"])
			}
		}
	}
}

// TestResponder_PostsControlsThroughTheHook, as the API would.
func TestResponder_PostsControlsThroughTheHook(t *testing.T) {
	t.Parallel()
	a := newWebAPI(t, nil)
	r := a.used(t, slashed)
	reply := handler.Reply{Text: "hi", Components: approve, Unfurl: true, Attachment: &handler.Attachment{Title: "t", Text: "x"}}
	if err := r.Reply(t.Context(), reply); err != nil {
		t.Fatal(err)
	}
	c := a.last()
	if !strings.Contains(c["blocks"], `"block_id":"1|U1|"`) || c["attachments"] != `[{"fallback":"t","title":"t","text":"x","blocks":null}]` || c["unfurl_links"] != "true" || c["replace_original"] != "false" {
		t.Errorf("%v", c)
	}
	if err := r.Reply(t.Context(), handler.Text("bye")); err != nil {
		t.Fatal(err)
	}
	if c := a.last(); c["blocks"] != "" || c["attachments"] != "" || c["unfurl_links"] != "false" || c["text"] != "bye" {
		t.Errorf("%v", c)
	}
}

// TestResponder_EditReplacesEverything: what the reply lacks is removed.
func TestResponder_EditReplacesEverything(t *testing.T) {
	t.Parallel()
	a := newWebAPI(t, nil)
	edit := func(reply handler.Reply) map[string]string {
		t.Helper()
		if err := a.used(t, pressed).Edit(t.Context(), reply); err != nil {
			t.Fatal(err)
		}
		return a.last()
	}
	if c := edit(handler.Text("done")); c["text"] != "done" || c["blocks"] != "[]" || c["attachments"] != "[]" || c["parse"] != "none" || c["metadata"] != "" {
		t.Errorf("a text: %v", c)
	}
	if c := edit(handler.Reply{Text: "again", Components: approve}); strings.Count(c["blocks"], `"type":"section"`) != 1 || !strings.Contains(c["blocks"], "approve") || c["attachments"] != "[]" {
		t.Errorf("with a button: %v", c)
	}
	// A text of several messages becomes one, in blocks.
	if c := edit(handler.Reply{Text: strings.Repeat(strings.Repeat("x", 99)+"\n", 100), Components: approve}); len(c["text"]) > 4000 || strings.Count(c["blocks"], `"type":"section"`) != 4 || strings.Count(c["blocks"], strings.Repeat("x", 99)) != 100 {
		t.Errorf("a long text: %d bytes of text, %.200s", len(c["text"]), c["blocks"])
	}
	if n := len(a.calls); n != 3 {
		t.Errorf("%d calls", n)
	}
	// A line that names a channel which does not exist is left out: nothing is left here.
	if err := a.used(t, pressed).Edit(t.Context(), handler.Text("#nowhere")); err != nil || len(a.calls) != 3 {
		t.Errorf("%v, %s", err, a.made())
	}
}

// TestResponder_RefusesControls that Slack would refuse, before it posts anything.
func TestResponder_RefusesControls(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]handler.Reply{
		"an unknown id":       {Text: strings.Repeat("x\n", 3000), Components: []handler.Component{{ID: "Approve!", Label: "A"}}},
		"too many":            {Components: slices.Repeat(approve, 26)},
		"its own is no JSON":  {Text: "x", Native: map[string]json.RawMessage{"slack": []byte(`{`)}},
		"its own has nothing": {Text: "x", Native: map[string]json.RawMessage{"slack": []byte(`{}`)}},
	} {
		a := newWebAPI(t, nil)
		for _, body := range []string{pressed, slashed} {
			r := a.used(t, body)
			for _, say := range []func() error{
				func() error { return r.Reply(t.Context(), reply) }, func() error { return r.ReplyEphemeral(t.Context(), reply) },
				func() error { return r.DM(t.Context(), reply) }, func() error { return r.PostIn(t.Context(), "C2", reply) },
			} {
				if err := say(); err == nil || a.made() != "" {
					t.Errorf("%s: %v, %s", name, err, a.made())
				}
			}
		}
	}
}

// TestResponder_AnswersKnowTheAsker by the post's metadata, beside its key.
func TestResponder_AnswersKnowTheAsker(t *testing.T) {
	t.Parallel()
	a := newWebAPI(t, nil)
	r := a.platform.Responder(consumer.Message{Message: handler.Message{User: "U7", Channel: handler.Channel{ID: "C1"}}}, "")
	if err := r.Post(consumer.WithPostKey(t.Context(), "key-1"), consumer.PostReply, consumer.Rendered{Text: "hi"}); err != nil {
		t.Fatal(err)
	}
	if got := a.last()["metadata"]; got != `{"event_type":"gopherbot_post","event_payload":{"asker":"U7","key":"key-1"}}` {
		t.Errorf("%s", got)
	}
	// An announcement answers nobody.
	news, err := a.platform.Compose(t.Context(), consumer.Notice{Message: eventkind.Message{Chat: eventkind.Chat{ID: "C1"}, Text: "news"}}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := news.Outbox.Post(t.Context(), news.Parts[0], ""); err != nil || a.last()["metadata"] != "" {
		t.Errorf("%v, %s", err, a.last()["metadata"])
	}
}
