package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/event"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestSlack_SlowForMinutes has Slack answer nothing in time while people ask, join
// and announcements come, and then recover. Of the posts that it gets meanwhile
// Slack records every other one. All timeouts are a tenth of the real ones, so that
// 30 s stand for 5 minutes; but a message may be answered for 30 s all the same, so
// that the first are too old in the end, and the last are not.
func TestSlack_SlowForMinutes(t *testing.T) {
	t.Parallel()
	const (
		questions, joins, announcements = 500, 100, 20
		outage                          = 30 * time.Second
	)
	b := newBotOn(t, redistest.URL(t), func(o *slacksim.Options) { o.Remember = 10_000 })
	b.timeouts = app.Timeouts{HTTP: 700 * time.Millisecond, Action: 900 * time.Millisecond, Settle: time.Second}
	at := b.watch()[config.Consumer]
	b.startAll()
	testenv.Eventually(t, "the consumer has begun", func() bool { return strings.Contains(b.log.String(), "consumer takes events") })

	want := map[string]bool{} // what was asked for; true for what is said however late
	b.slack.Disturb(func(slacksim.Call) slacksim.Fault {
		return slacksim.Fault{Late: time.Minute, Status: 504, Recorded: rand.IntN(2) == 0}
	})
	pace := time.NewTicker(outage / questions)
	defer pace.Stop()
	for n := range questions {
		channel := []string{general, "C03REVIEWS", "C08RANDOM", adasDM}[n%4]
		b.say(ada, channel, fmt.Sprintf("d/example.org/%d", n))
		want[fmt.Sprintf("%s <https://pkg.go.dev/example.org/%d>", channel, n)] = false
		if n%(questions/joins) == 0 {
			p, err := b.slack.JoinWorkspace()
			if err != nil {
				t.Fatal(err)
			}
			want["D"+p.ID[1:]+" Welcome to Gophers"] = true
		}
		if n%(questions/announcements) == 0 {
			b.announce(fmt.Sprintf("news %d", n))
			want[fmt.Sprintf("%s news %d", general, n)] = true
		}
		testenv.Next(t, pace.C)
	}
	during := b.said()
	b.slack.Disturb(nil)

	b.allHandled()
	said := b.said()
	unsaid := 0
	for text, always := range want {
		switch n := said[text]; {
		case n > 1:
			t.Errorf("%q was said %d times", text, n)
		case n == 0 && always:
			t.Errorf("%q was never said", text)
		case n == 0:
			unsaid++
		}
	}
	for text := range said {
		if _, asked := want[text]; !asked {
			t.Errorf("%q was said, which nobody asked for", text)
		}
	}
	counted := b.scrape(at)
	tooOld := counted["gopherbot_events_discarded_total{reason=too_old,type=message_public}"] +
		counted["gopherbot_events_discarded_total{reason=too_old,type=message_private}"]
	if tooOld != float64(unsaid) {
		t.Errorf("%d questions were not answered, and %v were too old", unsaid, tooOld)
	}
	total, resolved := b.unknown(at)
	known := 0.0
	for _, n := range resolved {
		known += n
	}
	// An event that was taken from a consumer in the middle of a post is looked for by
	// the next one, which knows of no unknown outcome.
	lost := float64(strings.Count(b.log.String(), "lost the lease"))
	if total == 0 || known > total || total-known > lost || resolved["left"] != 0 {
		t.Errorf("%v unknown outcomes, of which %v; %v leases were lost; of events with more of them than results:\n%s",
			total, resolved, lost, strings.Join(b.unresolved(), "\n"))
	}
	t.Logf("said %d during the outage and %d after it; %d questions were too old; %v unknown outcomes, of which %v",
		len(during), len(said)-len(during), unsaid, total, resolved)
}

// unresolved returns all log lines about events that have failed with an unknown outcome more
// often than the log has results of a search.
func (b *bot) unresolved() (lines []string) {
	about, open := map[string][]string{}, map[string]int{}
	for line := range strings.Lines(b.log.String()) {
		var l struct {
			EventID string `json:"event_id"`
			Message string `json:"message"`
			Error   string `json:"error"`
		}
		if json.Unmarshal([]byte(line), &l) != nil || l.EventID == "" {
			continue
		}
		about[l.EventID] = append(about[l.EventID], line)
		switch {
		case strings.HasPrefix(l.Message, "resolve a post"):
			open[l.EventID]--
		case strings.Contains(l.Error, "outcome unknown: "):
			open[l.EventID]++
		}
	}
	for id, n := range open {
		if n > 0 {
			lines = append(lines, about[id]...)
		}
	}
	return lines
}

// allHandled waits until nothing is on any stream or waits for another try. It may
// take long, as long as something goes on: an event that has failed six times waits for 32 s.
func (b *bot) allHandled() {
	b.Helper()
	left := func() (n int64) {
		stats, err := b.inspector().Stats(b.Context(), event.Types(event.Slack)...)
		if err != nil {
			b.Fatal(err)
		}
		for _, s := range stats {
			n += s.Depth + s.Delayed
		}
		return n
	}
	// What moves from one place to the other while they are counted is seen the second time.
	for n := left(); n > 0 || left() > 0; {
		testenv.EventuallyWithin(b, 3*testenv.Timeout, fmt.Sprintf("fewer than %d events are left", n), func() bool { return left() < max(n, 1) })
		n = left()
	}
}
