package workqueue

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// Delivery is an event as it is handed to a handler.
type Delivery struct {
	Event
	// EntryID is the id of the event's entry in its stream. A retry is another
	// entry.
	EntryID string
	// Attempt counts this attempt to handle the event, from 1. Deliveries that
	// ended with the death or the stop of their consumer do not count.
	Attempt int
	// QueuedAt is when the event was first put on the stream, by Redis's clock.
	QueuedAt time.Time
	// ReceivedAt is when this consumer took it, by its own clock.
	ReceivedAt time.Time
	// ReplayedAt is when an operator had the event handled again after it had been
	// given up, the zero time if nobody did.
	ReplayedAt time.Time
	// Reclaimed is true when this entry was delivered before and nothing was
	// heard of an outcome: its consumer died, or lost its connection.
	Reclaimed bool

	asked     time.Time // when the consumer asked Redis for it
	entryID   string    // EntryID, which the handler may change
	encoded   string    // the entry as it was taken
	origin    string    // the id of the event's first entry
	attempts  int       // how many have failed
	actions   actions
	completed map[string]bool
	lease     *lease
	discard   *DiscardError // the outcome, if it is one
	onRelease func()        // called when it is finished
	// clear is called when this consumer may take another entry of which
	// consumers may have died; nil if this is none.
	clear func()
}

// HandlerFunc handles a delivery. When it returns nil or a Discard the event is
// done with, and when it returns a Reject it becomes a dead letter. After any
// other error, also one that joins several, or a panic, it is tried again: when a
// RetryAfter says, or after the type's backoff. After the last attempt it becomes
// a dead letter. After a Postpone it is handled later, at no cost of an attempt.
//
// ctx ends when the lease is lost, when the attempt takes longer than MaxRun,
// and when the consumer stops and has waited for StopTimeout. A handler that
// respects it never runs at the same time as the one that takes its event over.
type HandlerFunc func(ctx context.Context, d *Delivery) error

// AgeFrom returns the moment from which the event's age counts: when it
// happened, or when an operator had it handled again.
func (d *Delivery) AgeFrom() time.Time {
	if d.ReplayedAt.After(d.Time) {
		return d.ReplayedAt
	}
	return d.Time
}

// entry returns the encoded entry of the event, with what happened to it here. It
// is made of what was taken: the handler may have changed what it was given. One
// that cannot be read stays as it is.
func (d *Delivery) entry() string {
	e, err := decode(d.Type, d.encoded)
	if err != nil {
		return d.encoded
	}
	e.origin, e.attempts = d.origin, d.attempts
	return string(e.encode())
}

// redelivered reports whether this event was delivered before, so that some of
// it may be done.
func (d *Delivery) redelivered() bool { return d.Reclaimed || d.origin != d.entryID }

// recorded reports whether actions of this event may be recorded as completed.
func (d *Delivery) recorded() bool { return d.completed != nil || d.redelivered() }

// Completed reports whether an earlier delivery of this event has completed the
// action of that name, so that this one need not do it again.
func (d *Delivery) Completed(action string) bool { return d.completed[action] }

// CompletedActions returns the names of the actions that earlier deliveries of
// this event, and this one, have completed, in alphabetical order.
func (d *Delivery) CompletedActions() []string { return slices.Sorted(maps.Keys(d.completed)) }

// Complete records that an action of this event is done and must not be done
// again, should the event be delivered once more. When it returns an error, the
// action may be done again. A Redis that is out of memory is no reason for one:
// the name of the action is recorded beyond its bound.
func (d *Delivery) Complete(ctx context.Context, action string) error {
	// What is done is done, even if the handler was cancelled while it did it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	if err := d.actions.add(ctx, action); err != nil {
		return err
	}
	if d.completed == nil {
		d.completed = map[string]bool{}
	}
	d.completed[action] = true
	return nil
}

// actions are the completed actions of one event, in Redis.
type actions struct {
	rdb redis.UniversalClient
	key string
}

// actionsKept is how long they are remembered: as long as the event may still
// be delivered, dead letters included.
const actionsKept = deadLettersKept

func (a actions) add(ctx context.Context, action string) error {
	err := completeScript.Run(ctx, a.rdb, []string{a.key}, action, actionsKept.Milliseconds()).Err()
	if err != nil {
		return fmt.Errorf("record that %q is done: %w", action, err)
	}
	return nil
}

func (a actions) load(ctx context.Context) (map[string]bool, error) {
	names, err := a.rdb.SMembers(ctx, a.key).Result()
	if err != nil {
		return nil, fmt.Errorf("look up what is done already: %w", err)
	}
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name] = true
	}
	return set, nil
}
