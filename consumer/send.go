package consumer

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/workqueue"
)

const (
	// sendConcurrency is the number of messages that are posted at the same time.
	sendConcurrency = 4
	// sendTimeout bounds an attempt at posting a message, with all its parts and files.
	sendTimeout = time.Minute
	// sendAttempts is the number of attempts that fail before a message becomes a dead
	// letter. With the pauses of retryPause they take about four hours: a message of the API
	// usually expires before.
	sendAttempts = 30
)

// registerSend makes d the handler of a source's messages to post.
//
// The messages for one chat are posted one after another, in the order in which they were
// queued, as far as one consumer reads them and none is postponed or retried. So
// announcements keep their order, and one slow chat leaves workers to the others.
func (d *Dispatcher) registerSend(c *workqueue.Consumer, source string, platform Platform, poster Poster) {
	handle := func(kind event.Kind, decode func(payload []byte) (event.Message, error)) {
		c.Handle(event.Type(source, kind), d.logged(func(ctx context.Context, e *workqueue.Delivery) ([]string, error) {
			m, err := decode(e.Payload)
			switch {
			case errors.Is(err, event.ErrVersion):
				d.opts.Log.Error().Err(err).Str("type", e.Type).Str("event_id", e.ID).Dur("retry_in_ms", unknownSourceDelay).
					Msg("decode a message to post: deploy a release that reads it")
				return nil, workqueue.RetryAfter(unknownSourceDelay, err)
			case err == nil && m.Bot != source:
				err = fmt.Errorf("a message to post as %q on the stream of %q", m.Bot, source)
			}
			if err != nil {
				return nil, workqueue.Reject(err)
			}
			return d.send(ctx, e, platform, poster, m)
		}), workqueue.Concurrency(sendConcurrency), workqueue.Timeout(sendTimeout), workqueue.MaxAttempts(sendAttempts),
			workqueue.OnPoison(func(ctx context.Context, e *workqueue.Delivery) {
				if m, err := decode(e.Payload); err == nil {
					d.sentByNobody(ctx, e, platform, poster, m)
				}
			}),
			workqueue.InOrder(func(e *workqueue.Delivery) string {
				m, err := decode(e.Payload)
				if err != nil {
					return ""
				}
				return chatKey(m)
			}))
	}
	handle(event.Send, event.DecodeMessage)
	if source == event.Slack {
		handle(event.Notification, decodeNotification)
	}
}

// chatKey names the chat of a message for its order and its pace. A chat with several names
// has several keys, so that it is paced less.
func chatKey(m event.Message) string {
	switch {
	case m.Chat.ID != "":
		return m.Bot + "/" + m.Chat.ID
	case m.Chat.Name != "":
		return m.Bot + "/" + m.Chat.Name
	default:
		return m.Bot + "/@" + m.Chat.Email
	}
}

func (d *Dispatcher) newSending(e *workqueue.Delivery, platform Platform, poster Poster, m event.Message) *sending {
	return &sending{
		Dispatcher: d, poster: poster, m: m, began: d.opts.Now(),
		request: request{progress: &progress{Delivery: e}, platform: platform},
	}
}

// send posts a message, or finds out why not.
func (d *Dispatcher) send(ctx context.Context, e *workqueue.Delivery, platform Platform, poster Poster, m event.Message) ([]string, error) {
	s := d.newSending(e, platform, poster, m)
	s.search = s.find
	s.made = s.madeBefore()
	did := []string{fmt.Sprintf("send to %s", m.Chat)}
	if s.before(ctx) {
		return did, nil
	}
	if d.opts.Shadow || m.Shadow {
		s.wouldSend()
		return did, s.end(ctx, ended{state: receipt.Suppressed})
	}
	var end ended
	err := d.observed(ctx, platform, s.handlerName(), func(ctx context.Context) (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = &panicError{p, debug.Stack()}
				d.opts.Log.Error().Err(err).Str("event_id", e.ID).Str("request_id", e.RequestID).Bytes("stack", debug.Stack()).Msg("post a message")
			}
		}()
		end, err = s.deliver(ctx)
		return err
	})
	if err != nil {
		end = s.failed(err)
	}
	return did, s.end(ctx, end)
}

// sentByNobody ends a message whose consumers died while they had it.
func (d *Dispatcher) sentByNobody(ctx context.Context, e *workqueue.Delivery, platform Platform, poster Poster, m event.Message) {
	ctx, cancel := context.WithTimeout(ctx, 2*receiptTimeout) // other messages wait meanwhile
	defer cancel()
	s := d.newSending(e, platform, poster, m)
	end := ended{
		state: receipt.Failed, code: codeConsumersDied,
		words: "the consumers that had this message died; it may have been posted: look into the chat before it is replayed",
	}
	if err := s.announce(ctx, end); err != nil {
		d.opts.Log.Error().Err(err).Str("event_id", e.ID).Str("request_id", e.RequestID).Msg("report a message that failed to the callback rules: it is not reported")
	}
	s.write(ctx, end)
	s.report(end)
}

