package notify

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"time"

	"github.com/gobridge/gopherbot/gateway/notify/problem"
	"github.com/gobridge/gopherbot/internal/blob"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/workqueue"
)

// acceptTimeout bounds all calls of Redis by which a message is accepted.
const acceptTimeout = 5 * time.Second

// offer is a message that is to be accepted.
type offer struct {
	// id is the request's id, and hash identifies what it says if the id may be used again.
	id, hash string
	// fresh says that no other request can have the id, not even the same made again.
	fresh bool
	// attempt names this of several requests with the id. It is "" for a fresh one.
	attempt string
	message event.Message
	content []byte // of the message's file
	ttl     time.Duration
	keep    time.Duration // of the receipt, 0 for the default
}

// acceptance is the outcome of an offer.
type acceptance struct {
	id string
	// queued says that this call has put the message on the queue.
	queued bool
	// earlier is the receipt that there was before, nil if there was none.
	earlier *receipt.Entry
}

// newID returns the id of a request that is unlike any other.
func newID() string { return rand.Text() }

// derivedID returns the id of all requests that have the same parts, as many characters as
// newID's.
func derivedID(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		_, _ = h.Write(append([]byte(part), 0)) // a hash returns no error
	}
	return base32.StdEncoding.EncodeToString(h.Sum(nil))[:len(rand.Text())]
}

// accept creates the receipt of a message and queues it, unless that was done before. A crash
// between two steps loses nothing that was accepted: the request that is made again finds
// the receipt, and is queued under the same key. With a fresh id there is nothing to find, so
// both are one step. It does not end with ctx: whether a message is queued does not depend on
// how long the client waits.
func (a *API) accept(ctx context.Context, c *call, o offer) (acceptance, *problem.Problem) {
	ctx = a.deadlines.Context(ctx)
	m := &o.message
	m.RequestID, m.KeyName, m.CreatedAt, m.Shadow = o.id, c.key.Name, a.opts.Now().UTC(), a.opts.Shadow
	m.ExpiresAt, m.Hash, m.KeepReceipt = m.CreatedAt.Add(o.ttl), o.hash, int64(o.keep/time.Second)
	origin := receipt.OriginOf(*m)
	var also workqueue.Companion
	var earlier *receipt.Entry
	if o.fresh {
		var err error
		if also, err = a.opts.Receipts.Creation(ctx, o.id, origin); err != nil {
			return acceptance{}, queueUnavailable(err)
		}
	} else {
		o.attempt = newID()
		var p *problem.Problem
		if earlier, p = a.claim(ctx, o, origin); p != nil {
			return acceptance{}, p
		}
	}
	c.notification = o.id
	if earlier != nil {
		if earlier.State != receipt.Queued {
			return acceptance{id: o.id, earlier: earlier}, nil
		}
		m.CreatedAt, m.ExpiresAt = earlier.CreatedAt, earlier.CreatedAt.Add(o.ttl)
	}
	queued, p := a.queue(ctx, c, o, also)
	if !queued && (p == nil || p.Code != problem.QueueUnavailable) {
		a.forget(ctx, o, p != nil && earlier == nil)
	}
	return acceptance{o.id, queued, earlier}, p
}

// claim creates the receipt of a request, or adopts that of an earlier one whose message may
// not be on the queue. It returns the earlier one's.
func (a *API) claim(ctx context.Context, o offer, origin receipt.Origin) (*receipt.Entry, *problem.Problem) {
	for { // until no other attempt, and no consumer, comes between the two calls
		earlier, err := a.opts.Receipts.Create(ctx, o.id, o.attempt, origin)
		switch {
		case err != nil:
			return nil, queueUnavailable(err)
		case earlier == nil:
			return nil, nil
		case earlier.Origin.Hash != o.hash:
			return nil, problem.New(problem.IdempotencyMismatch, "another request had this Idempotency-Key: give each request its own, and repeat one as it was")
		case earlier.State != receipt.Queued:
			return earlier, nil
		}
		adopted, err := a.opts.Receipts.Adopt(ctx, earlier, o.attempt)
		if err != nil {
			return nil, queueUnavailable(err)
		}
		if adopted {
			return earlier, nil
		}
	}
}

