package api

import (
	"context"
	"errors"
	"net/url"

	"github.com/slack-go/slack"
	"github.com/valyala/fastjson"
)

// Message returns the message with an id in a channel, as Slack describes it, nil if there
// is none or the bot may not read it.
// Source: https://docs.slack.dev/messaging/retrieving-messages#individual_messages
func (r *Reader) Message(ctx context.Context, channel, id string) (*fastjson.Value, error) {
	params := url.Values{"channel": {channel}, "latest": {id}, "inclusive": {"true"}, "limit": {"1"}, "include_all_metadata": {"1"}}
	found, err := r.message(ctx, "conversations.history", params, id)
	if found != nil || err != nil {
		return found, err
	}
	// The history has no replies in threads.
	params.Set("ts", id)
	return r.message(ctx, "conversations.replies", params, id)
}

func (r *Reader) message(ctx context.Context, method string, params url.Values, id string) (*fastjson.Value, error) {
	answer, err := r.call(ctx, method, params)
	if refused, ok := errors.AsType[slack.SlackErrorResponse](err); ok && (Gone(refused.Err) || refused.Err == "missing_scope") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, m := range answer.GetArray("messages") {
		if string(m.GetStringBytes("ts")) == id {
			return m, nil
		}
	}
	return nil, nil
}
