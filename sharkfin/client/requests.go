package client

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
)

const sendMessage = "send_message"

// decodeReply decodes the data of a reply. An empty list may be null.
func decodeReply(data []byte, out any) error {
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		return nil
	}
	return json.Unmarshal(data, out)
}

// Ping sends a request of its own over the WebSocket and waits for the answer.
func (c *Client) Ping(ctx context.Context) error { return c.request(ctx, "ping", nil, nil) }

// Version returns the server's version.
func (c *Client) Version(ctx context.Context) (string, error) {
	var out struct {
		Version string `json:"version"`
	}
	err := c.request(ctx, "version", nil, &out)
	return out.Version, err
}

// Capabilities returns the permissions of the caller.
func (c *Client) Capabilities(ctx context.Context) ([]string, error) {
	var out struct {
		Permissions []string `json:"permissions"`
	}
	err := c.request(ctx, "capabilities", nil, &out)
	return out.Permissions, err
}

// SetState sets the caller's state: "active" or "idle". A new connection is idle, also after a
// reconnect.
func (c *Client) SetState(ctx context.Context, state string) error {
	return c.request(ctx, "set_state", map[string]any{"state": state}, nil)
}

// Users returns all identities that the server knows.
func (c *Client) Users(ctx context.Context) ([]User, error) {
	var out struct {
		Users []User `json:"users"`
	}
	err := c.request(ctx, "user_list", nil, &out)
	return out.Users, err
}

// Channels returns all channels, also private ones that the caller is not in. Direct
// conversations are not among them; see DMList.
func (c *Client) Channels(ctx context.Context) ([]Channel, error) {
	var out struct {
		Channels []Channel `json:"channels"`
	}
	err := c.request(ctx, "channel_list", nil, &out)
	return out.Channels, err
}

// CreateChannel creates a channel. A name that is taken is ErrConflict.
func (c *Client) CreateChannel(ctx context.Context, name string, public bool) error {
	err := c.request(ctx, "channel_create", map[string]any{"name": name, "public": public}, nil)
	return createError(ctx, err, name, c.Channels)
}

// JoinChannel joins a channel. If the caller is in it already, it succeeds.
func (c *Client) JoinChannel(ctx context.Context, channel string) error {
	err := c.request(ctx, "channel_join", map[string]any{"channel": channel}, nil)
	return joinError(ctx, err, channel, c.Channels)
}

// InviteToChannel adds a user to a channel that the caller is in. Services may not.
func (c *Client) InviteToChannel(ctx context.Context, channel, username string) error {
	return c.request(ctx, "channel_invite", map[string]any{"channel": channel, "username": username}, nil)
}

// SendMessage sends a message to a channel that the caller is in, and returns its id. After an
// error that is ErrNotConnected or ErrTimeout the message may have been sent: the server has no
// way to send one only once.
func (c *Client) SendMessage(ctx context.Context, channel, body string, opts *SendOpts) (int64, error) {
	if err := checkMetadata(opts, false); err != nil {
		return 0, err
	}
	d := map[string]any{"channel": channel, "body": body}
	if opts != nil {
		put(d, "thread_id", opts.ThreadID)
		put(d, "metadata", opts.Metadata)
	}
	var out struct {
		ID int64 `json:"id"`
	}
	err := c.request(ctx, sendMessage, d, &out)
	return out.ID, err
}

// put adds an optional parameter.
func put[T any](d map[string]any, name string, value *T) {
	if value != nil {
		d[name] = *value
	}
}

// History returns a page of the messages of a channel that the caller is in, the oldest first;
// see HistoryOpts. A page that is larger than 8 MiB is ErrTooLarge; All reads it.
func (c *Client) History(ctx context.Context, channel string, opts *HistoryOpts) ([]Message, error) {
	d := map[string]any{"channel": channel}
	if opts != nil {
		put(d, "before", opts.Before)
		put(d, "after", opts.After)
		put(d, "thread_id", opts.ThreadID)
		if opts.Limit != nil && *opts.Limit > 0 {
			d["limit"] = min(*opts.Limit, maxPage)
		}
	}
	var out struct {
		Messages []Message `json:"messages"`
	}
	err := c.request(ctx, "history", d, &out)
	return fillChannel(out.Messages, channel), err
}

// All iterates over the messages of a channel after the id after; see RESTClient.All. It reads by
// REST.
func (c *Client) All(ctx context.Context, channel string, after int64) iter.Seq2[Message, error] {
	return c.api.all(ctx, channel, after)
}

// UnreadMessages returns the messages that the caller has not read, of a channel, or of all if
// channel is "". The server then marks them as read, and sends no ids: to read every message
// once, use All.
func (c *Client) UnreadMessages(ctx context.Context, channel string, opts *UnreadOpts) ([]Message, error) {
	d := map[string]any{}
	if channel != "" {
		d["channel"] = channel
	}
	if opts != nil {
		put(d, "thread_id", opts.ThreadID)
		if opts.MentionsOnly {
			d["mentions_only"] = true
		}
	}
	var out struct {
		Messages []Message `json:"messages"`
	}
	err := c.request(ctx, "unread_messages", d, &out)
	return out.Messages, err
}

// UnreadCounts returns how many messages the caller has not read. Channels without any are left
// out.
func (c *Client) UnreadCounts(ctx context.Context) ([]UnreadCount, error) {
	var out struct {
		Counts []UnreadCount `json:"counts"`
	}
	err := c.request(ctx, "unread_counts", nil, &out)
	return out.Counts, err
}

// MarkRead marks the messages of a channel up to an id as read, or all of them if messageID is 0.
// The mark only moves forward.
func (c *Client) MarkRead(ctx context.Context, channel string, messageID int64) error {
	d := map[string]any{"channel": channel}
	if messageID > 0 {
		d["message_id"] = messageID
	}
	return c.request(ctx, "mark_read", d, nil)
}

// DMList returns the caller's direct conversations. One with several participants can be read by
// all of them.
func (c *Client) DMList(ctx context.Context) ([]DM, error) {
	var out struct {
		DMs []dmRow `json:"dms"`
	}
	err := c.request(ctx, "dm_list", nil, &out)
	return mergeDMs(out.DMs), err
}

// DMOpen returns the direct conversation with a user, which is made if there is none. Others may
// have joined it: DMList names all participants.
func (c *Client) DMOpen(ctx context.Context, username string) (*DMOpenResult, error) {
	var out DMOpenResult
	if err := c.request(ctx, "dm_open", map[string]any{"username": username}, &out); err != nil {
		return nil, err
	}
	return &out, nil
}

// GetSettings returns the server's settings. Administrators may.
func (c *Client) GetSettings(ctx context.Context) (map[string]string, error) {
	var out struct {
		Settings map[string]string `json:"settings"`
	}
	err := c.request(ctx, "get_settings", nil, &out)
	return out.Settings, err
}

// SetSetting sets a setting of the server. Administrators may.
func (c *Client) SetSetting(ctx context.Context, key, value string) error {
	return c.request(ctx, "set_setting", map[string]any{"key": key, "value": value}, nil)
}
