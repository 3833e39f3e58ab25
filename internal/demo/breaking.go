package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/gobridge/gopherbot/internal/pause"
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

// breaker breaks what all platforms' demos have.
type breaker struct {
	*demo
	example string // what is said to the bot
	// trap sets a trap for the bot's next answer in a channel, which is held up until its
	// connection is cut. caught gets a value then; remove removes the trap.
	trap func(channel string) (caught <-chan struct{}, remove func())
}

type doFault = func(ctx context.Context, by page.Person, say func(status string)) (*watched, error)

// oneFault returns a way to break the demo.
func oneFault(id, title, stop, about string, limit time.Duration, do doFault) *fault {
	return &fault{shown: page.Fault{ID: id, Title: title, Stop: stop, About: about}, limit: limit, do: do}
}

const killAbout = "While it answers you. It loses all its connections and cleans nothing up. Once restarted, it takes your message over when the lease has ended, " +
	"at most 10 seconds after the kill. Simulated: it is a part of this program, so nothing frees its memory at once."

func (b *breaker) killConsumer(ctx context.Context, by page.Person, say func(string)) (*watched, error) {
	answering, remove := b.trap(by.Channel)
	defer remove()
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

const pauseSimulated = "Simulated: the network in front of the embedded Redis holds everything up."

// during returns a fault that lasts as long as begin's end is not called.
func (b *breaker) during(status string, begin func() (end func())) doFault {
	return func(ctx context.Context, by page.Person, say func(string)) (*watched, error) {
		defer begin()()
		message, err := speak(b.workspace, by, b.example)
		if err != nil {
			return nil, err
		}
		say(status)
		<-ctx.Done()
		return message, nil
	}
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
