// Package outbound has what the clients of all platforms' APIs share: the id of the request
// that a call answers, and whether a call that failed may have reached the platform.
//
// It must not know any platform.
package outbound

import (
	"context"
	"net/http"
)

// requestIDKey is the key of the request id in the context of a call.
type requestIDKey struct{}

// WithRequestID lets Transport find the id of the request that brought the event which a
// call answers.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// Transport sends the request id of a call's context along as X-Request-ID, so that the log
// of a proxy, or of a simulated platform, can be joined with ours. Platforms ignore it.
func Transport(base http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if id, ok := r.Context().Value(requestIDKey{}).(string); ok && id != "" {
			r = r.Clone(r.Context()) // a RoundTripper must not change its argument
			r.Header.Set("X-Request-ID", id)
		}
		return base.RoundTrip(r)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
