// Package slackapi makes clients of Slack's Web API for the processes that
// speak it: with timeouts, which slack-go's default client lacks, and with its
// retries, which are off by default.
package slackapi

import (
	"net/http"
	"time"

	"github.com/slack-go/slack"
)

// timeout bounds one HTTP request. Slack answers within a second as a rule.
const timeout = 5 * time.Second

// New returns a client of the Web API at baseURL, which ends with a slash. A
// request that is rate limited, or that could not connect, is made again up to
// three times within the context of the call.
func New(token, baseURL string, transport http.RoundTripper) *slack.Client {
	retries := slack.DefaultRetryConfig()
	// Slack says with every 429 how long to wait; this is for proxies that don't.
	retries.RetryAfterDuration = time.Second
	retries.RetryAfterJitter = 250 * time.Millisecond
	retries.Handlers = slack.AllBuiltinRetryHandlers(retries)
	return slack.New(token,
		slack.OptionAPIURL(baseURL),
		slack.OptionHTTPClient(&http.Client{Timeout: timeout, Transport: transport}),
		slack.OptionRetryConfig(retries),
	)
}
