// Package eventtype names the types of events that gateways and background
// tasks put on the queue and consumers take off it.
package eventtype

// The event types; each has a stream of its own. Private are all messages that
// not everyone in the workspace could read: those in private channels, direct
// and group messages, and the app's home.
const (
	MessagePublic  = "message_public"
	MessagePrivate = "message_private"
	TeamJoin       = "team_join"
	ChannelJoin    = "channel_join"
	ChannelChange  = "channel_change" // a public channel is new, renamed, archived, back, or gone
	Notification   = "notification"   // something to announce; see internal/notification
)

// All returns all event types.
func All() []string {
	return []string{MessagePublic, MessagePrivate, TeamJoin, ChannelJoin, ChannelChange, Notification}
}
