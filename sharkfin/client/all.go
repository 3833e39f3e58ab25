package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"regexp"
	"strconv"
)

// all iterates over the messages of a channel after an id.
func (a *api) all(ctx context.Context, channel string, after int64) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		for {
			messages, more, err := a.page(ctx, channel, after)
			for _, m := range messages {
				if !yield(m, nil) {
					return
				}
				after = m.ID
			}
			if large, ok := errors.AsType[*LargeMessageError](err); ok {
				if !yield(Message{ID: large.ID, Channel: channel}, err) {
					return
				}
				after = large.ID
				continue
			}
			if err != nil {
				yield(Message{}, err)
				return
			}
			if !more {
				return
			}
		}
	}
}

// LargeMessageError is the error of a page whose first message is larger than an answer may be.
// It is ErrTooLarge.
type LargeMessageError struct {
	ID      int64 // of that message
	Channel string
}

// Error implements error.
func (e *LargeMessageError) Error() string {
	return fmt.Sprintf("client: message %d of channel %q: %v", e.ID, e.Channel, ErrTooLarge)
}

// Unwrap returns ErrTooLarge.
func (e *LargeMessageError) Unwrap() error { return ErrTooLarge }

// page reads the messages after an id, at most 100. more reports whether there may be others. Of a
// page that is larger than an answer may be, it returns the messages that came whole.
func (a *api) page(ctx context.Context, channel string, after int64) (messages []Message, more bool, err error) {
	path := messagesPath(channel, &HistoryOpts{After: &after, Limit: new(maxPage)})
	messages, cut, err := a.fetchMessages(ctx, channel, path)
	if large, ok := errors.AsType[*LargeMessageError](err); ok && large.ID <= after {
		err = fmt.Errorf("client: GET %s: %w", path, ErrTooLarge)
	}
	if err != nil {
		return nil, false, err
	}
	for _, m := range messages { // a server that repeats itself would be read for ever
		if m.ID <= after {
			return nil, false, fmt.Errorf("client: GET %s: the server's page has message %d, which does not come after %d", path, m.ID, after)
		}
		after = m.ID
	}
	return fillChannel(messages, channel), cut || len(messages) >= maxPage, nil
}

// fetchMessages fetches a page of a channel's messages. Of one that is larger than an answer may be
// it returns the messages that came whole, and cut; if none did, a *LargeMessageError.
func (a *api) fetchMessages(ctx context.Context, channel, path string) (messages []Message, cut bool, err error) {
	body, err := a.fetch(ctx, http.MethodGet, path, nil)
	if errors.Is(err, ErrTooLarge) {
		if messages = wholeMessages(body); len(messages) > 0 {
			return messages, true, nil
		}
		if id, ok := idOfFirst(body); ok {
			return nil, true, &LargeMessageError{id, channel}
		}
	}
	if err == nil {
		err = decodeAnswer(body, &messages)
	}
	if err != nil {
		return nil, false, fmt.Errorf("client: GET %s: %w", path, err)
	}
	return messages, false, nil
}

// wholeMessages returns the messages of a page whose end is missing, but for the one that is cut.
func wholeMessages(page []byte) (messages []Message) {
	decoder := json.NewDecoder(bytes.NewReader(page))
	if open, err := decoder.Token(); err != nil || open != json.Delim('[') {
		return nil
	}
	for decoder.More() {
		var m Message
		if err := decoder.Decode(&m); err != nil {
			break
		}
		messages = append(messages, m)
	}
	return messages
}

// firstID finds the id in the beginning of a page: the server writes it first.
var firstID = regexp.MustCompile(`^\s*\[\s*\{\s*"id"\s*:\s*(\d+)\s*[,}]`)

// idOfFirst returns the id of a page's first message.
func idOfFirst(page []byte) (int64, bool) {
	found := firstID.FindSubmatch(page[:min(len(page), 100)])
	if found == nil {
		return 0, false
	}
	id, err := strconv.ParseInt(string(found[1]), 10, 64)
	return id, err == nil
}
