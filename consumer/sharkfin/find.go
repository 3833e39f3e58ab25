package sharkfin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

const (
	// pageSize and maxPages bound a look: a thousand messages, since a time shortly before
	// the post.
	pageSize, maxPages = 100, 10
	// clockSkew is by how much our clock may differ from the server's.
	clockSkew = 5 * time.Minute
)

// Digest returns "": a post is recognised by its mark alone, which the server shows to all who
// read the channel by its interfaces, and on no screen.
func (*responder) Digest(consumer.Rendered) string { return "" }

// Posted implements consumer.Finder. It looks through the messages of the channel for the post's
// mark. The server keeps all messages.
func (r *responder) Posted(ctx context.Context, p consumer.Post) (bool, error) {
	channel, _, err := r.place(ctx, p.Kind, p.Channel)
	if err != nil {
		return false, cannotTell(err)
	}
	id, err := r.look(ctx, channel, p)
	return id != 0, err
}

// look returns the id of a post, 0 if it was not made. It reads by REST, which needs no session
// and works also where the bot is no member.
func (r *responder) look(ctx context.Context, channel string, p consumer.Post) (id int64, err error) {
	is := func(m client.Message) bool {
		mark, ok := sharkfin.ReadMark(m.Metadata)
		return ok && m.From == r.bot && mark.Post == p.Key
	}
	if r.message != 0 {
		id, err = r.lookAfter(r.mark(ctx), channel, r.message, is)
	} else {
		id, err = r.lookBack(r.mark(ctx), channel, p.Since.Add(-clockSkew), is)
	}
	if err != nil {
		return 0, fmt.Errorf("look in %s: %w", channel, cannotTell(err))
	}
	return id, nil
}

// errSearched is the error of a look that found too many messages.
var errSearched = fmt.Errorf("searched %d messages: %w", pageSize*maxPages, consumer.ErrCannotTell)

// lookAfter looks through the messages after one. Ids grow over the whole server, so that an
// answer in another channel has a greater one, too.
func (r *responder) lookAfter(ctx context.Context, channel string, after int64, is func(client.Message) bool) (int64, error) {
	seen := 0
	for m, err := range r.rest.All(ctx, channel, after) {
		switch {
		case err != nil && !errors.Is(err, client.ErrTooLarge): // ours are smaller
			return 0, err
		case err == nil && is(m):
			return m.ID, nil
		}
		if seen++; seen == pageSize*maxPages {
			return 0, errSearched
		}
	}
	return 0, nil
}

// lookBack looks through the latest messages, back to a time.
func (r *responder) lookBack(ctx context.Context, channel string, since time.Time, is func(client.Message) bool) (int64, error) {
	var before *int64
	for seen, limit := 0, pageSize; seen < pageSize*maxPages; {
		page, err := r.rest.ListMessages(ctx, channel, &client.HistoryOpts{Before: before, Limit: &limit})
		switch {
		case errors.Is(err, client.ErrTooLarge) && limit > 1:
			limit /= 2
			continue
		case errors.Is(err, client.ErrTooLarge):
			return 0, fmt.Errorf("%w: %w", consumer.ErrCannotTell, err)
		case err != nil:
			return 0, err
		}
		for _, m := range page {
			if is(m) {
				return m.ID, nil
			}
		}
		if len(page) < limit {
			return 0, nil
		}
		oldest := page[0] // the oldest is first
		if at, err := time.Parse(time.RFC3339, oldest.SentAt); err == nil && at.Before(since) {
			return 0, nil
		}
		before, seen, limit = &oldest.ID, seen+len(page), pageSize
	}
	return 0, errSearched
}

// cannotTell adds to an error of a look that another look will end like it.
func cannotTell(err error) error {
	if r, ok := errors.AsType[*refusal](err); ok && r.kind == consumer.Final {
		return fmt.Errorf("%w: %w", consumer.ErrCannotTell, err)
	}
	if status, _ := statusOf(err); status == http.StatusForbidden || missing(err) {
		return fmt.Errorf("%w: %w", consumer.ErrCannotTell, err)
	}
	return err
}
