// Package xkcd asks xkcd.com, or a server with the same interface, for its newest comic.
package xkcd

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// URL is the base of xkcd.com.
const URL = "https://xkcd.com/"

const (
	// timeout bounds one request: somebody waits for a link.
	timeout = 2 * time.Second
	// fresh is how long the answer counts. There are three new comics a week.
	fresh = time.Hour
	// maxAnswer is the number of bytes of an answer that are read. They have about 1 kB.
	maxAnswer = 64 << 10
)

// Client asks for the newest comic. It is safe for concurrent use.
type Client struct {
	newest string
	http   *http.Client
	now    func() time.Time

	mu     sync.Mutex
	number int
	asked  time.Time
}

// New returns a client of the server at base, which ends with a slash. The caller closes
// transport, which may be nil for http.DefaultTransport. now is the clock, nil for time.Now.
func New(base string, transport http.RoundTripper, now func() time.Time) *Client {
	if now == nil {
		now = time.Now
	}
	return &Client{newest: base + "info.0.json", http: &http.Client{Timeout: timeout, Transport: transport}, now: now}
}

// Newest returns the number of the newest comic, as it was at most an hour ago.
// Source: https://xkcd.com/json.html
func (c *Client) Newest(ctx context.Context) (int, error) {
	c.mu.Lock()
	number, asked := c.number, c.asked
	c.mu.Unlock()
	if number > 0 && c.now().Sub(asked) < fresh {
		return number, nil
	}
	number, err := c.ask(ctx)
	if err != nil {
		return 0, fmt.Errorf("ask xkcd for its newest comic: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.number, c.asked = number, c.now()
	return number, nil
}

func (c *Client) ask(ctx context.Context) (int, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.newest, http.NoBody)
	if err != nil {
		return 0, err
	}
	r.Header.Set("User-Agent", "gopherbot (+https://github.com/gobridge/gopherbot)")
	response, err := c.http.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("it answered %s", response.Status)
	}
	var comic struct {
		Num int `json:"num"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&comic); err != nil {
		return 0, fmt.Errorf("read its answer: %w", err)
	}
	if comic.Num <= 0 {
		return 0, fmt.Errorf("its answer has the number %d", comic.Num)
	}
	return comic.Num, nil
}
