package slack

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/workqueue"
)

// Source is the Source of the events that this package publishes.
const Source = "slack"

// route reads a request's body. It decides what is to be done and does nothing.
// A genuine request of an unknown or incomplete shape is no error: Slack would
// send it again, and disables an app most of whose events fail.
// Source: https://docs.slack.dev/apis/events-api#failure-limits
func route(body []byte, appID, teamID string) (gateway.Decoded, error) {
	p := parsers.Get()
	defer parsers.Put(p)
	v, err := p.ParseBytes(body)
	if err != nil {
		// The parser's error quotes what it could not parse, maybe a message.
		return gateway.Decoded{}, fmt.Errorf("%d bytes that are not JSON", len(body))
	}
	switch kind := v.GetStringBytes("type"); string(kind) {
	case "":
		return missing("type"), nil
	case "url_verification":
		challenge := text(v, "challenge")
		if challenge == "" {
			return missing("challenge"), nil
		}
		return gateway.Decoded{Outcome: gateway.Challenge, Reply: challenge}, nil
	case "event_callback", "app_rate_limited":
		switch app := v.GetStringBytes("api_app_id"); string(app) {
		case appID:
		case "":
			return missing("api_app_id"), nil
		default:
			return gateway.Decoded{}, fmt.Errorf("%w: api_app_id is %q", gateway.ErrForbidden, gateway.Truncate(string(app)))
		}
		if other := otherWorkspace(v, teamID); other.Outcome != "" {
			return other, nil
		}
		if string(kind) == "app_rate_limited" {
			return ignored("Slack sends us no more events this minute: the app is over its rate limit"), nil
		}
		return routeEvent(v, len(body), teamID), nil
	default:
		return ignored("requests of type %q are not handled", gateway.Truncate(string(kind))), nil
	}
}

var parsers fastjson.ParserPool

// routeEvent reads the envelope, of size bytes, of an event for the workspace teamID. The inner
// event becomes the payload as it is; only what the queue needs to know is read
// here. Its key has teamID, whatever workspace the envelope names first: a message
// in a channel of several workspaces may arrive under the id of each.
func routeEvent(envelope *fastjson.Value, size int, teamID string) gateway.Decoded {
	inner := envelope.Get("event")
	if inner == nil {
		return missing("event")
	}
	payload := inner.MarshalTo(make([]byte, 0, size)) // before any field is read: the parser rewrites the strings that it unescapes
	// Of these bytes of the parser no strings are made, which would have to be allocated.
	kind, channelType := inner.GetStringBytes("type"), inner.GetStringBytes("channel_type")
	channel, id := text(inner, "channel"), text(envelope, "event_id")
	if len(kind) == 0 || id == "" {
		return missing("event.type or event_id")
	}
	e := workqueue.Event{Partition: channel, Source: Source, ID: id}
	switch string(kind) {
	case "message":
		ts := inner.GetStringBytes("ts")
		if channel == "" || len(ts) == 0 {
			return missing("event.channel or event.ts")
		}
		if len(channelType) == 0 {
			return missing("event.channel_type")
		}
		// One message may arrive under several event ids, so it is known by its
		// place and time. Edits and deletions are hidden messages about others.
		if !inner.GetBool("hidden") {
			e.Key = teamID + "/" + channel + "/" + string(ts)
		}
	case "app_mention":
		return ignored("a mention's message brings it too")
	}
	if e.Key == "" {
		e.Key = teamID + "/" + id
	}
	e.Type = queuedAs(string(kind), string(channelType))
	switch {
	case e.Type == "" && string(kind) == "message":
		return ignored("messages in channels of type %q are not handled", gateway.Truncate(string(channelType)))
	case e.Type == "":
		return ignored("events of type %q are not handled", gateway.Truncate(string(kind)))
	}

	var ok bool
	if e.Time, ok = eventTime(envelope, inner); !ok {
		return missing("event.ts, event.event_ts and event_time")
	}
	e.Payload = payload
	return gateway.Decoded{Event: e}
}

// eventTime returns when an event happened: to the microsecond where the event
// says it, to the second where only its envelope does.
func eventTime(envelope, inner *fastjson.Value) (time.Time, bool) {
	for _, field := range [...]string{"ts", "event_ts"} {
		if t, ok := parseTimestamp(string(inner.GetStringBytes(field))); ok {
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

func missing(field string) gateway.Decoded {
	return gateway.Decoded{Outcome: gateway.Malformed, Reason: "no " + field}
}

func ignored(format string, args ...any) gateway.Decoded {
	return gateway.Decoded{Outcome: gateway.Ignored, Reason: fmt.Sprintf(format, args...)}
}
