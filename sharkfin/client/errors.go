package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Errors of calls. Test for them with errors.Is.
var (
	// ErrNotConnected is returned when the client has no connection: the connection was lost
	// before the reply came, or the client has ended. The server may have handled a request
	// whose reply did not come.
	ErrNotConnected = errors.New("client: not connected")
	// ErrTimeout is returned when the call's context, or the HTTP client's timeout, expired
	// before the answer came. Such an error is context.DeadlineExceeded, too.
	ErrTimeout = errors.New("client: request timeout")
	// ErrClosed is returned by calls that Close ended, and by calls after Close. Such an
	// error is ErrNotConnected, too.
	ErrClosed = errors.New("client: closed")
	// ErrTooLarge is returned when an answer of the server is larger than 8 MiB.
	ErrTooLarge = errors.New("the server's answer is larger than 8 MiB")
	// ErrOverflow is the reason of a client's end if its option is WithOverflow(Fail) and
	// events came faster than they were received.
	ErrOverflow = errors.New("events came faster than they were received")
)

// Errors that a ServerError wraps by its HTTP status.
var (
	// ErrBadRequest wraps HTTP 400 responses.
	ErrBadRequest = errors.New("client: bad request")
	// ErrUnauthorized wraps HTTP 401 responses. The server also answers 401 to a valid key
	// while it cannot reach its identity service, so the error may be temporary.
	ErrUnauthorized = errors.New("client: unauthorized")
	// ErrForbidden wraps HTTP 403 responses.
	ErrForbidden = errors.New("client: forbidden")
	// ErrNotFound wraps HTTP 404 responses.
	ErrNotFound = errors.New("client: not found")
	// ErrConflict wraps HTTP 409 responses, and the server's 500 for a channel name that is
	// taken.
	ErrConflict = errors.New("client: conflict")
	// ErrRateLimited wraps HTTP 429 responses. ServerError.RetryAfter is the wait that the
	// server asks for.
	ErrRateLimited = errors.New("client: rate limited")
	// ErrServer wraps HTTP 5xx responses.
	ErrServer = errors.New("client: server error")
)

// ServerError is an error that the server replied.
type ServerError struct {
	// Message is the server's text, at most 1 KiB of it. The client's key is removed from it.
	Message string
	// Status is the HTTP status. It is 0 if the error came over the WebSocket.
	Status int
	// RetryAfter is the wait that the server asks for in the header Retry-After. It is 0 if
	// the server does not ask for one.
	RetryAfter time.Duration

	wrapped error
}

// Error returns the status, if there is one, and the server's text.
func (e *ServerError) Error() string {
	switch {
	case e.Status == 0:
		return "the server refused the request: " + e.Message
	case e.Message == "":
		return fmt.Sprintf("the server answered %d %s", e.Status, http.StatusText(e.Status))
	}
	return fmt.Sprintf("the server answered %d %s: %s", e.Status, http.StatusText(e.Status), e.Message)
}

// Unwrap returns the sentinel of the status, such as ErrNotFound, or nil.
func (e *ServerError) Unwrap() error { return e.wrapped }

// sentinel returns the error that stands for an HTTP status, or nil.
func sentinel(status int) error {
	switch status {
	case http.StatusBadRequest:
		return ErrBadRequest
	case http.StatusUnauthorized:
		return ErrUnauthorized
	case http.StatusForbidden:
		return ErrForbidden
	case http.StatusNotFound:
		return ErrNotFound
	case http.StatusConflict:
		return ErrConflict
	case http.StatusTooManyRequests:
		return ErrRateLimited
	}
	if status >= 500 {
		return ErrServer
	}
	return nil
}

// closedError is the error of calls that Close ended, and of calls after Close.
type closedError struct{}

func (closedError) Error() string   { return "the client is closed" }
func (closedError) Unwrap() []error { return []error{ErrClosed, ErrNotConnected} }

// lostError is the error of calls without a connection.
type lostError struct {
	written bool // the request, so that the server may have handled it
	cause   error
}

func (e *lostError) Error() string {
	if e.written {
		return fmt.Sprintf("the connection was lost before the reply came, so the server may have handled the request: %v", e.cause)
	}
	return fmt.Sprintf("not connected: %v", e.cause)
}

func (e *lostError) Unwrap() []error { return []error{ErrNotConnected, e.cause} }

// timeoutError is the error of calls whose time ran out.
type timeoutError struct{ cause error }

func (e *timeoutError) Error() string   { return "no answer in time: " + e.cause.Error() }
func (e *timeoutError) Unwrap() []error { return []error{ErrTimeout, e.cause} }

// ended returns the error of a call whose context ended, or whose HTTP client gave up: ErrTimeout
// if time ran out.
func ended(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return &timeoutError{err}
	}
	return err
}
