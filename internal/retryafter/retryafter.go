// Package retryafter reads the HTTP header Retry-After. It bounds nothing: callers know how
// long they can wait.
package retryafter

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Parse returns how long a value of the header asks to wait from now: seconds, or a date.
// It returns 0 for a date that has passed, and for any other value.
// Source: https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
func Parse(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
