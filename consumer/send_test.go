package consumer_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/cooldown"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// handled runs a dispatcher on one event and returns the first outcome. Options
// without a platform get one.
func handled(t *testing.T, opts consumer.Options, e workqueue.Event) error {
	t.Helper()
	rdb, app := redistest.New(t)
	publisher, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: app})
	if err != nil {
		t.Fatal(err)
	}
	outcomes := make(chan error, 10)
	queue, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{
		App: app, Name: "test", Hooks: workqueue.Hooks{OnFinish: func(_ *workqueue.Delivery, outcome error) { outcomes <- outcome }},
	})
	if err != nil {
		t.Fatal(err)
	}
	if opts.Registry, err = handler.NewRegistry(); err != nil {
		t.Fatal(err)
	}
	if opts.Platforms == nil {
		opts.Platforms = slackOnly(&platform{})
	}
	opts.Deduper = cooldown.New(rdb, app)
	d, err := consumer.NewDispatcher(opts)
	if err != nil {
		t.Fatal(err)
	}
	d.Register(queue)
	if _, err := publisher.Publish(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- queue.Run(ctx) }()
	outcome := testenv.Next(t, outcomes)
	cancel()
	if err := testenv.Next(t, stopped); err != nil {
		t.Error(err)
	}
	return outcome
}

// wall is a Poster that records its posts, and fails.
type wall struct {
	*platform
	got []event.Message
	err error
}

func (w *wall) Compose(ctx context.Context, n consumer.Notice, requestID string) (consumer.Composed, error) {
	w.got = append(w.got, n.Message)
	w.fails = []error{w.err}
	return w.platform.Compose(ctx, n, requestID)
}

func TestDispatcher_Send(t *testing.T) {
	t.Parallel()
	const payload = `{"v":1,"source":"announcement","bot":"slack","chat":{"name":"general"},"text":"hear, hear"}`
	for _, test := range []struct {
		name    string
		payload string
		shadow  bool
		err     error
		posted  int
		want    string // how the outcome begins
	}{
		{"posted", payload, false, nil, 1, ""},
		{"in shadow mode it is logged", payload, true, nil, 0, ""},
		{"refused for good", payload, false, errFinal, 1, "rejected: "},
		{"in a channel that is gone", payload, false, errGone, 1, "rejected: the message was deleted"},
		{"rate limited", payload, false, &laterError{time.Minute}, 1, "postponed by 1m0s: "},
		{"of which nobody knows", payload, false, errLost, 1, "postponed by 10s: "},
		{"retried", payload, false, errors.New("away"), 1, "retry after "},
		{"not supported", payload, false, handler.ErrUnsupported, 1, "rejected: the platform does not support it"},
		{"without a chat", `{"v":1,"source":"announcement","bot":"slack","text":"nowhere"}`, false, nil, 0, "rejected: a message without a chat"},
		{"of another release", `{"v":2,"text":"hear, hear"}`, false, nil, 0, "retry after 30s: the message is in another release's format"},
		{"another platform's", `{"v":1,"source":"announcement","bot":"mattermost","chat":{"name":"general"},"text":"hear, hear"}`, false, nil, 0,
			`rejected: a message to post as "mattermost" on the stream of "slack"`},
		{"expired", `{"v":1,"source":"announcement","bot":"slack","chat":{"name":"general"},"text":"hear, hear","expires_at":"2020-01-02T03:04:05Z"}`,
			false, nil, 0, "discarded: "},
		{"not even JSON", `hear`, false, nil, 0, "rejected: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			sends(t, event.Send, test.payload, test.shadow, test.err, test.posted, test.want)
		})
	}
}

// TestDispatcher_ReadsEarlierReleases of a notification that waited on the queue
// during the upgrade.
func TestDispatcher_ReadsEarlierReleases(t *testing.T) {
	t.Parallel()
	const payload = `{"channel":"general","text":"hear, hear","link":"https://go.dev","title":"Go"}`
	for _, test := range []struct {
		name    string
		payload string
		shadow  bool
		err     error
		posted  int
		want    string // how the outcome begins
	}{
		{"posted", payload, false, nil, 1, ""},
		{"in shadow mode it is logged", payload, true, nil, 0, ""},
		{"refused for good", payload, false, errFinal, 1, "rejected: "},
		{"retried", payload, false, errors.New("away"), 1, "retry after "},
		{"no notification", `{"text":"nowhere"}`, false, nil, 0, "rejected: a notification without a channel"},
		{"an empty one", `{"channel":"general"}`, false, nil, 0, "rejected: a notification without text or link"},
		{"not even JSON", `hear`, false, nil, 0, "rejected: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := sends(t, event.Notification, test.payload, test.shadow, test.err, test.posted, test.want)
			want := event.Message{Origin: event.Announcement, Bot: "slack", Chat: event.Chat{Name: "general"}, Text: "hear, hear", Link: "https://go.dev", Title: "Go"}
			if len(got) == 1 && !reflect.DeepEqual(got[0], want) {
				t.Errorf("posted %+v, want %+v", got[0], want)
			}
		})
	}
}

