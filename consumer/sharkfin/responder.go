package sharkfin

import (
	"context"
	"fmt"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/outbound"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

// responder answers one message.
type responder struct {
	*Platform
	requestID string
	user      string
	mentions  []string
	channel   string
	direct    bool  // channel is a direct conversation
	message   int64 // that is answered, 0 for none
	thread    int64 // of the message, 0 for none
}

// React returns handler.ErrUnsupported: there are no reactions.
func (*responder) React(context.Context, string) error { return handler.ErrUnsupported }

// Edit returns handler.ErrUnsupported: messages cannot be changed.
func (*responder) Edit(context.Context, handler.Reply) error { return handler.ErrUnsupported }

// OpenForm returns handler.ErrUnsupported: there are no forms.
func (*responder) OpenForm(context.Context, *handler.Form, string) error {
	return handler.ErrUnsupported
}

// Link returns "": messages have no addresses.
func (*responder) Link() string { return "" }

// Reply posts in the message's channel and thread.
func (r *responder) Reply(ctx context.Context, reply handler.Reply) error {
	return r.say(ctx, consumer.ReplyKind(reply), "", reply)
}

// ReplyEphemeral posts to the author's direct messages with the bot.
func (r *responder) ReplyEphemeral(ctx context.Context, reply handler.Reply) error {
	return r.say(ctx, consumer.PostEphemeral, "", reply)
}

// DM posts to the author's direct messages with the bot.
func (r *responder) DM(ctx context.Context, reply handler.Reply) error {
	return r.say(ctx, consumer.PostDM, "", reply)
}

// PostIn posts in a channel by its name.
func (r *responder) PostIn(ctx context.Context, channel string, reply handler.Reply) error {
	return r.say(ctx, consumer.PostChannel, channel, reply)
}

// say renders and posts a reply. Only PostChannel has a channel.
func (r *responder) say(ctx context.Context, kind consumer.PostKind, channel string, reply handler.Reply) error {
	messages, err := r.Render(ctx, reply)
	if err != nil {
		return err
	}
	for _, m := range messages {
		m.Channel = channel
		if err := r.Post(ctx, kind, m); err != nil {
			return err
		}
	}
	return nil
}

// threadOf returns the thread of a post in the channel, 0 for none. Threads have one level.
func (r *responder) threadOf(kind consumer.PostKind) int64 {
	if kind == consumer.PostThread && r.thread == 0 && !r.direct {
		return r.message
	}
	return r.thread
}

// openDM returns the channel of the direct messages of a user with the bot. It refuses one that
// somebody else is in, too: the server lets anybody join it, and would tell them all.
func (r *responder) openDM(ctx context.Context, user string) (string, error) {
	if r.tools == nil {
		return "", handler.ErrUnsupported
	}
	ctx = r.mark(ctx)
	channel, err := r.tools.OpenDM(ctx, user)
	if err != nil {
		return "", fmt.Errorf("open a direct message with %s: %w", user, err)
	}
	list, err := r.tools.DMs(ctx)
	if err != nil {
		return "", fmt.Errorf("ask who can read the direct messages of %s: %w", user, err)
	}
	if !private(list, channel, user) {
		return "", &refusal{codeNotPrivate, fmt.Sprintf(
			"send %s a direct message: others are in %q as well, which the server calls their direct messages; nobody can leave it, so they have to be answered in a channel", user, channel), consumer.Final}
	}
	return channel, nil
}

// private reports whether a channel has one user beside the bot.
func private(list []client.DM, channel, user string) bool {
	for _, dm := range list {
		if dm.Channel == channel {
			return len(dm.Participants) == 1 && dm.Participants[0] == user
		}
	}
	return false
}

// mark lets outbound.Transport find the id of the request that brought the event.
func (r *responder) mark(ctx context.Context) context.Context {
	return outbound.WithRequestID(ctx, r.requestID)
}
