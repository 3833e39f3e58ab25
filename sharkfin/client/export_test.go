package client

// WithMaxAnswer sets how many bytes an answer may have.
func WithMaxAnswer(n int64) Option { return func(o *clientOpts) { o.maxAnswer = n } }
