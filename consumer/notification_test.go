package consumer_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/cooldown"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/notification"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// handled runs a dispatcher on one event and returns the first outcome.
func handled(t *testing.T, opts consumer.Options, e workqueue.Event, register func(*consumer.Dispatcher, *workqueue.Consumer)) error {
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
	opts.Platforms, opts.Deduper = slackOnly(&platform{}), cooldown.New(rdb, app)
	d, err := consumer.NewDispatcher(opts)
	if err != nil {
		t.Fatal(err)
	}
	register(d, queue)
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

// wall is an Announcer that keeps what it is given, and fails.
type wall struct {
	got []notification.Notification
	err error
	platform
}

func (w *wall) Announcement(ctx context.Context, n notification.Notification) (consumer.Responder, handler.Reply, error) {
	w.got = append(w.got, n)
	w.fails = []error{w.err}
	return w.platform.Announcement(ctx, n)
}

func TestDispatcher_Announcements(t *testing.T) {
	t.Parallel()
	const payload = `{"channel":"general","text":"hear, hear"}`
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
		{"in a channel that is gone", payload, false, errGone, 1, "rejected: discarded: its target is gone"},
		{"rate limited", payload, false, &laterError{time.Minute}, 1, "postponed by 1m0s: "},
		{"of which nobody knows", payload, false, errLost, 1, "postponed by 10s: "},
		{"tried again", payload, false, errors.New("away"), 1, "announcement: away"},
		{"no notification", `{"text":"nowhere"}`, false, nil, 0, "rejected: a notification without a channel"},
		{"not even JSON", `hear`, false, nil, 0, "rejected: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var log strings.Builder
			w := &wall{err: test.err}
			opts := consumer.Options{Shadow: test.shadow, Log: zerolog.New(zerolog.SyncWriter(&log))}
			e := workqueue.Event{Type: event.Type(event.Slack, event.Notification), ID: "news/1", Payload: []byte(test.payload)}
			got := handled(t, opts, e, func(d *consumer.Dispatcher, c *workqueue.Consumer) { d.RegisterNotifications(c, w) })
			if test.want == "" && got != nil || test.want != "" && (got == nil || !strings.HasPrefix(got.Error(), test.want)) {
				t.Errorf("%v, want %s", got, test.want)
			}
			if len(w.got) != test.posted {
				t.Errorf("posted %+v", w.got)
			}
			if test.shadow != strings.Contains(log.String(), `"would":"announce"`) || strings.Contains(log.String(), "hear, hear") {
				t.Errorf("logged %s", log.String())
			}
		})
	}
}

// breaking is an Announcer that panics.
type breaking struct{}

func (breaking) Announcement(context.Context, notification.Notification) (consumer.Responder, handler.Reply, error) {
	return broken{}, handler.Text("hear, hear"), nil
}

type broken struct{ consumer.Responder }

func (broken) Render(context.Context, handler.Reply) ([]consumer.Rendered, error) {
	panic("at the disco")
}

// TestDispatcher_ObservesPanics of what is handled without a declaration, whose
// panic is an outcome, too.
func TestDispatcher_ObservesPanics(t *testing.T) {
	t.Parallel()
	var seen runs
	e := workqueue.Event{Type: event.Type(event.Slack, event.Notification), ID: "news/1", Payload: []byte(`{"channel":"general","text":"hear, hear"}`)}
	err := handled(t, consumer.Options{Watch: seen.watch}, e, func(d *consumer.Dispatcher, c *workqueue.Consumer) { d.RegisterNotifications(c, breaking{}) })
	if n := seen.count("announcement", consumer.RunPanic); n != 1 || err == nil {
		t.Errorf("told of %d panics, the outcome is %v", n, err)
	}
}

// watcher is a ChannelWatcher and a ChannelDirectory.
type watcher struct {
	err     error
	late    bool
	applied []channeldir.Change
	at      time.Time
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
			e := workqueue.Event{Type: event.Type(event.Slack, event.ChannelChange), ID: "Ev1", Source: "slack", Time: at}
			got := handled(t, consumer.Options{}, e, func(d *consumer.Dispatcher, c *workqueue.Consumer) { d.RegisterChannels(c, "slack", &w, &w) })
			if test.want == "" && got != nil || test.want != "" && (got == nil || !strings.HasPrefix(got.Error(), test.want)) {
				t.Errorf("%v, want %s", got, test.want)
			}
			if len(w.applied) != test.applied || test.applied > 0 && !w.at.Equal(at) {
				t.Errorf("applied %+v at %v", w.applied, w.at)
			}
		})
	}
}
