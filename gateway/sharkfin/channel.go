package sharkfin

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

// pageLength is how many messages of a channel are given to the queue before its cursor
// moves: those of one of the server's pages.
const pageLength = 100

// pageBytes is how many bytes of texts are held at most before they are given to the queue, and
// one message more. The server's pages have up to 8 MiB, and All goes on behind the last message
// of a page that is cut there.
const pageBytes = 4 << 20

// channel is a channel that the bot is in. One goroutine reads it.
type channel struct {
	name   string
	kind   string // sharkfin.ChannelType or sharkfin.DirectType
	public bool
	wake   signal // it is to be read soon
	leave  context.CancelFunc
	// readAt is when the last complete reading began; only the reading goroutine uses it.
	readAt time.Time
}

// follow reads a channel until ctx ends: at once, then when it is woken, at most once in a
// while, and at intervals.
func (t *turn) follow(ctx context.Context, c *channel) {
	backoff := client.Backoff(t.timings.first, t.timings.longest)
	for failures := 0; ; {
		began := time.Now()
		wait := t.timings.gap
		switch err := t.readInTurn(ctx, c); {
		case err == nil:
			c.readAt, failures = began, 0
			t.stats.answer()
		case ctx.Err() != nil:
			return
		case lost(err):
			t.end(err)
			return
		default:
			wait = max(wait, backoff(failures))
			if failures++; failures == 1 {
				t.log.Error().Err(err).Str("channel", c.name).Dur("pause_ms", wait).Msg("read a channel: it failed, and is read again from the same message, with growing pauses")
			}
			if errors.Is(err, client.ErrNotFound) {
				t.relist.set() // it may be gone
			}
			c.wake.set()
		}
		if !pause.For(ctx, wait) {
			return
		}
		// Spread, so that not all channels are read at the same time.
		interval := t.interval()
		timer := time.NewTimer(max(interval-wait, 0) - rand.N(interval/10+1))
		select {
		case <-c.wake:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// readInTurn reads a channel when fewer than readers are being read.
func (t *turn) readInTurn(ctx context.Context, c *channel) error {
	select {
	case t.reading <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-t.reading }()
	return t.read(ctx, c)
}

// errNotQueued is the error of reading a channel whose messages the queue does not take.
var errNotQueued = errors.New("the queue does not take its messages: see the line before")

// read gives the messages after the cursor of a channel to the queue, and moves the cursor.
func (t *turn) read(ctx context.Context, c *channel) error {
	cursor, _ := t.cursors.of(c.name)
	pages := page{t: t, channel: c, echoes: t.echoes(c)}
	for m, err := range t.rest.All(ctx, c.name, cursor) {
		switch {
		case errors.Is(err, client.ErrTooLarge) && m.ID > 0:
			t.stats.skip(skippedLarge)
			t.log.Warn().Err(err).Int64("message", m.ID).Str("channel", c.name).Msg("a message is too large to be read, and is passed over")
		case err != nil:
			return errors.Join(err, pages.flush(ctx))
		}
		if err := pages.add(ctx, m, err != nil); err != nil {
			return err
		}
	}
	return pages.flush(ctx)
}

// page are messages that were read and are not on the queue yet.
type page struct {
	t       *turn
	channel *channel
	echoes  *socket // which must have pushed our own messages; nil if none must
	list    []client.Message
	bytes   int            // of their texts
	skip    map[int64]bool // those that could not be read
}

func (p *page) add(ctx context.Context, m client.Message, unreadable bool) error {
	if size := textBytes(m.Body, m.Metadata); size > MaxMessage && !unreadable {
		p.t.tooLarge(m.ID, p.channel.name, size)
		m.Body, m.Metadata, unreadable = "", nil, true
	}
	if unreadable {
		if p.skip == nil {
			p.skip = map[int64]bool{}
		}
		p.skip[m.ID] = true
	}
	p.list = append(p.list, m)
	p.bytes += textBytes(m.Body, m.Metadata)
	if len(p.list) < pageLength && p.bytes < pageBytes {
		return nil
	}
	return p.flush(ctx)
}

// flush gives the messages to the queue, and then moves the cursor to the last before which
// all are on the queue.
func (p *page) flush(ctx context.Context) error {
	if len(p.list) == 0 {
		return nil
	}
	taken := make([]bool, len(p.list))
	var all errgroup.Group
	all.SetLimit(publishers)
	for i, m := range p.list {
		if taken[i] = p.skip[m.ID]; taken[i] {
			continue
		}
		if m.From == p.t.me.Username && p.echoes != nil {
			p.echoes.expect(m.ID, m.Metadata, p.t.opts.Now())
		}
		all.Go(func() error {
			taken[i] = p.t.accept(ctx, p.channel.message(m), byRead)
			return nil
		})
	}
	_ = all.Wait() // it has no errors
	done := 0
	for done < len(taken) && taken[done] {
		done++
	}
	left := len(p.list) - done
	if done > 0 {
		last := p.list[done-1].ID
		p.t.newest.raise(last)
		if err := p.t.cursors.advance(ctx, map[string]int64{p.channel.name: last}); err != nil {
			return err
		}
	}
	clear(p.list) // the texts are not kept any longer
	p.list, p.bytes = p.list[:0], 0
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case left > 0:
		return errNotQueued
	}
	return nil
}

// message returns the payload of a message that was read.
func (c *channel) message(m client.Message) sharkfin.Message {
	return sharkfin.Message{
		ID: m.ID, Channel: c.name, ChannelType: c.kind, Public: c.public, From: m.From, Body: m.Body, SentAt: m.SentAt,
		ThreadID: m.ThreadID, Metadata: m.Metadata,
	}
}
