package sharkfin

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/internal/outbound"
	"github.com/gobridge/gopherbot/internal/sharkfin/mcp"
	"github.com/gobridge/gopherbot/sharkfin/client"
	"github.com/gobridge/gopherbot/workqueue"
)

// unknownError is the error of a post that the server may have made.
type unknownError struct{ err error }

func (e *unknownError) Error() string {
	return "it may have been posted all the same: " + e.err.Error()
}

func (e *unknownError) Unwrap() error { return e.err }

// attempt makes a call that posts, and returns the message's id. It separates errors after which
// nothing was posted from those after which a message may have been.
func attempt(ctx context.Context, post func(context.Context) (int64, error)) (int64, error) {
	ctx, sent := outbound.Sent(ctx)
	id, err := post(ctx)
	if err == nil || refused(err) || !sent() {
		return id, err
	}
	return 0, &unknownError{err}
}

// refused reports whether the server, or a proxy before it, has surely done nothing.
func refused(err error) bool {
	if _, ok := errors.AsType[*mcp.ToolError](err); ok {
		return true
	}
	if failed, ok := errors.AsType[*mcp.RPCError](err); ok {
		// The server inserts a message in a transaction: only its end can be in doubt.
		return !strings.Contains(failed.Text, "commit")
	}
	if answer, ok := errors.AsType[*client.ServerError](err); ok && answer.Status == http.StatusInternalServerError {
		return strings.Contains(answer.Message, sendFailed)
	}
	status, _ := statusOf(err)
	return 300 <= status && status < 500 && status != http.StatusRequestTimeout
}

// sendFailed is the server's text, by REST, for a message that it could not insert.
const sendFailed = "send message failed"

// statusOf returns the status of an answer of HTTP that is an error, 0 if err is none, and the
// wait that it asks for.
func statusOf(err error) (int, time.Duration) {
	if answer, ok := errors.AsType[*mcp.StatusError](err); ok {
		return answer.Status, answer.RetryAfter
	}
	if answer, ok := errors.AsType[*client.ServerError](err); ok {
		return answer.Status, answer.RetryAfter
	}
	return 0, 0
}

// unauthorized reports whether the server refuses the key, or cannot reach its identity service.
func unauthorized(err error) bool {
	status, _ := statusOf(err)
	return status == http.StatusUnauthorized
}

// Outcome classifies an error of the server: see docs/operations.md, "Rate limits and refusals".
// An error that is not the server's is Temporary.
func (p *Platform) Outcome(err error) consumer.Outcome {
	if _, ok := errors.AsType[*unknownError](err); ok {
		return consumer.Outcome{Kind: consumer.Unknown}
	}
	if r, ok := errors.AsType[*refusal](err); ok {
		return consumer.Outcome{Kind: r.kind}
	}
	if missing(err) || containsAny(serverText(err), "user not found", "parent message not found") {
		return consumer.Outcome{Kind: consumer.Gone}
	}
	if _, ok := errors.AsType[*mcp.ToolError](err); ok {
		return consumer.Outcome{Kind: consumer.Final}
	}
	if failed, ok := errors.AsType[*mcp.RPCError](err); ok {
		return ofRPC(failed)
	}
	if status, after := statusOf(err); status != 0 {
		return ofStatus(status, after)
	}
	return consumer.Outcome{Kind: consumer.Temporary}
}

// missing reports whether a channel does not exist.
func missing(err error) bool { return strings.Contains(serverText(err), "channel not found") }

// serverText returns what the server itself said, "" if it is not known.
func serverText(err error) string {
	if refused, ok := errors.AsType[*mcp.ToolError](err); ok {
		return refused.Text
	}
	if failed, ok := errors.AsType[*mcp.RPCError](err); ok {
		return failed.Text
	}
	if answer, ok := errors.AsType[*client.ServerError](err); ok && answer.Status == http.StatusNotFound {
		return answer.Message
	}
	return ""
}

// ofRPC is for the server's own failures. Those of its database may pass; a thread that cannot be
// replied to and a name of direct messages that is taken will not, nor will a tool that it does
// not have.
func ofRPC(failed *mcp.RPCError) consumer.Outcome {
	if failed.Code != mcp.CodeInternal || containsAny(failed.Text, "parent message is in a different channel", "cannot reply to a reply", "UNIQUE constraint failed") {
		return consumer.Outcome{Kind: consumer.Final}
	}
	return consumer.Outcome{Kind: consumer.Temporary}
}

func containsAny(text string, of ...string) bool {
	for _, s := range of {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}

// defaultLimit is for how long to wait after a rate limit that does not say.
const defaultLimit = 10 * time.Second

// ofStatus is for answers of HTTP. The server itself limits no rates, but a proxy may. It answers
// 401 to a valid key while it cannot reach its identity service. A redirect is a network that
// wants a login, and a 404 without a channel a proxy that hides the server for now.
func ofStatus(status int, after time.Duration) consumer.Outcome {
	after = min(after, workqueue.MaxDelay)
	switch {
	case status == http.StatusTooManyRequests && after == 0:
		return consumer.Outcome{Kind: consumer.RateLimited, After: defaultLimit}
	case status == http.StatusTooManyRequests:
		return consumer.Outcome{Kind: consumer.RateLimited, After: after}
	case status >= 500, status == http.StatusRequestTimeout, status < 400,
		status == http.StatusUnauthorized, status == http.StatusProxyAuthRequired, status == http.StatusNotFound:
		return consumer.Outcome{Kind: consumer.Temporary, After: after}
	default:
		return consumer.Outcome{Kind: consumer.Final}
	}
}