// sends has a dispatcher handle something to post, of a kind, while posting fails
// with err. It returns the messages that the platform was given.
func sends(t *testing.T, kind event.Kind, payload string, shadow bool, err error, posted int, want string) []event.Message {
	t.Helper()
	var log testenv.Log
	w := &wall{platform: &platform{}, err: err}
	opts := consumer.Options{Platforms: slackOnly(w), Shadow: shadow, Log: zerolog.New(&log)}
	got := handled(t, opts, workqueue.Event{Type: event.Type(event.Slack, kind), Source: "bgtasks", ID: "news/1", Payload: []byte(payload)})
	if want == "" && got != nil || want != "" && (got == nil || !strings.HasPrefix(got.Error(), want)) {
		t.Errorf("%v, want %s", got, want)
	}
	if len(w.got) != posted {
		t.Errorf("posted %+v", w.got)
	}
	if said := w.heard(); strings.HasPrefix(want, "discarded: ") && len(said) > 0 {
		t.Errorf("said %q", said)
	}
	if shadow != strings.Contains(log.String(), `"would":"announce"`) || strings.Contains(log.String(), "hear, hear") {
		t.Errorf("logged %s", log.String())
	}
	return w.got
}

// breaking is a Poster that panics.
type breaking struct{ *platform }

func (breaking) Compose(context.Context, consumer.Notice, string) (consumer.Composed, error) {
	panic("at the disco")
}

// TestDispatcher_ObservesPanics of events that are handled without a declaration. A
// panic is an outcome there, too.
func TestDispatcher_ObservesPanics(t *testing.T) {
	t.Parallel()
	var seen runs
	e := workqueue.Event{Type: event.Type(event.Slack, event.Send), ID: "news/1", Payload: []byte(`{"v":1,"source":"announcement","bot":"slack","chat":{"name":"general"},"text":"hear, hear"}`)}
	err := handled(t, consumer.Options{Platforms: slackOnly(breaking{}), Watch: seen.watch}, e)
	if n := seen.count("announcement", consumer.RunPanic); n != 1 || err == nil {
		t.Errorf("%d panics reported, the outcome is %v", n, err)
	}
}

// watcher is a ChannelDecoder and a ChannelDirectory.
type watcher struct {
	*platform
	err     error
	late    bool
	applied []channeldir.Change
	at      time.Time
}

// options are of a dispatcher with w for platform and directory.
func (w *watcher) options() consumer.Options {
	return consumer.Options{
		Platforms:   map[string]consumer.Platform{"slack": w},
		Directories: map[string]consumer.ChannelDirectory{"slack": w},
	}
}

func (w *watcher) ChannelChange(context.Context, workqueue.Event) (channeldir.Change, error) {
	return channeldir.Change{ID: "C1", Name: "lobby"}, w.err
}

func (w *watcher) Apply(_ context.Context, c channeldir.Change, at time.Time) (bool, error) {
	w.applied, w.at = append(w.applied, c), at
	return !w.late, nil
}

func TestDispatcher_ChannelChanges(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1763660000123)
	for _, test := range []struct {
		name    string
		watcher watcher
		applied int
		want    string
	}{
		{"applied", watcher{}, 1, ""},
		{"too late", watcher{late: true}, 1, "discarded: a later change"},
		{"not as documented", watcher{err: workqueue.Reject(errors.New("no channel"))}, 0, "rejected: no channel"},
		{"the platform is away", watcher{err: &laterError{time.Second}}, 0, "postponed by 1s: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := test.watcher
			w.platform = &platform{}
			e := workqueue.Event{Type: event.Type(event.Slack, event.ChannelChange), ID: "Ev1", Source: "slack", Time: at}
			got := handled(t, w.options(), e)
			if test.want == "" && got != nil || test.want != "" && (got == nil || !strings.HasPrefix(got.Error(), test.want)) {
				t.Errorf("%v, want %s", got, test.want)
			}
			if len(w.applied) != test.applied || test.applied > 0 && !w.at.Equal(at) {
				t.Errorf("applied %+v at %v", w.applied, w.at)
			}
		})
	}
}
