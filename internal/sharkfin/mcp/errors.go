package mcp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// ErrNotServed is the error of a call to an address that has no MCP: a proxy hides it, or it
// is no Sharkfin server.
var ErrNotServed = errors.New("there is no MCP at this address")

// ToolError is a tool's refusal. Nothing was done.
type ToolError struct {
	// Text is the server's, such as "channel not found: town".
	Text string
}

func (e *ToolError) Error() string { return "the server refuses: " + e.Text }

// RPCError is an error of the server's own.
type RPCError struct {
	Code int
	Text string
}

// The codes of RPCErrors.
const (
	CodeInternal      = -32603
	CodeInvalidParams = -32602
	CodeNoMethod      = -32601
)

func (e *RPCError) Error() string { return fmt.Sprintf("the server failed: %s (%d)", e.Text, e.Code) }

// StatusError is an answer with another status than 200.
type StatusError struct {
	Status int
	// Text is at most 1 KiB of the answer.
	Text string
	// RetryAfter is how long the answer asks to wait, 0 if it does not say.
	RetryAfter time.Duration
}

func (e *StatusError) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("the server answered %d %s", e.Status, http.StatusText(e.Status))
	}
	return fmt.Sprintf("the server answered %d: %s", e.Status, e.Text)
}

// Is reports whether the answer is that of a server without MCP.
func (e *StatusError) Is(target error) bool {
	missing := e.Status == http.StatusNotFound && !forgotten(e) || e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusNotImplemented
	return target == ErrNotServed && missing
}

// result is the result of a request.
type result struct {
	Content []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	} `json:"content"`
	IsError bool `json:"isError"`
}

// read reads the answer of a request. It does not quote it.
func read(content []byte) (result, error) {
	var answer struct {
		Version string  `json:"jsonrpc"`
		Result  *result `json:"result"`
		Error   *struct {
			Code    int    `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	switch err := json.Unmarshal(content, &answer); {
	case err != nil, answer.Version != "2.0":
		return result{}, fmt.Errorf("%d bytes that are no answer of MCP", len(content))
	case answer.Error != nil:
		return result{}, &RPCError{answer.Error.Code, answer.Error.Message}
	case answer.Result == nil:
		return result{}, errors.New("an answer of MCP without a result")
	}
	return *answer.Result, nil
}

// text returns the text of a tool's result.
func (r result) text() (string, error) {
	var parts []string
	for _, c := range r.Content {
		if c.Type == "text" {
			parts = append(parts, c.Text)
		}
	}
	text := strings.Join(parts, "\n")
	if r.IsError {
		return "", &ToolError{text}
	}
	return text, nil
}
