package sharkfin

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobridge/gopherbot/internal/leader"
	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

const (
	// readers is how many channels are read at a time.
	readers = 4
	// publishers is how many messages of a page, and how many pushes, are given to the queue
	// at a time.
	publishers = 32
)

// turn is the work of this process during a term as the leader.
type turn struct {
	*Gateway
	term    *leader.Term
	me      sharkfin.Identity
	cursors *cursors
	people  *people
	recent  *recentIDs
	newest  highest // the highest id that was seen

	socket  atomic.Pointer[socket] // nil while there is none
	hinted  atomic.Bool            // /presence is open
	alone   atomic.Bool            // another client gets the pushes: see selfCheck
	check   selfCheck
	end     context.CancelCauseFunc // ends the turn, because the term has ended
	relist  signal
	reading chan struct{} // has room for readers
	running sync.WaitGroup

	mu       sync.Mutex
	channels map[string]*channel
}

// lead takes messages for a term.
func (g *Gateway) lead(ctx context.Context, term *leader.Term, opened func()) error {
	g.stats.lead(true)
	defer g.stats.lead(false)
	me, ok := g.identify(ctx)
	if !ok {
		return context.Cause(ctx)
	}
	loaded, ok := retry(ctx, g, "read the cursors in Redis", func() (*cursors, error) {
		return loadCursors(ctx, g.opts.Redis, g.cursorsKey(), term)
	})
	if !ok {
		return context.Cause(ctx)
	}
	leading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	t := &turn{
		Gateway: g, term: term, me: me, cursors: loaded, people: newPeople(), recent: newRecentIDs(), relist: newSignal(),
		end: stop, reading: make(chan struct{}, readers), channels: map[string]*channel{}, check: selfCheck{within: g.timings.proofs, now: g.opts.Now},
	}
	t.people.ask = func(ctx context.Context) ([]client.User, error) {
		list, err := t.users(ctx)
		if err != nil && leading.Err() == nil {
			t.log.Warn().Err(err).Msg("ask who somebody is that wrote a message: if the server does not answer, the message is read again")
		}
		return list, err
	}
	t.newest.raise(loaded.highest())
	tried := make(chan struct{})
	t.running.Go(func() { t.keepSocket(leading, tried) })
	t.running.Go(func() { t.keepHints(leading) })
	t.running.Go(func() { t.keepList(leading, tried, opened) })
	t.running.Wait()
	return context.Cause(leading)
}

// identify asks the server who the bot is there until it says so. It reports false when ctx
// has ended.
func (g *Gateway) identify(ctx context.Context) (sharkfin.Identity, bool) {
	me, ok := retry(ctx, g, "identify the bot", func() (sharkfin.Identity, error) {
		return sharkfin.Identify(ctx, g.http, g.opts.URL, g.opts.Key)
	})
	if !ok {
		return me, false
	}
	g.stats.answer()
	log := g.log.Info()
	if me.Role == "admin" {
		log = g.log.Warn().Str("fix", "have an administrator of the server change the role: the bot needs no more than the role bot")
	}
	log.Str("bot_user", me.Username).Str("type", me.Type).Str("role", me.Role).Msg("Sharkfin knows the bot")
	return me, true
}

// retry calls f until it succeeds, with growing pauses. It reports false when ctx has ended.
func retry[T any](ctx context.Context, g *Gateway, what string, f func() (T, error)) (T, bool) {
	backoff := client.Backoff(g.timings.first, g.timings.longest)
	for attempt := 0; ; attempt++ {
		v, err := f()
		if err == nil {
			return v, ctx.Err() == nil
		}
		if ctx.Err() != nil {
			return v, false
		}
		wait := backoff(attempt)
		g.log.Error().Err(err).Dur("pause_ms", wait).Msg(what + ": it failed, and is tried again")
		if !pause.For(ctx, wait) {
			return v, false
		}
	}
}

// lost reports whether err says that the term has ended.
func lost(err error) bool { return errors.Is(err, leader.ErrNotLeader) }

// interval returns how often a channel is read now.
func (t *turn) interval() time.Duration {
	switch {
	case t.alone.Load():
		return t.timings.gap
	case !t.hinted.Load():
		return max(t.opts.ReadInterval/4, t.timings.gap)
	default:
		return t.opts.ReadInterval
	}
}

// channel returns the channel with a name, nil if the bot is not known to be in it.
func (t *turn) channel(name string) *channel {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.channels[name]
}

// readAll has every channel read soon.
func (t *turn) readAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.channels {
		c.wake.set()
	}
}
