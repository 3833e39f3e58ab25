package cli_test

import (
	"context"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/consumer/gophers"
	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/event"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

const (
	secret = "8f742231b10e8888abcd99yyyzzz85a5"
	token  = "xoxb-the-token"
	// appToken opens sockets.
	appToken = "xapp-1-A0TEST-1-the-token-of-the-app"
)

// TestSend posts stored events to a gateway.
func TestSend(t *testing.T) {
	t.Parallel()
	b, rdb, name := queued(t)
	b.environ = append(b.environ, "GOPHER_SLACK_APP_ID=A1", "GOPHER_SLACK_TEAM_ID=T1", "GOPHER_SLACK_REQUEST_SECRET="+secret)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- app.Run(ctx, app.Gateway, gophers.Content, app.Options{Environ: b.environ, Listener: l, Log: zerolog.Nop()})
	}()
	t.Cleanup(func() {
		cancel()
		if err := testenv.Next(t, done); err != nil {
			t.Errorf("the gateway: %v", err)
		}
	})
	url := "http://" + l.Addr().String() + "/slack/event"
	body := `{"type":"event_callback","api_app_id":"A1","team_id":"%s","event_id":"Ev1","event_time":1700000000,
		"event":{"type":"team_join","user":{"id":"U1"},"event_ts":"1700000000.000100"}}`
	file := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(file, fmt.Appendf(nil, body, "T1"), 0o600); err != nil {
		t.Fatal(err)
	}
	depth := func() int64 {
		t.Helper()
		q, err := workqueue.NewInspector(rdb, name)
		if err != nil {
			t.Fatal(err)
		}
		list, err := q.Stats(t.Context(), event.Type(event.Slack, event.WorkspaceJoin))
		if err != nil {
			t.Fatal(err)
		}
		return list[0].Depth
	}

	if out := b.ok("send", "--url", url, file); !strings.Contains(out, "The gateway accepted the event") || depth() != 1 {
		t.Errorf("%s; %d are queued", out, depth())
	}
	if b.ok("send", "--url", url, file); depth() != 1 {
		t.Errorf("sent again, %d are queued", depth())
	}
	answer := decoded[struct {
		Status int
		ID     string `json:"request_id"`
	}](b, "send", "--renew", "--url", url, file)
	if answer.Status != 200 || answer.ID == "" || depth() != 2 {
		t.Errorf("renewed: %+v; %d are queued", answer, depth())
	}

	b.in = strings.NewReader(fmt.Sprintf(body, "T2"))
	if r := b.run("send", "--url", url, "-"); r.code != 1 || !strings.Contains(r.err, `not queued: it is for workspace "T2"`) {
		t.Errorf("for another workspace: %+v", r)
	}
	b.in = strings.NewReader(strings.Replace(fmt.Sprintf(body, "T1"), "A1", "A2", 1))
	if r := b.run("send", "--url", url, "-"); r.code != 1 || !strings.Contains(r.err, "another app than GOPHER_SLACK_APP_ID") {
		t.Errorf("for another app: %+v", r)
	}
	other := b
	other.environ = []string{"GOPHER_SLACK_REQUEST_SECRET=anothersecret0001"}
	if r := other.run("send", "--url", url, file); r.code != 1 || !strings.Contains(r.err, "has another GOPHER_SLACK_REQUEST_SECRET") {
		t.Errorf("with another secret: %+v", r)
	}
	other.environ = nil
	if r := other.run("send", file); r.code != 1 || !strings.Contains(r.err, "GOPHER_SLACK_REQUEST_SECRET is not set: want ") {
		t.Errorf("with no secret: %+v", r)
	}
	if r := b.run("send", "--url", "gateway", file); r.code != 1 || !strings.Contains(r.err, "want an address such as") {
		t.Errorf("to no address: %+v", r)
	}
	if r := b.run("send", "--url", url, file+".gone"); r.code != 1 || !strings.Contains(r.err, "no such file") {
		t.Errorf("no file: %+v", r)
	}
}

