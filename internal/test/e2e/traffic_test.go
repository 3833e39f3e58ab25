package e2e

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// traffic is people who talk without pause, each message such that what the bot
// does about it can be told from what it does about any other.
type traffic struct {
	*bot
	count atomic.Int64 // of messages so far
	stop  chan struct{}
	done  sync.WaitGroup

	// Set once it has stopped.
	said  map[string]string // each message's effect, and what was said
	began time.Time
	ended time.Time
}

// robsDM is Rob's direct messages with the bot.
const robsDM = "D02ROB"

// talk has people say so many messages a second until quiet is called.
func (b *bot) talk(perSecond int) *traffic {
	talk := &traffic{bot: b, stop: make(chan struct{}), said: map[string]string{}, began: time.Now()}
	talk.done.Go(func() {
		tick := time.NewTicker(time.Second / time.Duration(perSecond))
		defer tick.Stop()
		for n := 0; ; {
			select {
			case <-tick.C:
			case <-talk.stop:
				talk.ended = time.Now()
				return
			}
			// A ticker drops ticks when the machine is busy; they are made up for.
			for due := int(time.Since(talk.began).Seconds() * float64(perSecond)); n < due; n++ {
				if err := talk.say(n); err != nil {
					b.Error(err)
					return
				}
				talk.count.Add(1)
			}
		}
	})
	return talk
}

// goOn waits until so many more messages were said.
func (t *traffic) goOn(n int64) {
	t.Helper()
	until := t.count.Load() + n
	testenv.Eventually(t, fmt.Sprint(n, " more messages are said"), func() bool { return t.count.Load() >= until })
}

// quiet ends the talk.
func (t *traffic) quiet() {
	close(t.stop)
	testenv.Wait(t, &t.done)
}

// say says the n-th message: of ten seven are reacted to, in as many channels,
// two are answered with a link that no other is, and one in a thread of its own.
func (t *traffic) say(n int) error {
	user, dm := ada, adasDM
	if n%20 >= 10 {
		user, dm = rob, robsDM
	}
	channels := []string{general, "C03REVIEWS", "C04SHOWANDTELL", "C05PERFORMANCE", "C06SECURITY", "C07JOBS", "C08RANDOM"}
	channel, text, thread := dm, "", ""
	switch kind := n % 10; {
	case kind < len(channels):
		channel, text = channels[kind], fmt.Sprint("bbq, for the ", n, "th time")
	case kind < 9:
		text = fmt.Sprint("d/example.org/", n)
	default:
		text, thread = "flip a coin", fmt.Sprintf("%d.000000", n)
	}
	ts, err := t.slack.Say(user, channel, text, thread)
	effect := ""
	switch {
	case thread != "":
		effect = "answer in thread " + thread
	case channel == dm:
		effect = "link to " + strings.TrimPrefix(text, "d/")
	default:
		effect = "reaction in " + channel + " to " + ts
	}
	t.said[effect] = text
	return err
}

// effects returns how often the bot did what.
func (t *traffic) effects() map[string]int {
	n := map[string]int{}
	for _, c := range t.slack.Calls("reactions.add") { // those that failed, too: who tries twice does it twice
		n["reaction in "+c.Form["channel"]+" to "+c.Form["timestamp"]]++
	}
	for _, c := range t.slack.Calls("chat.postMessage") {
		switch text := c.Form["text"]; {
		case c.Form["thread_ts"] != "":
			n["answer in thread "+c.Form["thread_ts"]]++
		case strings.HasPrefix(text, "<https://pkg.go.dev/"):
			n["link to "+strings.TrimSuffix(strings.TrimPrefix(text, "<https://pkg.go.dev/"), ">")]++
		default:
			n[text]++
		}
	}
	return n
}
