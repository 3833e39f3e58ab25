package slack

import (
	"time"

	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/workqueue"
)

// The inner events that need more than the subscriptions say.
const (
	messageKind  = "message"
	mentionKind  = "app_mention"
	reactionKind = "reaction_added"
	homeKind     = "app_home_opened"
)

// routeEvents routes the body of an Events API request.
func (g *Gateway) routeEvents(body []byte) (gateway.Decoded, error) {
	return parsed(body, func(v *fastjson.Value) (gateway.Decoded, error) {
		switch kind := v.GetStringBytes("type"); string(kind) {
		case "":
			return missing("type"), nil
		case "url_verification":
			challenge := text(v, "challenge")
			if challenge == "" {
				return missing("challenge"), nil
			}
			return gateway.Decoded{Outcome: gateway.Challenge, Reply: challenge}, nil
		case "event_callback", AppRateLimited:
			if decoded, err := g.otherApp(v); err != nil || decoded.Outcome != "" {
				return decoded, err
			}
			if other := otherWorkspace(v, g.opts.TeamID); other.Outcome != "" {
				return other, nil
			}
			if string(kind) == AppRateLimited {
				return notice(AppRateLimited, "Slack has dropped events of this minute: the app gets too many; subscribe to fewer, or to fewer channels"), nil
			}
			return routeEvent(v, v.Get("event"), len(body), g.opts.TeamID), nil
		case homeKind:
			// Slack's documentation shows it without its envelope, and so without any id to
			// check. It is authentic, and only our app can have got it.
			// Source: https://docs.slack.dev/reference/events/app_home_opened
			return routeEvent(v, v, len(body), g.opts.TeamID), nil
		default:
			return ignored("requests of type %q are not handled", gateway.Truncate(string(kind))), nil
		}
	})
}

// routeEvent reads the envelope, of size bytes, of an event for the workspace teamID. The inner
// event becomes the payload as it is; only what the queue needs to know is read
// here. Its key has teamID, whatever workspace the envelope names first: a message
// in a channel of several workspaces may arrive under the id of each.
func routeEvent(envelope, inner *fastjson.Value, size int, teamID string) gateway.Decoded {
	if inner == nil {
		return missing("event")
	}
	payload := inner.MarshalTo(make([]byte, 0, size)) // before any field is read: the parser rewrites the strings that it unescapes
	// Of these bytes of the parser no strings are made, which would have to be allocated.
	kind, channelType := inner.GetStringBytes("type"), inner.GetStringBytes("channel_type")
	channel, id := text(inner, "channel"), text(envelope, "event_id")
	key := ""
	switch string(kind) {
	case messageKind:
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
			key = channel + "/" + string(ts)
		}
	case mentionKind:
		return ignored("a mention's message brings it too")
	case reactionKind:
		channel = text(inner, "item", "channel") // "" for a reaction to a file
	case homeKind:
		if user, ts := text(inner, "user"), text(inner, "event_ts"); id == "" && user != "" && ts != "" {
			id = user + "/" + text(inner, "tab") + "/" + ts
		}
	}
	if len(kind) == 0 || id == "" {
		return missing("event.type or event_id")
	}
	if told := noticed(string(kind), inner); told.Outcome != "" {
		return told
	}
	if key == "" {
		key = id
	}
	queued := queuedAs(string(kind), string(channelType))
	switch {
	case queued == "" && string(kind) == messageKind:
		return ignored("messages in channels of type %q are not handled", gateway.Truncate(string(channelType)))
	case queued == "":
		return ignored("events of type %q are not handled", gateway.Truncate(string(kind)))
	}
	at, ok := eventTime(envelope, inner)
	if !ok {
		return missing("event.ts, event.event_ts and event_time")
	}
	return gateway.Decoded{Event: workqueue.Event{
		Type: queued, Key: teamID + "/" + key, Partition: channel, Source: Source, ID: id, Time: at, Payload: payload,
	}}
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
