// Package eventtype names the types of events that gateways put on the queue
// and consumers take off it. It is the one thing that the two have to agree on.
package eventtype

// The event types; each has a stream of its own. Private are all messages that
// not everyone in the workspace could read: those in private channels, direct
// and group messages, and the app's home.
const (
	MessagePublic  = "message_public"
	MessagePrivate = "message_private"
	TeamJoin       = "team_join"
	ChannelJoin    = "channel_join"
)

// All returns all event types.
func All() []string { return []string{MessagePublic, MessagePrivate, TeamJoin, ChannelJoin} }
