package consumer

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// DefaultPace and chatBurst are the pace of the messages that a chat gets from one
	// consumer. Slack allows about one a second, with short bursts.
	// Source: https://docs.slack.dev/apis/web-api/rate-limits
	DefaultPace = time.Second
	chatBurst   = 5
	// maxChats and maxPlaces bound the memory of a pacer. Beyond them messages are not
	// paced, and the platform's own answer slows them down.
	maxChats, maxPlaces = 1000, 10_000
	// soon is how much before its time a message may be posted: it is not worth another way
	// through Redis.
	soon = 50 * time.Millisecond
)

// pacer spreads the messages for each chat over time. A message that must wait gets a place:
// it is postponed until then, so that it holds no worker, and those that come later get later
// places.
type pacer struct {
	every time.Duration

	mu     sync.Mutex
	chats  map[string]*rate.Limiter
	places map[string]time.Time // by event, until they return
}

func newPacer(every time.Duration) *pacer {
	return &pacer{every: every, chats: map[string]*rate.Limiter{}, places: map[string]time.Time{}}
}

// admit returns how long a message must wait, 0 if it may be posted.
func (p *pacer) admit(chat, event string, now time.Time) (wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at, ok := p.places[event]; ok {
		if wait := at.Sub(now); wait > soon {
			return wait
		}
		delete(p.places, event)
		return 0
	}
	limit, ok := p.chats[chat]
	if !ok {
		if len(p.chats) >= maxChats {
			p.sweep(now)
		}
		if len(p.chats) >= maxChats {
			return 0
		}
		limit = rate.NewLimiter(rate.Every(p.every), chatBurst)
		p.chats[chat] = limit
	}
	if len(p.places) >= maxPlaces {
		p.sweep(now)
	}
	if len(p.places) >= maxPlaces {
		return 0
	}
	if wait = limit.ReserveN(now, 1).DelayFrom(now); wait <= soon {
		return 0
	}
	p.places[event] = now.Add(wait)
	return wait
}

// spend counts further messages for a chat that were posted together with one that was
// admitted.
func (p *pacer) spend(chat string, n int, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if limit, ok := p.chats[chat]; ok && n > 0 {
		limit.ReserveN(now, min(n, chatBurst))
	}
}

// lostAfter is how long after its time a place is kept for a message that does not return:
// another consumer has it.
const lostAfter = 10 * time.Minute

// sweep forgets chats that are idle and places that are lost. The caller holds p.mu.
func (p *pacer) sweep(now time.Time) {
	for chat, limit := range p.chats {
		if limit.TokensAt(now) >= chatBurst {
			delete(p.chats, chat)
		}
	}
	for event, at := range p.places {
		if now.Sub(at) > lostAfter {
			delete(p.places, event)
		}
	}
}
