package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"
	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/internal/pause"
)

// Reader makes calls with answers that are read field by field. slack-go decodes whole
// objects, so that one field of an unknown shape, in one channel among thousands, makes
// the answer unreadable.
type Reader struct {
	token, baseURL string
	http           *http.Client
}

// NewReader returns a Reader of the Web API at baseURL, which ends with a slash. The
// caller closes transport.
func NewReader(token, baseURL string, transport http.RoundTripper) *Reader {
	return &Reader{token, baseURL, &http.Client{
		Timeout: DefaultTimeout, Transport: newLimits(transport, time.Now),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

const (
	// readerTries is the maximum number of attempts at a call.
	readerTries = 4
	// readerPause is the pause after the first connection error. It doubles with
	// each further one.
	readerPause = 100 * time.Millisecond
	// limitPause is the pause after a rate limit that does not say how long.
	limitPause = time.Second
	// maxAnswer is how many bytes an answer may have.
	maxAnswer = 32 << 20
)

// call calls a method and returns its answer. A call that is rate limited for at most
// 3 s, or that meets a connection error, is repeated up to 3 times. The error is
// slack-go's: a SlackErrorResponse if Slack refuses, a StatusCodeError for another HTTP
// status, and a *RateLimitedError in one that has the method RetryAfter.
func (r *Reader) call(ctx context.Context, method string, params url.Values) (*fastjson.Value, error) {
	for try := 1; ; try++ {
		answer, err := r.try(ctx, method, params)
		wait, again := pauseAfter(err, try)
		if err == nil || !again || try == readerTries || ctx.Err() != nil {
			return answer, err
		}
		if !pause.For(ctx, wait) {
			return nil, ctx.Err()
		}
	}
}

// pauseAfter says whether and when to call again after the n-th call failed.
func pauseAfter(err error, n int) (wait time.Duration, again bool) {
	if limited, ok := errors.AsType[*rateLimitedError](err); ok {
		return limited.after, limited.after <= maxWait
	}
	if _, ok := errors.AsType[*url.Error](err); ok {
		return readerPause << (n - 1), true
	}
	return 0, false
}

func (r *Reader) try(ctx context.Context, method string, params url.Values) (*fastjson.Value, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.baseURL+method, strings.NewReader(params.Encode()))
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", method, err)
	}
	request.Header.Set("Authorization", "Bearer "+r.token)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := r.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", method, err)
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusTooManyRequests:
		return nil, newRateLimitedError(response.Header.Get("Retry-After"))
	case response.StatusCode != http.StatusOK:
		return nil, slack.StatusCodeError{Code: response.StatusCode, Status: response.Status}
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the answer of %s: %w", method, err)
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("the answer of %s has more than %d MiB", method, maxAnswer>>20)
	}
	answer, err := fastjson.ParseBytes(body)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the answer of %s is not JSON", method) // the error quotes it
	case !answer.GetBool("ok"):
		return nil, slack.SlackErrorResponse{Err: string(answer.GetStringBytes("error"))}
	default:
		return answer, nil
	}
}

// rateLimitedError is slack-go's error with the method RetryAfter, by which scheduled
// jobs delay their next run.
type rateLimitedError struct {
	*slack.RateLimitedError
	after time.Duration
}

func newRateLimitedError(retryAfter string) *rateLimitedError {
	after := limitPause
	if seconds, err := strconv.ParseUint(strings.TrimSpace(retryAfter), 10, 31); err == nil {
		after = max(after, time.Duration(seconds)*time.Second)
	}
	return &rateLimitedError{&slack.RateLimitedError{RetryAfter: after}, after}
}

// RetryAfter returns how long Slack wants the method not to be called.
func (e *rateLimitedError) RetryAfter() time.Duration { return e.after }

func (e *rateLimitedError) Unwrap() error { return e.RateLimitedError }
