package callback

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/retryafter"
	"github.com/gobridge/gopherbot/workqueue"
)

const (
	// DefaultWebhookTimeout and MaxWebhookTimeout bound the time of a request.
	DefaultWebhookTimeout = 10 * time.Second
	MaxWebhookTimeout     = time.Minute

	// maxAnswer is how many bytes of an answer are read, so that its connection can be used
	// again. Nothing in it is used.
	maxAnswer = 64 << 10
	// notFoundTries is after how many attempts an address that answers 404 counts as wrong:
	// a server may be starting.
	notFoundTries = 3
)

// WebhookOptions configures a webhook. URL and Transport are required.
type WebhookOptions struct {
	// URL is the address, with https. http is for the loopback interface, or with AllowHTTP.
	URL       string
	AllowHTTP bool
	// Secret signs the requests after the Standard Webhooks scheme. Without one they are
	// not signed.
	Secret []byte
	// Timeout is how long a request may take, to MaxWebhookTimeout. Defaults to
	// DefaultWebhookTimeout.
	Timeout   time.Duration
	Transport http.RoundTripper
}

// Webhook returns a handler that posts the body to an address, or an error if the options
// are invalid. It follows no redirect: the address and the secret are for one server.
//
// A 2xx answer is success. 400, 410, 413 and 422 are failures that no retry can help, and so
// is 404 at the third attempt. After any other answer the event is retried, after 429 and
// 503 when Retry-After says.
func Webhook(opts WebhookOptions) (handler.CallbackFunc, error) {
	if err := opts.validate(); err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	if opts.Timeout == 0 {
		opts.Timeout = DefaultWebhookTimeout
	}
	client := &http.Client{
		Transport:     opts.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context, c handler.Callback) error { return opts.post(ctx, client, c) }, nil
}

// validate returns an error that does not quote the URL: it may hold a secret.
func (o WebhookOptions) validate() error {
	u, err := url.Parse(o.URL)
	switch {
	case o.Transport == nil:
		return errors.New("want a transport")
	case err != nil || u.Host == "" || u.User != nil:
		return errors.New("url: want an address such as https://hooks.example.com/gopherbot, without a user name")
	case u.Scheme == "https", u.Scheme == "http" && (o.AllowHTTP || loopback(u.Hostname())):
	default:
		return errors.New("url: want https, or http to this machine; for a network that you trust set allow_http")
	}
	if o.Timeout < 0 || o.Timeout > MaxWebhookTimeout {
		return fmt.Errorf("timeout %v: want 0 to %v", o.Timeout, MaxWebhookTimeout)
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// post makes one attempt.
func (o WebhookOptions) post(ctx context.Context, client *http.Client, c handler.Callback) error {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, o.URL, bytes.NewReader(c.Body))
	if err != nil {
		return withoutURL(err)
	}
	o.head(request.Header, c, time.Now())
	response, err := client.Do(request)
	if err != nil {
		return withoutURL(err)
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.CopyN(io.Discard, response.Body, maxAnswer) // the status says all
	return statusError(response, c.Attempt, time.Now())
}

// head writes the header of a request.
func (o WebhookOptions) head(header http.Header, c handler.Callback, now time.Time) {
	header.Set("Content-Type", "application/json")
	header.Set("User-Agent", "gopherbot")
	header.Set("X-Express-Event", c.Event) // the names of express-botx
	if id := idsOf(c).sync; id != "" && printable(id) {
		header.Set("X-Express-Sync-ID", id)
	}
	if c.Truncated {
		header.Set("X-Gopher-Truncated", "true")
	}
	timestamp := strconv.FormatInt(now.Unix(), 10)
	header.Set("webhook-id", c.ID)
	header.Set("webhook-timestamp", timestamp)
	if len(o.Secret) > 0 {
		header.Set("webhook-signature", sign(o.Secret, c.ID, timestamp, c.Body))
	}
}

// sign returns the value of webhook-signature.
// Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
func sign(secret []byte, id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// printable reports whether a value from outside can be a header.
func printable(value string) bool {
	return len(value) <= maxID && !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' })
}

// statusError returns the outcome of an attempt that was answered.
func statusError(response *http.Response, attempt int, now time.Time) error {
	status := response.StatusCode
	err := fmt.Errorf("the webhook answered %d %s", status, http.StatusText(status))
	switch {
	case status >= 200 && status <= 299:
		return nil
	case status == http.StatusBadRequest, status == http.StatusGone, status == http.StatusRequestEntityTooLarge,
		status == http.StatusUnprocessableEntity, status == http.StatusNotFound && attempt >= notFoundTries:
		return workqueue.Reject(err)
	}
	if wait := retryafter.Parse(response.Header.Get("Retry-After"), now); wait > 0 &&
		(status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) {
		return workqueue.RetryAfter(wait, err)
	}
	return err
}

// withoutURL returns the error of a request without its URL, which may hold a secret.
func withoutURL(err error) error {
	if of, ok := errors.AsType[*url.Error](err); ok {
		err = of.Err
	}
	return fmt.Errorf("post to the webhook: %w", err)
}
