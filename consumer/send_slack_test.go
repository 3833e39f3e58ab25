package consumer_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/internal/await"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/receipt"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
	"github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/subject"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// office is a simulated Slack, and a queue of messages for it.
type office struct {
	*testing.T
	slack     *sim.Workspace
	rdb       redis.UniversalClient
	app       string
	platform  *slack.Platform
	receipts  *receipt.Store
	publisher *workqueue.Publisher
	log       *testenv.Log
	blobs     *blobs
	opts      consumer.Options

	mu       sync.Mutex
	notified []consumer.Notified
	n        int
}

// blobs is a store of contents in memory.
type blobs struct {
	mu   sync.Mutex
	list map[string][]byte
}

func (b *blobs) Get(_ context.Context, of event.Blob) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if content, ok := b.list[of.ID]; ok {
		return content, nil
	}
	return nil, consumer.ErrContentLost
}

func (b *blobs) Delete(_ context.Context, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.list, id)
	return nil
}

func (b *blobs) empty() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.list) == 0
}

func (b *blobs) put(id, content string) event.Blob {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list[id] = []byte(content)
	return event.Blob{ID: id, Size: int64(len(content))}
}

// directory looks channels up in the simulated Slack.
type directory struct{ *sim.Workspace }

func (d directory) ID(_ context.Context, name string) (string, error) {
	for _, c := range d.Snapshot().Channels {
		if c.Name == name {
			return c.ID, nil
		}
	}
	return "", nil
}

func (d directory) IDs(ctx context.Context, names ...string) ([]string, error) {
	var ids []string
	for _, name := range names {
		id, _ := d.ID(ctx, name)
		ids = append(ids, id)
	}
	return ids, nil
}

func (directory) Name(context.Context, string) (string, error) { return "", nil }

const chat = "C01GENERAL"

// newOffice opens an office. Nothing is posted until it works.
func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{T: t, log: &testenv.Log{}, blobs: &blobs{list: map[string][]byte{}}}
	var api http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { api.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	o.slack = sim.New(sim.Options{TeamID: "T1", BotToken: "xoxb-1", APIURL: server.URL + "/"})
	api = o.slack.API()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	o.platform = slack.New(slack.Options{
		API: slackapi.NewWithTimeout("xoxb-1", server.URL+"/", transport, 2*time.Second), Channels: directory{o.slack},
		Bot: slack.Identity{UserID: sim.BotUserID, BotID: sim.BotID, TeamID: "T1", URL: "https://gophers.slack.com/"},
	})
	o.rdb, o.app = redistest.New(t)
	o.receipts = receipt.New(o.rdb, o.app)
	var err error
	if o.publisher, err = workqueue.NewPublisher(o.rdb, workqueue.PublisherOptions{App: o.app}); err != nil {
		t.Fatal(err)
	}
	o.opts = consumer.Options{
		Platforms: slackOnly(o.platform), Settle: settle, Pace: time.Millisecond, Contents: o.blobs, Log: zerolog.New(o.log),
		Receipts: o.receipts, Subjects: subject.New(o.rdb, o.app), Notified: o.notice, Answers: await.NewAnswers(o.rdb, o.app),
	}
	return o
}

// notice keeps what callback rules would get.
func (o *office) notice(_ context.Context, n consumer.Notified) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.notified = append(o.notified, n)
	return nil
}

// works has a consumer post the messages.
func (o *office) works() {
	o.Helper()
	outcomes := consume(o.T, o.rdb, o.app, o.opts)
	go func() {
		for {
			select {
			case <-outcomes:
			case <-o.Context().Done():
				return
			}
		}
	}()
}

// send queues a message as a gateway does, and returns its id. Missing fields are set.
func (o *office) send(m event.Message) string {
	o.Helper()
	o.n++
	m.RequestID, m.Bot = fmt.Sprintf("r%d", o.n), event.Slack
	if m.Origin == "" {
		m.Origin = event.API
	}
	if (m.Chat == event.Chat{}) {
		m.Chat = event.Chat{ID: chat}
	}
	if m.CreatedAt.IsZero() {
		m.CreatedAt = time.Now()
	}
	if m.ExpiresAt.IsZero() {
		m.ExpiresAt = m.CreatedAt.Add(time.Hour)
	}
	payload, err := m.Encode()
	if err != nil {
		o.Fatal(err)
	}
	origin := receipt.Origin{KeyName: "ci", Chat: m.Chat.String(), Bot: m.Bot, CreatedAt: m.CreatedAt, Open: receipt.OpenFor(time.Hour)}
	if _, err := o.receipts.Create(o.Context(), m.RequestID, "a1", origin); err != nil {
		o.Fatal(err)
	}
	e := workqueue.Event{Type: event.Type(event.Slack, event.Send), Key: "send/" + m.RequestID, Source: event.Slack, ID: m.RequestID, Time: m.CreatedAt, Payload: payload}
	if _, err := o.publisher.Publish(o.Context(), e); err != nil {
		o.Fatal(err)
	}
	return m.RequestID
}

