package slack

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/workqueue"
)

// Source is the Source of the events that this package publishes.
const Source = "slack"

// routed is what a genuine request asks for: one of its fields is set.
type routed struct {
	// challenge is to be sent back, to prove that this URL is the app's.
	challenge string
	// event is to be put on the queue.
	event workqueue.Event
	// ignored says why nothing is to be done.
	ignored string
}

var (
	// errBadRequest is of requests that are not as Slack documents them.
	errBadRequest = errors.New("bad request")
	// errForbidden is of requests for another app or workspace.
	errForbidden = errors.New("forbidden")
)

// route reads a request's body. It decides what is to be done and does nothing.
func route(body []byte, appID, teamID string) (routed, error) {
	p := parsers.Get()
	defer parsers.Put(p)
	v, err := p.ParseBytes(body)
	if err != nil {
		// The parser's error quotes what it could not parse, maybe a message.
		return routed{}, fmt.Errorf("%w: %d bytes that are not JSON", errBadRequest, len(body))
	}
	switch kind := text(v, "type"); kind {
	case "":
		return routed{}, missing("type")
	case "url_verification":
		challenge := text(v, "challenge")
		if challenge == "" {
			return routed{}, missing("challenge")
		}
		return routed{challenge: challenge}, nil
	case "event_callback", "app_rate_limited":
		if err := forUs(v, appID, teamID); err != nil {
			return routed{}, err
		}
		if kind == "app_rate_limited" {
			return routed{ignored: "Slack sends us no more events this minute: the app is over its rate limit"}, nil
		}
		return routeEvent(v)
	default:
		return routed{ignored: fmt.Sprintf("requests of type %q are not handled", kind)}, nil
	}
}

var parsers fastjson.ParserPool

// forUs says whether a request is for this app in this workspace.
func forUs(envelope *fastjson.Value, appID, teamID string) error {
	for _, id := range []struct{ field, want string }{{"api_app_id", appID}, {"team_id", teamID}} {
		switch got := text(envelope, id.field); got {
		case id.want:
		case "":
			return missing(id.field)
		default:
			return fmt.Errorf("%w: %s is %q", errForbidden, id.field, got)
		}
	}
	return nil
}

// routeEvent reads the envelope of an event. The inner event becomes the
// payload as it is; only what the queue needs to know is read here.
func routeEvent(envelope *fastjson.Value) (routed, error) {
	inner := envelope.Get("event")
	if inner == nil {
		return routed{}, missing("event")
	}
	payload := inner.MarshalTo(nil) // before anything is read of it: the parser rewrites what it unescapes
	kind, id := text(inner, "type"), text(envelope, "event_id")
	if kind == "" || id == "" {
		return routed{}, missing("event.type or event_id")
	}
	team := text(envelope, "team_id")
	e := workqueue.Event{Key: team + "/" + id, Partition: text(inner, "channel"), Source: Source, ID: id}

	channelType := text(inner, "channel_type")
	switch kind {
	case "message":
		channel, ts := text(inner, "channel"), text(inner, "ts")
		if channel == "" || ts == "" {
			return routed{}, missing("event.channel or event.ts")
		}
		if channelType == "" {
			return routed{}, missing("event.channel_type")
		}
		// One message may arrive under several event ids, so it is known by its
		// place and time. Edits and deletions are hidden messages about others.
		if !inner.GetBool("hidden") {
			e.Key = team + "/" + channel + "/" + ts
		}
	case "app_mention":
		return routed{ignored: "a mention's message brings it too"}, nil
	}
	e.Type = queuedAs(kind, channelType)
	switch {
	case e.Type == "" && kind == "message":
		return routed{ignored: fmt.Sprintf("messages in channels of type %q are not handled", channelType)}, nil
	case e.Type == "":
		return routed{ignored: fmt.Sprintf("events of type %q are not handled", kind)}, nil
	}

	var ok bool
	if e.Time, ok = eventTime(envelope, inner); !ok {
		return routed{}, missing("event.ts, event.event_ts and event_time")
	}
	e.Payload = payload
	return routed{event: e}, nil
}

// eventTime returns when an event happened: to the microsecond where the event
// says it, to the second where only its envelope does.
func eventTime(envelope, inner *fastjson.Value) (time.Time, bool) {
	for _, field := range []string{"ts", "event_ts"} {
		if t, ok := parseTimestamp(text(inner, field)); ok {
			return t, true
		}
	}
	seconds := envelope.GetInt64("event_time")
	return time.Unix(seconds, 0), seconds > 0
}

// parseTimestamp reads Slack's timestamps, "1531420618.000100": seconds since
// 1970, and a fraction that makes a message's timestamp unique in its channel.
func parseTimestamp(ts string) (time.Time, bool) {
	whole, fraction, _ := strings.Cut(ts, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds <= 0 {
		return time.Time{}, false
	}
	micros, err := strconv.ParseInt((fraction + "000000")[:6], 10, 64)
	if err != nil || micros < 0 {
		return time.Time{}, false
	}
	return time.Unix(seconds, micros*1000), true
}

func text(v *fastjson.Value, field string) string { return string(v.GetStringBytes(field)) }

func missing(field string) error { return fmt.Errorf("%w: no %s", errBadRequest, field) }
