package client

import (
	"context"
	"iter"
)

// RESTClient is a client that uses HTTP only: it gets no events. It has no goroutines. It is safe
// for concurrent use.
//
// The server does not send messages that are posted by REST to connected clients. People who
// have the channel open see them when they load it again.
type RESTClient struct{ api *api }

// NewRESTClient returns a client of the server at baseURL, such as "http://localhost:16000". The
// address of the server's WebSocket, such as "ws://localhost:16000/ws", is accepted, too. If the
// address or the key is malformed, every call returns an error that says so. Options that concern
// the WebSocket are ignored.
func NewRESTClient(baseURL string, opts ...Option) *RESTClient {
	return &RESTClient{newAPI(baseURL, newOpts(opts))}
}

// Register makes the caller's identity known to the server, as a service. It may be repeated.
func (c *RESTClient) Register(ctx context.Context) error { return c.api.register(ctx) }

// Channels returns all channels, also private ones that the caller is not in. Direct
// conversations are not among them.
func (c *RESTClient) Channels(ctx context.Context) ([]Channel, error) { return c.api.channels(ctx) }

// CreateChannel creates a channel. A name that is taken is ErrConflict.
func (c *RESTClient) CreateChannel(ctx context.Context, name string, public bool) error {
	return c.api.createChannel(ctx, name, public)
}

// JoinChannel joins a channel. If the caller is in it already, it succeeds. The server does not
// refuse private channels.
func (c *RESTClient) JoinChannel(ctx context.Context, channel string) error {
	return c.api.joinChannel(ctx, channel)
}

// SendMessage sends a message to a channel, also to one that the caller is not in, and returns
// its id. The server does not send it to connected clients.
func (c *RESTClient) SendMessage(ctx context.Context, channel, body string, opts *SendOpts) (int64, error) {
	return c.api.sendMessage(ctx, channel, body, opts)
}

// ListMessages returns a page of a channel's messages, the oldest first; see HistoryOpts. All
// returns all pages. If the page is larger than 8 MiB the error is ErrTooLarge, and if its first
// message is, a *LargeMessageError.
func (c *RESTClient) ListMessages(ctx context.Context, channel string, opts *HistoryOpts) ([]Message, error) {
	return c.api.listMessages(ctx, channel, opts)
}

// All iterates over the messages of a channel after the id after, the oldest first, to the
// newest. It reads pages of 100; where 100 are larger than 8 MiB, it uses those that fit.
//
// A message that is larger than 8 MiB alone is yielded with its ID only, and with an error that is
// ErrTooLarge; the next messages follow. After any other error, All ends.
func (c *RESTClient) All(ctx context.Context, channel string, after int64) iter.Seq2[Message, error] {
	return c.api.all(ctx, channel, after)
}

// RegisterWebhook has the server post the caller's messages to hookURL, and returns the
// webhook's id. Repeated, it returns the same id.
func (c *RESTClient) RegisterWebhook(ctx context.Context, hookURL string) (string, error) {
	return c.api.registerWebhook(ctx, hookURL)
}

// ListWebhooks returns the caller's webhooks.
func (c *RESTClient) ListWebhooks(ctx context.Context) ([]Webhook, error) {
	return c.api.listWebhooks(ctx)
}

// UnregisterWebhook removes a webhook. It succeeds if there is none with this id.
func (c *RESTClient) UnregisterWebhook(ctx context.Context, id string) error {
	return c.api.unregisterWebhook(ctx, id)
}

// Close does nothing. It is there so that a RESTClient is used like a Client.
func (c *RESTClient) Close() error { return nil }
