package callbackrule

import (
	"context"
	"encoding/json"
	"time"

	"github.com/gobridge/gopherbot/internal/notifyconfig"
)

// Notification is the end of a message that somebody asked the bot to send.
type Notification struct {
	// Key identifies this end. It is the same however often it is told.
	Key string
	// Source is the platform that the message was for, and Bot the name of the bot.
	Source, Bot string
	// RequestID is the message's, as its sender knows it.
	RequestID string
	// Sent says that it was posted, SyncID as which message, and Error why not.
	Sent   bool
	SyncID string
	Error  string
	At     time.Time
}

// notified is the body of a callback, as the worker of express-botx replies.
type notified struct {
	RequestID string    `json:"request_id"`
	Status    string    `json:"status"` // "sent" or "failed"
	SyncID    string    `json:"sync_id"`
	Error     string    `json:"error"`
	SentAt    time.Time `json:"sent_at"`
}

// Notified queues the callbacks notification_sent or notification_failed of a message. After
// an error call it again: no callback is queued twice.
func (p *Publisher) Notified(ctx context.Context, n Notification) error {
	name, status := notifyconfig.NotificationSent, "sent"
	if !n.Sent {
		name, status = notifyconfig.NotificationFailed, "failed"
	}
	if !p.Wants(name, n.Bot) {
		return nil
	}
	body, err := json.Marshal(notified{n.RequestID, status, n.SyncID, n.Error, n.At.UTC()})
	if err != nil {
		return err
	}
	return p.Publish(ctx, Event{
		Name: name, Source: n.Source, Bot: n.Bot, Key: n.Key, ID: n.RequestID, Time: n.At, RequestID: n.RequestID, Body: body,
	})
}
