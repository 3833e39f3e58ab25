package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gobridge/gopherbot/internal/pause"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/slack/sim/page"
)

// The bounds of faults. Messages of more than 30 seconds are not answered any more, and Slack's
// third attempt comes after a minute: the bot must be whole again before either.
const (
	killedFor  = 8 * time.Second
	pausedFor  = 4 * time.Second
	limitedFor = 8 * time.Second
	slowFor    = 20 * time.Second
	twiceFor   = 30 * time.Second
	burstFor   = 30 * time.Second

	retryAfter  = 5 * time.Second
	slowness    = 6 * time.Second
	burstSize   = 1000
	burstStep   = 10 // messages, each burstPause
	burstPause  = 40 * time.Millisecond
	burstAsks   = 10 // every tenth message is for the bot
	armedFor    = 5 * time.Second
	pollHandled = 250 * time.Millisecond
)

// breaker breaks the demo.
type breaker struct {
	workspace *slacksim.Workspace
	network   *network
	consumer  *supervised
	example   string // what is said to the bot

	mu   sync.Mutex
	trap trap
	api  []slacksim.Fault // of calls that answer; the latest holds
}

// trap catches the bot when it is about to answer in a channel.
type trap struct {
	channel string
	caught  chan struct{} // has room for one value; nil if the trap is not set
}

// faults returns the ways to break the demo.
func (b *breaker) faults() []*fault {
	one := func(id, title, stop, about string, limit time.Duration, do func(context.Context, page.Person, func(string)) (*watched, error)) *fault {
		return &fault{shown: page.Fault{ID: id, Title: title, Stop: stop, About: about}, limit: limit, do: do}
	}
	return []*fault{
		one("consumer", "Kill the consumer", "Restart the consumer",
			"While it answers you. It loses all its connections and cleans nothing up. Once restarted, it takes your message over when the lease has ended, "+
				"at most 10 seconds after the kill. Simulated: it is a part of this program, so nothing frees its memory at once.", killedFor, b.killConsumer),
		one("redis", "Pause Redis", "Resume Redis",
			"Redis keeps its connections and answers nothing. The gateway refuses your message after 2.5 seconds, Slack sends it again, and it is handled once. "+
				"Simulated: the network in front of the embedded Redis holds everything up.", pausedFor, b.pauseRedis),
		one("limit", "Let Slack answer 429", "End the rate limit",
			"Slack takes no messages and reactions of the bot, and says to retry after 5 seconds. The bot waits: that costs no attempt.", limitedFor,
			b.whileAPI(slacksim.Fault{Status: 429, RetryAfter: retryAfter})),
		one("slow", "Let Slack take 6 s", "Make Slack fast again",
			"Slack does what the bot asks at once, but answers 6 seconds later. Meanwhile the bot handles other messages.", slowFor,
			b.whileAPI(slacksim.Fault{Late: slowness})),
		one("twice", "Send everything twice", "Send everything once",
			"Slack sends each event again, as when an acknowledgement gets lost. The gateway knows it by its id, and it is handled once.", twiceFor, b.sendTwice),
		one("burst", "Send 1,000 messages", "Stop sending",
			"Up to 250 in a second, of which every tenth is for the bot. They wait on the stream, and none is lost.", burstFor, b.burst),
	}
}

// disturb is the workspace's: it has calls that the bot answers with fail.
func (b *breaker) disturb(c slacksim.Call) slacksim.Fault {
	if !strings.HasPrefix(c.Method, "chat.") && c.Method != "reactions.add" {
		return slacksim.Fault{}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.trap.caught != nil && c.Form["channel"] == b.trap.channel {
		b.trap.caught <- struct{}{}
		b.trap = trap{}
		return slacksim.Fault{Hang: true} // until the consumer's connections are cut
	}
	if len(b.api) > 0 {
		return b.api[len(b.api)-1]
	}
	return slacksim.Fault{}
}

// set sets a trap for the next answer; the zero trap removes it.
func (b *breaker) set(t trap) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trap = t
}

