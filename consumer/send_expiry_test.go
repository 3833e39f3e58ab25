package consumer_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestSend_ExpiresWhileTheOutcomeIsUnknown: the answer to the post is lost, and Slack's
// history is away until the message has expired. Then it is not posted again, and the receipt
// says what the history shows.
func TestSend_ExpiresWhileTheOutcomeIsUnknown(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		posted bool
		want   receipt.State
	}{
		{"and it was posted", true, receipt.Sent},
		{"and it was not", false, receipt.Expired},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			var away atomic.Bool
			away.Store(true)
			o.slack.Disturb(func(c sim.Call) sim.Fault {
				switch {
				case c.Method == postMessage:
					return sim.Fault{Cut: true, Recorded: test.posted}
				case c.Method == "conversations.history" && away.Load():
					return sim.Fault{Error: "accesslimited"}
				}
				return sim.Fault{}
			})
			o.works()
			until := time.Now().Add(500 * time.Millisecond)
			id := o.send(event.Message{Text: "hi", ExpiresAt: until})
			o.is(id, "waits", func(s receipt.State) bool { return s == receipt.Retrying })
			testenv.Eventually(t, "it has expired", func() bool { return time.Now().After(until.Add(100 * time.Millisecond)) })
			searched := len(o.slack.Calls("conversations.history"))
			if searched > 50 {
				t.Errorf("the history was read %d times in half a second", searched)
			}
			away.Store(false)
			if r := o.sent(id); r.State != test.want || (r.SyncID != "") != test.posted {
				t.Errorf("%+v, want %s", r, test.want)
			}
			if n := len(o.slack.Calls(postMessage)); n != 1 {
				t.Errorf("%d posts", n)
			}
		})
	}
}
