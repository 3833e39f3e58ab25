package notifyconfig

import (
	"fmt"
	"slices"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

// The names of events in rules. Those of the queue have the same names there.
const (
	// AnyEvent is all events.
	AnyEvent = "*"
	// Message is all messages, public and private.
	Message = "message"
	// NotificationSent and NotificationFailed tell what became of a message that somebody
	// asked the bot to send.
	NotificationSent   = "notification_sent"
	NotificationFailed = "notification_failed"
)

// onAll are the names of the events of every platform.
var onAll = []string{AnyEvent, NotificationSent, NotificationFailed}

// of are the names of the other events by platform. Those of BotX are the constants of
// package server of express-botx.
var of = map[string][]string{
	event.Slack: {Message, string(event.MessagePublic), string(event.MessagePrivate), string(event.WorkspaceJoin), string(event.ChannelJoin)},
	"botx": {
		Message, "chat_created", "added_to_chat", "user_joined_to_chat", "deleted_from_chat", "left_from_chat", "chat_deleted_by_user",
		"cts_login", "cts_logout", "event_edit", "smartapp_event", "internal_bot_notification", "conference_created",
		"conference_deleted", "call_started", "call_ended", "notification_callback",
	},
}

// systemEvent matches the newer events of BotX, which it names itself.
var systemEvent = lazyregexp.New(`^system:[a-z][a-z0-9_]*$`)

// eventFault says why no bot of the platforms has an event, "" if one has it. Without
// platforms the rule has another mistake.
func eventFault(name string, platforms []string) string {
	if slices.Contains(onAll, name) || len(platforms) == 0 {
		return ""
	}
	known := slices.Clone(onAll)
	for _, platform := range platforms {
		if slices.Contains(of[platform], name) || platform == "botx" && systemEvent().MatchString(name) {
			return ""
		}
		known = append(known, of[platform]...)
	}
	if slices.Contains(of["botx"], name) || systemEvent().MatchString(name) {
		return fmt.Sprintf("%s is an event of eXpress, which no bot of the rule has: want %s", quote(name), alternatives(known))
	}
	return fmt.Sprintf("unknown event %s%s", quote(name), hint(name, known))
}
