package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/gobridge/gopherbot/internal/retryafter"
)

// Client asks servers that may be slow, broken or hostile.
type Client struct {
	// configured is for the addresses that an operator chose, redirected for those
	// that a server leads to.
	configured, redirected *http.Transport
	timeout                time.Duration
}

// The bounds of an answer.
const (
	// DefaultTimeout is how long an answer may take to the last byte.
	DefaultTimeout = 20 * time.Second
	// MaxBody is how many bytes an answer may have, decompressed: the transport
	// undoes gzip, the only compression it asks for, before they are counted.
	MaxBody = 4 << 20
	// maxHeader is how many bytes the header of an answer may have after a
	// redirect.
	maxHeader = 64 << 10
	// maxValidator is how long an ETag or date may be to be kept.
	maxValidator = 1000
)

// userAgent names the bot to servers, with an address for complaints.
const userAgent = "gopherbot (+https://github.com/gobridge/gopherbot)"

// NewClient returns a Client. The caller closes transport. timeout bounds each request,
// with its redirects.
func NewClient(transport *http.Transport, timeout time.Duration) *Client {
	return &Client{configured: transport, redirected: guarded(transport, isPublic), timeout: timeout}
}

// validators make a request conditional: ETag and Last-Modified of an earlier answer
// from the same address.
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

// answer is a successful answer.
type answer struct {
	body        []byte
	contentType string
	validators
}

// get requests an address. changed is false if the answer is the one that known came
// with. No error has the address, which may have a secret in its query.
func (c *Client) get(ctx context.Context, address string, known validators) (a answer, changed bool, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return answer{}, false, fmt.Errorf("ask %s: not an address", host(address))
	}
	header := http.Header{"User-Agent": {userAgent}}
	if known.ETag != "" {
		header.Set("If-None-Match", known.ETag)
	}
	if known.Modified != "" {
		header.Set("If-Modified-Since", known.Modified)
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	response, err := c.follow(ctx, u, header)
	if err != nil {
		return answer{}, false, fmt.Errorf("ask %s: %w", u.Host, withoutAddress(err))
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusNotModified && known != validators{}:
		return answer{}, false, nil
	case response.StatusCode != http.StatusOK:
		return answer{}, false, &StatusError{u.Host, response.StatusCode, retryafter.Parse(response.Header.Get("Retry-After"), time.Now())}
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, MaxBody+1))
	if err != nil {
		return answer{}, false, fmt.Errorf("read the answer of %s: %w", u.Host, withoutAddress(err))
	}
	if len(body) > MaxBody {
		return answer{}, false, fmt.Errorf("the answer of %s has more than %d MiB", u.Host, MaxBody>>20)
	}
	return answer{
		body: body, contentType: response.Header.Get("Content-Type"),
		validators: validators{bounded(response.Header.Get("ETag")), bounded(response.Header.Get("Last-Modified"))},
	}, true, nil
}

// getJSON is get for a JSON answer, which it decodes into v.
func (c *Client) getJSON(ctx context.Context, address string, known validators, v any) (now validators, changed bool, err error) {
	a, changed, err := c.get(ctx, address, known)
	if err != nil || !changed {
		return known, false, err
	}
	if err := json.Unmarshal(a.body, v); err != nil {
		return known, false, fmt.Errorf("the answer of %s has an unexpected form: %w", host(address), err)
	}
	return a.validators, true, nil
}

// withoutAddress removes the address from an error: its query may have a secret.
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
