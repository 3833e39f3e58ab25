package slack_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/handler"
)

// TestPublishHome publishes the page, and not again what is shown.
func TestPublishHome(t *testing.T) {
	t.Parallel()
	a := newWebAPI(t, nil)
	page := handler.Reply{Text: "Ask in #newbies.\n" + strings.Repeat("• a line\n", 500), Components: []handler.Component{{ID: "search-help", Label: "Search"}}}
	publish := func(shown string, page handler.Reply) bool {
		t.Helper()
		published, err := a.platform.PublishHome(t.Context(), consumer.HomeOpened{Interaction: handler.Interaction{User: "U1"}, Shown: shown}, page, "req-1")
		if err != nil {
			t.Fatal(err)
		}
		return published
	}
	if !publish("", page) || a.made() != "views.publish user_id=U1" {
		t.Fatalf("%s", a.made())
	}
	view := a.last()["view"]
	shown := metadataOf(t, a.last())
	if !strings.Contains(view, `\u003c#C1\u003e`) || !strings.Contains(view, `"type":"home"`) || !strings.Contains(view, `"action_id":"search-help"`) || strings.Count(view, `"type":"section"`) != 2 || len(shown) != 32 {
		t.Errorf("%s", view)
	}
	if publish(shown, page) {
		t.Error("the same page is published again")
	}
	page.Components[0].Label = "Search it"
	if !publish(shown, page) || metadataOf(t, a.last()) == shown {
		t.Error("a changed page is not published")
	}
	if !publish("", handler.Reply{Text: "x", Native: map[string]json.RawMessage{"slack": []byte(`{"blocks":[{"type":"divider"}]}`)}}) || !strings.Contains(a.last()["view"], `"blocks":[{"type":"divider"}]`) {
		t.Errorf("its own rendering: %s", a.last()["view"])
	}
}

func TestPublishHome_Fails(t *testing.T) {
	t.Parallel()
	a := newWebAPI(t, map[string][]string{"views.publish": {`200 {"ok":false,"error":"not_enabled"}`}})
	published, err := a.platform.PublishHome(t.Context(), consumer.HomeOpened{}, handler.Text("hi"), "")
	if published || err == nil {
		t.Errorf("to nobody: %v, %v", published, err)
	}
	opened := consumer.HomeOpened{Interaction: handler.Interaction{User: "U1"}}
	if published, err := a.platform.PublishHome(t.Context(), opened, handler.Text("hi"), ""); published || a.platform.Outcome(err).Kind != consumer.Final {
		t.Errorf("%v, %v", published, err)
	}
	for name, page := range map[string]handler.Reply{
		"mistakes in its controls":  {Text: "hi", Components: []handler.Component{{ID: "?"}}},
		"mistakes in its own":       {Text: "hi", Native: map[string]json.RawMessage{"slack": []byte(`{}`)}},
		"more than 100 blocks":      {Text: strings.Repeat("x", 3000*100), Components: []handler.Component{{ID: "a", Label: "A"}}},
		"a directory that is lost ": {Text: "#newbies"},
	} {
		p := slack.New(slack.Options{Channels: lost{}, Bot: bot}) // without an API: a call panics
		if _, err := p.PublishHome(t.Context(), opened, page, ""); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestReadMessage fills in what Slack says of a message.
func TestReadMessage(t *testing.T) {
	t.Parallel()
	const found = `200 {"ok":true,"messages":[{"ts":"1763660000.000100","thread_ts":"1763659999.000100","user":"UBOT","bot_id":"BBOT","text":"hi &amp; all",` +
		`"metadata":{"event_type":"gopherbot_post","event_payload":{"key":"k","asker":"U2"}},"blocks":[{"type":"actions","block_id":"1|U3|","elements":[{"type":"button","action_id":"remove","text":{"text":"Remove"}}]}]}]}`
	const others = `200 {"ok":true,"messages":[{"ts":"1763659999.000100","user":"U9","text":"another"}]}`
	const theirs = `200 {"ok":true,"messages":[{"ts":"1763660000.000100","user":"U5","text":"hi","metadata":{"event_type":"gopherbot_post","event_payload":{"asker":"U2"}},"blocks":[{"type":"actions","block_id":"1|U3|"}]}]}`
	refused := func(code string) string { return `200 {"ok":false,"error":"` + code + `"}` }
	for name, test := range map[string]struct {
		history, replies string
		want             string // text, asker, thread, author and the number of controls
		calls            int
		fails            bool
	}{
		"in the channel":     {found, others, "hi & all U2 1763659999.000100 UBOT 1", 1, false},
		"in a thread":        {others, found, "hi & all U2 1763659999.000100 UBOT 1", 2, false},
		"of somebody else":   {theirs, others, "hi   U5 0", 1, false},
		"that is gone":       {others, refused("thread_not_found"), "   UBOT 0", 2, false},
		"that it may not":    {refused("missing_scope"), refused("missing_scope"), "   UBOT 0", 2, false},
		"where it is not":    {refused("not_in_channel"), refused("not_in_channel"), "   UBOT 0", 2, false},
		"while Slack breaks": {refused("internal_error"), "", "   UBOT 0", 1, true},
	} {
		a := newWebAPI(t, map[string][]string{"conversations.history": {test.history}, "conversations.replies": {test.replies}})
		m := handler.Message{Channel: handler.Channel{ID: "C1"}, ID: "1763660000.000100", User: "UBOT"}
		err := a.platform.ReadMessage(t.Context(), &m)
		got := strings.Join([]string{m.Text, m.Asker, m.Thread, m.User, string(rune('0' + len(m.Components)))}, " ")
		if (err != nil) != test.fails || got != test.want || strings.Count(a.made(), "\n")+1 != test.calls {
			t.Errorf("%s: %q (%v), want %q; %s", name, got, err, test.want, a.made())
		}
		if c := a.last(); c["channel"] != "C1" || c["latest"] != "1763660000.000100" || c["inclusive"] != "true" {
			t.Errorf("%s: asked for %v", name, c)
		}
	}
}

// TestReactionAdded_IsAnswered in the thread of the message, which is edited if it is the
// bot's.
func TestReactionAdded_IsAnswered(t *testing.T) {
	t.Parallel()
	for author, want := range map[string]string{
		"UBOT": "chat.postMessage channel=C1 thread_ts=1.1 text=hi\nchat.delete channel=C1 ts=1.2",
		"U2":   "chat.postMessage channel=C1 thread_ts=1.1 text=hi\nchat.delete channel=C1 ts=1763660001.000100",
	} {
		a := newWebAPI(t, nil)
		in := consumer.ReactionAdded{Interaction: handler.Interaction{User: "U1", Channel: handler.Channel{ID: "C1"}, Message: &handler.Message{ID: "1.2", Thread: "1.1", User: author}}}
		r := a.platform.Responder(in, "")
		if err := errors.Join(r.Reply(t.Context(), handler.Text("hi")), r.Edit(t.Context(), handler.Reply{})); err != nil || a.made() != want {
			t.Errorf("of %s: %v\n%s\nwant %s", author, err, a.made(), want)
		}
	}
}
