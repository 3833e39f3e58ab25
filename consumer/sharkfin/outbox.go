package sharkfin

import (
	"context"
	"fmt"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/sharkfin"
)

// outbox posts in one chat that nobody there has asked in. It is a responder that answers
// nothing.
type outbox struct{ *responder }

// Post implements consumer.Outbox.
func (o *outbox) Post(ctx context.Context, m consumer.Rendered, thread string) (string, error) {
	parent, err := threadIn(o.channel, thread)
	if err != nil {
		return "", err
	}
	id, err := o.post(ctx, o.channel, parent, m)
	switch {
	case missing(err):
		return "", noChannel(o.channel, err)
	case err != nil:
		return "", fmt.Errorf("post in %s: %w", o.channel, err)
	case id == 0:
		return "", nil // the server did not tell
	}
	return o.messageID(id), nil
}

func (o *outbox) messageID(id int64) string { return sharkfin.Ref{Channel: o.channel, ID: id}.String() }

// Edit returns handler.ErrUnsupported: messages cannot be changed.
func (*outbox) Edit(context.Context, string, consumer.Rendered) error { return handler.ErrUnsupported }

// Upload returns handler.ErrUnsupported: the server takes no files. Compose asks for none.
func (*outbox) Upload(context.Context, consumer.File) (string, error) {
	return "", handler.ErrUnsupported
}

// Share returns handler.ErrUnsupported, as Upload does.
func (*outbox) Share(context.Context, string, consumer.File, string) error {
	return handler.ErrUnsupported
}

// Find implements consumer.Outbox. It looks through the latest messages of the channel.
func (o *outbox) Find(ctx context.Context, p consumer.Post) (string, error) {
	id, err := o.look(ctx, o.channel, p)
	if err != nil || id == 0 {
		return "", err
	}
	return o.messageID(id), nil
}

// Link returns "": messages have no addresses.
func (*outbox) Link(string) string { return "" }
