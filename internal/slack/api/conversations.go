package api

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/internal/channeldir"
)

// Conversation has the fields of a channel that the bot reads. A field that is missing,
// or has an unknown shape, is the zero value.
type Conversation struct {
	ID, Name string
	// Archived and Private describe the channel, and Member says that the bot is in it.
	Archived, Private, Member bool
}

// ConversationPage is a page of a list of conversations.
type ConversationPage struct {
	Conversations []Conversation
	// Skipped is the number of channels without an id or a name, which are left out.
	Skipped int
	// Next is the cursor of the next page, "" after the last.
	Next string
}

// conversationsPage is how many channels are asked for at once. Slack advises
// to ask for fewer than 1,000.
const conversationsPage = 999

// PublicChannels returns a page of the workspace's public channels that are not
// archived; the first for the cursor "". A page may be short, or empty, before
// the last.
// Source: https://docs.slack.dev/reference/methods/conversations.list
func (r *Reader) PublicChannels(ctx context.Context, cursor string) (ConversationPage, error) {
	params := url.Values{"types": {"public_channel"}, "exclude_archived": {"true"}, "limit": {strconv.Itoa(conversationsPage)}}
	if cursor != "" {
		params.Set("cursor", cursor)
	}
	answer, err := r.call(ctx, "conversations.list", params)
	if err != nil {
		return ConversationPage{}, err
	}
	list := answer.Get("channels")
	if list == nil || list.Type() != fastjson.TypeArray {
		return ConversationPage{}, errors.New("the answer of conversations.list has no list of channels")
	}
	next := answer.Get("response_metadata", "next_cursor")
	if next != nil && next.Type() != fastjson.TypeString && next.Type() != fastjson.TypeNull {
		return ConversationPage{}, errors.New("the answer of conversations.list has a cursor that is no string")
	}
	page := ConversationPage{Next: string(next.GetStringBytes())}
	for _, v := range list.GetArray() {
		c := conversation(v)
		if c.ID == "" || c.Name == "" {
			page.Skipped++
			continue
		}
		page.Conversations = append(page.Conversations, c)
	}
	return page, nil
}

// ChannelsScopes are the methods that Channels calls, with their scopes.
// Source: https://docs.slack.dev/reference/methods/conversations.list
var ChannelsScopes = []Need{{Method: "conversations.list", Scope: "channels:read"}} // of public channels alone

// Channels returns the workspace's public channels that are not archived, of all
// pages, and how many it left out because they have no id or no name.
func (r *Reader) Channels(ctx context.Context) (list []channeldir.Channel, skipped int, err error) {
	for cursor := ""; ; {
		page, err := r.PublicChannels(ctx, cursor)
		if err != nil {
			return nil, skipped, fmt.Errorf("list Slack's channels, after %d of them: %w", len(list), err)
		}
		skipped += page.Skipped
		for _, c := range page.Conversations {
			list = append(list, channeldir.Channel{ID: c.ID, Name: c.Name})
		}
		if page.Next == "" {
			return list, skipped, nil
		}
		if page.Next == cursor {
			return nil, skipped, fmt.Errorf("list Slack's channels: the cursor stands still after %d", len(list))
		}
		cursor = page.Next
	}
}

// Conversation returns the conversation with an id. One that the bot may not see
// is refused as if it did not exist, with channel_not_found.
// Source: https://docs.slack.dev/reference/methods/conversations.info
func (r *Reader) Conversation(ctx context.Context, id string) (Conversation, error) {
	answer, err := r.call(ctx, "conversations.info", url.Values{"channel": {id}})
	if err != nil {
		return Conversation{}, err
	}
	c := conversation(answer.Get("channel"))
	if c.ID == "" {
		return Conversation{}, errors.New("the answer of conversations.info has no channel")
	}
	return c, nil
}

func conversation(v *fastjson.Value) Conversation {
	return Conversation{
		ID: string(v.GetStringBytes("id")), Name: string(v.GetStringBytes("name")),
		Archived: v.GetBool("is_archived"), Private: v.GetBool("is_private"), Member: v.GetBool("is_member"),
	}
}
