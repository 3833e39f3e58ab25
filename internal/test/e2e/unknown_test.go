package e2e

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/event"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// impatient are timeouts of which the longest is a second and a half, in the
// order of the real ones.
var impatient = app.Timeouts{HTTP: time.Second, Action: 1500 * time.Millisecond, Settle: 300 * time.Millisecond}

// announce queues an announcement for #general, as bgtasks does.
func (b *bot) announce(text string) {
	b.Helper()
	publisher, err := workqueue.NewPublisher(b.rdb, workqueue.PublisherOptions{App: b.environ["GOPHER_APP"]})
	if err != nil {
		b.Fatal(err)
	}
	payload, err := event.Message{Origin: event.Announcement, Bot: event.Slack, Chat: event.Chat{Name: "general"}, Text: text}.Encode()
	if err != nil {
		b.Fatal(err)
	}
	e := workqueue.Event{Type: event.Type(event.Slack, event.Send), Key: text, Source: "bgtasks", ID: text, Time: time.Now(), Payload: payload}
	if _, err := publisher.Publish(b.Context(), e); err != nil {
		b.Fatal(err)
	}
}

// said counts what the bot has said, as those in the workspace see it, by channel
// and the beginning of the text.
func (b *bot) said() map[string]int {
	n := map[string]int{}
	for _, m := range b.slack.Snapshot().Messages {
		if m.User == slacksim.BotUserID {
			text, _, _ := strings.Cut(m.Text, "!") // of a welcome
			n[m.Channel+" "+text]++
		}
	}
	return n
}

// unknown returns what a consumer at an address has counted of posts whose outcome
// was unknown: how many there were, and what became of them.
func (b *bot) unknown(at string) (total float64, resolved map[string]float64) {
	b.Helper()
	resolved = map[string]float64{}
	if status, _ := b.status(at+"/metrics", metricsToken); status == 0 {
		return 0, resolved // it is starting
	}
	got := b.scrape(at)
	for name, n := range got {
		if result, ok := strings.CutPrefix(name, "gopherbot_unknown_outcomes_resolved_total{result="); ok {
			resolved[strings.TrimSuffix(result, "}")] = n
		}
	}
	return got["gopherbot_unknown_outcomes_total{}"], resolved
}

// TestSlack_UnknownOutcomes has the first post of an answer, a welcome and an
// announcement end in each of the ways after which nobody knows whether it was
// made. It is said once, whether Slack has recorded it or not, and nobody
// apologises.
func TestSlack_UnknownOutcomes(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]slacksim.Fault{
		"answered late":   {Late: 3 * time.Second, Status: 504},
		"cut":             {Cut: true},
		"408":             {Status: 408},
		"502":             {Status: 502},
		"fatal_error":     {Error: "fatal_error"},
		"internal_error":  {Error: "internal_error"},
		"request_timeout": {Error: "request_timeout"},
		"no JSON":         {Body: "<!DOCTYPE html>"},
	} {
		for _, recorded := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, recorded: %v", name, recorded), func(t *testing.T) {
				t.Parallel()
				b := newBot(t)
				b.timeouts = impatient
				at := b.watch()[config.Consumer]
				b.startAll()
				tried := map[string]int{}
				fault := fault // each of the two has its own
				fault.Recorded = recorded
				b.slack.Disturb(func(c slacksim.Call) slacksim.Fault {
					if text := c.Form["text"]; c.Method == "chat.postMessage" {
						if tried[text]++; tried[text] == 1 {
							return fault
						}
					}
					return slacksim.Fault{}
				})
				b.say(ada, general, mention+"d/example.org/1")
				b.announce("hear, hear")
				if _, err := b.slack.JoinWorkspace(); err != nil {
					t.Fatal(err)
				}
				want := []string{general + " <https://pkg.go.dev/example.org/1>", general + " hear, hear", "D03GRACE Welcome to Gophers"}
				result := "repeated"
				if recorded {
					result = "found"
				}
				testenv.Eventually(t, "all is known", func() bool {
					_, resolved := b.unknown(at)
					return resolved[result] >= 3
				})
				b.allHandled()
				said := b.said()
				for _, text := range want {
					if said[text] != 1 {
						t.Errorf("%q was said %d times", text, said[text])
					}
				}
				if len(said) != len(want) {
					t.Errorf("said %v, want %q", said, want)
				}
				if total, resolved := b.unknown(at); total != 3 || resolved[result] != 3 {
					t.Errorf("%v unknown outcomes, of which %v", total, resolved)
				}
			})
		}
	}
}

// TestSlack_PostThatWasNeverSentIsRetried asks while nobody listens at Slack's
// address.
func TestSlack_PostThatWasNeverSentIsRetried(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	address := "127.0.0.1:" + freePort(t)
	b.environ["GOPHER_SLACK_API_URL"] = "http://" + address + "/"
	at := b.watch()[config.Consumer]
	open := func() (shut func()) {
		t.Helper()
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: b.slack.API()}
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = server.Serve(l) // until it is closed
		}()
		return sync.OnceFunc(func() {
			_ = server.Close() // and the connections
			testenv.Next(b, done)
		})
	}
	shut := open()
	b.startAll()
	shut()
	b.say(ada, general, mention+"d/example.org/1")
	testenv.Eventually(t, "a try has failed", func() bool { return strings.Contains(b.log.String(), "connection refused") })
	shut = open()
	defer shut()
	b.calls("chat.postMessage", 1)
	b.allHandled()
	if said := b.said(); len(said) != 1 || said[general+" <https://pkg.go.dev/example.org/1>"] != 1 {
		t.Errorf("said %v", said)
	}
	if total, resolved := b.unknown(at); total != 0 {
		t.Errorf("%v unknown outcomes, of which %v", total, resolved)
	}
}
