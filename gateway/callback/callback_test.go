package callback_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/gateway/callback"
	"github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/internal/blob"
	"github.com/gobridge/gopherbot/internal/callbackrule"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// breaking is a queue that fails for events of a type.
type breaking struct {
	*workqueue.Publisher
	broken atomic.Pointer[string]
}

func (b *breaking) Publish(ctx context.Context, e workqueue.Event) (workqueue.Result, error) {
	if broken := b.broken.Load(); broken != nil && *broken == e.Type {
		return 0, workqueue.ErrFull
	}
	return b.Publisher.Publish(ctx, e)
}

func (b *breaking) breaks(eventType string) { b.broken.Store(&eventType) }

// waiting returns how many events of each type wait.
func waiting(t *testing.T, inspector *workqueue.Inspector, types ...string) []int64 {
	t.Helper()
	stats, err := inspector.Stats(t.Context(), types...)
	if err != nil {
		t.Fatal(err)
	}
	var list []int64
	for _, s := range stats {
		list = append(list, int64(s.Depth))
	}
	return list
}

// TestPublisher_LosesNeither has each of the two steps fail. The platform sends the event
// again after each error.
func TestPublisher_LosesNeither(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	queue, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: app})
	if err != nil {
		t.Fatal(err)
	}
	inspector, err := workqueue.NewInspector(rdb, app)
	if err != nil {
		t.Fatal(err)
	}
	to := &breaking{Publisher: queue}
	rules := notifyconfig.Config{Rules: []notifyconfig.Rule{{Name: "log", Events: []string{"message_public"}, Bots: []string{"slack"}}}}
	p := callback.NewPublisher(to, callbackrule.New(rules, to, blob.New(rdb, app, blob.Options{})),
		map[string]func(workqueue.Event) (gateway.Occurrence, bool){"slack": slack.Describe})
	message := func(key, payload string) workqueue.Event {
		return workqueue.Event{Type: "message_public", Key: key, Source: "slack", ID: key, Payload: []byte(payload)}
	}
	ours := message("k1", `{"user":"U1","channel":"C1","channel_type":"channel","ts":"1.2","text":"hi"}`)

	for _, step := range []struct {
		breaks  string
		e       workqueue.Event
		want    workqueue.Result // 0 for an error
		waiting []int64          // messages and callbacks
	}{
		{"message_public", ours, 0, []int64{0, 0}},
		{"callback", ours, 0, []int64{1, 0}},
		{"", ours, workqueue.Duplicate, []int64{1, 1}},
		{"", ours, workqueue.Duplicate, []int64{1, 1}},
		{"", message("k2", `{"user":"U1","bot_id":"B1","channel":"C1","ts":"1.3"}`), workqueue.Queued, []int64{2, 1}},
		{"", workqueue.Event{Type: "channel_change", Key: "k3", Source: "slack", ID: "k3", Payload: []byte(`{}`)}, workqueue.Queued, []int64{2, 1}},
		{"", workqueue.Event{Type: "mattermost_message_public", Key: "k4", Source: "mattermost", ID: "k4", Payload: []byte(`{}`)}, workqueue.Queued, []int64{2, 1}},
	} {
		to.breaks(step.breaks)
		result, err := p.Publish(t.Context(), step.e)
		if result != step.want || (err == nil) != (step.want != 0) {
			t.Errorf("%s with %q broken: %v, %v", step.e.Key, step.breaks, result, err)
		}
		// The bot has its event, so nobody went without an answer.
		if refused := errors.Is(err, workqueue.ErrFull); refused != (step.breaks == "message_public") {
			t.Errorf("%s with %q broken counts as refused: %v", step.e.Key, step.breaks, refused)
		}
		if got := waiting(t, inspector, "message_public", "callback"); !slices.Equal(got, step.waiting) {
			t.Errorf("%s with %q broken: %v wait, want %v", step.e.Key, step.breaks, got, step.waiting)
		}
	}
}
