// Package workqueue is a durable queue of events on Redis Streams: one stream
// per event type, one consumer group, any number of publishers and consumers.
//
// It promises that an event which Publish accepted is handled at least once,
// that an event with a key is not queued twice within a window, and that the
// work of a consumer that died is taken over by another within one lease.
//
// It knows Redis and nothing else: what an event means, where it came from and
// what is done about it are its users' business.
package workqueue

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Event is something that happened and has to be handled.
type Event struct {
	// Type picks the stream. It matches [a-z][a-z0-9_]*.
	Type string
	// Key identifies what happened, for deduplication within the publisher's
	// window: of two events of one type with one key the second is not queued.
	// With an empty Key an event is never a duplicate.
	Key string
	// Source is the platform that the event came from, such as "slack".
	Source string
	// ID is the platform's own id of the event.
	ID string
	// Time is when the platform says it happened, kept to the millisecond.
	Time time.Time
	// RequestID is the X-Request-ID of the HTTP request that brought the event.
	RequestID string
	// Payload is the event as the platform sent it, usually JSON.
	Payload []byte
}

// Result says what became of a published event.
type Result int

const (
	// Queued means that the event is on its stream.
	Queued Result = iota + 1
	// Duplicate means that an event of this type and key was queued before,
	// within the window, and that this one was not.
	Duplicate
)

func (r Result) String() string {
	switch r {
	case Queued:
		return "queued"
	case Duplicate:
		return "duplicate"
	default:
		return "unknown"
	}
}

// ErrFull is returned by Publish when the stream holds as many events as it
// may. Nothing was queued; whoever sent the event should send it again later.
var ErrFull = errors.New("the queue is full")

// entryVersion is written into every entry, so that a later release can tell
// what it reads.
const entryVersion = "1"

// The names of an entry's fields. They are short because each is stored with
// each entry (Redis shares repeated names only within one stream node).
const (
	fieldVersion   = "v"
	fieldKey       = "key"
	fieldSource    = "src"
	fieldID        = "id"
	fieldTime      = "t"
	fieldRequestID = "rid"
	fieldPayload   = "p"
)

// fields returns e as the field-value list of a stream entry.
func (e Event) fields() []any {
	return []any{
		fieldVersion, entryVersion,
		fieldKey, e.Key,
		fieldSource, e.Source,
		fieldID, e.ID,
		fieldTime, strconv.FormatInt(e.Time.UnixMilli(), 10),
		fieldRequestID, e.RequestID,
		fieldPayload, e.Payload,
	}
}

// eventOf is the inverse of fields.
func eventOf(eventType string, values map[string]any) (Event, error) {
	get := func(field string) string {
		s, _ := values[field].(string) // go-redis gives strings only
		return s
	}
	if v := get(fieldVersion); v != entryVersion {
		return Event{}, fmt.Errorf("entry has version %q, this release reads %q", v, entryVersion)
	}
	ms, err := strconv.ParseInt(get(fieldTime), 10, 64)
	if err != nil {
		return Event{}, fmt.Errorf("entry has a bad time: %w", err)
	}
	return Event{
		Type:      eventType,
		Key:       get(fieldKey),
		Source:    get(fieldSource),
		ID:        get(fieldID),
		Time:      time.UnixMilli(ms),
		RequestID: get(fieldRequestID),
		Payload:   []byte(get(fieldPayload)),
	}, nil
}

var typePattern = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func checkType(eventType string) error {
	if !typePattern.MatchString(eventType) {
		return fmt.Errorf("event type %q: want lower-case letters, digits and underscores, beginning with a letter", eventType)
	}
	return nil
}

var appPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)

func checkApp(app string) error {
	if !appPattern.MatchString(app) {
		return fmt.Errorf("app %q: want the deployment's name in letters, digits, dots, dashes and underscores", app)
	}
	return nil
}