// sent waits until a message is done with, and returns its receipt.
func (o *office) sent(id string) receipt.Receipt {
	o.Helper()
	return o.is(id, "is done with", receipt.State.Final)
}

func (o *office) is(id, what string, state func(receipt.State) bool) receipt.Receipt {
	o.Helper()
	var r receipt.Receipt
	testenv.Eventually(o.T, id+" "+what, func() bool {
		e, err := o.receipts.One(o.Context(), id)
		r = e.Receipt
		return err == nil && state(r.State)
	})
	return r
}

// said returns the bot's messages, with what is special about them.
func (o *office) said() []string {
	var list []string
	messages := o.slack.Snapshot().Messages
	for _, m := range messages {
		if m.User != sim.BotUserID {
			continue
		}
		text := m.Text
		for _, a := range m.Attachments {
			text += "[" + a.Color + a.ImageURL + " " + a.Text + "]"
		}
		for _, f := range m.Files {
			content, _ := o.slack.Content(f.ID)
			text += fmt.Sprintf("{%s: %.20s}", f.Name, content)
		}
		if m.ThreadTS != "" {
			text = fmt.Sprintf("in %d: %s", slices.IndexFunc(messages, func(other sim.Message) bool { return other.TS == m.ThreadTS }), text)
		}
		list = append(list, text)
	}
	return list
}

