package consumer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/workqueue"
)

// ended is how an attempt at posting a message ended.
type ended struct {
	state          receipt.State
	id, link       string
	fileID         string
	parts          int
	code, words    string
	after          time.Duration // until the next attempt, of Retrying
	costsNoAttempt bool
	pace           bool // postponed before anything was tried
	err            error
}

// The codes of receipts that are not a platform's own.
const (
	codeUnknown     = "outcome_unknown"
	codeContentLost = "content_lost"
	codeRateLimited = "rate_limited"
	codeTemporary   = "platform_unavailable"
	codeUnsupported = "unsupported_option"
	codeSilenced    = "channel_silenced"
	// codeConsumersDied is that of a message that no consumer survived.
	codeConsumersDied = "consumers_died"
)

// failed returns the end of an attempt with an error.
func (s *sending) failed(err error) ended {
	e := ended{state: receipt.Retrying, err: err, id: s.first()}
	if paced, ok := errors.AsType[*postponedError](err); ok {
		e.after, e.costsNoAttempt, e.pace = paced.after, true, true
		return s.untilExpiry(e)
	}
	var advice string
	if e.code, advice = s.poster.Explain(err); advice != "" {
		advice = ": " + advice
	}
	e.words = err.Error() + advice
	outcome := classify(s.request.platform, err)
	waiting, waits := errors.AsType[*waitingError](err)
	switch {
	case errors.Is(err, errContentLost):
		e.state, e.code = receipt.Failed, codeContentLost
	case waits:
		e.after, e.costsNoAttempt, e.code = waiting.after, true, codeUnknown
	case outcome.Kind == RateLimited, outcome.Kind == Unknown:
		e.after, e.costsNoAttempt = outcome.After, true
		if e.code == "" {
			e.code = codeRateLimited
		}
	case outcome.Kind == Final, outcome.Kind == Gone:
		// Whoever sent it has chosen the chat, and needs to know that it is gone.
		e.state = receipt.Failed
		if e.code == "" {
			e.code = codeUnsupported
		}
	case s.Attempt >= sendAttempts:
		e.state = receipt.Failed
		if e.code == "" {
			e.code = codeTemporary
		}
	default:
		e.after = max(outcome.After, retryPause(s.Attempt))
		if e.code == "" {
			e.code = codeTemporary
		}
	}
	if e.costsNoAttempt && e.after <= 0 {
		e.after = unspecifiedPause
	}
	return s.untilExpiry(e)
}

// untilExpiry has the next attempt be no later than when the message expires. A post of one
// that has expired may still have to be searched for.
func (s *sending) untilExpiry(e ended) ended {
	const margin = 100 * time.Millisecond
	if left := s.m.ExpiresAt.Sub(s.opts.Now()); e.state == receipt.Retrying && left > 0 { // never for the zero time
		e.after = min(e.after, left+margin)
	}
	return e
}

// longestRetryPause is the longest time between two attempts that failed.
const longestRetryPause = 10 * time.Minute

// retryPause returns the time after the n-th attempt: a second at first, and twice as long
// after each, of which a random part is taken.
func retryPause(n int) time.Duration {
	d := longestRetryPause
	if n < 11 { // a second doubled ten times passes ten minutes
		d = min(time.Second<<(max(n, 1)-1), longestRetryPause)
	}
	return d/2 + rand.N(d/2+1)
}

// end writes the receipt, reports, and returns the event's outcome for the queue.
func (s *sending) end(ctx context.Context, e ended) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	if e.state != receipt.Retrying {
		if err := s.announce(ctx, e); err != nil {
			e = s.failed(fmt.Errorf("report the end of a message to the callback rules: %w", err))
		}
	}
	if e.state == receipt.Retrying || e.state == receipt.Failed {
		if err := s.save(ctx); err != nil {
			e.err = errors.Join(e.err, err)
		}
	}
	if !e.pace {
		s.write(ctx, e)
	}
	s.report(e)
	switch {
	case e.state == receipt.Retrying && e.costsNoAttempt:
		return workqueue.Postpone(e.after, e.err)
	case e.state == receipt.Retrying:
		return workqueue.RetryAfter(e.after, e.err)
	case e.state == receipt.Failed && (s.Attempt >= sendAttempts && isTemporary(s.request.platform, e.err)):
		return e.err
	case e.state == receipt.Failed:
		return workqueue.Reject(e.err)
	}
	s.drop(ctx)
	switch e.state {
	case receipt.Expired:
		return workqueue.DiscardTooOld(s.opts.Now().Sub(s.since()))
	case receipt.Superseded:
		return workqueue.DiscardAs(workqueue.Superseded, "a newer message of its subject was posted")
	}
	return nil
}

// endTimeout bounds what follows an attempt.
const endTimeout = 10 * time.Second

func isTemporary(p Platform, err error) bool {
	return !errors.Is(err, errContentLost) && classify(p, err).Kind == Temporary
}

// drop deletes the contents of a message that is done with. They expire anyway.
func (s *sending) drop(ctx context.Context) {
	if s.opts.Contents == nil {
		return
	}
	var blobs []event.Blob
	if b := s.m.TextBlob; b != nil {
		blobs = append(blobs, *b)
	}
	if f := s.m.File; f != nil {
		blobs = append(blobs, f.Blob)
	}
	for _, b := range blobs {
		if err := s.opts.Contents.Delete(ctx, b.ID); err != nil {
			s.opts.Log.Warn().Err(err).Str("event_id", s.ID).Msg("delete the content of a message that was posted; it expires by itself")
		}
	}
}

// Contents holds the bytes that are too many for an event: see package blob.
type Contents interface {
	// Get returns ErrContentLost for bytes that are gone, or not those that were put there.
	Get(ctx context.Context, b event.Blob) ([]byte, error)
	Delete(ctx context.Context, id string) error
}

// ErrContentLost is the error of Contents for bytes that are not there any more.
var ErrContentLost = errors.New("the content is not there any more")

// SendReport is an attempt at posting a message, for metrics and operators. It has nothing of
// what somebody wrote.
type SendReport struct {
	Bot string
	// RequestID is the message's, "" for an announcement. Chat and KeyName are those of the
	// receipt.
	RequestID, Chat, KeyName string
	// State is that of the receipt. Announcements have none, and are counted all the same.
	State receipt.State
	// Postponed says that State is Retrying and that the attempt does not count: the chat
	// has had its messages of this second, or the platform asked to wait.
	Postponed bool
	// Code and Error are those of the receipt, "" if the attempt did not fail.
	Code, Error string
	// Waited is the time from when it was queued, or replayed.
	Waited time.Duration
}

// report counts an attempt.
func (s *sending) report(e ended) {
	if s.opts.Sent != nil {
		s.opts.Sent(SendReport{
			Bot: s.m.Bot, RequestID: s.m.RequestID, Chat: s.m.Chat.String(), KeyName: s.m.KeyName,
			State: e.state, Postponed: e.costsNoAttempt, Code: e.code, Error: e.words, Waited: s.opts.Now().Sub(s.since()),
		})
	}
}
