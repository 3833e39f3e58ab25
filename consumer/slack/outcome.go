package slack

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/internal/outbound"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
	"github.com/gobridge/gopherbot/workqueue"
)

// unknownError is the error of a post that Slack may have made.
type unknownError struct{ err error }

func (e *unknownError) Error() string {
	return "it may have been posted all the same: " + e.err.Error()
}

func (e *unknownError) Unwrap() error { return e.err }

// errNoTimestamp is the error of an answer that is none to a post.
var errNoTimestamp = errors.New("slack's answer has no timestamp of a message")

// attempt makes a call that posts. It separates errors after which nothing was posted
// from those after which a message may have been. post returns the message's
// timestamp.
func attempt(ctx context.Context, post func(context.Context) (ts string, err error)) error {
	ctx, sent := outbound.Sent(ctx)
	ts, err := post(ctx)
	switch {
	case err == nil && ts == "": // slack-go takes a JSON object without "error" for success
		return &unknownError{errNoTimestamp}
	case err == nil:
		return nil
	case refused(err), !sent():
		return err
	default:
		return &unknownError{err}
	}
}

// refused reports whether Slack, or a proxy before it, has surely done nothing.
func refused(err error) bool {
	if _, limited := errors.AsType[*slack.RateLimitedError](err); limited {
		return true
	}
	if answer, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		return !slackapi.MayHaveHappened(answer.Err)
	}
	if status, ok := errors.AsType[slack.StatusCodeError](err); ok {
		return 300 <= status.Code && status.Code < 500 && status.Code != http.StatusRequestTimeout
	}
	return false
}

// Outcome classifies an error of Slack's Web API: see docs/operations.md, "Rate limits and
// refusals". An error that is not Slack's is Temporary.
func (p *Platform) Outcome(err error) consumer.Outcome {
	if _, ok := errors.AsType[*unknownError](err); ok {
		return consumer.Outcome{Kind: consumer.Unknown}
	}
	if refused, ok := errors.AsType[*noticeError](err); ok && !refused.later {
		return consumer.Outcome{Kind: consumer.Final}
	}
	if limited, ok := errors.AsType[*slack.RateLimitedError](err); ok {
		after := limited.RetryAfter
		if after < 0 { // more seconds than a Duration holds
			after = workqueue.MaxDelay
		}
		return consumer.Outcome{Kind: consumer.RateLimited, After: after}
	}
	if answer, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		return ofCode(answer.Err)
	}
	if status, ok := errors.AsType[slack.StatusCodeError](err); ok {
		return ofStatus(status.Code)
	}
	return consumer.Outcome{Kind: consumer.Temporary}
}

func ofCode(code string) consumer.Outcome {
	switch {
	case slackapi.Limits(code):
		return consumer.Outcome{Kind: consumer.RateLimited, After: defaultLimit}
	case slackapi.Passing(code), slackapi.OfToken(code):
		return consumer.Outcome{Kind: consumer.Temporary}
	case slackapi.Gone(code):
		return consumer.Outcome{Kind: consumer.Gone}
	default:
		return consumer.Outcome{Kind: consumer.Final}
	}
}

// defaultLimit is for how long to wait after a rate limit that does not say.
const defaultLimit = 10 * time.Second

// ofStatus is for answers that are not Slack's usual ones. A redirect is a network
// that wants a login, or a maintenance page: it leads to no Web API.
func ofStatus(status int) consumer.Outcome {
	switch {
	case status == http.StatusTooManyRequests:
		return consumer.Outcome{Kind: consumer.RateLimited, After: defaultLimit}
	case status >= 500, status == http.StatusRequestTimeout, status < 400,
		status == http.StatusUnauthorized, status == http.StatusProxyAuthRequired:
		return consumer.Outcome{Kind: consumer.Temporary}
	default:
		return consumer.Outcome{Kind: consumer.Final}
	}
}
