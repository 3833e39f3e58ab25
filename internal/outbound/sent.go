package outbound

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
)

type sentKey struct{}

// Sent returns a context for one call, and a function that reports whether that
// call may have reached the platform. It did not if no connection was made, or if NotSent
// was called for every request of the call. It works with every client whose transport is,
// in the end, an *http.Transport.
func Sent(ctx context.Context) (context.Context, func() bool) {
	sent := new(atomic.Bool)
	ctx = context.WithValue(ctx, sentKey{}, sent)
	// A call is made again only after a request that had no effect, so that only the
	// last one counts.
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { sent.Store(false) },
		WroteHeaders: func() { sent.Store(true) },
	})
	return ctx, sent.Load
}

// NotSent notes that the request that ctx is of surely had no effect, such as one that was
// answered by a rate limit.
func NotSent(ctx context.Context) {
	if sent, ok := ctx.Value(sentKey{}).(*atomic.Bool); ok {
		sent.Store(false)
	}
}
