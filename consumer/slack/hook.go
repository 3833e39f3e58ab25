package slack

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/consumer"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

// HookPoster posts to the response_url of an interaction. A *slackapi.Hooks is one.
type HookPoster interface {
	Post(ctx context.Context, address string, message any) error
}

const (
	// hookUses is how often a response_url can be used, and hookLife for how long.
	// Source: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
	hookUses = 5
	hookLife = 30 * time.Minute
)

// hook is a response_url. Its address is a secret.
type hook struct {
	poster  HookPoster
	address string
	until   time.Time
	// first is true if it is the first way to answer: that of a slash command.
	first bool

	uses atomic.Int32 // by this run: only Slack knows of others
}

// hookError is the error of a response_url that takes no message any more. Nothing was
// posted. It wraps the reason for Outcome.
type hookError struct{ err error }

func (e *hookError) Error() string { return "the response_url takes no message: " + e.err.Error() }
func (e *hookError) Unwrap() error { return e.err }

// errNoHook is the error of an interaction without a response_url.
var errNoHook = errors.New("there is none")

// hookMessage is a message as a response_url takes it.
type hookMessage struct {
	Text        string             `json:"text"`
	Blocks      []slack.Block      `json:"blocks,omitempty"`
	Attachments []slack.Attachment `json:"attachments,omitempty"`
	// ResponseType is "in_channel" for all, or "ephemeral".
	ResponseType string `json:"response_type,omitempty"`
	Replace      bool   `json:"replace_original"`
	Thread       string `json:"thread_ts,omitempty"`
	UnfurlLinks  bool   `json:"unfurl_links"`
	UnfurlMedia  bool   `json:"unfurl_media"`
}

// hookDeletion removes the message that was pressed, or that was posted first.
type hookDeletion struct {
	Delete bool `json:"delete_original"`
}

// send posts to the response_url. A lost answer is an unknownError: whatever was sent is
// not sent again.
func (h *hook) send(ctx context.Context, message any) error {
	switch {
	case h == nil:
		return &hookError{errNoHook}
	case h.uses.Add(1) > hookUses:
		return &hookError{fmt.Errorf("it was used %d times: %w", hookUses, slack.SlackErrorResponse{Err: "used_url"})}
	case time.Now().After(h.until):
		return &hookError{fmt.Errorf("it is older than %v: %w", hookLife, slack.SlackErrorResponse{Err: "expired_url"})}
	}
	err := attempt(ctx, func(ctx context.Context) (string, error) {
		return "sent", h.poster.Post(ctx, h.address, message) // it says no timestamp
	})
	if _, unknown := errors.AsType[*unknownError](err); !unknown && slackapi.HookSpent(err) {
		return &hookError{err}
	}
	return err
}

// postHook posts a message through the response_url, for all or for the person alone.
func (r *responder) postHook(ctx context.Context, kind consumer.PostKind, m consumer.Rendered) error {
	c, err := contentOf(m, r.user)
	if err != nil {
		return err
	}
	message := hookMessage{
		Text: c.text, Blocks: c.blocks, Attachments: c.attachments, ResponseType: "ephemeral", UnfurlLinks: m.Unfurl, UnfurlMedia: m.Unfurl,
	}
	if kind == consumer.PostReply || kind == consumer.PostThread {
		message.ResponseType, message.Thread = "in_channel", r.replies
	}
	if err := r.hook.send(r.mark(ctx), message); err != nil {
		return wrap(err, "answer %s through the response_url", r.user)
	}
	r.remember(said{hook: true})
	return nil
}
