package consumer

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gobridge/gopherbot/internal/event"
)

// decodeNotification decodes the payload of an event.Notification as the release
// before event.Send queued it. The next release drops this file.
func decodeNotification(payload []byte) (event.Message, error) {
	var n struct {
		Channel string `json:"channel"` // by its name, without "#", or its id
		Text    string `json:"text"`
		Link    string `json:"link"`
		Title   string `json:"title"`
	}
	if err := json.Unmarshal(payload, &n); err != nil {
		// The decoder's error may quote the payload.
		return event.Message{}, fmt.Errorf("a notification of %d bytes that is no JSON object of strings", len(payload))
	}
	switch {
	case n.Channel == "":
		return event.Message{}, errors.New("a notification without a channel")
	case n.Text == "" && n.Link == "":
		return event.Message{}, errors.New("a notification without text or link")
	}
	return event.Message{
		Origin: event.Announcement, Bot: event.Slack, Chat: event.Chat{Name: n.Channel}, Text: n.Text, Link: n.Link, Title: n.Title,
	}, nil
}
