// Package mcp calls the tools of a Sharkfin server over MCP, the Model Context Protocol. A
// message that is sent this way reaches the people who have the channel open; one that is
// posted by REST does not.
//
// It is no library of MCP, and uses none: the server answers each call with plain JSON over
// HTTP, and a caller that posts has to know whether a call that failed may have been
// carried out, which a library's sessions and retries hide. It must not know the queue or
// the handlers.
//
// What the server does was measured at its version of April 2026.
package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gobridge/gopherbot/internal/retryafter"
)

const (
	sessionHeader = "Mcp-Session-Id"
	// maxAnswer is how many bytes of an answer are read, and maxErrorText how many of an
	// error's text are kept.
	maxAnswer, maxErrorText = 8 << 20, 1 << 10
	// protocolVersion is the version of MCP that the server speaks.
	protocolVersion = "2025-03-26"
)

// Client calls tools. It keeps one session, which serves parallel calls, and begins another
// when the server has forgotten it. It is safe for concurrent use.
type Client struct {
	address, key string
	http         *http.Client
	calls        atomic.Int64

	beginning chan struct{} // has room for one value, which is there while a session begins
	session   atomic.Pointer[string]
}

// New returns a client of the server at an address, such as "https://chat.example.org". It
// calls nobody. c bounds the time of a call; it should follow no redirects, since a request
// that is redirected loses its body.
func New(address, key string, c *http.Client) *Client {
	return &Client{address: strings.TrimRight(address, "/") + "/mcp", key: key, http: c, beginning: make(chan struct{}, 1)}
}

// Start begins a session. The error is ErrNotServed if the server, or a proxy before it, has
// no MCP.
func (c *Client) Start(ctx context.Context) error {
	_, err := c.begin(ctx, nil)
	return err
}

// Call calls a tool with arguments, a struct or a map, and returns the text of its result.
// An argument of the wrong JSON type is ignored by the server, without an error.
//
// An error is a *ToolError or a *RPCError if the server answered one. It is a *StatusError
// for an answer of HTTP, and ErrNotServed if there is no MCP. Other errors are of the
// connection, or of an answer that cannot be read: the tool may have run. No error has the
// key.
func (c *Client) Call(ctx context.Context, tool string, arguments any) (string, error) {
	text, err := c.call(ctx, tool, arguments)
	if err != nil {
		return "", fmt.Errorf("call Sharkfin's %s: %w", tool, err)
	}
	return text, nil
}

type toolKey struct{}

// Tool returns the tool that the request with a context calls, or "initialize", "" for a
// request of another client. It is for transports that count calls.
func Tool(ctx context.Context) string {
	tool, _ := ctx.Value(toolKey{}).(string)
	return tool
}

func (c *Client) call(ctx context.Context, tool string, arguments any) (string, error) {
	params := map[string]any{"name": tool, "arguments": arguments}
	session, err := c.begin(ctx, nil)
	if err != nil {
		return "", err
	}
	called := context.WithValue(ctx, toolKey{}, tool)
	result, err := c.post(called, *session, "tools/call", params)
	if forgotten(err) { // so that nothing ran
		if session, err = c.begin(ctx, session); err != nil {
			return "", err
		}
		result, err = c.post(called, *session, "tools/call", params)
	}
	if err != nil {
		return "", err
	}
	return result.text()
}

// forgotten reports whether the server does not know the session of a request, as after a
// restart. A missing route has the same status, and another text. A 400 is never about the
// session: to begin another then would go on for ever, and the server keeps all of them.
func forgotten(err error) bool {
	answer, ok := errors.AsType[*StatusError](err)
	return ok && answer.Status == http.StatusNotFound && strings.Contains(strings.ToLower(answer.Text), "session")
}

// begin returns the session, and begins one if there is none, or if it is still the lost
// one.
func (c *Client) begin(ctx context.Context, lost *string) (*string, error) {
	if s := c.session.Load(); s != nil && s != lost {
		return s, nil
	}
	select {
	case c.beginning <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a session: %w", ctx.Err())
	}
	defer func() { <-c.beginning }()
	if s := c.session.Load(); s != nil && s != lost {
		return s, nil
	}
	var id string
	_, err := c.send(context.WithValue(ctx, toolKey{}, "initialize"), "", "initialize", map[string]any{
		"protocolVersion": protocolVersion, "capabilities": map[string]any{}, "clientInfo": map[string]any{"name": "gopherbot", "version": "1"},
	}, func(h http.Header) { id = h.Get(sessionHeader) })
	if err != nil {
		return nil, fmt.Errorf("begin a session: %w", err)
	}
	c.session.Store(&id)
	return &id, nil
}

// post sends a request of a session.
func (c *Client) post(ctx context.Context, session, method string, params any) (result, error) {
	return c.send(ctx, session, method, params, func(http.Header) {})
}

// send sends a JSON-RPC request and returns its result.
func (c *Client) send(ctx context.Context, session, method string, params any, header func(http.Header)) (result, error) {
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": c.calls.Add(1), "method": method, "params": params})
	if err != nil {
		return result{}, fmt.Errorf("encode the request: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address, bytes.NewReader(body))
	if err != nil {
		return result{}, fmt.Errorf("make the request: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Authorization", "ApiKey-v1 "+c.key)
	if session != "" {
		request.Header.Set(sessionHeader, session)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return result{}, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return result{}, fmt.Errorf("read the answer: %w", err)
	case response.StatusCode != http.StatusOK:
		return result{}, c.statusError(response, content)
	case len(content) > maxAnswer:
		return result{}, fmt.Errorf("the answer is larger than %d bytes", maxAnswer)
	}
	header(response.Header)
	return read(content)
}

func (c *Client) statusError(response *http.Response, content []byte) error {
	text := strings.TrimSpace(string(content[:min(len(content), maxErrorText)]))
	text = strings.ToValidUTF8(text, "")
	if c.key != "" {
		text = strings.ReplaceAll(text, c.key, "[redacted]") // the page of a proxy may have it
	}
	return &StatusError{
		Status: response.StatusCode, Text: text, RetryAfter: retryafter.Parse(response.Header.Get("Retry-After"), time.Now()),
	}
}
