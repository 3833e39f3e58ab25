package callbackrule

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/blob"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

var rules = []notifyconfig.Rule{
	{Name: "one", Events: []string{"message"}, Bots: []string{"slack"}},
	{Name: "beside", Events: []string{"*"}, Bots: []string{"slack"}, Async: true},
	{Name: "two", Events: []string{"message_public", "team_join"}, Bots: []string{"main", "slack"}},
	{Name: "main-only", Events: []string{"message_public"}, Bots: []string{"main"}},
	{Name: "sent", Events: []string{"notification_sent"}, Bots: []string{"community"}},
}

// watched is a queue in Redis that remembers the events that were new to it.
type watched struct {
	*workqueue.Publisher
	fail func(workqueue.Event) error

	mu  sync.Mutex
	new []workqueue.Event
}

func (w *watched) Publish(ctx context.Context, e workqueue.Event) (workqueue.Result, error) {
	if w.fail != nil {
		if err := w.fail(e); err != nil {
			return 0, err
		}
	}
	result, err := w.Publisher.Publish(ctx, e)
	w.mu.Lock()
	defer w.mu.Unlock()
	if result == workqueue.Queued {
		w.new = append(w.new, e)
	}
	return result, err
}

// rules returns the rules of each new event, sorted.
func (w *watched) rules(t *testing.T) []string {
	t.Helper()
	var list []string
	for _, e := range w.new {
		r, err := event.DecodeCallback(e.Payload)
		if err != nil || e.Type != event.Type(r.Platform, event.Callback) || e.Source != r.Platform {
			t.Fatalf("%+v, %v", e, err)
		}
		list = append(list, strings.Join(r.Rules, "+"))
	}
	slices.Sort(list)
	return list
}

func publisher(t *testing.T, maxBacklog int) (*Publisher, *watched, *blob.Store) {
	t.Helper()
	rdb, app := redistest.New(t)
	queue, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: app, MaxBacklog: maxBacklog})
	if err != nil {
		t.Fatal(err)
	}
	blobs, to := blob.New(rdb, app, blob.Options{Budget: 100 << 10}), &watched{Publisher: queue}
	bots := map[string]notifyconfig.Bot{"main": {Platform: "botx"}, "community": {Platform: "slack"}}
	return New(notifyconfig.Config{Rules: rules, Bots: bots}, to, blobs), to, blobs
}

func message(name string) Event {
	return Event{Name: name, Source: "slack", Bot: "slack", Key: "T1/C1/1.2", ID: "Ev1", RequestID: "r1", Time: time.UnixMilli(1000), Body: []byte(`{"a": 1}`)}
}