func (b *breaker) killConsumer(ctx context.Context, by page.Person, say func(string)) (*watched, error) {
	answering := make(chan struct{}, 1)
	b.set(trap{by.Channel, answering})
	defer b.set(trap{})
	message, err := speak(b.workspace, by, b.example)
	if err != nil {
		return nil, err
	}
	armed, cancel := context.WithTimeout(ctx, armedFor)
	defer cancel()
	select {
	case <-answering:
	case <-armed.Done():
		return nil, fmt.Errorf("the bot did not begin to answer within %v", armedFor)
	}
	b.consumer.kill()
	defer b.consumer.start()
	message.note("the consumer was killed while it answered")
	say("The consumer is dead. It had your message, and had not answered.")
	<-ctx.Done()
	return message, nil
}

func (b *breaker) pauseRedis(ctx context.Context, by page.Person, say func(string)) (*watched, error) {
	b.network.pause()
	defer b.network.resume()
	message, err := speak(b.workspace, by, b.example)
	if err != nil {
		return nil, err
	}
	message.note("Redis was paused")
	say("Redis answers nothing.")
	<-ctx.Done()
	return message, nil
}

// whileAPI returns a fault of the Web API.
func (b *breaker) whileAPI(api slacksim.Fault) func(context.Context, page.Person, func(string)) (*watched, error) {
	change := func(to func([]slacksim.Fault) []slacksim.Fault) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.api = to(b.api)
	}
	return func(ctx context.Context, by page.Person, say func(string)) (*watched, error) {
		change(func(list []slacksim.Fault) []slacksim.Fault { return append(list, api) })
		defer change(func(list []slacksim.Fault) []slacksim.Fault {
			return slices.DeleteFunc(list, func(f slacksim.Fault) bool { return f == api })
		})
		message, err := speak(b.workspace, by, b.example)
		if err != nil {
			return nil, err
		}
		say("The bot’s calls of Slack are affected.")
		<-ctx.Done()
		return message, nil
	}
}

func (b *breaker) sendTwice(ctx context.Context, by page.Person, say func(string)) (*watched, error) {
	b.workspace.SendTwice(true)
	defer b.workspace.SendTwice(false)
	message, err := speak(b.workspace, by, b.example)
	if err != nil {
		return nil, err
	}
	say("Slack sends every event twice.")
	<-ctx.Done()
	return message, nil
}

// burst says many messages, and counts those that are handled.
func (b *breaker) burst(ctx context.Context, by page.Person, say func(string)) (*watched, error) {
	begin := time.Now()
	var sent []*watched
	done := 0
	count := func() {
		for done < len(sent) && sent[done].handled() {
			done++
		}
	}
	progress := func() { say(fmt.Sprintf("%d sent, %d handled.", len(sent), done)) }
	for len(sent) < burstSize {
		for range burstStep {
			text := fmt.Sprintf("message %d of a burst", len(sent)+1)
			if len(sent)%burstAsks == 0 {
				text = b.example
			}
			message, err := speak(b.workspace, by, text)
			if err != nil {
				return nil, err
			}
			sent = append(sent, message)
		}
		if count(); len(sent)%(10*burstStep) == 0 {
			progress()
		}
		if !pause.For(ctx, burstPause) {
			break
		}
	}
	for count(); done < len(sent); count() {
		progress()
		if !pause.For(ctx, pollHandled) {
			return sent[len(sent)-1], nil
		}
	}
	say(fmt.Sprintf("%d sent and handled in %.1f s.", len(sent), time.Since(begin).Seconds()))
	return nil, nil
}

// note adds a note to the message's journey.
func (m *watched) note(text string) {
	if journey, ok := m.workspace.Journey(m.channel, m.ts); ok {
		m.workspace.Note(journey.EventID, text)
	}
}
