// Package event is the contract between the processes: the kinds of events, their
// streams, and the payload of events that one of our processes makes for another.
//
// It must not know any platform: a platform is a source, a name.
package event

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Kind is the kind of an event, independent of its platform.
type Kind string

// The kinds of events. Private are all messages that not everyone in the
// workspace could read: those in private channels, direct and group messages,
// and the app's home. Their names are part of Redis keys and stay.
const (
	MessagePublic  Kind = "message_public"
	MessagePrivate Kind = "message_private"
	WorkspaceJoin  Kind = "team_join"
	ChannelJoin    Kind = "channel_join"
	ChannelChange  Kind = "channel_change" // a public channel is new, renamed, archived, back, or gone
	Send           Kind = "send"           // something to post; the payload is a Message
	Interaction    Kind = "interaction"    // a slash command, a button, a form; the payload is an InteractionRequest
	ReactionAdded  Kind = "reaction_added" // somebody added an emoji to a message
	HomeOpened     Kind = "home_opened"    // somebody opened the bot's own page
	Callback       Kind = "callback"       // something that callback rules pass on to scripts; the payload is a CallbackRequest
	// Notification is an announcement for Slack, as earlier releases queued it. This
	// release only reads it; the next release drops it.
	Notification Kind = "notification"
)

// Kinds returns all kinds.
func Kinds() []Kind {
	return []Kind{MessagePublic, MessagePrivate, WorkspaceJoin, ChannelJoin, ChannelChange, Send, Interaction, ReactionAdded, HomeOpened, Callback, Notification}
}

// Incoming returns the kinds of events that platforms send. The others are made by our
// processes.
func Incoming() []Kind {
	return slices.DeleteFunc(Kinds(), func(k Kind) bool { return k == Send || k == Callback || k == Notification })
}

// Slack is the source whose streams have no prefix: they are older than those of
// other platforms, and upgrades depend on their names.
const Slack = "slack"

// Type returns the queue's event type, and so the stream, of a source's events
// of a kind: "message_public" for Slack, "mattermost_message_public" for
// Mattermost, "mattermost_second_send" for the instance "mattermost.second". A
// platform's outage or backlog then takes nothing from another's, and a consumer
// never reads a platform that it cannot decode.
func Type(source string, kind Kind) string {
	if source == Slack {
		return string(kind)
	}
	return strings.ReplaceAll(source, ".", "_") + "_" + string(kind)
}

// KindOf is the inverse of Type. It reports false for an event type that is not
// one of the source's.
func KindOf(source, eventType string) (Kind, bool) {
	for _, kind := range Kinds() {
		if Type(source, kind) == eventType {
			return kind, true
		}
	}
	return "", false
}

// Types returns the event types of a source's events of the kinds, or of all kinds
// if none is given. Only Slack has Notification among all kinds.
func Types(source string, kinds ...Kind) []string {
	if len(kinds) == 0 {
		kinds = Kinds()
		if source != Slack {
			kinds = slices.DeleteFunc(kinds, func(k Kind) bool { return k == Notification })
		}
	}
	types := make([]string, len(kinds))
	for i, kind := range kinds {
		types[i] = Type(source, kind)
	}
	return types
}

// Workspace is a workspace of a platform. Clients, identities, channel directories
// and cooldowns are kept per Workspace.
type Workspace struct {
	// Source is the platform, such as "slack".
	Source string
	// ID is the platform's id of the workspace, "" where the source names it.
	ID string
}

// String returns the source and the id, such as "slack/T012ABC", as a part of keys.
func (w Workspace) String() string {
	if w.ID == "" {
		return w.Source
	}
	return w.Source + "/" + w.ID
}

// sourcePattern is the form of a source's name: a platform, and an instance if
// there are several.
var sourcePattern = regexp.MustCompile(`^[a-z][a-z0-9]*(\.[a-z][a-z0-9]*)?$`)

// Target is a channel of a platform.
type Target struct {
	// Source is the platform, such as "slack".
	Source string
	// Channel is the channel's name, without "#", or its id.
	Channel string
}

// ParseTarget reads a target as operators write it: "mattermost:town-square", or
// "golang-news", which is Slack's. A "#" before the channel's name is dropped.
func ParseTarget(text string) (Target, error) {
	source, channel, ok := strings.Cut(text, ":")
	if !ok {
		source, channel = Slack, text
	}
	channel = strings.TrimPrefix(channel, "#")
	if !sourcePattern.MatchString(source) || channel == "" || strings.ContainsAny(channel, " \t\n:") {
		return Target{}, fmt.Errorf("%q names no channel: want a channel's name or id, such as golang-news, or with its platform, such as slack:golang-news", text)
	}
	return Target{source, channel}, nil
}

// String returns the target as ParseTarget reads it.
func (t Target) String() string {
	if t.Source == Slack {
		return t.Channel
	}
	return t.Source + ":" + t.Channel
}
