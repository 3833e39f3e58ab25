package consumer

import (
	"context"
	"time"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/receipt"
)

// Receipts keeps what became of each message: see internal/receipt.
type Receipts interface {
	One(ctx context.Context, id string) (receipt.Entry, error)
	Write(ctx context.Context, r receipt.Receipt, o receipt.Origin) error
}

// receiptTimeout bounds a call of Receipts. A receipt that cannot be written delays its
// message by that, and never keeps it from being posted.
const receiptTimeout = time.Second

func (s *sending) hasReceipt() bool { return s.m.RequestID != "" && s.opts.Receipts != nil }

// before reports whether an earlier delivery has finished the message, and died, or lost its
// connection, before it could acknowledge the event. If the receipt cannot be read it has not.
func (s *sending) before(ctx context.Context) (finished bool) {
	if !s.hasReceipt() || !s.Reclaimed {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, receiptTimeout)
	defer cancel()
	entry, err := s.opts.Receipts.One(ctx, s.m.RequestID)
	return err == nil && (entry.State == receipt.Sent || entry.State == receipt.Superseded || entry.State == receipt.Unknown)
}

// attempt writes that an attempt begins.
func (s *sending) attempt(ctx context.Context) { s.write(ctx, ended{state: receipt.Sending}) }

// write writes the state of a message. If that fails, the reader sees an earlier state.
func (s *sending) write(ctx context.Context, e ended) {
	if !s.hasReceipt() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, receiptTimeout)
	defer cancel()
	r := receipt.Receipt{
		RequestID: s.m.RequestID, State: e.state, Attempts: s.Attempt, SyncID: e.id, Link: e.link, Parts: e.parts, FileID: e.fileID,
		Error: e.words, Code: e.code, Warnings: s.warnings,
	}
	if e.state == receipt.Retrying {
		r.NextAt = s.opts.Now().Add(e.after).UTC()
	}
	if err := s.opts.Receipts.Write(ctx, r, receipt.OriginOf(s.m)); err != nil {
		s.opts.Log.Warn().Err(err).Str("event_id", s.ID).Str("request_id", s.RequestID).Str("state", string(e.state)).
			Msg("write the receipt of a message; it shows an earlier state")
	}
}

// Notified is the end of a message of the API, for callback rules.
type Notified struct {
	// Key is the same however often the end is reported. It deduplicates.
	Key string
	// Message is the message. Its text must not be passed on.
	Message event.Message
	// State is Sent, Failed, Expired or Unknown. The callback is notification_sent for the
	// first and notification_failed for the others.
	State receipt.State
	// SyncID, Error and Code are those of the receipt.
	SyncID, Error, Code string
	At                  time.Time
}

// announce passes the end of a message to Options.Notified.
func (s *sending) announce(ctx context.Context, e ended) error {
	switch e.state {
	case receipt.Sent, receipt.Failed, receipt.Expired, receipt.Unknown:
	default:
		return nil
	}
	if s.opts.Notified == nil || s.m.RequestID == "" {
		return nil
	}
	return s.opts.Notified(ctx, Notified{
		// A message that was replayed ends a second time.
		Key: notifiedKey(s.m.RequestID, e.state, s.ReplayedAt), Message: s.m, State: e.state, SyncID: e.id, Error: e.words, Code: e.code, At: s.opts.Now(),
	})
}

func notifiedKey(id string, state receipt.State, replayed time.Time) string {
	key := "send/" + id + "/" + string(state)
	if !replayed.IsZero() {
		key += "/" + replayed.UTC().Format(time.RFC3339Nano)
	}
	return key
}
