package demo

import (
	"slices"
	"strings"
	"sync"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
)

// slackBreaker breaks the demo of Slack.
type slackBreaker struct {
	breaker
	slack *slacksim.Workspace

	mu    sync.Mutex
	armed trap
	api   []slacksim.Fault // of calls that answer; the latest holds
}

// trap catches the bot when it is about to answer in a channel.
type trap struct {
	channel string
	caught  chan struct{} // has room for one value; nil if the trap is not set
}

// faults returns the ways to break the demo.
func (b *slackBreaker) faults(example string) []*fault {
	b.example, b.trap = example, b.setTrap
	return []*fault{
		oneFault("consumer", "Kill the consumer", "Restart the consumer", killAbout, killedFor, b.killConsumer),
		oneFault("redis", "Pause Redis", "Resume Redis",
			"Redis keeps its connections and answers nothing. The gateway refuses your message after 2.5 seconds, Slack sends it again, and it is handled once. "+
				pauseSimulated, pausedFor, b.pauseRedis),
		oneFault("limit", "Let Slack answer 429", "End the rate limit",
			"Slack takes no messages and reactions of the bot, and says to retry after 5 seconds. The bot waits: that costs no attempt.", limitedFor,
			b.whileAPI(slacksim.Fault{Status: 429, RetryAfter: retryAfter})),
		oneFault("slow", "Let Slack take 6 s", "Make Slack fast again",
			"Slack does what the bot asks at once, but answers 6 seconds later. Meanwhile the bot handles other messages.", slowFor,
			b.whileAPI(slacksim.Fault{Late: slowness})),
		oneFault("twice", "Send everything twice", "Send everything once",
			"Slack sends each event again, as when an acknowledgement gets lost. The gateway knows it by its id, and it is handled once.", twiceFor,
			b.during("Slack sends every event twice.", func() func() {
				b.slack.SendTwice(true)
				return func() { b.slack.SendTwice(false) }
			})),
		oneFault("burst", "Send 1,000 messages", "Stop sending",
			"Up to 250 in a second, of which every tenth is for the bot. They wait on the stream, and none is lost.", burstFor, b.burst),
	}
}

// disturb is the workspace's: it has calls that the bot answers with fail.
func (b *slackBreaker) disturb(c slacksim.Call) slacksim.Fault {
	if !strings.HasPrefix(c.Method, "chat.") && c.Method != "reactions.add" {
		return slacksim.Fault{}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.armed.caught != nil && c.Form["channel"] == b.armed.channel {
		b.armed.caught <- struct{}{}
		b.armed = trap{}
		return slacksim.Fault{Hang: true} // until the consumer's connections are cut
	}
	if len(b.api) > 0 {
		return b.api[len(b.api)-1]
	}
	return slacksim.Fault{}
}

func (b *slackBreaker) setTrap(channel string) (<-chan struct{}, func()) {
	set := func(t trap) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.armed = t
	}
	caught := make(chan struct{}, 1)
	set(trap{channel, caught})
	return caught, func() { set(trap{}) }
}

// whileAPI returns a fault of the Web API.
func (b *slackBreaker) whileAPI(api slacksim.Fault) doFault {
	change := func(to func([]slacksim.Fault) []slacksim.Fault) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.api = to(b.api)
	}
	return b.during("The bot’s calls of Slack are affected.", func() func() {
		change(func(list []slacksim.Fault) []slacksim.Fault { return append(list, api) })
		return func() {
			change(func(list []slacksim.Fault) []slacksim.Fault {
				return slices.DeleteFunc(list, func(f slacksim.Fault) bool { return f == api })
			})
		}
	})
}
