package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/gobridge/gopherbot/sharkfin/client"
)

// Message is a message to send.
type Message struct {
	Channel string `json:"channel"`
	// Text must not be empty: the server would send an empty message.
	Text string `json:"message"`
	// Thread is the id of the message to reply to, 0 for none. Threads have one level.
	Thread int64 `json:"thread_id,omitempty"`
	// Metadata is a JSON object for programs, "" for none. It is a text also on the way: an
	// object would be dropped.
	Metadata string `json:"metadata,omitempty"`
}

var errNoText = errors.New("a message without a text")

// sent is the text of send_message's result.
var sent = regexp.MustCompile(`\(id: ([0-9]+)\)`)

// Send sends a message to a channel that the bot is in, and returns its id, or 0 if the
// server does not tell.
func (c *Client) Send(ctx context.Context, m Message) (int64, error) {
	if m.Text == "" {
		return 0, errNoText
	}
	text, err := c.Call(ctx, "send_message", m)
	if err != nil {
		return 0, err
	}
	if found := sent.FindStringSubmatch(text); found != nil {
		if id, err := strconv.ParseInt(found[1], 10, 64); err == nil {
			return id, nil
		}
	}
	return 0, nil
}

// OpenDM returns the channel of the direct conversation with a user. It makes one if there
// is none. Others may have joined it: see DMs.
func (c *Client) OpenDM(ctx context.Context, user string) (string, error) {
	var opened client.DMOpenResult
	err := c.list(ctx, "dm_open", map[string]any{"username": user}, &opened)
	if err == nil && opened.Channel == "" {
		err = errors.New("call Sharkfin's dm_open: the result names no channel")
	}
	return opened.Channel, err
}

// DMs returns the bot's direct conversations. One with several participants can be read by
// all of them: the server lets anybody join.
func (c *Client) DMs(ctx context.Context) ([]client.DM, error) {
	var rows []struct { // one for each participant
		Channel     string `json:"channel"`
		Participant string `json:"participant"`
	}
	if err := c.list(ctx, "dm_list", nil, &rows); err != nil {
		return nil, err
	}
	var list []client.DM
	for _, row := range rows {
		i := slices.IndexFunc(list, func(dm client.DM) bool { return dm.Channel == row.Channel })
		if i < 0 {
			i = len(list)
			list = append(list, client.DM{Channel: row.Channel})
		}
		list[i].Participants = append(list[i].Participants, row.Participant)
	}
	return list, nil
}

// Users returns all identities that the server knows.
func (c *Client) Users(ctx context.Context) ([]client.User, error) {
	var users []client.User
	err := c.list(ctx, "user_list", nil, &users)
	return users, err
}

// Groups returns all mention groups with their members.
func (c *Client) Groups(ctx context.Context) ([]client.MentionGroup, error) {
	var groups []client.MentionGroup
	err := c.list(ctx, "mention_group_list", nil, &groups)
	return groups, err
}

// list calls a tool whose result is JSON. An empty list is null.
func (c *Client) list(ctx context.Context, tool string, arguments map[string]any, into any) error {
	if arguments == nil {
		arguments = map[string]any{}
	}
	text, err := c.Call(ctx, tool, arguments)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("call Sharkfin's %s: a result of %d bytes that is not as documented", tool, len(text))
	}
	return nil
}