// TestSend_Posts sends one message each, and compares what the chat shows and the receipt.
func TestSend_Posts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat(strings.Repeat("x", 99)+"\n", 90)
	for _, test := range []struct {
		name     string
		m        event.Message
		text     string // in the blob store
		file     string
		said     []string
		state    receipt.State
		code     string
		warnings []string
	}{
		{name: "plain", m: event.Message{Text: "<!channel> <@U1> *x*"}, said: []string{"&lt;!channel&gt; &lt;@U1&gt; *x*"}, state: receipt.Sent}, // vector 15
		{name: "markdown", m: event.Message{Text: "**x** <!here>", Format: event.Markdown}, said: []string{"*x* &lt;!here&gt;"}, state: receipt.Sent},
		{name: "mrkdwn", m: event.Message{Text: "*x* <!here> <@U1> <https://go.dev|Go> <!date^1^{date}|then>", Format: event.Native},
			said: []string{"*x* &lt;!here&gt; &lt;@U1&gt; <https://go.dev|Go> then"}, state: receipt.Sent},
		{name: "markup", m: event.Message{Text: "*x* &lt;b&gt; <@U1>", Format: event.Markup, Origin: event.FromAlertmanager}, said: []string{"*x* &lt;b&gt; &lt;@U1&gt;"}, state: receipt.Sent},
		{name: "a link", m: event.Message{Text: "done", Link: "https://ci.example/?a=1&b=2", Title: "build"}, said: []string{"done <https://ci.example/?a=1&amp;b=2|build>"}, state: receipt.Sent},
		{name: "a status", m: event.Message{Text: "it *broke*", Status: event.Error}, said: []string{"[danger it *broke*]"}, state: receipt.Sent},
		{name: "an image", m: event.Message{Text: "load", Images: []string{"https://g.example/1.png"}}, said: []string{"load[https://g.example/1.png ]"}, state: receipt.Sent},
		{name: "a label that would mention", m: event.Message{Text: "@mention[all] <!channel>", Origin: event.FromAlertmanager},
			said: []string{"@mention[all] &lt;!channel&gt;"}, state: receipt.Sent}, // vector 37
		{name: "everyone", m: event.Message{Text: "@mention[all] up", Parse: true, Broadcast: true}, said: []string{"<!channel> up"}, state: receipt.Sent}, // vector 16
		{name: "everyone, not allowed", m: event.Message{Text: "@mention[all] up", Parse: true}, said: []string{"@mention[all] up"}, state: receipt.Sent, warnings: []string{"mention_unresolved"}},
		{name: "a person", m: event.Message{Text: "@mention[email:Ada@example.com;Ada] and @mention[huid:U02ROB]", Parse: true},
			said: []string{"<@U01ADA> and <@U02ROB>"}, state: receipt.Sent},
		{name: "nobody", m: event.Message{Text: "@mention[email:none@x.y] hi", Parse: true},
			said: []string{"@mention[email:none@x.y] hi"}, state: receipt.Sent, warnings: []string{"mention_unresolved"}}, // vector 17
		{name: "a file", m: event.Message{File: &event.File{Name: "a.txt"}, Text: "see"}, file: "content", said: []string{"see{a.txt: content}"}, state: receipt.Sent},
		{name: "a file and a status", m: event.Message{File: &event.File{Name: "a.txt"}, Text: "see", Status: event.OK}, file: "content",
			said: []string{"[good see]", "in 0: {a.txt: content}"}, state: receipt.Sent},
		{name: "a file with a text that has marks", m: event.Message{File: &event.File{Name: "a.txt"}, Text: "*see*"}, file: "content",
			said: []string{"*see*", "in 0: {a.txt: content}"}, state: receipt.Sent},
		{name: "a text in the store", m: event.Message{}, text: "a long story", said: []string{"a long story"}, state: receipt.Sent},
		{name: "a text that is lost", m: event.Message{TextBlob: &event.Blob{ID: "gone"}}, state: receipt.Failed, code: "content_lost"},
		{name: "in parts", m: event.Message{}, text: long, state: receipt.Sent,
			said: []string{strings.TrimSuffix(long[:4000], "\n"), strings.TrimSuffix(long[4000:8000], "\n"), strings.TrimSuffix(long[8000:], "\n")}},
		{name: "too long", m: event.Message{}, text: strings.Repeat(long, 3), state: receipt.Sent, warnings: []string{"text_as_file"},
			said: []string{strings.TrimSuffix(long[:1000], "\n"), "in 0: {message.txt: xxxxxxxxxxxxxxxxxxxx}"}},
		{name: "by e-mail", m: event.Message{Chat: event.Chat{Email: "rob@example.com"}, Text: "psst"}, said: []string{"psst"}, state: receipt.Sent},
		{name: "to nobody", m: event.Message{Chat: event.Chat{Email: "none@x.y"}, Text: "psst"}, state: receipt.Failed, code: "unknown_chat"},
		{name: "to no channel", m: event.Message{Chat: event.Chat{ID: "C0NONE"}, Text: "x"}, state: receipt.Failed, code: "channel_not_found"},
		{name: "a thread elsewhere", m: event.Message{Thread: "C0OTHER/1700000000.000100", Text: "x"}, state: receipt.Failed, code: "unknown_thread"},
		{name: "late", m: event.Message{Text: "x", ExpiresAt: time.Now().Add(-time.Second)}, state: receipt.Expired, code: "expired"},
		{name: "in shadow", m: event.Message{Text: "x", Shadow: true}, state: receipt.Suppressed}, // vector 39
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			if test.text != "" {
				b := o.blobs.put("text", test.text)
				test.m.TextBlob = &b
			}
			if test.file != "" {
				test.m.File.Blob = o.blobs.put("file", test.file)
			}
			o.works()
			r := o.sent(o.send(test.m))
			if r.State != test.state || r.Code != test.code || !slices.Equal(r.Warnings, test.warnings) {
				t.Errorf("the receipt is %+v, want %s %q %q", r, test.state, test.code, test.warnings)
			}
			if said := o.said(); !slices.Equal(said, test.said) {
				t.Errorf("it said %.300q, want %.300q", said, test.said)
			}
			if test.state == receipt.Sent && len(test.said) > 0 && !strings.Contains(test.said[0], "{") && (r.SyncID == "" || !strings.HasPrefix(r.Link, "https://gophers.slack.com/archives/")) {
				t.Errorf("the message is %q at %q", r.SyncID, r.Link)
			}
			if test.state == receipt.Sent || test.state == receipt.Suppressed {
				testenv.Eventually(t, "no content is stored any more", o.blobs.empty)
			}
			for _, secret := range []string{"psst", "content\"", "none@x.y", "a.txt", "xxxxx"} {
				if strings.Contains(o.log.String(), secret) {
					t.Errorf("the log has %q: %s", secret, o.log.String())
				}
			}
		})
	}
}
