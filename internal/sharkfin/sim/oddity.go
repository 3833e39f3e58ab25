package sim

// Oddity is a behaviour of the server that a client must cope with. Each is on, unless
// Options.Without has it or Set switched it off.
type Oddity string

// The oddities. "Off" is the behaviour without one, where that is not obvious.
const (
	// ReplaceSockets: a second /ws or /presence of an identity silently replaces the first, which
	// stays open, answers requests, and gets no pushes ever again. Off: all get pushes.
	ReplaceSockets Oddity = "replace sockets"
	// DropPushes: a push for which there is no room is dropped. Off: it waits.
	DropPushes Oddity = "drop pushes"
	// EchoToSender: a sender's socket gets the sender's messages, too.
	EchoToSender Oddity = "echo to the sender"
	// EchoBeforeAnswer: every second message is pushed before its sender has the answer. Off: the
	// answer is first.
	EchoBeforeAnswer Oddity = "echo before the answer"
	// DisorderPushes: every fifth push comes after the next one. Off: pushes come by id.
	DisorderPushes Oddity = "pushes out of order"
	// SilentREST: messages that are posted by REST are not pushed to /ws.
	SilentREST Oddity = "REST posts are not pushed"
	// RESTWithoutMentions: REST does not resolve mentions, and its pages have none.
	RESTWithoutMentions Oddity = "no mentions by REST"
	// RESTUnchecked: REST checks neither membership nor permissions, and lets anybody join
	// anything, direct conversations among them.
	RESTUnchecked Oddity = "REST checks nothing"
	// ErrorsAre500: REST answers a taken name and a repeated join with 500. Off: 409.
	ErrorsAre500 Oddity = "500 for conflicts"
	// LongLimitIs50: a limit above 100 gives 50. Off: it gives 100.
	LongLimitIs50 Oddity = "a long limit gives 50"
	// BeforeWins: with before, after is ignored. Off: both hold.
	BeforeWins Oddity = "before wins over after"
	// UnreadMarksRead: unread_messages marks the returned messages as read, and returns no ids.
	UnreadMarksRead Oddity = "unread marks as read"
	// DMRows: dm_list has a row for each participant. Off: one row with all in participants.
	DMRows Oddity = "dm_list by participant"
	// DMNamesCollide: the names of direct conversations are not unique. Off: they have numbers.
	DMNamesCollide Oddity = "direct conversations collide"
	// NullLists: empty lists are null, but for REST's. Off: [].
	NullLists Oddity = "null lists"
	// GroupsInPushes: pushes name mention groups, and pages name their members. Off: both name
	// members.
	GroupsInPushes Oddity = "pushes name groups"
	// LooseMCP: MCP arguments of a wrong type are ignored. Off: they are errors.
	LooseMCP Oddity = "MCP ignores wrong types"
	// OpenPrivateJoin: channel_join over the socket joins private channels.
	OpenPrivateJoin Oddity = "sockets join private channels"
	// BlindHints: /presence and /notifications tell of mentions in channels that one is not in.
	BlindHints Oddity = "hints of foreign channels"
	// OfflineOnReplace: people are told that a user is offline when a replaced socket closes.
	OfflineOnReplace Oddity = "offline when the old socket closes"
	// UncheckedMetadata: sockets and MCP take metadata that is no JSON.
	UncheckedMetadata Oddity = "metadata is not checked"
	// FloatMetadata: numbers in metadata by REST go through 64-bit floats. Off: the text is kept.
	FloatMetadata Oddity = "metadata in floats"
	// UnboundedMessages: sockets and MCP take messages of any size. Off: at most 1 MiB.
	UnboundedMessages Oddity = "messages of any size"
	// CachedKeys: a key that was accepted is accepted for 30 s more.
	CachedKeys Oddity = "keys are cached"
	// FirstIsAdmin: the first identity that the server knows is its administrator.
	FirstIsAdmin Oddity = "the first is the administrator"
	// WebhookEchoes: a service's webhook gets the service's own messages.
	WebhookEchoes Oddity = "webhooks bring own messages"
)

// Oddities are all oddities.
var Oddities = []Oddity{
	ReplaceSockets, DropPushes, EchoToSender, EchoBeforeAnswer, DisorderPushes, SilentREST, RESTWithoutMentions, RESTUnchecked,
	ErrorsAre500, LongLimitIs50, BeforeWins, UnreadMarksRead, DMRows, DMNamesCollide, NullLists, GroupsInPushes, LooseMCP,
	OpenPrivateJoin, BlindHints, OfflineOnReplace, UncheckedMetadata, FloatMetadata, UnboundedMessages, CachedKeys, FirstIsAdmin,
	WebhookEchoes,
}

// Set switches an oddity on or off.
func (s *Server) Set(oddity Oddity, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.off[oddity] = !on
}

// is reports whether an oddity is on. s.mu is held.
func (s *Server) is(oddity Oddity) bool { return !s.off[oddity] }

// has reports whether an oddity is on. s.mu is not held.
func (s *Server) has(oddity Oddity) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.is(oddity)
}
