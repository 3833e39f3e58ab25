package slack_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	slackgo "github.com/slack-go/slack"
	"go.uber.org/goleak"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/outbound"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var bot = slack.Identity{UserID: "UBOT", BotID: "BBOT", TeamID: "T1"}

// names is a channel directory.
type names map[string]string

func (n names) Name(_ context.Context, id string) (string, error) {
	if n == nil {
		return "", channeldir.ErrNotFilled
	}
	return n[id], nil
}

// IDs is the inverse of Name.
func (n names) IDs(_ context.Context, list ...string) ([]string, error) {
	if n == nil {
		return nil, channeldir.ErrNotFilled
	}
	ids := make([]string, len(list))
	for i, name := range list {
		for id := range n {
			if n[id] == name {
				ids[i] = id
			}
		}
	}
	return ids, nil
}

func (n names) ID(_ context.Context, name string) (string, error) {
	if n == nil {
		return "", channeldir.ErrNotFilled
	}
	for id, known := range n {
		if known == name {
			return id, nil
		}
	}
	return "", nil
}

func event(payload string) workqueue.Event {
	return workqueue.Event{Source: "slack", Time: time.UnixMilli(1763660000123), Payload: []byte(payload)}
}

// decode decodes an event on the stream of a kind.
func decode(t *testing.T, channels slack.Channels, e workqueue.Event, eventType string) (consumer.Incoming, error) {
	e.Type = eventType
	return slack.New(slack.Options{Channels: channels, Bot: bot}).Decode(t.Context(), e)
}

func message(t *testing.T, e workqueue.Event) (handler.Message, error) {
	in, err := decode(t, nil, e, "message_public")
	return in.(consumer.Message).Message, err
}

func workspaceJoin(t *testing.T, e workqueue.Event) (handler.Join, error) {
	in, err := decode(t, nil, e, "team_join")
	return in.(consumer.WorkspaceJoin).Join, err
}

func channelJoin(t *testing.T, channels slack.Channels, e workqueue.Event) (handler.Join, error) {
	in, err := decode(t, channels, e, "channel_join")
	return in.(consumer.ChannelJoin).Join, err
}

// TestPlatform_DecodesItsOwnEventsOnly by their types, with any payload.
func TestPlatform_DecodesItsOwnEventsOnly(t *testing.T) {
	t.Parallel()
	for _, eventType := range []string{"", "channel_change", "send", "mattermost_message_public"} {
		in, err := decode(t, nil, event(`{"channel":"C1","channel_type":"im","user":"U1","ts":"1.2","text":"hi"}`), eventType)
		if !is[*workqueue.RejectError](err) || in != nil {
			t.Errorf("%q: %+v (%v), want a rejection", eventType, in, err)
		}
	}
}

