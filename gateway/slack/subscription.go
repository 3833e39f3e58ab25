package slack

import (
	"slices"

	"github.com/gobridge/gopherbot/internal/event"
)

// Subscription is an event that the app subscribes to and the gateway queues. The
// app's manifest is generated from the same list, so the gateway queues exactly the
// events that the app subscribes to.
type Subscription struct {
	// Event is the name that an app subscribes by, such as "message.channels".
	Event string
	// Scope is the bot scope that Slack requires for it, "" for none.
	Scope string
	// Type is the event type that it is queued as.
	Type string

	kind         string   // the type of the inner event
	channelTypes []string // of a message; nil for other events
}

// The scope of member_joined_channel decides for which channels Slack sends it: with
// groups:read it would include private ones, and none of those has a welcome.
// Source: https://docs.slack.dev/reference/events
var subscriptions = []Subscription{
	{"message.channels", "channels:history", event.Type(Source, event.MessagePublic), "message", []string{"channel"}},
	{"message.groups", "groups:history", event.Type(Source, event.MessagePrivate), "message", []string{"group"}},
	{"message.im", "im:history", event.Type(Source, event.MessagePrivate), "message", []string{"im", "app_home"}},
	{"message.mpim", "mpim:history", event.Type(Source, event.MessagePrivate), "message", []string{"mpim"}},
	{"team_join", "users:read", event.Type(Source, event.WorkspaceJoin), "team_join", nil},
	{"member_joined_channel", "channels:read", event.Type(Source, event.ChannelJoin), "member_joined_channel", nil},
	{"reaction_added", "reactions:read", event.Type(Source, event.ReactionAdded), reactionKind, nil},
	{"app_home_opened", "", event.Type(Source, event.HomeOpened), homeKind, nil},
	{"channel_created", "channels:read", event.Type(Source, event.ChannelChange), "channel_created", nil},
	{"channel_rename", "channels:read", event.Type(Source, event.ChannelChange), "channel_rename", nil},
	{"channel_archive", "channels:read", event.Type(Source, event.ChannelChange), "channel_archive", nil},
	{"channel_unarchive", "channels:read", event.Type(Source, event.ChannelChange), "channel_unarchive", nil},
	{"channel_deleted", "channels:read", event.Type(Source, event.ChannelChange), "channel_deleted", nil},
}

// Subscriptions returns the events that become events of one of the types.
func Subscriptions(types ...string) []Subscription {
	return slices.DeleteFunc(slices.Clone(subscriptions), func(s Subscription) bool { return !slices.Contains(types, s.Type) })
}

// queuedAs returns the event type of an inner event, "" if the app does not subscribe
// to it.
func queuedAs(kind, channelType string) string {
	for _, s := range subscriptions {
		if s.kind == kind && (s.channelTypes == nil || slices.Contains(s.channelTypes, channelType)) {
			return s.Type
		}
	}
	return ""
}
