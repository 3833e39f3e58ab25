// Package announce queues an announcement for each new item of a source, exactly
// once.
//
// A run of the job first saves, in one step, the source's cursor and the outbox:
// the announcements that are not on the queue yet. Then it queues each under a key
// of its own. If the leader dies in between, the next leader queues the rest under
// the same keys. A leader that was paused can save nothing any more, and can queue
// only keys that are queued already. So an announcement is repeated only if two
// items have one key, or if a process was paused for longer than DedupWindow.
//
// The package knows jobs, the queue and sources by their interface. It must not
// know HTTP, nor chat platforms.
package announce

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/bgtasks/source"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/workqueue"
)

// DedupWindow is the time for which the publisher must remember keys. It is longer
// than a process may be paused and then continue.
const DedupWindow = 7 * 24 * time.Hour

// Source finds new items.
type Source interface {
	// Name identifies the source among all sources. It is part of a stored key, so
	// it never changes.
	Name() string
	// Poll returns the items that are new since cursor, the oldest first, and the
	// next cursor, which is not "". The cursor "" is that of the first start, at
	// which Poll returns the existing items.
	Poll(ctx context.Context, cursor string) (items []source.Item, next string, err error)
}

// Publisher queues announcements.
type Publisher interface {
	Publish(ctx context.Context, e workqueue.Event) (workqueue.Result, error)
}

// Options configures a Job. All fields but At are required.
type Options struct {
	Source Source
	// Target is the channel of the announcements.
	Target event.Target
	// Every is the time between two polls. If the source is news at times that are known
	// before, At is their calendar, and Every is 0.
	Every time.Duration
	At    bgtasks.Calendar
	// Limit is the number of items that one run announces, the newest. The number
	// of older ones is announced before them.
	Limit     int
	Publisher Publisher
	Log       zerolog.Logger
}

// timeout bounds a run, with all pages that the source reads.
const timeout = 2 * time.Minute

// Job returns the job that announces a source's new items. Items that exist at the
// first start are not announced.
func Job(o Options) bgtasks.Job {
	return bgtasks.Job{
		// With the channel: one source may be announced in two.
		Name:    o.Source.Name() + " in " + o.Target.String(),
		Every:   o.Every,
		At:      o.At,
		Jitter:  o.Every / 10,
		Timeout: timeout,
		Run:     o.run,
	}
}

// progress is saved between two runs.
type progress struct {
	Cursor string `json:"cursor"`
	// Outbox has the announcements that may not be on the queue yet.
	Outbox []announcement `json:"outbox,omitempty"`
}

// announcement is a message to post and its deduplication key.
type announcement struct {
	Key     string        `json:"key"`
	Message event.Message `json:"message,omitzero"`
	// Notification is set in place of Message in an outbox of an earlier release.
	Notification earlier `json:"notification,omitempty"`
}

// event returns the event that makes a consumer post a.
func (a announcement) event() (e workqueue.Event, err error) {
	if a.Notification != nil {
		e, err = a.Notification.event()
	} else {
		e.Type, e.Partition = event.Type(a.Message.Bot, event.Send), a.Message.Chat.String()
		e.Payload, err = a.Message.Encode()
	}
	if err != nil {
		return workqueue.Event{}, fmt.Errorf("announce %s: %w", a.Key, err)
	}
	e.Key, e.ID, e.Source, e.Time = a.Key, a.Key, "bgtasks", time.Now()
	return e, nil
}

func (o Options) run(ctx context.Context, s bgtasks.State) error {
	var p progress
	if _, err := s.Load(ctx, &p); err != nil {
		return err
	}
	if err := o.send(ctx, s, &p); err != nil { // the outbox of an earlier run
		return err
	}
	items, next, err := o.Source.Poll(ctx, p.Cursor)
	if err != nil {
		return err
	}
	first := p.Cursor == ""
	if first {
		o.Log.Info().Str("source", o.Source.Name()).Int("old", len(items)).Msg("first run of a source: existing items are not announced")
		items = nil
	}
	if next == p.Cursor && len(items) == 0 {
		return nil
	}
	p = progress{Cursor: next, Outbox: o.plan(items)}
	if err := s.Save(ctx, p); err != nil {
		return err
	}
	return o.send(ctx, s, &p)
}

// send puts the outbox on the queue.
func (o Options) send(ctx context.Context, s bgtasks.State, p *progress) error {
	if len(p.Outbox) == 0 {
		return nil
	}
	for _, a := range p.Outbox {
		e, err := a.event()
		if err != nil {
			return err
		}
		result, err := o.Publisher.Publish(ctx, e)
		if err != nil {
			return err
		}
		o.Log.Info().Str("event_id", a.Key).Stringer("outcome", result).Msg("announcement")
	}
	p.Outbox = nil
	return s.Save(ctx, p)
}

// Longer texts are cut. Slack advises at most 4,000 characters in a message.
const (
	maxText  = 1000
	maxTitle = 200
	maxLink  = 2000
	maxKey   = 200
)

// plan returns the announcements of new items: the newest Limit of them, oldest
// first, after the number of those before. Items without text and link are left
// out.
func (o Options) plan(items []source.Item) []announcement {
	var list []announcement
	for _, item := range items {
		m := o.message(cut(item.Text, maxText))
		m.Link, m.Title = item.Link, cut(item.Title, maxTitle)
		if len(m.Link) > maxLink {
			m.Text, m.Link, m.Title = strings.TrimSpace(m.Text+" "+m.Title), "", ""
		}
		if m.Text != "" || m.Link != "" {
			list = append(list, announcement{Key: o.key(item.ID), Message: m})
		}
	}
	left := len(list) - o.Limit
	if left <= 0 {
		return list
	}
	list = list[left-1:] // the first is the newest that is left out
	list[0] = announcement{
		Key:     list[0].Key + "/left-out",
		Message: o.message(fmt.Sprintf("%s: a lot is new. The newest %d follow; %d before them are left out.", o.Source.Name(), o.Limit, left)),
	}
	return list
}

// message returns a message with the text.
func (o Options) message(text string) event.Message {
	return event.Message{Origin: event.Announcement, Bot: o.Target.Source, Chat: event.Chat{Name: o.Target.Channel}, Text: text}
}

// key returns the deduplication key of an item's announcement, which is also the id
// of its event.
func (o Options) key(id string) string {
	key := o.Source.Name() + "/" + id
	if len(key) > maxKey {
		sum := sha256.Sum256([]byte(id))
		key = o.Source.Name() + "/" + base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return o.Target.String() + "/" + key
}

// cut returns text, or the beginning of a long one.
func cut(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most]) + "…"
}
