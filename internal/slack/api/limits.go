package api

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/valyala/fastjson"
)

// limits is a transport that does not send a call which Slack would answer 429. Slack
// limits calls by method, and those that post also by channel:
// https://docs.slack.dev/apis/web-api/rate-limits
//
// After a 429 the transport answers all calls of its bucket with 429 and the remaining
// seconds, until that time is over. Then it sends one call, and the others once Slack
// has answered that with something else, so that they do not come all at once.
type limits struct {
	base http.RoundTripper
	now  func() time.Time

	mu      sync.Mutex
	buckets map[bucket]*limit // those that are limited
}

// bucket identifies a rate limit. channel is "" but for methods of chat.
type bucket struct{ method, channel string }

// limit is a rate limit that is in force.
type limit struct {
	until time.Time
	// trying is set while the first call after until is under way.
	trying bool
}

// maxBuckets bounds the number of known limits. Each call beyond it gets Slack's own
// answer.
const maxBuckets = 1000

func newLimits(base http.RoundTripper, now func() time.Time) *limits {
	return &limits{base: base, now: now, buckets: map[bucket]*limit{}}
}

// RoundTrip implements http.RoundTripper. An answer of 429 always has a Retry-After
// in seconds, 1 to 3600.
func (l *limits) RoundTrip(r *http.Request) (*http.Response, error) {
	first := false
	if l.any() {
		b := bucketOf(r)
		var wait time.Duration
		if first, wait = l.admit(b); wait > 0 {
			if r.Body != nil {
				_ = r.Body.Close() // as a RoundTripper must
			}
			return tooManyRequests(r, wait), nil
		}
		if first {
			defer l.tried(b)
		}
	}
	response, err := l.base.RoundTrip(r)
	if err != nil {
		return response, err
	}
	if response.StatusCode != http.StatusTooManyRequests {
		if first {
			l.lift(bucketOf(r))
		}
		return response, nil
	}
	wait := retryAfter(response.Header, l.now())
	setRetryAfter(response.Header, wait)
	l.impose(bucketOf(r), wait)
	return response, nil
}

// any reports whether there is a limit, so that calls need not be read as a rule.
func (l *limits) any() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.buckets) > 0
}

// admit returns how long a call must wait, 0 if it may be made, and whether it is
// the first after its bucket's limit.
func (l *limits) admit(b bucket) (first bool, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.buckets[b]
	switch {
	case known == nil:
		return false, 0
	case l.now().Before(known.until):
		return false, known.until.Sub(l.now())
	case known.trying:
		return false, leastWait
	}
	known.trying = true
	return true, 0
}

// tried notes that the first call after a limit has ended. If that did not lift the
// limit, the next one is the first.
func (l *limits) tried(b bucket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known := l.buckets[b]; known != nil {
		known.trying = false
	}
}

// lift ends a limit after which the first call was not answered 429.
func (l *limits) lift(b bucket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.buckets, b)
}

// impose limits a bucket for some time.
func (l *limits) impose(b bucket, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	known := l.buckets[b]
	if known == nil {
		if len(l.buckets) >= maxBuckets {
			l.sweep(now)
		}
		if len(l.buckets) >= maxBuckets {
			return
		}
		known = &limit{}
		l.buckets[b] = known
	}
	if until := now.Add(wait); until.After(known.until) {
		known.until = until
	}
}

// sweep removes the limits that are over. The caller holds l.mu.
func (l *limits) sweep(now time.Time) {
	for b, known := range l.buckets {
		if !known.trying && !now.Before(known.until) {
			delete(l.buckets, b)
		}
	}
}

// bucketOf returns the bucket of a call, whose body can still be read after that.
func bucketOf(r *http.Request) bucket {
	b := bucket{method: methodOf(r)}
	if !strings.HasPrefix(b.method, "chat.") {
		return b
	}
	if b.channel = r.URL.Query().Get("channel"); b.channel != "" || r.GetBody == nil {
		return b
	}
	body, err := r.GetBody()
	if err != nil {
		return b
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err != nil {
		return b
	}
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media == "application/json" {
		b.channel = fastjson.GetString(text, "channel")
	} else if form, err := url.ParseQuery(string(text)); err == nil {
		b.channel = form.Get("channel")
	}
	return b
}

// tooManyRequests is the answer to a call that is not made.
func tooManyRequests(r *http.Request, wait time.Duration) *http.Response {
	header := http.Header{}
	setRetryAfter(header, wait)
	return &http.Response{
		Status: "429 Too Many Requests", StatusCode: http.StatusTooManyRequests, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody, Request: r,
	}
}

// The bounds of the delay in an answer of 429. After an hour the call is sent again even
// if Slack asked for more.
const (
	leastWait   = time.Second
	longestWait = time.Hour
)

// retryAfter returns the delay in an answer of 429, within the bounds. Slack sends
// seconds, a proxy may send a date. Anything else is one second.
func retryAfter(header http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(header.Get("Retry-After"))
	seconds, err := strconv.ParseInt(text, 10, 64) // the largest or least there is when it is beyond that
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		date, err := http.ParseTime(text)
		if err != nil {
			return leastWait
		}
		seconds = int64(date.Sub(now) / time.Second)
	}
	return time.Duration(min(max(seconds, int64(leastWait/time.Second)), int64(longestWait/time.Second))) * time.Second
}

// setRetryAfter names a time in whole seconds, the next if it is between two.
func setRetryAfter(header http.Header, wait time.Duration) {
	header.Set("Retry-After", strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10))
}
