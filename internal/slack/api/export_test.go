package api

import (
	"net/http"
	"time"

	"github.com/slack-go/slack"
)

// MaxBuckets is the maximum number of known limits.
const MaxBuckets = maxBuckets

// LimitedTransport is the transport that heeds rate limits.
type LimitedTransport struct{ *limits }

// NewLimits returns a transport that heeds rate limits by another clock.
func NewLimits(base http.RoundTripper, now func() time.Time) LimitedTransport {
	return LimitedTransport{newLimits(base, now)}
}

// Buckets returns how many limits are known.
func (l LimitedTransport) Buckets() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.buckets)
}

// Client returns a client like New's, with l's rate limits.
func (l LimitedTransport) Client(token, baseURL string) *slack.Client {
	return client(token, baseURL, l, DefaultTimeout)
}