func TestPublisher_PicksRules(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		of   Event
		want []string
	}{
		"a public message":     {message("message_public"), []string{"beside", "one+two"}},
		"a private message":    {message("message_private"), []string{"beside", "one"}},
		"a join":               {message("team_join"), []string{"beside", "two"}},
		"another join":         {message("channel_join"), []string{"beside"}},
		"another bot's":        {Event{Name: "message_public", Source: "botx", Bot: "main", Key: "k", Body: []byte("{}")}, []string{"two+main-only"}}, // in the order of the configuration
		"a bot without rules":  {Event{Name: "message_public", Source: "mattermost", Bot: "mattermost", Key: "k", Body: []byte("{}")}, nil},
		"the end of a message": {message("notification_sent"), []string{"beside", "sent"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, queue, _ := publisher(t, 100)
			if p.Wants(test.of.Name, test.of.Bot) != (test.want != nil) {
				t.Error("Wants says something else than Publish does")
			}
			for range 2 { // the second time as a platform's retry
				if err := p.Publish(t.Context(), test.of); err != nil {
					t.Fatal(err)
				}
			}
			if got := queue.rules(t); !slices.Equal(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// TestPublisher_ResumesAfterAnError fails once for each callback.
func TestPublisher_ResumesAfterAnError(t *testing.T) {
	t.Parallel()
	p, queue, _ := publisher(t, 100)
	failed := map[string]bool{}
	var mu sync.Mutex
	queue.fail = func(e workqueue.Event) error {
		mu.Lock()
		defer mu.Unlock()
		if failed[e.Key] {
			return nil
		}
		failed[e.Key] = true
		return errors.New("connection refused")
	}
	if err := p.Publish(t.Context(), message("message_public")); err == nil {
		t.Error("no error although nothing was queued")
	}
	for range 2 {
		if err := p.Publish(t.Context(), message("message_public")); err != nil {
			t.Error(err)
		}
	}
	if got := queue.rules(t); !slices.Equal(got, []string{"beside", "one+two"}) {
		t.Errorf("%q", got)
	}
	for _, e := range queue.new {
		if e.ID != "Ev1" || e.RequestID != "r1" || !e.Time.Equal(time.UnixMilli(1000)) || !strings.HasPrefix(e.Key, "T1/C1/1.2/") {
			t.Errorf("%+v", e)
		}
	}
}

func TestPublisher_StoresLongBodies(t *testing.T) {
	t.Parallel()
	p, queue, blobs := publisher(t, 100)
	long := message("channel_join")
	long.Body, long.Truncated = fmt.Appendf(nil, `{"text":%q}`, strings.Repeat("x", 8<<10)), true
	if err := p.Publish(t.Context(), long); err != nil {
		t.Fatal(err)
	}
	r, err := event.DecodeCallback(queue.new[0].Payload)
	if err != nil || r.Body != "" || r.BodyBlob == nil || !r.Truncated || len(queue.new[0].Payload) > 1024 {
		t.Fatalf("%d bytes, %+v, %v", len(queue.new[0].Payload), r, err)
	}
	if stored, err := blobs.Get(t.Context(), *r.BodyBlob); err != nil || string(stored) != string(long.Body) {
		t.Errorf("%d bytes, %v", len(stored), err)
	}

	// A short body with many quotes is a long event, too.
	quotes := message("channel_join")
	quotes.Key, quotes.Body = "k2", fmt.Appendf(nil, `{"text":"%s"}`, strings.Repeat(`\"`, 1500))
	if err := p.Publish(t.Context(), quotes); err != nil || len(queue.new[1].Payload) > 1024 {
		t.Errorf("%d bytes, %v", len(queue.new[1].Payload), err)
	}

	huge := message("channel_join")
	huge.Key, huge.Body = "k3", fmt.Appendf(nil, `{"text":%q}`, strings.Repeat("x", 100<<10))
	if err := p.Publish(t.Context(), huge); !errors.Is(err, blob.ErrFull) || len(queue.new) != 2 {
		t.Errorf("beyond the budget: %v, %d queued", err, len(queue.new))
	}
}

func TestPublisher_Full(t *testing.T) {
	t.Parallel()
	p, _, _ := publisher(t, 1)
	if err := p.Publish(t.Context(), message("channel_join")); err != nil {
		t.Fatal(err)
	}
	other := message("channel_join")
	other.Key = "k2"
	if err := p.Publish(t.Context(), other); !errors.Is(err, workqueue.ErrFull) || strings.Contains(err.Error(), `"a"`) {
		t.Errorf("%v", err)
	}
}

func TestPublisher_Notified(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	for _, test := range []struct {
		of   Notification
		want string
	}{
		{
			Notification{Key: "send/r1/sent", Source: "slack", Bot: "slack", RequestID: "r1", Sent: true, SyncID: "C1/1.2", At: at},
			`{"request_id":"r1","status":"sent","sync_id":"C1/1.2","error":"","sent_at":"2026-01-02T02:04:05Z"}`,
		},
		{
			Notification{Key: "send/r1/failed", Source: "slack", Bot: "slack", RequestID: "r1", Error: "channel_not_found", At: at},
			`{"request_id":"r1","status":"failed","sync_id":"","error":"channel_not_found","sent_at":"2026-01-02T02:04:05Z"}`,
		},
	} {
		p, queue, _ := publisher(t, 100)
		for range 2 {
			if err := p.Notified(t.Context(), test.of); err != nil {
				t.Fatal(err)
			}
		}
		want := []string{"beside"}
		if test.of.Sent {
			want = []string{"beside", "sent"}
		}
		if got := queue.rules(t); !slices.Equal(got, want) {
			t.Fatalf("%q, want %q", got, want)
		}
		if r, err := event.DecodeCallback(queue.new[0].Payload); err != nil || r.Body != test.want || r.Event != "notification_"+map[bool]string{true: "sent", false: "failed"}[test.of.Sent] {
			t.Errorf("%+v, %v", r, err)
		}
	}
	p, queue, _ := publisher(t, 100)
	if err := p.Notified(t.Context(), Notification{Key: "k", Source: "mattermost", Bot: "mattermost", RequestID: "r1", At: at}); err != nil || len(queue.new) != 0 {
		t.Errorf("a bot without rules: %v, %d", err, len(queue.new))
	}
}
