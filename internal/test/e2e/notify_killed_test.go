package e2e

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/internal/receipt"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestNotify_KilledProcesses kills gateways and consumers, again and again, while a hundred messages a
// second are sent. Who gets no answer sends again with the same Idempotency-Key. Each message is
// posted once; of one that may have been posted, or not, the receipt says so.
func TestNotify_KilledProcesses(t *testing.T) {
	t.Parallel()
	const (
		sends, perSecond = 1000, 100
		chats            = 200 // a chat gets five messages at once, and then one a second
	)
	b := newBotOn(t, redistest.URL(t), func(o *slacksim.Options) { o.Remember = 10_000 })
	b.notifies("")
	b.environ["GOPHER_LOG_LEVEL"] = "info"
	gateway, consumer := b.spawnGateway(), b.spawn(config.Consumer)
	consumer.logs(t, "consumer takes events")
	var channels []string
	for n := range chats {
		id, err := b.slack.CreateChannel(fmt.Sprintf("flood%03d", n))
		if err != nil {
			t.Fatal(err)
		}
		channels = append(channels, id)
	}
	b.settled()

	var accepted, repeated atomic.Int64
	ids := make([]string, sends)
	var senders sync.WaitGroup
	began := time.Now()
	senders.Go(func() {
		for n := range sends {
			if !pause.For(t.Context(), time.Until(began.Add(time.Duration(n)*time.Second/perSecond))) {
				return
			}
			senders.Go(func() {
				body := fmt.Sprintf(`{"chat_id":%q,"message":"number %d."}`, channels[n%chats], n)
				for {
					a, err := b.notify("/send", "application/json", body, "Idempotency-Key", fmt.Sprint(n))
					switch {
					case err == nil && a.status < 300:
						ids[n] = a.RequestID
						accepted.Add(1)
						return
					case err == nil && a.status < 500:
						t.Errorf("%d: %d %s", n, a.status, a.raw)
						return
					}
					repeated.Add(1)
					if !pause.For(t.Context(), 100*time.Millisecond) {
						return
					}
				}
			})
		}
	})
	kill := func(c *child) {
		t.Helper()
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		testenv.Next(t, c.exited)
	}
	// Of the posts before a kill Slack records some, and answers none.
	silent := []slacksim.Fault{{Recorded: true, Hang: true}, {Hang: true}, {Recorded: true, Hang: true}}
	for round := range 4 {
		testenv.Eventually(t, "more is sent", func() bool { return accepted.Load() >= int64(150+round*200) })
		if round%2 == 0 {
			b.slack.Fail("chat.postMessage", silent...)
			asked := len(b.slack.Calls("chat.postMessage"))
			testenv.Eventually(t, "posts are under way", func() bool { return len(b.slack.Calls("chat.postMessage")) >= asked+len(silent) })
			kill(consumer)
			consumer = b.spawn(config.Consumer)
		}
		if round > 0 {
			kill(gateway)
			gateway = b.spawnGateway()
		}
	}
	testenv.Wait(t, &senders)
	if accepted.Load() != sends || repeated.Load() == 0 {
		t.Fatalf("%d messages are accepted; %d requests were repeated", accepted.Load(), repeated.Load())
	}
	sent := time.Since(began)
	b.allHandled()

	posted := map[string]int{}
	for _, m := range b.slack.Snapshot().Messages {
		if m.User == slacksim.BotUserID {
			posted[m.Channel+" "+m.Text]++
		}
	}
	states := map[receipt.State]int{}
	receipts, err := receipt.New(b.rdb, b.environ["GOPHER_APP"]).Get(t.Context(), ids...)
	if err != nil {
		t.Fatal(err)
	}
	for n, r := range receipts {
		if r == nil {
			t.Errorf("%d has no receipt", n)
			continue
		}
		states[r.State]++
		text := fmt.Sprintf("%s number %d.", channels[n%chats], n)
		switch times := posted[text]; {
		case times > 1:
			t.Errorf("%q was posted %d times; its receipt says %s", text, times, r.State)
		case r.State == receipt.Sent && times == 0:
			t.Errorf("%q was not posted, and its receipt says %s", text, r.State)
		case r.State == receipt.Sent && !strings.HasPrefix(r.SyncID, channels[n%chats]+"/"):
			t.Errorf("%q was posted as %q", text, r.SyncID)
		case r.State != receipt.Sent && r.State != receipt.Unknown:
			t.Errorf("%q is %s: %s", text, r.State, r.Error)
		}
		delete(posted, text)
	}
	if len(posted) > 0 {
		t.Errorf("posts that nobody has sent: %v", posted)
	}
	t.Logf("%d sends took %v, %d requests were repeated; %v; all was posted after %v", sends, sent, repeated.Load(), states, time.Since(began))
}