// queue stores what is too long for an event, and publishes the event, with also. It reports
// false if that was queued before.
func (a *API) queue(ctx context.Context, c *call, o offer, also workqueue.Companion) (bool, *problem.Problem) {
	m := o.message
	if m.File != nil {
		stored, err := a.opts.Blobs.Put(ctx, o.blob(fileBlob), o.content, o.ttl+blobMargin)
		if err != nil {
			return false, notStored(err)
		}
		m.File = &event.File{Blob: stored, Name: m.File.Name, Type: m.File.Type}
	}
	payload, err := m.Encode()
	if err == nil && len(payload) > maxEvent && m.Text != "" {
		stored, failed := a.opts.Blobs.Put(ctx, o.blob(textBlob), []byte(m.Text), o.ttl+blobMargin)
		if failed != nil {
			return false, notStored(failed)
		}
		m.Text, m.TextBlob = "", &stored
		payload, err = m.Encode()
	}
	if err != nil {
		return false, problem.Later(problem.QueueFull, err, "the message could not be written; tell the operator of the bot")
	}
	result, err := a.opts.Publisher.PublishWith(ctx, workqueue.Event{
		Type: event.Type(m.Bot, event.Send), Key: "send/" + o.id, Partition: m.Bot + "/" + m.Chat.ID + m.Chat.Name, Source: m.Bot,
		ID: o.id, Time: m.CreatedAt, RequestID: c.requestID(), Payload: payload,
	}, also)
	switch {
	case errors.Is(err, workqueue.ErrFull):
		return false, problem.Later(problem.QueueFull, err, "too many messages wait to be posted; nothing was kept, try again")
	case err != nil:
		return false, queueUnavailable(err)
	}
	return result == workqueue.Queued, nil
}

// blobMargin is how much longer than its message a blob is kept: the last attempt has to end.
const blobMargin = time.Hour

// The kinds of blobs.
const (
	fileBlob = "file"
	textBlob = "text"
)

// blob names a blob of the message. Each attempt has its own blobs: two copies of an alert are one
// message, but may have different texts, and an attempt that failed deletes its blobs.
func (o offer) blob(kind string) string {
	if o.attempt == "" {
		return o.id + "/" + kind
	}
	return o.id + "/" + kind + "/" + o.attempt
}

// forget removes what this attempt has stored of a message that it has certainly not put on
// the queue, and the receipt, if no other attempt has. What remains if that fails expires.
func (a *API) forget(ctx context.Context, o offer, withReceipt bool) {
	var err error
	if withReceipt {
		err = a.opts.Receipts.Delete(ctx, o.id, o.attempt)
	}
	if o.message.File != nil {
		err = errors.Join(err, a.opts.Blobs.Delete(ctx, o.blob(fileBlob)))
	}
	if len(o.message.Text) > maxEvent/2 {
		err = errors.Join(err, a.opts.Blobs.Delete(ctx, o.blob(textBlob)))
	}
	if err != nil {
		a.opts.Log.Warn().Err(err).Str("notification", o.id).Msg("remove what was stored of a message that was not queued: it stays until it expires")
	}
}

func queueUnavailable(err error) *problem.Problem {
	return problem.Later(problem.QueueUnavailable, err, "the queue does not answer; try again, with an Idempotency-Key so that nothing is posted twice")
}

func notStored(err error) *problem.Problem {
	if errors.Is(err, blob.ErrFull) {
		return problem.Later(problem.StoreFull, err, "too many files and long texts wait to be posted; nothing was kept, try again")
	}
	return queueUnavailable(err)
}
