package consumer_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// slackOnly returns the Options.Platforms of a deployment with one platform.
func slackOnly(p consumer.Platform) map[string]consumer.Platform {
	return map[string]consumer.Platform{"slack": p}
}

// counting is a platform that counts the messages that it decodes.
type counting struct {
	*platform
	decoded *atomic.Int32
}

func (c counting) Decode(ctx context.Context, e workqueue.Event) (consumer.Incoming, error) {
	c.decoded.Add(1)
	return c.platform.Decode(ctx, e)
}

// publishFrom publishes an event of a source.
func (d deployment) publishFrom(source, eventType, id string, what any) {
	d.Helper()
	payload, err := json.Marshal(what)
	if err != nil {
		d.Fatal(err)
	}
	event := workqueue.Event{Type: eventType, Source: source, ID: id, Key: source + id, Time: time.Now(), Payload: payload}
	if _, err := d.publisher.Publish(d.Context(), event); err != nil {
		d.Fatal(err)
	}
}

// TestDispatcher_UnknownSource publishes an event that Slack's decoder could read,
// of a source that the consumer does not know.
func TestDispatcher_UnknownSource(t *testing.T) {
	t.Parallel()
	for _, source := range []string{"mattermost", "slack.second", ""} {
		for _, eventType := range []string{event.Type(event.Slack, event.MessagePublic), event.Type(event.Slack, event.MessagePrivate), event.Type(event.Slack, event.WorkspaceJoin), event.Type(event.Slack, event.ChannelJoin)} {
			t.Run(source+"/"+eventType, func(t *testing.T) {
				t.Parallel()
				p := counting{&platform{}, new(atomic.Int32)}
				outcomes := make(chan error, 100)
				var log testenv.Log
				d := deploy(t, consumer.Options{Platforms: slackOnly(p), Log: zerolog.New(&log)}, func(err error) { outcomes <- err }, answers...)
				d.publishFrom(source, eventType, "Ev1", in("C1", "books"))
				err := testenv.Next(t, outcomes)
				if later, ok := errors.AsType[*workqueue.RetryError](err); !ok || later.After <= 0 || !strings.Contains(err.Error(), strconv.Quote(source)) {
					t.Errorf("outcome %v, want a retry later that names the source", err)
				}
				testenv.Eventually(t, "the event waits for another attempt", func() bool {
					stats, err := d.inspector.Stats(t.Context(), eventType)
					return err == nil && stats[0].Delayed == 1 && stats[0].Dead == 0
				})
				if said := p.heard(); len(said) > 0 || p.decoded.Load() > 0 {
					t.Errorf("said %q, decoded %d messages, want nothing", said, p.decoded.Load())
				}
				if text := log.String(); !strings.Contains(text, `"level":"error","source":"`+source+`"`) {
					t.Errorf("the log has no error that names the source: %s", text)
				}
			})
		}
	}
}

// TestDispatcher_UnknownSourceOfChannelChange has a change of another platform's
// channels on the stream of Slack's.
func TestDispatcher_UnknownSourceOfChannelChange(t *testing.T) {
	t.Parallel()
	w := &watcher{platform: &platform{}}
	e := workqueue.Event{Type: event.Type(event.Slack, event.ChannelChange), ID: "Ev1", Source: "mattermost", Time: time.Now()}
	err := handled(t, w.options(), e)
	if err == nil || !strings.Contains(err.Error(), `"mattermost"`) || len(w.applied) > 0 {
		t.Errorf("outcome %v, applied %+v", err, w.applied)
	}
}

// TestDispatcher_TwoPlatforms has two platforms answer the same message: each
// answers its own, explains its own errors, and has its own cooldown.
func TestDispatcher_TwoPlatforms(t *testing.T) {
	t.Parallel()
	first, second := &platform{}, &platform{}
	outcomes := make(chan error, 100)
	d := deploy(t, consumer.Options{Platforms: map[string]consumer.Platform{"slack": first, "mattermost": second}, Cooldown: time.Hour},
		func(err error) { outcomes <- err }, answers...)
	publish := func(source string, kind event.Kind, id string, what any) error {
		d.publishFrom(source, event.Type(source, kind), id, what)
		return testenv.Next(t, outcomes)
	}
	const message, join = event.MessagePublic, event.WorkspaceJoin
	member := handler.Join{Workspace: "T1", User: "U1"}
	for _, step := range []struct {
		source        string
		kind          event.Kind
		id            string
		what          any
		first, second []string
	}{
		{"slack", message, "Ev1", in("C1", "books"), []string{"some books"}, nil},
		{"mattermost", message, "Ev2", in("C1", "books"), []string{"some books"}, []string{"some books"}},
		{"mattermost", join, "Ev3", member, []string{"some books"}, []string{"some books", "DM: welcome"}},
		{"slack", join, "Ev4", member, []string{"some books", "DM: welcome"}, []string{"some books", "DM: welcome"}},
	} {
		if err := publish(step.source, step.kind, step.id, step.what); err != nil {
			t.Errorf("%s: %v", step.id, err)
		}
		if a, b := first.heard(), second.heard(); !slices.Equal(a, step.first) || !slices.Equal(b, step.second) {
			t.Errorf("after %s: Slack has %q, Mattermost %q; want %q, %q", step.id, a, b, step.first, step.second)
		}
	}

	second.mu.Lock()
	second.fails = []error{&laterError{time.Minute}}
	second.mu.Unlock()
	if err := publish("mattermost", message, "Ev5", in("C2", "books")); err == nil || !strings.HasPrefix(err.Error(), "postponed by 1m0s: ") {
		t.Errorf("a rate limit of the second platform: %v", err)
	}
}

// TestNewDispatcher_Platforms refuses options that lack a platform.
func TestNewDispatcher_Platforms(t *testing.T) {
	t.Parallel()
	registry, err := handler.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	for _, platforms := range []map[string]consumer.Platform{nil, {}, {"slack": nil}, {"": &platform{}}} {
		opts := consumer.Options{Platforms: platforms, Registry: registry, Deduper: &forgetful{}}
		if _, err := consumer.NewDispatcher(opts); err == nil {
			t.Errorf("%v is accepted", platforms)
		}
	}
}
