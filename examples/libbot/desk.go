package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/gobridge/gopherbot/handler"
)

// callbacks are the handlers for callback rules of the library's operators. This rule tells the
// desk of each new reader:
//
//	{name: readers, events: [team_join], bots: [slack], handler: {type: desk}}
func callbacks(s handler.Services) map[string]handler.CallbackFunc {
	return map[string]handler.CallbackFunc{
		"desk": func(_ context.Context, c handler.Callback) error {
			reader, err := readerOf(c.Body)
			if err != nil {
				return fmt.Errorf("%w: %w", handler.ErrNoRetry, err)
			}
			s.Log.Info("make a library card", "reader", reader, "delivery_id", c.ID)
			return nil
		},
	}
}

// readerOf returns the id of the person in the body of a callback.
func readerOf(body []byte) (string, error) {
	var event struct {
		From struct {
			User string `json:"user_huid"`
		} `json:"from"`
	}
	if json.Unmarshal(body, &event) != nil || event.From.User == "" {
		return "", fmt.Errorf("a callback of %d bytes without a reader", len(body))
	}
	return event.From.User, nil
}
