package slack_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	slackgo "github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/handler"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// posting is a way to post.
type posting struct {
	kind consumer.PostKind
	say  func(r handler.Responder, ctx context.Context, reply handler.Reply) error
}

// TestResponder_Posted looks for posts that were made, and for others.
func TestResponder_Posted(t *testing.T) {
	t.Parallel()
	reply := posting{consumer.PostReply, handler.Responder.Reply}
	dm := posting{consumer.PostDM, handler.Responder.DM}
	thread := posting{consumer.PostThread, func(r handler.Responder, ctx context.Context, reply handler.Reply) error {
		reply.InThread = true
		return r.Reply(ctx, reply)
	}}
	asked := handler.Message{Channel: handler.Channel{ID: general}, ID: "1763660000.000100"}
	inChannel := handler.Message{Channel: handler.Channel{ID: general}}
	inThread := handler.Message{Channel: handler.Channel{ID: general}, Thread: "1763660000.000100"}
	inDM := handler.Message{Channel: handler.Channel{ID: "D01ADA"}}
	for _, test := range []struct {
		name string
		m    handler.Message
		posting
		hidden bool // whether Slack shows the metadata
		text   string
		after  int // how many other messages come after it
		want   bool
		tells  bool
	}{
		{"a reply in a channel", inChannel, reply, false, "heads", 0, true, true},
		{"a reply in a thread", inThread, reply, false, "heads", 0, true, true},
		{"a reply in a thread that it begins", asked, thread, false, "heads", 0, true, true},
		{"a reply in a direct message", inDM, reply, false, "heads", 0, true, true},
		{"a direct message", inChannel, dm, false, "heads", 0, true, true},
		{"with other words now", inChannel, reply, false, "tails", 0, true, true},
		{"pages ago", inChannel, reply, false, "heads", 450, true, true},
		{"too many pages ago", inChannel, reply, false, "heads", 1100, false, false},
		{"without metadata, by its text", inChannel, reply, true, "heads", 0, true, true},
		{"without metadata, and with other words now", inChannel, reply, true, "tails", 0, false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r, workspace := answeringIn(t, test.m, func(o *slacksim.Options) { o.HideMetadata = test.hidden })
			began := time.Now()
			post := consumer.Post{Kind: test.kind, Key: "key-1", Text: r.(consumer.Finder).Digest(consumer.Rendered{Text: test.text}), Since: began}
			look := func(p consumer.Post) (bool, error) { return r.(consumer.Finder).Posted(t.Context(), p) }

			if found, err := look(post); err != nil || found {
				t.Errorf("found before it was posted: %v (%v)", found, err)
			}
			if err := test.say(r, consumer.WithPostKey(t.Context(), "key-1"), handler.Text("heads")); err != nil {
				t.Fatal(err)
			}
			for range test.after {
				if err := r.Reply(consumer.WithPostKey(t.Context(), "another"), handler.Text("another")); err != nil {
					t.Fatal(err)
				}
			}
			found, err := look(post)
			if found != test.want || errors.Is(err, consumer.ErrCannotTell) == test.tells {
				t.Errorf("%v (%v), want %v", found, err, test.want)
			}
			other := post
			other.Key, other.Text = "key-2", r.(consumer.Finder).Digest(consumer.Rendered{Text: "something else"})
			if found, err := look(other); found || err != nil && test.tells {
				t.Errorf("found what was not posted: %v (%v)", found, err)
			}
			if test.kind == consumer.PostReply && test.want && r.Link() == "" {
				t.Error("there is no link to what was found")
			}
			for _, c := range workspace.Calls("chat.postMessage") {
				if c.Form["metadata"] == "" {
					t.Errorf("posted without a key: %v", c.Form)
				}
			}
		})
	}
}

// TestResponder_PostedCannotTell looks where nothing can be seen.
func TestResponder_PostedCannotTell(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(t *testing.T, w *slacksim.Workspace)
		kind   consumer.PostKind
		cannot bool
	}{
		{"an ephemeral message", func(*testing.T, *slacksim.Workspace) {}, consumer.PostEphemeral, true},
		{"the bot has left", func(t *testing.T, w *slacksim.Workspace) {
			if err := w.RemoveBot(general); err != nil {
				t.Error(err)
			}
		}, consumer.PostReply, true},
		{"no scope", func(_ *testing.T, w *slacksim.Workspace) { w.Grant("chat:write", "im:history") }, consumer.PostReply, true},
		{"Slack breaks", func(_ *testing.T, w *slacksim.Workspace) {
			w.Fail("conversations.history", slacksim.Fault{Error: "internal_error"})
		}, consumer.PostReply, false},
		{"Slack is away", func(_ *testing.T, w *slacksim.Workspace) {
			w.Fail("conversations.history", slacksim.Fault{Status: 503})
		}, consumer.PostReply, false},
		{"the token is refused", func(_ *testing.T, w *slacksim.Workspace) {
			w.Fail("conversations.history", slacksim.Fault{Error: "token_expired"})
		}, consumer.PostReply, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r, workspace := answeringIn(t, handler.Message{Channel: handler.Channel{ID: general}}, nil)
			test.change(t, workspace)
			found, err := r.(consumer.Finder).Posted(t.Context(), consumer.Post{Kind: test.kind, Key: "k", Since: time.Now()})
			if found || err == nil || errors.Is(err, consumer.ErrCannotTell) != test.cannot {
				t.Errorf("%v (%v)", found, err)
			}
		})
	}
}

// answeringIn is answering, in a workspace that change may change.
func answeringIn(t *testing.T, m handler.Message, change func(*slacksim.Options)) (consumer.Responder, *slacksim.Workspace) {
	t.Helper()
	opts := slacksim.Options{TeamID: "T1", BotToken: "xoxb-1"}
	if change != nil {
		change(&opts)
	}
	workspace := slacksim.New(opts)
	server := httptest.NewServer(workspace.API())
	transport := &http.Transport{}
	t.Cleanup(func() {
		server.Close()
		transport.CloseIdleConnections()
	})
	api := slackgo.New("xoxb-1", slackgo.OptionAPIURL(server.URL+"/"), slackgo.OptionHTTPClient(&http.Client{Timeout: testenv.Timeout, Transport: transport}))
	me := slack.Identity{UserID: slacksim.BotUserID, BotID: slacksim.BotID, TeamID: "T1", URL: "https://gophers.slack.example/"}
	m.User = "U01ADA"
	return slack.New(slack.Options{API: api, Bot: me}).Responder(consumer.Message{Message: m}, ""), workspace
}
