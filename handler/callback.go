package handler

import (
	"context"
	"errors"
)

// Callback is an event that a callback rule passes on. Operators write the rules.
type Callback struct {
	// Rule is the name of the rule.
	Rule string
	// Event is the event's name in rules, such as "message_public" or
	// "notification_failed".
	Event string
	// Platform is where it happened, such as "slack", and Bot the name of the bot in the
	// configuration.
	Platform, Bot string
	// ID identifies the event for this rule. It is the same at each attempt, also after a
	// replay, so a handler can recognise a repetition by it.
	ID string
	// Attempt counts the attempts at the event from 1.
	Attempt int
	// Body is the event, a JSON object as docs/notifications.md describes it, at most
	// 1 MiB. It may have a person's text.
	Body []byte
	// Truncated says that something was left out of Body for its size.
	Truncated bool
}

// CallbackFunc handles an event of a callback rule. The event is complete when it returns
// nil. After an error or a panic it is called again later, up to ten times or for an hour,
// unless the error is ErrNoRetry. It may be called again after it succeeded, if the process
// dies just then. ctx ends when the process stops, or after five minutes.
type CallbackFunc func(ctx context.Context, c Callback) error

// ErrNoRetry is the error of a CallbackFunc that would fail again: wrap it in one that says
// why. The event becomes a dead letter at once.
var ErrNoRetry = errors.New("no retry can succeed")
