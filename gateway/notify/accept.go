package notify

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
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
	fresh   bool
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
	var err error
	if o.fresh {
		also, err = a.opts.Receipts.Creation(ctx, o.id, origin)
	} else {
		earlier, err = a.opts.Receipts.Create(ctx, o.id, origin)
	}
	if err != nil {
		return acceptance{}, queueUnavailable(err)
	}
	c.notification = o.id
	if earlier != nil {
		if earlier.Origin.Hash != o.hash {
			return acceptance{}, problem.New(problem.IdempotencyMismatch, "another request had this Idempotency-Key: give each request its own, and repeat one as it was")
		}
		if earlier.State != receipt.Queued {
			return acceptance{id: o.id, earlier: earlier}, nil
		}
		m.CreatedAt, m.ExpiresAt = earlier.CreatedAt, earlier.CreatedAt.Add(o.ttl)
	}
	queued, p := a.queue(ctx, c, o, also)
	if p != nil && p.Code != problem.QueueUnavailable && earlier == nil {
		a.forget(ctx, o)
	}
	return acceptance{o.id, queued, earlier}, p
}

// queue stores what is too long for an event, and publishes the event, with also. It reports
// false if that was queued before.
func (a *API) queue(ctx context.Context, c *call, o offer, also workqueue.Companion) (bool, *problem.Problem) {
	m := o.message
	if m.File != nil {
		file, err := a.opts.Blobs.Put(ctx, fileBlob(o.id), o.content, o.ttl+blobMargin)
		if err != nil {
			return false, notStored(err)
		}
		m.File = &event.File{Blob: file, Name: m.File.Name, Type: m.File.Type}
	}
	payload, err := m.Encode()
	if err == nil && len(payload) > maxEvent && m.Text != "" {
		text, failed := a.opts.Blobs.Put(ctx, textBlob(o.id, m.Text), []byte(m.Text), o.ttl+blobMargin)
		if failed != nil {
			return false, notStored(failed)
		}
		m.Text, m.TextBlob = "", &text
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

func fileBlob(id string) string { return id + "/file" }

// textBlob names the text of a message. Two copies of an alert are one message and may have
// different texts: neither replaces the other's.
func textBlob(id, text string) string {
	hash := sha256.Sum256([]byte(text))
	return id + "/text/" + hex.EncodeToString(hash[:8])
}

// forget removes what was stored of a message that is certainly not on the queue. What
// remains if that fails expires.
func (a *API) forget(ctx context.Context, o offer) {
	err := a.opts.Receipts.Delete(ctx, o.id)
	if o.message.File != nil {
		err = errors.Join(err, a.opts.Blobs.Delete(ctx, fileBlob(o.id)))
	}
	if len(o.message.Text) > maxEvent/2 {
		err = errors.Join(err, a.opts.Blobs.Delete(ctx, textBlob(o.id, o.message.Text)))
	}
	if err != nil {
		a.opts.Log.Warn().Err(err).Str("notification", o.id).Msg("remove the receipt of a message that was not queued: it stays until it expires")
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
