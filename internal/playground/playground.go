// Package playground shares programs on the Go Playground, or on a server with the same
// protocol.
//
// It knows HTTP, and neither the programs nor the reason for sharing them.
package playground

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

// MaxSource is how many bytes of source the Go Playground takes.
// Source: maxSnippetSize in golang.org/x/playground
const MaxSource = 64 << 10

// timeout bounds one upload, so that one that hangs is an error before the
// handler's own time is over.
const timeout = 4 * time.Second

// userAgent names the bot, as the Go Playground asks of its users.
const userAgent = "gopherbot (+https://github.com/gobridge/gopherbot)"

// Client uploads programs.
type Client struct {
	share, link string
	http        *http.Client
	log         *slog.Logger
}

// New returns a client that uploads to the server at base and links programs at
// link; both end with a slash. The caller closes transport.
func New(base, link string, transport http.RoundTripper, log *slog.Logger) *Client {
	return &Client{
		share: base + "share",
		link:  link + "p/",
		log:   log,
		http: &http.Client{
			Timeout: timeout, Transport: transport,
			// A program for one server is not sent to another.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// RefusedError is the error of Share if the server refuses the source, and would refuse
// it at another time.
type RefusedError struct {
	// Status is the HTTP status of the answer. It is 413 also for a source that is too
	// large to be sent.
	Status int
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("the playground refused the source: %d %s", e.Status, http.StatusText(e.Status))
}

// idPattern is the form of programs' ids. It has no characters that are special in a
// URL or in a message.
var idPattern = lazyregexp.New(`^[A-Za-z0-9_-]{1,64}$`)

// Share uploads source and returns the address where people find it, the same
// one for the same source. The error is a *RefusedError when trying again is of
// no use.
func (c *Client) Share(ctx context.Context, source string) (address string, err error) {
	if len(source) > MaxSource {
		return "", &RefusedError{http.StatusRequestEntityTooLarge}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.share, strings.NewReader(source))
	if err != nil {
		return "", fmt.Errorf("share on the playground: %w", err)
	}
	r.Header.Set("Content-Type", "text/plain; charset=utf-8")
	r.Header.Set("User-Agent", userAgent)
	response, err := c.http.Do(r)
	if err != nil {
		return "", fmt.Errorf("share on the playground: %w", err)
	}
	defer response.Body.Close()
	switch status := response.StatusCode; {
	case status == http.StatusOK:
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		return "", fmt.Errorf("share on the playground: it answered %s", response.Status)
	default:
		// The caller gets the error and does not retry; an operator may have to act.
		c.log.ErrorContext(ctx, "the playground refused a program", "status", status, "bytes", len(source))
		return "", &RefusedError{status}
	}
	id, err := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	if err != nil {
		return "", fmt.Errorf("share on the playground: %w", err)
	}
	if !idPattern().Match(id) {
		return "", fmt.Errorf("share on the playground: its answer of %d bytes is no id", len(id))
	}
	return c.link + string(id), nil
}
