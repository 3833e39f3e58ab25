package sharkfin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/internal/sharkfin/mcp"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

// Post posts a rendered message. What only its author is to see goes to the author's direct
// messages with the bot, or stays where it was asked if that is there.
func (r *responder) Post(ctx context.Context, kind consumer.PostKind, m consumer.Rendered) error {
	channel, thread, err := r.place(ctx, kind, m.Channel)
	if err != nil {
		return err
	}
	_, err = r.post(ctx, channel, thread, m)
	switch {
	case err == nil:
		return nil
	case kind == consumer.PostChannel && missing(err):
		return noChannel(channel, err)
	default:
		return fmt.Errorf("post in %s: %w", channel, err)
	}
}

// place returns the channel of a post and its thread, 0 for none. named is the channel of a
// PostChannel.
func (r *responder) place(ctx context.Context, kind consumer.PostKind, named string) (channel string, thread int64, err error) {
	switch {
	case kind == consumer.PostChannel:
		return strings.TrimPrefix(named, "#"), 0, nil
	case !r.direct && (kind == consumer.PostDM || kind == consumer.PostEphemeral):
		channel, err = r.openDM(ctx, r.user)
		return channel, 0, err
	default:
		return r.channel, r.threadOf(kind), nil
	}
}

// noChannel is the error of a post to a channel that an operator or a handler has named and
// that does not exist: somebody can create it while the post is retried.
func noChannel(channel string, err error) error {
	return &refusal{codeUnknownChat, fmt.Sprintf("post in #%s: no channel has that name; create it, or name another where this one is configured: %v", channel, err), consumer.Temporary}
}

// post posts a message, and returns its id, 0 if it is not known, and an unknownError when it
// may have been posted.
func (r *responder) post(ctx context.Context, channel string, thread int64, m consumer.Rendered) (int64, error) {
	metadata, err := metadata(sharkfin.Mark{Post: cmp.Or(consumer.PostKey(ctx), "unkeyed"), REST: r.tools == nil}, m.Notice.Metadata)
	if err != nil {
		return 0, err
	}
	return attempt(r.mark(ctx), func(ctx context.Context) (int64, error) {
		if r.tools != nil {
			return r.tools.Send(ctx, mcp.Message{Channel: channel, Text: m.Text, Thread: thread, Metadata: metadata})
		}
		opts := &client.SendOpts{Metadata: &metadata}
		if thread != 0 {
			opts.ThreadID = &thread
		}
		return r.rest.SendMessage(ctx, channel, m.Text, opts)
	})
}

// metadata returns the metadata of a message: its mark, among the sender's own fields if there
// are any. A field of the sender's with a name of the mark's is lost.
func metadata(mark sharkfin.Mark, sender json.RawMessage) (string, error) {
	if len(sender) == 0 {
		return mark.String(), nil
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(sender, &fields); err != nil || fields == nil {
		return "", &refusal{"invalid_metadata", "metadata must be a JSON object", consumer.Final}
	}
	for name := range fields { // encoding/json reads a mark's fields in any case
		if slices.ContainsFunc(sharkfin.MarkFields, func(of string) bool { return strings.EqualFold(name, of) }) {
			delete(fields, name)
		}
	}
	if err := json.Unmarshal([]byte(mark.String()), &fields); err != nil {
		return "", errors.New("write the mark of a post") // not reached: it is an object
	}
	all, err := json.Marshal(fields)
	return string(all), err
}
