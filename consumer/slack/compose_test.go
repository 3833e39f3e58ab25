package slack_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	slackgo "github.com/slack-go/slack"
	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/internal/channeldir"
	busevent "github.com/gobridge/gopherbot/internal/event"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestPlatform_Posts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name          string
		m             busevent.Message
		channel, text string
	}{
		{"text", busevent.Message{Chat: busevent.Chat{Name: "general"}, Text: "hear, hear"}, "C1", "hear, hear"},
		{"with a link", busevent.Message{Chat: busevent.Chat{Name: "general"}, Text: "News:", Link: "https://go.dev/?a=1&b=2"}, "C1", "News: <https://go.dev/?a=1&amp;b=2>"},
		{"with a title", busevent.Message{Chat: busevent.Chat{Name: "general"}, Text: "News:", Link: "https://go.dev/", Title: "Go"}, "C1", "News: <https://go.dev/|Go>"},
		{"by its id", busevent.Message{Chat: busevent.Chat{ID: "D0DIRECT"}, Text: "psst"}, "D0DIRECT", "psst"},
		{"by id, in a private channel", busevent.Message{Chat: busevent.Chat{Name: "G0PRIVATE"}, Text: "psst"}, "G0PRIVATE", "psst"},
		{"that would mention everyone", busevent.Message{Chat: busevent.Chat{Name: "general"}, Text: "<!channel> & co"}, "C1", "&lt;!channel&gt; &amp; co"},
		{"with a link that would be another", busevent.Message{Chat: busevent.Chat{Name: "general"}, Link: "https://x/|>\n<!here>", Title: "a|b> <!here>\n"},
			"C1", "<https://x/%7C%3E%0A%3C!here%3E|a|b&gt; &lt;!here&gt; >"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got url.Values
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_ = r.ParseForm()
				got = r.Form
				_, _ = w.Write([]byte(`{"ok":true,"ts":"1763660000.000100"}`))
			}))
			defer server.Close()
			base := &http.Transport{}
			defer base.CloseIdleConnections()
			api := slackgo.New("xoxb-1", slackgo.OptionAPIURL(server.URL+"/"), slackgo.OptionHTTPClient(&http.Client{Timeout: testenv.Timeout, Transport: base}))
			test.m.Origin = busevent.Announcement
			c, err := slack.New(slack.Options{API: api, Channels: names{"C1": "general"}, Bot: bot}).Compose(t.Context(), consumer.Notice{Message: test.m}, "")
			if err != nil || len(c.Parts) != 1 {
				t.Fatal(c, err)
			}
			if id, err := c.Outbox.Post(t.Context(), c.Parts[0], c.Thread); err != nil || id != test.channel+"/1763660000.000100" {
				t.Fatal(id, err)
			}
			if got.Get("channel") != test.channel || got.Get("text") != test.text {
				t.Errorf("posted in %s: %q, want in %s: %q", got.Get("channel"), got.Get("text"), test.channel, test.text)
			}
		})
	}
}

func TestPlatform_PostsToNoUnknownChannel(t *testing.T) {
	t.Parallel()
	m := busevent.Message{Chat: busevent.Chat{Name: "nowhere"}, Text: "hear, hear"}
	for _, directory := range []names{nil, {}} {
		p := slack.New(slack.Options{Channels: directory, Bot: bot})
		_, err := p.Compose(t.Context(), consumer.Notice{Message: m}, "")
		if err == nil || p.Outcome(err).Kind != consumer.Temporary {
			t.Errorf("%v, want a Temporary error", err)
		}
	}
}

// conversations is a ConversationReader.
type conversations map[string]slackapi.Conversation

func (c conversations) Conversation(_ context.Context, id string) (slackapi.Conversation, error) {
	if id == "CLOST" {
		return slackapi.Conversation{}, errors.New("connection reset")
	}
	if found, ok := c[id]; ok {
		return found, nil
	}
	return slackapi.Conversation{}, slackgo.SlackErrorResponse{Err: "channel_not_found"}
}

func (conversations) Message(context.Context, string, string) (*fastjson.Value, error) {
	return nil, errors.New("a channel is no message")
}

func TestPlatform_DecodesChannelChanges(t *testing.T) {
	t.Parallel()
	p := slack.New(slack.Options{Conversations: conversations{"C1": {Name: "back"}, "C2": {Name: "again", Archived: true}, "C3": {Name: "secret", Private: true}}})
	for payload, want := range map[string]channeldir.Change{
		`{"type":"channel_created","channel":{"id":"C1","name":"fun","created":1360782804,"creator":"U1"}}`: {ID: "C1", Name: "fun"},
		`{"type":"channel_rename","channel":{"id":"C1","name":"more-fun","created":1360782804}}`:            {ID: "C1", Name: "more-fun"},
		`{"type":"channel_archive","channel":"C1","user":"U1"}`:                                             {ID: "C1"},
		`{"type":"channel_deleted","channel":"C1"}`:                                                         {ID: "C1"},
		`{"type":"channel_unarchive","channel":"C1","user":"U1"}`:                                           {ID: "C1", Name: "back"},
		`{"type":"channel_unarchive","channel":"C2","user":"U1"}`:                                           {ID: "C2"}, // archived again
		`{"type":"channel_unarchive","channel":"C3","user":"U1"}`:                                           {ID: "C3"}, // private now
		`{"type":"channel_unarchive","channel":"C9","user":"U1"}`:                                           {ID: "C9"}, // deleted meanwhile
	} {
		if got, err := p.ChannelChange(t.Context(), event(payload)); err != nil || got != want {
			t.Errorf("%s: %+v (%v), want %+v", payload, got, err, want)
		}
	}
	for _, payload := range []string{
		`{`, `{}`, `{"type":"channel_created","channel":"C1"}`, `{"type":"channel_rename","channel":{"id":"C1"}}`,
		`{"type":"channel_rename","channel":{"name":"x"}}`, `{"type":"channel_archive","channel":{"id":"C1"}}`, `{"type":"pin_added","channel":"C1"}`,
	} {
		if got, err := p.ChannelChange(t.Context(), event(payload)); !is[*workqueue.RejectError](err) {
			t.Errorf("%s: %+v (%v), want a rejection", payload, got, err)
		}
	}
	if _, err := p.ChannelChange(t.Context(), event(`{"type":"channel_unarchive","channel":"CLOST"}`)); err == nil || is[*workqueue.RejectError](err) {
		t.Errorf("without an answer: %v, want a Temporary error", err)
	}
}