func TestMessage_Decodes(t *testing.T) {
	t.Parallel()
	got, err := message(t, event(`{"type":"message","subtype":"file_share","channel":"C1","channel_type":"channel",`+
		`"user":"U1","ts":"1763660000.123456","thread_ts":"1763659999.000001","text":"<@UBOT> look <@U2|bob> &amp; <@U2>",`+
		`"files":[{"id":"F1","name":"main.go","mimetype":"text/plain","size":12}],"blocks":[{"unknown":[1,{}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := handler.Message{
		Platform: "slack", Workspace: "T1", Channel: handler.Channel{ID: "C1", Kind: handler.Public},
		ID: "1763660000.123456", Thread: "1763659999.000001", User: "U1",
		Text: "look  &", RawText: "<@UBOT> look <@U2|bob> &amp; <@U2>", Mentions: []string{"U2"}, Mentioned: true,
		Files: []handler.File{{ID: "F1", Name: "main.go", MIMEType: "text/plain", Size: 12, Time: time.UnixMilli(1763660000123)}},
		Time:  time.UnixMilli(1763660000123),
	}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
}

func TestMessage_ChannelKinds(t *testing.T) {
	t.Parallel()
	for channelType, want := range map[string]handler.ChannelKind{
		"channel": handler.Public, "group": handler.Private, "im": handler.Direct, "app_home": handler.Direct, "mpim": handler.Group,
	} {
		m, err := message(t, event(`{"channel":"C1","channel_type":"`+channelType+`","user":"U1","ts":"1.2","text":"hi"}`))
		if err != nil || m.Channel.Kind != want {
			t.Errorf("%s: %v (%v)", channelType, m.Channel.Kind, err)
		}
	}
}

func TestMessage_Discards(t *testing.T) {
	t.Parallel()
	const place = `"channel":"C1","channel_type":"channel","ts":"1.2","text":"bbq"`
	for reason, payload := range map[string]string{
		"our own message":                                    `{"user":"UBOT",` + place + `}`,
		"our own message ":                                   `{"user":"U1","bot_id":"BBOT",` + place + `}`,
		"another bot's message":                              `{"user":"U1","bot_id":"B2",` + place + `}`,
		"another bot's message (classic)":                    `{"subtype":"bot_message","username":"x",` + place + `}`,
		"another bot's message (Slackbot)":                   `{"user":"USLACKBOT",` + place + `}`,
		"not a message that somebody wrote: message_changed": `{"subtype":"message_changed","hidden":true,"message":{},` + place + `}`,
		"not a message that somebody wrote: message_deleted": `{"subtype":"message_deleted","hidden":true,` + place + `}`,
		"not a message that somebody wrote: channel_join":    `{"subtype":"channel_join","user":"U1",` + place + `}`,
		"not a message that somebody wrote":                  `{"hidden":true,"user":"U1",` + place + `}`,
	} {
		_, err := message(t, event(payload))
		discard, ok := errors.AsType[*workqueue.DiscardError](err)
		reason, _, _ = strings.Cut(strings.TrimSpace(reason), " (")
		if !ok || !strings.HasPrefix(discard.Reason, reason) {
			t.Errorf("%s: %v, want %q", payload, err, reason)
		}
	}
}

func TestMessage_RejectsUndocumentedShapes(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{
		`{"user":"U1"`, `[]`, `{"user":"U1","channel":"C1","channel_type":"moon","ts":"1.2"}`,
		`{"channel":"C1","channel_type":"channel","ts":"1.2","text":"bbq"}`,
	} {
		if _, err := message(t, event(payload)); !is[*workqueue.RejectError](err) {
			t.Errorf("message %s: %v", payload, err)
		}
	}
	for _, payload := range []string{`{"user":"U1"}`, `{}`, `{`} {
		if _, err := workspaceJoin(t, event(payload)); !is[*workqueue.RejectError](err) {
			t.Errorf("team_join %s: %v", payload, err)
		}
	}
	for _, payload := range []string{`{"user":"U1"}`, `{"channel":"C1"}`, `{`} {
		if _, err := channelJoin(t, names{}, event(payload)); !is[*workqueue.RejectError](err) {
			t.Errorf("member_joined_channel %s: %v", payload, err)
		}
	}
}

func TestJoins_Decode(t *testing.T) {
	t.Parallel()
	channels := names{"C1": "newbies"}

	j, err := workspaceJoin(t, event(`{"type":"team_join","user":{"id":"U1","is_bot":false}}`))
	if err != nil || j.User != "U1" || j.Workspace != "T1" || j.Channel.ID != "" {
		t.Errorf("%+v (%v)", j, err)
	}
	j, err = channelJoin(t, channels, event(`{"type":"member_joined_channel","user":"U1","channel":"C1","channel_type":"C"}`))
	if err != nil || j.User != "U1" || j.Channel.Name != "newbies" {
		t.Errorf("%+v (%v)", j, err)
	}

	if _, err := workspaceJoin(t, event(`{"user":{"id":"U1","is_bot":true}}`)); !is[*workqueue.DiscardError](err) {
		t.Errorf("a bot joins: %v", err)
	}
	if _, err := channelJoin(t, channels, event(`{"user":"UBOT","channel":"C1"}`)); !is[*workqueue.DiscardError](err) {
		t.Errorf("we join: %v", err)
	}
	if _, err := channelJoin(t, names(nil), event(`{"user":"U1","channel":"C1"}`)); err == nil || is[*workqueue.DiscardError](err) || is[*workqueue.RejectError](err) {
		t.Errorf("without a directory: %v, want an error that has it tried again", err)
	}
}

// TestWorkspaceJoin_OtherWorkspaces welcomes nobody of another workspace, such as
// people in a channel that two workspaces share.
func TestWorkspaceJoin_OtherWorkspaces(t *testing.T) {
	t.Parallel()
	for user, welcome := range map[string]bool{
		`{"id":"U1"}`:                                                             true,
		`{"id":"U1","team_id":null}`:                                              true,
		`{"id":"U1","team_id":"T1"}`:                                              true,
		`{"id":"U1","team_id":"T1","is_stranger":false}`:                          true,
		`{"id":"U1","team_id":"T1","is_stranger":true}`:                           false,
		`{"id":"U1","team_id":"T2"}`:                                              false,
		`{"id":"W1","team_id":"T2","enterprise_user":{}}`:                         false,
		`{"id":"W1","team_id":"T2","enterprise_user":{"teams":["T2","T3"]}}`:      false,
		`{"id":"W1","team_id":"T2","enterprise_user":{"teams":["T2","T1",null]}}`: true,
	} {
		_, err := workspaceJoin(t, event(`{"type":"team_join","user":`+user+`}`))
		if welcome && err != nil || !welcome && !is[*workqueue.DiscardError](err) {
			t.Errorf("%s: %v, want a welcome: %v", user, err, welcome)
		}
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func TestResponder_JoinHasNoMessage(t *testing.T) {
	t.Parallel()
	if err := slack.New(slack.Options{Bot: bot}).Responder(consumer.WorkspaceJoin{Join: handler.Join{User: "U1"}}, "").React(t.Context(), "wave"); err == nil {
		t.Error("no error")
	}
}

// login is an API that answers auth.test with these errors in turn, and then as
// the bot of the workspace T1.
type login struct {
	slack.API
	errs  []error
	calls int
}

func (l *login) AuthTestContext(context.Context) (*slackgo.AuthTestResponse, error) {
	l.calls++
	if l.calls <= len(l.errs) {
		return nil, l.errs[l.calls-1]
	}
	return &slackgo.AuthTestResponse{TeamID: "T1", UserID: "UBOT", BotID: "BBOT"}, nil
}

func TestIdentify(t *testing.T) {
	refused := func(code string) error { return slackgo.SlackErrorResponse{Err: code} }
	for _, test := range []struct {
		name, team string
		errs       []error
		calls      int
		fails      string
	}{
		{"at once", "T1", nil, 1, ""},
		{"Slack is away for a while", "T1", []error{errors.New("no route"), refused("internal_error")}, 3, ""},
		{"a bad token", "T1", []error{refused("invalid_auth")}, 1, "GOPHER_SLACK_BOT_ACCESS_TOKEN"},
		{"no workspace is set", "", nil, 1, ""},
		{"another workspace's token", "T2", nil, 1, "for workspace T1 and GOPHER_SLACK_TEAM_ID is T2: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // the pauses take no time
				api := &login{errs: test.errs}
				got, err := slack.Identify(t.Context(), api, test.team, zerolog.Nop())
				if api.calls != test.calls {
					t.Errorf("asked %d times, want %d", api.calls, test.calls)
				}
				if test.fails == "" && (err != nil || got != bot) || test.fails != "" && (err == nil || !strings.Contains(err.Error(), test.fails)) {
					t.Errorf("%+v (%v)", got, err)
				}
			})
		})
	}
	t.Run("until ctx ends", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			api := &login{errs: make([]error, 1000)}
			for i := range api.errs {
				api.errs[i] = errors.New("no route")
			}
			if _, err := slack.Identify(ctx, api, "T1", zerolog.Nop()); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		})
	})
}

func TestTransport_SendsTheRequestID(t *testing.T) {
	t.Parallel()
	var got string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("X-Request-ID")
		_, _ = w.Write([]byte(`{"ok":true}`))
	}))
	defer server.Close()
	base := &http.Transport{}
	defer base.CloseIdleConnections()
	api := slackgo.New("xoxb-1", slackgo.OptionAPIURL(server.URL+"/"), slackgo.OptionHTTPClient(&http.Client{Timeout: testenv.Timeout, Transport: outbound.Transport(base)}))
	p := slack.New(slack.Options{API: api, Bot: bot})
	if err := p.Responder(consumer.Message{Message: handler.Message{ID: "1.2", Channel: handler.Channel{ID: "C1"}}}, "the-id").React(t.Context(), "wave"); err != nil {
		t.Fatal(err)
	}
	if got != "the-id" {
		t.Errorf("X-Request-ID: %q", got)
	}
}