// TestSay speaks in a simulated workspace.
func TestSay(t *testing.T) {
	t.Parallel()
	slack := slacksim.New(slacksim.Options{AppID: "A1", TeamID: "T1", SigningSecret: secret, BotToken: token})
	api := httptest.NewServer(slack.API())
	t.Cleanup(api.Close)
	b, rdb, app := queued(t)
	b.environ = append(b.environ, "GOPHER_SLACK_BOT_ACCESS_TOKEN="+token, "GOPHER_SLACK_API_URL="+api.URL+"/")
	posted := func() string {
		list := slack.Snapshot().Messages
		return list[len(list)-1].Text
	}

	if r := b.run("say", "general", "too early"); r.code != 1 || !strings.Contains(r.err, "is bgtasks running?") {
		t.Errorf("before the directory is filled: %+v", r)
	}
	err := channeldir.NewDirectory(rdb, app, event.Workspace{Source: event.Slack}).Fill(t.Context(), func(context.Context) ([]channeldir.Channel, error) {
		return []channeldir.Channel{{ID: "C01GENERAL", Name: "general"}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if out := b.ok("say", "#general", "We are *back* <!channel>"); out != "Posted in general.\n" || posted() != "We are *back* &lt;!channel&gt;" {
		t.Errorf("%s; posted %q", out, posted())
	}
	b.in = strings.NewReader("from elsewhere\n")
	if out := b.ok("say", "C01GENERAL", "-", "--json"); !strings.Contains(out, `"posted": true`) || posted() != "from elsewhere" {
		t.Errorf("%s; posted %q", out, posted())
	}
	for _, test := range []struct{ channel, text, want string }{
		{"nowhere", "hello", "no public channel has that name"},
		{"C99", "hello", "channel_not_found"},
		{"general", " ", "the text is empty"},
		{"general", strings.Repeat("x", 4001), "4001 characters: want at most 4000"},
	} {
		if r := b.run("say", test.channel, test.text); r.code != 1 || !strings.Contains(r.err, test.want) {
			t.Errorf("%s: %+v", test.want, r)
		}
	}
	testSayElsewhere(t, b, slack)
	if got := audited(b, audit.New(rdb, app)); len(got) == 0 || strings.Contains(strings.Join(got, " "), "hear, hear") {
		t.Errorf("the audit has %q", got)
	}
	// A channel's id needs no Redis, its name does.
	b.environ = []string{"GOPHER_SLACK_BOT_ACCESS_TOKEN=" + token, "GOPHER_SLACK_API_URL=" + api.URL}
	if r := b.run("say", "C01GENERAL", "hello"); r.code != 0 || !strings.Contains(r.err, "REDIS_URL is not set, so this is in no audit") || posted() != "hello" {
		t.Errorf("%+v; posted %q", r, posted())
	}
	if r := b.run("say", "general", "hello"); r.code != 1 || !strings.Contains(r.err, "REDIS_URL is not set") {
		t.Errorf("%+v", r)
	}
}

// testSayElsewhere speaks in a thread and to a person, and deletes that.
func testSayElsewhere(t *testing.T, b bench, slack *slacksim.Workspace) {
	t.Helper()
	last := func() slacksim.Message {
		list := slack.Snapshot().Messages
		return list[len(list)-1]
	}
	link := func(m slacksim.Message) string {
		return "https://example.slack.com/archives/" + m.Channel + "/p" + strings.ReplaceAll(m.TS, ".", "")
	}
	root := last()
	b.ok("say", link(root), "hear, hear")
	if m := last(); m.ThreadTS != root.TS || m.Text != "hear, hear" {
		t.Errorf("in a thread: %+v", m)
	}
	people := slack.Snapshot().People
	ada := people[slices.IndexFunc(people, func(p slacksim.Person) bool { return p.Email != "" })]
	for _, person := range []string{ada.ID, ada.Email} {
		b.ok("say", person, "hear, hear, "+person)
		if m := last(); !strings.HasPrefix(m.Channel, "D") || m.Text != "hear, hear, "+person {
			t.Errorf("to %s: %+v", person, m)
		}
	}
	if out := b.ok("ignore", ada.Email); !strings.Contains(out, ada.ID) {
		t.Errorf("%s", out)
	}
	b.ok("unignore", ada.Email)
	posted := last()
	if out := b.ok("unsay", link(posted)); out != "Deleted.\n" || last().TS == posted.TS {
		t.Errorf("%s; the last is %+v", out, last())
	}
	_, _ = slack.Say(ada.ID, "C01GENERAL", "mine", "") // no gateway gets the event
	for _, test := range []struct{ link, want string }{
		{link(posted), "there is no such message"},
		{link(last()), "can delete its own messages only"},
		{"https://example.slack.com/", "is no link of a message"},
	} {
		if r := b.run("unsay", test.link); r.code != 1 || !strings.Contains(r.err, test.want) {
			t.Errorf("%s: %+v", test.want, r)
		}
	}
}
