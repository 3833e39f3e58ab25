// Package notifyclient calls the notification API of a gateway over HTTP, for the command
// gopherbot notify.
//
// It knows the API's requests and answers, and nothing of command lines.
package notifyclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/internal/receipt"
)

// DefaultPath is the path of the API, unless the gateway is configured otherwise.
const DefaultPath = "/api/v1"

const (
	// attempts is how often a request is made, and maxPause bounds the pause before each
	// repetition.
	attempts = 3
	maxPause = 10 * time.Second
	// margin is how long an answer may take beyond the time that a request asks to wait.
	margin = 15 * time.Second
	// maxAnswer bounds the bytes of an answer that are read.
	maxAnswer = 1 << 20
)

// Client calls one API. It is safe for concurrent use.
type Client struct {
	base string // without a slash at the end
	key  string
	http *http.Client
}

// New returns a Client. address is the gateway's, or the API's: without a path DefaultPath is
// used. The caller closes the idle connections of transport.
func New(address, key string, transport http.RoundTripper) (*Client, error) {
	parsed, err := url.Parse(address)
	switch {
	case err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" || parsed.RawQuery != "" || parsed.User != nil:
		return nil, errors.New("the address of the API is not valid: want one such as https://gopherbot.example.org, or with a path such as https://gopherbot.example.org/api/v1")
	case strings.Trim(parsed.Path, "/") == "":
		parsed.Path = DefaultPath
	}
	// A redirect would get the key.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{
		base: strings.TrimSuffix(parsed.String(), "/"), key: key,
		http: &http.Client{Transport: transport, CheckRedirect: stay},
	}, nil
}

// Answer is the answer about a message that was accepted.
type Answer struct {
	// Queued says that the message is not posted yet.
	Queued bool `json:"queued,omitempty"`
	// SyncID is the platform's id of the message that was posted, and Link leads to it.
	SyncID    string `json:"sync_id,omitempty"`
	RequestID string `json:"request_id,omitempty"`
	Link      string `json:"link,omitempty"`
	// State is that of a message that was sent before.
	State     receipt.State `json:"state,omitempty"`
	Duplicate bool          `json:"duplicate,omitempty"`
	// Shadow says that the deployment posts nothing.
	Shadow   bool     `json:"shadow,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// Refusal is the error of a request that was refused: the same request is refused again.
type Refusal struct {
	// Status is the HTTP status, Code the kind of problem for programs, and Text says for
	// people what is wrong.
	Status     int    `json:"status"`
	Code       string `json:"code"`
	Text       string `json:"error"`
	RequestID  string `json:"request_id,omitempty"`
	retryAfter time.Duration
}

// Error implements error.
func (r *Refusal) Error() string {
	if r.Code == "" {
		return fmt.Sprintf("the gateway answers %d: %s", r.Status, r.Text)
	}
	return fmt.Sprintf("%s (%s)", r.Text, r.Code)
}

// temporary reports whether the request may be accepted later. An error of a proxy before the
// gateway has no code.
func (r *Refusal) temporary() bool {
	return r.Status == http.StatusServiceUnavailable || r.Status == http.StatusTooManyRequests || r.Status >= 500 && r.Code == ""
}

// Final reports whether an error is a Refusal of a request that will not be accepted later,
// which it returns.
func Final(err error) (*Refusal, bool) {
	refused, ok := errors.AsType[*Refusal](err)
	return refused, ok && !refused.temporary()
}

// Receipt returns the receipt of a request. Its error is a Refusal if there is none.
func (c *Client) Receipt(ctx context.Context, id string) (r receipt.Receipt, err error) {
	err = c.call(ctx, 0, func(ctx context.Context) (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/receipts/"+url.PathEscape(id), nil)
	}, &r)
	return r, err
}

// call makes a request, and decodes its answer. It repeats a request that got no answer or
// that may be accepted later, so a request must have no further effect if it is repeated.
func (c *Client) call(ctx context.Context, wait time.Duration, request func(context.Context) (*http.Request, error), answer any) error {
	for attempt := 1; ; attempt++ {
		err := c.once(ctx, wait, request, answer)
		if _, final := Final(err); err == nil || final || attempt == attempts || ctx.Err() != nil {
			return err
		}
		before := time.Second
		if refused, ok := errors.AsType[*Refusal](err); ok && refused.retryAfter > 0 {
			before = min(refused.retryAfter, maxPause)
		}
		if !pause.For(ctx, before) {
			return err
		}
	}
}

func (c *Client) once(ctx context.Context, wait time.Duration, request func(context.Context) (*http.Request, error), answer any) error {
	ctx, cancel := context.WithTimeout(ctx, wait+margin)
	defer cancel()
	r, err := request(ctx)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.key)
	r.Header.Set("Accept", "application/json")
	response, err := c.http.Do(r)
	if err != nil {
		return fmt.Errorf("call the notification API: %w; check that the gateway runs and that the address is its", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read the answer of the notification API: %w", err)
	}
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusAccepted {
		return refusal(response, body)
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return fmt.Errorf("read the answer of the notification API: it is not its JSON; check that %s is the API's address", c.base)
	}
	return nil
}

// refusal returns the error of an answer.
func refusal(response *http.Response, body []byte) *Refusal {
	var r Refusal
	if json.Unmarshal(body, &r) != nil || r.Text == "" {
		r = Refusal{Text: "it gives no reason; check that it is the API's address"}
	}
	r.Status = response.StatusCode
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		r.retryAfter = time.Duration(seconds) * time.Second
	}
	return &r
}

// post returns a function that makes requests with one body.
func post(address, mediaType string, body []byte, header http.Header) func(context.Context) (*http.Request, error) {
	return func(ctx context.Context) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		r.Header = header.Clone()
		r.Header.Set("Content-Type", mediaType)
		return r, nil
	}
}
