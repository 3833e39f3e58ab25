package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Client asks servers that may be slow, broken or hostile.
type Client struct{ http *http.Client }

// The bounds of an answer.
const (
	// DefaultTimeout is how long an answer may take to the last byte.
	DefaultTimeout = 20 * time.Second
	// MaxBody is how many bytes an answer may have, decompressed.
	MaxBody = 4 << 20
	// maxRedirects is how many redirects are followed.
	maxRedirects = 5
	// maxValidator is how long an ETag or date may be to be kept.
	maxValidator = 1000
)

// userAgent tells those whom we ask who we are and where to complain.
const userAgent = "gopherbot (+https://github.com/gobridge/gopherbot)"

// NewClient returns a Client on a transport, which stays the caller's to close.
// timeout bounds each request, with its redirects.
func NewClient(transport http.RoundTripper, timeout time.Duration) *Client {
	return &Client{&http.Client{
		Transport: transport,
		Timeout:   timeout,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return fmt.Errorf("more than %d redirects", maxRedirects)
			}
			if r.URL.Scheme != "http" && r.URL.Scheme != "https" {
				return fmt.Errorf("redirected to a %s address", r.URL.Scheme)
			}
			return nil
		},
	}}
}

// validators are what a server is asked with whether its answer has changed.
// They belong to one address.
type validators struct {
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"modified,omitempty"`
}

// StatusError is of an answer that is no success.
type StatusError struct {
	Host   string
	Status int
	after  time.Duration
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s answers %d %s", e.Host, e.Status, http.StatusText(e.Status))
}

// RetryAfter returns how long the server asked to be left alone, 0 when it did
// not say.
func (e *StatusError) RetryAfter() time.Duration { return e.after }

// get asks for an address. It returns changed as false, and no body, when the
// answer is the one that known came with.
func (c *Client) get(ctx context.Context, address string, known validators) (body []byte, now validators, changed bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, known, false, fmt.Errorf("ask %s: not an address", host(address))
	}
	r.Header.Set("User-Agent", userAgent)
	if known.ETag != "" {
		r.Header.Set("If-None-Match", known.ETag)
	}
	if known.Modified != "" {
		r.Header.Set("If-Modified-Since", known.Modified)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, known, false, fmt.Errorf("ask %s: %w", r.URL.Host, withoutAddress(err))
	}
	defer answer.Body.Close()
	switch {
	case answer.StatusCode == http.StatusNotModified && known != validators{}:
		return nil, known, false, nil
	case answer.StatusCode != http.StatusOK:
		return nil, known, false, &StatusError{r.URL.Host, answer.StatusCode, retryAfter(answer.Header.Get("Retry-After"), time.Now())}
	}
	if body, err = io.ReadAll(io.LimitReader(answer.Body, MaxBody+1)); err != nil {
		return nil, known, false, fmt.Errorf("read the answer of %s: %w", r.URL.Host, withoutAddress(err))
	}
	if len(body) > MaxBody {
		return nil, known, false, fmt.Errorf("the answer of %s has more than %d MiB", r.URL.Host, MaxBody>>20)
	}
	return body, validators{bounded(answer.Header.Get("ETag")), bounded(answer.Header.Get("Last-Modified"))}, true, nil
}

// getJSON is get for an answer that is JSON, which it decodes into v.
func (c *Client) getJSON(ctx context.Context, address string, known validators, v any) (now validators, changed bool, err error) {
	body, now, changed, err := c.get(ctx, address, known)
	if err != nil || !changed {
		return known, false, err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return known, false, fmt.Errorf("the answer of %s is not what it should be: %w", host(address), err)
	}
	return now, true, nil
}

// withoutAddress takes from an error the address, which may have a secret in its
// query.
func withoutAddress(err error) error {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failed.Err
	}
	return err
}

func bounded(validator string) string {
	if len(validator) > maxValidator {
		return ""
	}
	return validator
}

// retryAfter reads the header of that name: seconds, or a date.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
