package app

import (
	"testing"
	"time"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/workqueue"
)

// TestCallbackQueue_Notified reports the end of a message twice, as a consumer does that died
// in between.
func TestCallbackQueue_Notified(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	e := env{
		config: config.Config{App: config.Name(app)},
		notify: notifyconfig.Config{Rules: []notifyconfig.Rule{{Name: "pager", Events: []string{notifyconfig.NotificationFailed}, Bots: []string{event.Slack}}}},
	}
	queue, err := e.callbackQueue(rdb)
	if err != nil {
		t.Fatal(err)
	}
	inspector, err := workqueue.NewInspector(rdb, app)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		state   receipt.State
		waiting int64
	}{{receipt.Sent, 0}, {receipt.Failed, 1}, {receipt.Failed, 1}, {receipt.Expired, 2}} {
		err := queue.notified()(t.Context(), consumer.Notified{
			Key: "send/r1/" + string(step.state), Message: event.Message{RequestID: "r1", Bot: event.Slack}, State: step.state, At: time.Now(),
		})
		stats, inspected := inspector.Stats(t.Context(), "callback")
		if err != nil || inspected != nil || int64(stats[0].Depth) != step.waiting {
			t.Errorf("after %s: %+v, %v, %v; want %d", step.state, stats, err, inspected, step.waiting)
		}
	}
}

// TestCallbackQueue_WithoutRules leaves everything as it is.
func TestCallbackQueue_WithoutRules(t *testing.T) {
	t.Parallel()
	queue, err := env{}.callbackQueue(nil)
	to := &workqueue.Publisher{}
	if err != nil || queue.notified() != nil || queue.with(to) != to || queue.counts() != nil {
		t.Errorf("%v, %v", queue, err)
	}
}
