// Package api makes clients of Slack's Web API: with timeouts, which slack-go's default
// client lacks, and with its retries, which are off by default.
package api

import (
	"errors"
	"net"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/internal/outbound"
)

// DefaultTimeout bounds one HTTP request. Slack answers within a second as a rule;
// a page of a thousand channels may take longer. It is shorter than the time that
// an action of a consumer has, so that a call's own error comes first.
const DefaultTimeout = 7 * time.Second

// maxWait is the longest rate limit that a call waits for itself. A longer one is an
// error, so that the caller can do other work.
const maxWait = 3 * time.Second

// New returns a client of the Web API at baseURL, which ends with a slash. A request
// that is rate limited for at most 3 s, or that met a connection error, is repeated up
// to three times within the context of the call. A message is not posted again once it
// may have reached Slack. A longer rate limit is a *slack.RateLimitedError with 1 s to
// 1 h. While it lasts, calls of the same method, and for a post of the same channel,
// return that error at once and are not sent.
func New(token, baseURL string, transport http.RoundTripper) *slack.Client {
	return NewWithTimeout(token, baseURL, transport, DefaultTimeout)
}

// NewWithTimeout is New with another bound of each request; 0 is DefaultTimeout.
func NewWithTimeout(token, baseURL string, transport http.RoundTripper, timeout time.Duration) *slack.Client {
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	return client(token, baseURL, newLimits(transport, time.Now), timeout)
}

func client(token, baseURL string, transport http.RoundTripper, timeout time.Duration) *slack.Client {
	retries := slack.DefaultRetryConfig()
	// Slack says with every 429 how long to wait; this is for proxies that don't.
	retries.RetryAfterDuration = time.Second
	retries.RetryAfterJitter = 250 * time.Millisecond
	retries.Handlers = []slack.RetryHandler{
		limited{slack.NewRateLimitErrorRetryHandler(retries)},
		unsent{slack.NewConnectionErrorRetryHandler()},
	}
	return slack.New(token,
		slack.OptionAPIURL(baseURL),
		slack.OptionHTTPClient(&http.Client{
			Timeout: timeout, Transport: transport,
			// Slack sends no redirects, and the token is for Slack alone.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}),
		slack.OptionRetryConfig(retries),
	)
}

// limited waits for a rate limit only if it is short.
type limited struct{ slack.RetryHandler }

func (l limited) ShouldRetry(s *slack.RetryState, r *http.Request, response *http.Response, err error) (bool, time.Duration) {
	if response != nil && response.StatusCode == http.StatusTooManyRequests {
		outbound.NotSent(r.Context()) // it was, and surely had no effect
	}
	again, wait := l.RetryHandler.ShouldRetry(s, r, response, err)
	return again && wait <= maxWait, wait
}

// unsent repeats a call after a connection error, unless that could post twice: Slack
// may have received a post whose answer was lost.
type unsent struct{ slack.RetryHandler }

func (u unsent) ShouldRetry(s *slack.RetryState, r *http.Request, response *http.Response, err error) (bool, time.Duration) {
	if posts(path.Base(r.URL.Path)) && !neverSent(err) {
		return false, 0
	}
	return u.RetryHandler.ShouldRetry(s, r, response, err)
}

// posts reports whether a method posts a message.
func posts(method string) bool {
	return strings.HasPrefix(method, "chat.") || method == "files.completeUploadExternal"
}

func neverSent(err error) bool {
	failed, ok := errors.AsType[*net.OpError](err)
	return ok && failed.Op == "dial"
}
