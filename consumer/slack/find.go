package slack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/consumer"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

// Each post carries its key in the message's metadata, which Slack's clients do
// not show. All who may read the channel's history through the API can read it.
// Source: https://docs.slack.dev/messaging/message-metadata
const (
	postEvent = "gopherbot_post"
	postKey   = "key"
	postAsker = "asker" // the id of the person whom the post answers
	// A message has one metadata. That of a sender of the API has this type, and the key of
	// the post beside the sender's own fields, of which one with this name is lost.
	sendEvent = "gopher_send"
	sendKey   = "gopherbot_post"
)

const (
	// pageSize and maxPages bound a look: a thousand messages, since a time shortly
	// before the post.
	pageSize, maxPages = 200, 5
	// clockSkew is by how much our clock may differ from Slack's. The gateway
	// accepts no event when it is more.
	clockSkew = 5 * time.Minute
)

// Digest returns a hash of a message's text, which does not depend on Slack's markup of links.
func (r *responder) Digest(m consumer.Rendered) string { return digest(m.Text) }

// digest hashes a text. It does not depend on how Slack marks links.
func digest(text string) string {
	text = strings.Join(strings.Fields(strings.NewReplacer("<", "", ">", "").Replace(text)), " ")
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// Posted implements consumer.Finder. It looks through the latest messages of the
// channel, or of the thread, for the post's key in a message's metadata; where
// Slack shows none, for a message of ours with the same text. Slack keeps no
// ephemeral message, and says nothing about those of a response_url.
func (r *responder) Posted(ctx context.Context, p consumer.Post) (bool, error) {
	reply := p.Kind == consumer.PostReply || p.Kind == consumer.PostThread
	here := reply || p.Kind == consumer.PostEphemeral
	if r.channel != "" && (p.Kind == consumer.PostEphemeral || here && r.hook != nil && r.hook.first) {
		return false, consumer.ErrCannotTell
	}
	channel, thread := r.channel, r.threadOf(p.Kind)
	if p.Kind == consumer.PostChannel {
		id, err := r.channelID(ctx, p.Channel)
		if err != nil {
			return false, err
		}
		channel, thread = id, ""
	} else if p.Kind == consumer.PostDM || channel == "" {
		dm, err := r.openDM(ctx)
		if err != nil {
			return false, cannotTell(err)
		}
		channel, thread = dm, ""
	}
	ts, err := r.look(ctx, channel, thread, r.oldest(p), func(m slack.Message) bool { return r.is(m, p) })
	if err != nil || ts == "" {
		return false, err
	}
	if reply && r.channel != "" {
		r.posted(p.Kind, ts)
	}
	return true, nil
}

// look returns the timestamp of the message that is wanted, "" if it is not among the latest
// of a channel, or of a thread in it.
func (r *responder) look(ctx context.Context, channel, thread, oldest string, wanted func(slack.Message) bool) (ts string, err error) {
	cursor := ""
	for range maxPages {
		page, next, err := r.page(ctx, channel, thread, oldest, cursor)
		if err != nil {
			return "", wrap(cannotTell(err), "look in %s", channel)
		}
		for _, m := range page {
			if wanted(m) {
				return m.Timestamp, nil
			}
		}
		if cursor = next; cursor == "" {
			return "", nil
		}
	}
	return "", fmt.Errorf("searched %d messages: %w", pageSize*maxPages, consumer.ErrCannotTell)
}

// oldest is the timestamp before which the post cannot have been made: that of the
// message that it answers, unless the post was attempted long after that.
func (r *responder) oldest(p consumer.Post) string {
	since := p.Since.Add(-clockSkew)
	oldest := fmt.Sprintf("%d.%06d", since.Unix(), since.Nanosecond()/1000)
	return max(oldest, r.message) // as long as seconds have ten digits
}

// page returns some of the messages of a channel, or of a thread in it.
// Source: https://docs.slack.dev/reference/methods/conversations.history and
// conversations.replies; both allow 50 calls a minute.
func (r *responder) page(ctx context.Context, channel, thread, oldest, cursor string) (page []slack.Message, next string, err error) {
	ctx = r.mark(ctx)
	if thread != "" {
		page, _, next, err = r.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
			ChannelID: channel, Timestamp: thread, Oldest: oldest, Limit: pageSize, Cursor: cursor, IncludeAllMetadata: true,
		})
		return page, next, err
	}
	h, err := r.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
		ChannelID: channel, Oldest: oldest, Limit: pageSize, Cursor: cursor, IncludeAllMetadata: true,
	})
	if err != nil {
		return nil, "", err
	}
	return h.Messages, h.ResponseMetaData.NextCursor, nil
}

// is reports whether a message is a post.
func (r *responder) is(m slack.Message, p consumer.Post) bool {
	switch m.Metadata.EventType {
	case postEvent:
		return m.Metadata.EventPayload[postKey] == p.Key
	case sendEvent:
		return m.Metadata.EventPayload[sendKey] == p.Key
	case "":
	default:
		return false
	}
	ours := r.bot.UserID != "" && m.User == r.bot.UserID || r.bot.BotID != "" && m.BotID == r.bot.BotID
	text := m.Text
	if text == "" && len(m.Attachments) > 0 { // of a message with a colour
		text = m.Attachments[0].Text
	}
	return ours && p.Text != "" && digest(text) == p.Text
}

// cannotTell adds to an error of a look that another look will end like it.
func cannotTell(err error) error {
	answer, ok := errors.AsType[slack.SlackErrorResponse](err)
	if !ok || slackapi.Passing(answer.Err) || slackapi.OfToken(answer.Err) && answer.Err != "missing_scope" && answer.Err != "no_permission" {
		return err
	}
	return fmt.Errorf("%w: %w", consumer.ErrCannotTell, err)
}