// wouldSend logs a message in shadow mode, never its text. The link of an announcement is
// public; another may be a secret.
func (s *sending) wouldSend() {
	line := s.opts.Log.Info().Str("would", "announce").Str("event_id", s.ID).Str("request_id", s.RequestID).Str("channel", s.m.Chat.String())
	if s.m.Origin == event.Announcement {
		line = line.Str("link", s.m.Link)
	}
	line.Int("length", len(s.m.Text)).Msg("shadow mode")
}

// deliver posts a message, unless it is too late for it or others come first. Its errors
// are those of the platform, and those below.
func (s *sending) deliver(ctx context.Context) (ended, error) {
	late := !s.m.ExpiresAt.IsZero() && s.opts.Now().After(s.m.ExpiresAt)
	if late && len(s.unresolved()) == 0 {
		return s.expired(), nil
	}
	if !late {
		if s.opts.Controls.HandlerPaused(s.handlerName()) {
			return ended{}, &postponedError{pausedDelay(s.opts.Now().Sub(s.QueuedAt)), errPaused}
		}
		if s.silenced(s.m.Chat.ID, s.m.Chat.Name) {
			return s.suppressed(), nil
		}
		if wait := s.opts.pace.admit(chatKey(s.m), s.key("place"), s.opts.Now()); wait > 0 {
			return ended{}, &postponedError{wait, errPace}
		}
		s.attempt(ctx)
	}
	notice, err := s.notice(ctx)
	if err != nil {
		return ended{}, err
	}
	compose, cancel := context.WithTimeout(ctx, s.opts.ActionTimeout)
	defer cancel()
	if s.composed, err = s.poster.Compose(compose, notice, s.RequestID); err != nil {
		return ended{}, err
	}
	if !late && s.silenced(s.composed.Chat) {
		return s.suppressed(), nil
	}
	if waiting, after := s.resolve(ctx, s.request, !late); len(waiting) > 0 {
		var errs []error
		for _, err := range waiting {
			errs = append(errs, err)
		}
		return ended{}, &waitingError{errors.Join(errs...), after}
	}
	if late {
		return s.expired(), nil
	}
	return s.post(ctx)
}

// handlerName is the name of the message's HandlerRun.
func (s *sending) handlerName() string {
	if s.m.Origin == event.Announcement {
		return announcementHandler
	}
	return notificationHandler
}

// silenced reports whether one of the names of a chat, if they are known, is that of a
// channel in which the bot is to post nothing.
func (s *sending) silenced(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return name != "" && s.opts.Controls.Silenced(s.m.Bot, name) })
}

// suppressed returns the end of a message for a channel that is silenced.
func (s *sending) suppressed() ended {
	s.opts.Log.Info().Str("event_id", s.ID).Str("request_id", s.RequestID).Str("channel", s.m.Chat.String()).
		Msg("left out a message: an operator has silenced the bot in its channel")
	return ended{state: receipt.Suppressed, id: s.first(), code: codeSilenced, words: "an operator has silenced the bot in this channel: it is not posted later either"}
}

// postponedError is the error of a message that is not tried yet.
type postponedError struct {
	after time.Duration
	why   error
}

func (e *postponedError) Error() string {
	return fmt.Sprintf("%v: this message is next in %v", e.why, e.after.Round(time.Millisecond))
}

// errPace is of a message that comes too soon after others of its chat.
var errPace = errors.New("the chat gets a message a second")

// waitingError is the error of a message with a post that may have been made.
type waitingError struct {
	error
	after time.Duration
}

func (e *waitingError) Unwrap() error { return e.error }

// errContentLost is the error of a message whose text or file is gone from Redis.
var errContentLost = errors.New("its text or its file is no longer in Redis: send it again")

// notice returns the message with the contents that it names.
func (s *sending) notice(ctx context.Context) (Notice, error) {
	n := Notice{Message: s.m}
	if b := s.m.TextBlob; b != nil {
		text, err := s.content(ctx, *b)
		if err != nil {
			return n, err
		}
		n.Text = string(text)
	}
	if f := s.m.File; f != nil {
		content, err := s.content(ctx, f.Blob)
		if err != nil {
			return n, err
		}
		n.Content = content
	}
	return n, nil
}

// content returns the bytes that a Blob names.
func (s *sending) content(ctx context.Context, b event.Blob) ([]byte, error) {
	if s.opts.Contents == nil {
		return nil, errors.New("a message with a file, and this consumer has no store of contents")
	}
	content, err := s.opts.Contents.Get(ctx, b)
	if errors.Is(err, ErrContentLost) {
		return nil, errContentLost
	}
	return content, err
}
