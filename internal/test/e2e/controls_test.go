package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/control"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// operate gives a test the controls of a deployment, and the functions that set and end one.
func (b *bot) operate() (set, end func(kind control.Kind, name string)) {
	controls := control.New(b.rdb, b.environ["GOPHER_APP"])
	set = func(kind control.Kind, name string) {
		b.Helper()
		if _, _, err := controls.Set(b.Context(), control.Control{Kind: kind, Name: name, By: "ada", Why: "a test"}); err != nil {
			b.Fatal(err)
		}
	}
	end = func(kind control.Kind, name string) {
		b.Helper()
		if _, err := controls.Clear(b.Context(), kind, name); err != nil {
			b.Fatal(err)
		}
	}
	return set, end
}

// heard waits until both consumers have logged a line of the control so often.
func (b *bot) heard(line string, often int) {
	b.Helper()
	start := time.Now()
	testenv.Eventually(b, line, func() bool { return strings.Count(b.log.String(), line) >= often })
	if took := time.Since(start); took > 5*time.Second {
		b.Errorf("both consumers knew after %v, want at most 5 s", took)
	}
}

// TestProcesses_Controls pauses, silences and ignores while two consumers run.
func TestProcesses_Controls(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	at := b.watch()
	b.startAll()
	delete(b.environ, "GOPHER_CONSUMER_LISTEN") // it has one address
	b.start(config.Consumer)
	set, end := b.operate()
	const effective, over = "an operator's control has effect", "an operator's control has ended"

	// A paused type waits on the stream, at no cost, and is handled when it is resumed.
	set(control.EventType, "message_private")
	b.heard(effective, 2)
	testenv.Eventually(t, "a read that waited has ended, and a message waits", func() bool {
		before := len(b.slack.Calls("chat.postMessage"))
		b.say(ada, adasDM, "flip a coin")
		waiting, err := b.inspector().ListWaiting(t.Context(), "message_private", 10)
		return err == nil && len(waiting) > 0 && len(b.slack.Calls("chat.postMessage")) == before
	})
	gateway := at[config.Gateway]
	if s := b.scrape(gateway); s["gopherbot_paused{name=message_private,what=type}"] <= 0 {
		t.Errorf("the pause is in no metric: %v", s["gopherbot_paused{name=message_private,what=type}"])
	}
	end(control.EventType, "message_private")
	b.heard(over, 2)
	b.settled()
	if dead, err := b.inspector().ListDeadLetters(t.Context(), "message_private", "", 10); err != nil || len(dead) > 0 {
		t.Errorf("dead letters: %+v (%v)", dead, err)
	}
	if _, shown := b.scrape(gateway)["gopherbot_paused{name=message_private,what=type}"]; shown {
		t.Error("the metric still has the pause")
	}

	// A paused handler's message waits; another handler of it runs at once.
	set(control.Handler, `command "flip a coin"`)
	b.heard(effective, 4)
	posts := len(b.calls("chat.postMessage", 1))
	b.say(ada, general, mention+"flip a coin")
	testenv.Eventually(t, "it is postponed", func() bool { return strings.Contains(b.log.String(), "its handler is paused by an operator") })
	b.say(ada, general, "I love bbq")
	b.calls("reactions.add", 1)
	if n := len(b.slack.Calls("chat.postMessage")); n != posts {
		t.Errorf("%d posts while it was paused, want %d", n, posts)
	}
	end(control.Handler, `command "flip a coin"`)
	b.calls("chat.postMessage", posts+1)

	// In a silenced channel, and for an ignored person, nothing runs.
	set(control.Channel, general)
	set(control.Person, rob)
	b.heard(effective, 8)
	reactions := len(b.slack.Calls("reactions.add"))
	b.say(ada, general, mention+"flip a coin, bbq")
	b.say(rob, newbies, mention+"flip a coin")
	testenv.Eventually(t, "both are discarded", func() bool {
		log := b.log.String()
		return strings.Contains(log, "an operator has silenced the bot in this channel") && strings.Contains(log, "an operator has the bot ignore this person")
	})
	if posted, reacted := len(b.slack.Calls("chat.postMessage")), len(b.slack.Calls("reactions.add")); posted != posts+1 || reacted != reactions {
		t.Errorf("%d posts and %d reactions, want %d and %d", posted, reacted, posts+1, reactions)
	}
}
