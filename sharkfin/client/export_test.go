package client

import "time"

// WithKeepalive sets the silence after which the server is asked for a sign of life, and the time
// that it has then.
func WithKeepalive(ask, give time.Duration) Option {
	return func(o *clientOpts) { o.keepalive = keepalive{ask, give} }
}

// WithMaxAnswer sets how many bytes an answer may have.
func WithMaxAnswer(n int64) Option { return func(o *clientOpts) { o.maxAnswer = n } }
