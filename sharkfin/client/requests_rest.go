package client

import "context"

// These calls use REST: the WebSocket does not have them.

// Register makes the caller's identity known to the server, as a service. It may be repeated.
func (c *Client) Register(ctx context.Context) error { return c.api.register(ctx) }

// RegisterWebhook has the server post the caller's messages to url, and returns the webhook's id.
// Repeated, it returns the same id.
func (c *Client) RegisterWebhook(ctx context.Context, url string) (string, error) {
	return c.api.registerWebhook(ctx, url)
}

// ListWebhooks returns the caller's webhooks.
func (c *Client) ListWebhooks(ctx context.Context) ([]Webhook, error) { return c.api.listWebhooks(ctx) }

// UnregisterWebhook removes a webhook. It succeeds if there is none with this id.
func (c *Client) UnregisterWebhook(ctx context.Context, id string) error {
	return c.api.unregisterWebhook(ctx, id)
}
