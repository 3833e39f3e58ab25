package slack

import (
	"slices"

	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/workqueue"
)

// Describe returns what an event that this package queued is about. It reports false for
// one that is no person's message or join: a message of a bot, ours included, an edit, and
// events of other kinds. So a program that posts for each message does not answer itself.
func Describe(e workqueue.Event) (o gateway.Occurrence, ok bool) {
	kind, _ := event.KindOf(Source, e.Type)
	if e.Source != Source || !slices.Contains([]event.Kind{event.MessagePublic, event.MessagePrivate, event.WorkspaceJoin, event.ChannelJoin}, kind) {
		return o, false
	}
	p := parsers.Get()
	defer parsers.Put(p)
	v, err := p.ParseBytes(e.Payload)
	if err != nil {
		return o, false // never: the event was made of JSON
	}
	o = gateway.Occurrence{Name: string(kind), ID: e.ID, User: text(v, "user"), Chat: text(v, "channel"), System: true}
	switch kind {
	case event.WorkspaceJoin:
		user := v.Get("user") // an object, unlike in other events
		o.User = text(user, "id")
		ok = !user.GetBool("is_bot")
	case event.ChannelJoin:
		ok = true
	default:
		o.ID, o.Text, o.System = o.Chat+"/"+text(v, "ts"), text(v, "text"), false
		o.Direct = slices.Contains([]string{"im", "app_home"}, text(v, "channel_type"))
		ok = byPerson(v)
	}
	return o, ok && o.User != ""
}

// byPerson reports whether a person wrote a message, by the same rules as consumer/slack's.
// The messages of an app have its bot id, other subtypes report that something happened, and
// Slackbot has the same id in every workspace.
// Source: https://docs.slack.dev/reference/events/message
func byPerson(v *fastjson.Value) bool {
	written := []string{"", "file_share", "thread_broadcast", "me_message"}
	return text(v, "bot_id") == "" && text(v, "user") != "USLACKBOT" && !v.GetBool("hidden") && slices.Contains(written, text(v, "subtype"))
}
