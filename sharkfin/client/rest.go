package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// maxPage is the longest page that the server sends. It answers a longer limit with 50.
const maxPage = 100

// channelPath returns the path of a channel, whose name may have any characters.
func channelPath(channel string) string { return "/api/v1/channels/" + url.PathEscape(channel) }

func (a *api) register(ctx context.Context) error {
	return a.call(ctx, http.MethodPost, "/api/v1/auth/register", nil, nil)
}

func (a *api) channels(ctx context.Context) ([]Channel, error) {
	var channels []Channel
	err := a.call(ctx, http.MethodGet, "/api/v1/channels", nil, &channels)
	return channels, err
}

func (a *api) createChannel(ctx context.Context, name string, public bool) error {
	err := a.call(ctx, http.MethodPost, "/api/v1/channels", map[string]any{"name": name, "public": public}, nil)
	return createError(ctx, err, name, a.channels)
}

func (a *api) joinChannel(ctx context.Context, channel string) error {
	err := a.call(ctx, http.MethodPost, channelPath(channel)+"/join", nil, nil)
	return joinError(ctx, err, channel, a.channels)
}

func (a *api) sendMessage(ctx context.Context, channel, body string, opts *SendOpts) (int64, error) {
	if err := checkMetadata(opts, true); err != nil {
		return 0, err
	}
	in := struct {
		Body     string          `json:"body"`
		Metadata json.RawMessage `json:"metadata,omitempty"`
		ThreadID *int64          `json:"thread_id,omitempty"`
	}{Body: body}
	if opts != nil {
		in.ThreadID = opts.ThreadID
		if opts.Metadata != nil {
			in.Metadata = json.RawMessage(*opts.Metadata)
		}
	}
	var out struct {
		ID int64 `json:"id"`
	}
	err := a.call(ctx, http.MethodPost, channelPath(channel)+"/messages", in, &out)
	return out.ID, err
}

func (a *api) listMessages(ctx context.Context, channel string, opts *HistoryOpts) ([]Message, error) {
	path := messagesPath(channel, opts)
	messages, cut, err := a.fetchMessages(ctx, channel, path)
	if err == nil && cut {
		err = fmt.Errorf("client: GET %s: %w", path, ErrTooLarge)
	}
	if err != nil {
		return nil, err
	}
	if opts != nil && opts.ThreadID != nil {
		messages = slices.DeleteFunc(messages, func(m Message) bool { return m.ThreadID == nil || *m.ThreadID != *opts.ThreadID })
	}
	return fillChannel(messages, channel), nil
}

// messagesPath returns the path and the query of a page of a channel's messages.
func messagesPath(channel string, opts *HistoryOpts) string {
	query := url.Values{}
	if opts != nil {
		if opts.Before != nil {
			query.Set("before", strconv.FormatInt(*opts.Before, 10))
		}
		if opts.After != nil {
			query.Set("after", strconv.FormatInt(*opts.After, 10))
		}
		if opts.Limit != nil && *opts.Limit > 0 {
			query.Set("limit", strconv.Itoa(min(*opts.Limit, maxPage)))
		}
	}
	path := channelPath(channel) + "/messages"
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

func (a *api) registerWebhook(ctx context.Context, hookURL string) (string, error) {
	var out struct {
		ID string `json:"id"`
	}
	err := a.call(ctx, http.MethodPost, "/api/v1/webhooks", map[string]string{"url": hookURL}, &out)
	return out.ID, err
}

func (a *api) listWebhooks(ctx context.Context) ([]Webhook, error) {
	var hooks []Webhook
	err := a.call(ctx, http.MethodGet, "/api/v1/webhooks", nil, &hooks)
	return hooks, err
}

func (a *api) unregisterWebhook(ctx context.Context, id string) error {
	return a.call(ctx, http.MethodDelete, "/api/v1/webhooks/"+url.PathEscape(id), nil, nil)
}

// unexplained reports whether err is the server's for a request that it cannot do, without the
// reason: a status of 500 by REST, any error over the WebSocket.
func unexplained(err error) (*ServerError, bool) {
	refused, ok := errors.AsType[*ServerError](err)
	return refused, ok && (refused.Status == 0 || refused.Status == http.StatusInternalServerError)
}

// createError makes ErrConflict of the error of creating a channel whose name is taken.
func createError(ctx context.Context, err error, name string, list func(context.Context) ([]Channel, error)) error {
	refused, ok := unexplained(err)
	if !ok {
		return err
	}
	channels, failed := list(ctx)
	if failed != nil || !slices.ContainsFunc(channels, func(c Channel) bool { return c.Name == name }) {
		return err
	}
	conflict := *refused
	conflict.Message, conflict.wrapped = "a channel "+strconv.Quote(name)+" exists already: "+refused.Message, ErrConflict
	return fmt.Errorf("client: create a channel: %w", &conflict)
}

// joinError makes a success of the error of joining a channel that the caller is in.
func joinError(ctx context.Context, err error, channel string, list func(context.Context) ([]Channel, error)) error {
	refused, ok := unexplained(err)
	if !ok {
		return err
	}
	if refused.Status == 0 && refused.Message == alreadyMember {
		return nil
	}
	channels, failed := list(ctx)
	if failed == nil && slices.ContainsFunc(channels, func(c Channel) bool { return c.Name == channel && c.Member }) {
		return nil
	}
	return err
}

// alreadyMember is the server's text for a join of a channel that the caller is in, over the
// WebSocket.
const alreadyMember = "already a member"
