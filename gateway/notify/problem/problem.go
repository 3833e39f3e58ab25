// Package problem has the errors of the notification API, as its callers see them. Their
// codes are part of the API and stay.
package problem

import (
	"fmt"
	"net/http"
	"time"
)

// Code is a kind of problem, for programs.
type Code string

// The codes.
const (
	Unauthorized         Code = "unauthorized"
	Forbidden            Code = "forbidden"
	ChatNotAllowed       Code = "chat_not_allowed"
	BroadcastNotAllowed  Code = "broadcast_not_allowed"
	KeyInURL             Code = "key_in_url"
	NotFound             Code = "not_found"
	MethodNotAllowed     Code = "method_not_allowed"
	UnsupportedMediaType Code = "unsupported_media_type"
	TooLarge             Code = "too_large"
	IncompleteBody       Code = "incomplete_body"
	RateLimited          Code = "rate_limited"
	IdempotencyMismatch  Code = "idempotency_mismatch"

	InvalidJSON       Code = "invalid_json"
	BadForm           Code = "bad_form"
	MissingChat       Code = "missing_chat"
	UnknownChat       Code = "unknown_chat"
	AmbiguousChat     Code = "ambiguous_chat"
	UnknownThread     Code = "unknown_thread"
	MissingBot        Code = "missing_bot"
	BotMismatch       Code = "bot_mismatch"
	UnknownBot        Code = "unknown_bot"
	EmptyMessage      Code = "empty_message"
	MessageTooLong    Code = "message_too_long"
	InvalidStatus     Code = "invalid_status"
	InvalidMentions   Code = "invalid_mentions"
	BadFile           Code = "bad_file"
	InvalidMetadata   Code = "invalid_metadata"
	InvalidOption     Code = "invalid_option"
	UnsupportedOption Code = "unsupported_option"
	NoAlerts          Code = "no_alerts"
	TemplateError     Code = "template_error"

	Refused          Code = "refused"
	QueueUnavailable Code = "queue_unavailable"
	QueueFull        Code = "queue_full"
	StoreFull        Code = "store_full"
	Overloaded       Code = "overloaded"
)

// statuses are the HTTP statuses of the codes that are not the caller's mistake in the
// request itself, which is 400.
var statuses = map[Code]int{
	Unauthorized: http.StatusUnauthorized, Forbidden: http.StatusForbidden, ChatNotAllowed: http.StatusForbidden,
	BroadcastNotAllowed: http.StatusForbidden, NotFound: http.StatusNotFound, MethodNotAllowed: http.StatusMethodNotAllowed,
	UnsupportedMediaType: http.StatusUnsupportedMediaType, TooLarge: http.StatusRequestEntityTooLarge, IncompleteBody: http.StatusRequestTimeout,
	RateLimited: http.StatusTooManyRequests, IdempotencyMismatch: http.StatusUnprocessableEntity,
	Refused: http.StatusBadGateway, QueueUnavailable: http.StatusServiceUnavailable, QueueFull: http.StatusServiceUnavailable,
	StoreFull: http.StatusServiceUnavailable, Overloaded: http.StatusServiceUnavailable,
}

// Status returns the HTTP status of answers with the code.
func (c Code) Status() int {
	if status, ok := statuses[c]; ok {
		return status
	}
	return http.StatusBadRequest
}

// Problem is why a request is not done.
type Problem struct {
	Code Code
	// Text is for people, and says what to do. It may quote the request, so it goes to the
	// caller and is never logged.
	Text string
	// RetryAfter is how long the caller should wait, 0 if trying again is no use.
	RetryAfter time.Duration
	// Cause is for the log, nil if there is no more to say.
	Cause error
}

// New returns a Problem.
func New(code Code, format string, args ...any) *Problem {
	return &Problem{Code: code, Text: fmt.Sprintf(format, args...)}
}

// tryAgain is how long callers should wait for Redis, or for room in the queue.
const tryAgain = 5 * time.Second

// Later returns a Problem that goes away by itself.
func Later(code Code, cause error, text string) *Problem {
	return &Problem{Code: code, Text: text, RetryAfter: tryAgain, Cause: cause}
}

// Error implements error.
func (p *Problem) Error() string { return string(p.Code) + ": " + p.Text }

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Cause }
