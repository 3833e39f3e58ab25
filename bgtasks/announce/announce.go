// Package announce has what a source finds announced, each thing once.
//
// A run of the job first keeps, in one step, how far the source has been read
// and what is to be announced of it, and only then puts that on the queue, each
// announcement under a key of its own. A leader that dies in between leaves
// the rest to the next, which queues it under the same keys; and one that was
// paused can keep nothing any more, and what it may still queue is what is queued
// already. So saying a thing twice takes two things with one key, or a process
// that was paused for longer than the publisher's window.
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

// DedupWindow is for how long the publisher must remember keys: for longer than a
// process may have been paused and go on as if nothing was.
const DedupWindow = 7 * 24 * time.Hour

// Source finds out what is new.
type Source interface {
	// Name tells it apart from all other sources, and stays the same.
	Name() string
	// Poll returns what is new since cursor, the oldest first, and the next
	// cursor, which is not "". With the cursor "" what it returns is what is
	// there at the first start.
	Poll(ctx context.Context, cursor string) (items []source.Item, next string, err error)
}

// Publisher is what of the queue announcements need.
type Publisher interface {
	Publish(ctx context.Context, e workqueue.Event) (workqueue.Result, error)
}

// Options says what is announced, where and how often. All are required.
type Options struct {
	Source Source
	// Target is the channel in which it is announced.
	Target event.Target
	Every  time.Duration
	// Limit is how many are announced at once, the newest. Of those before it is
	// said how many there were.
	Limit     int
	Publisher Publisher
	Log       zerolog.Logger
}

// timeout bounds a run, with all pages that a source may have to read.
const timeout = 2 * time.Minute

// Job returns the job that announces what is new. What the source finds at the
// first start is old, and is not announced.
func Job(o Options) bgtasks.Job {
	return bgtasks.Job{
		// With the channel: one source may be announced in two.
		Name:    o.Source.Name() + " in " + o.Target.String(),
		Every:   o.Every,
		Jitter:  o.Every / 10,
		Timeout: timeout,
		Run:     o.run,
	}
}

// progress is what is kept between two runs.
type progress struct {
	Cursor string `json:"cursor"`
	// Outbox is what is to be announced and may not be on the queue yet.
	Outbox []announcement `json:"outbox,omitempty"`
}

// announcement is a message to post and the key that it is known by.
type announcement struct {
	Key     string        `json:"key"`
	Message event.Message `json:"message,omitzero"`
	// Notification is set in place of Message in what an earlier release kept.
	Notification earlier `json:"notification,omitempty"`
}

// event returns the event that has a posted.
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
	if err := o.send(ctx, s, &p); err != nil { // what an earlier run left
		return err
	}
	items, next, err := o.Source.Poll(ctx, p.Cursor)
	if err != nil {
		return err
	}
	first := p.Cursor == ""
	if first {
		o.Log.Info().Str("source", o.Source.Name()).Int("old", len(items)).Msg("begins; what is there already is not announced")
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

// What is cut off. Slack advises to say no more than 4,000 characters at once.
const (
	maxText  = 1000
	maxTitle = 200
	maxLink  = 2000
	maxKey   = 200
)

// plan says what is announced of what is new: the newest, the oldest of them
// first, and before them how many there were before. Items that say nothing
// are left out.
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

// message returns a message with that text.
func (o Options) message(text string) event.Message {
	return event.Message{Origin: event.Announcement, Bot: o.Target.Source, Chat: event.Chat{Name: o.Target.Channel}, Text: text}
}

// key is the announcement's identity, and the id of its event.
func (o Options) key(id string) string {
	key := o.Source.Name() + "/" + id
	if len(key) > maxKey {
		sum := sha256.Sum256([]byte(id))
		key = o.Source.Name() + "/" + base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return o.Target.String() + "/" + key
}

// cut returns text, and of a long one the beginning.
func cut(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most]) + "…"
}
