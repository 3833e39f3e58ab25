package client

// User is an identity that the server knows.
type User struct {
	Username string `json:"username"`
	// Online reports whether the user has a connection to the server's /presence. A client
	// that has only a connection of this package is not online.
	Online bool `json:"online"`
	// Type is "user", "agent" or "service".
	Type string `json:"type"`
	// State is "active" or "idle", or "" for a user who is not online.
	State string `json:"state,omitempty"`
}

// Channel is a channel. Lists of channels have no direct conversations; see Client.DMList.
type Channel struct {
	Name   string `json:"name"`
	Public bool   `json:"public"`
	// Member reports whether the caller is in the channel.
	Member bool `json:"member"`
}

// Message is a message that was read.
type Message struct {
	// ID is unique on the server and grows from message to message. It is 0 in the results of
	// UnreadMessages, because the server does not send it there.
	ID int64 `json:"id,omitempty"`
	// Channel is the channel's name. The server leaves it out of some answers; the client
	// fills it in where the call names a channel.
	Channel string `json:"channel,omitempty"`
	From    string `json:"from"`
	Body    string `json:"body"`
	// SentAt is a time as in RFC 3339, in whole seconds.
	SentAt string `json:"sent_at"`
	// ThreadID is the message that this one replies to, nil for none.
	ThreadID *int64 `json:"thread_id,omitempty"`
	// Mentions are the users whom the text mentions. Messages that were read by REST have none.
	Mentions []string `json:"mentions,omitempty"`
	// Metadata is the JSON text that the sender attached, nil for none. Another client may have
	// attached a text that is no JSON: the server does not check it.
	Metadata *string `json:"metadata,omitempty"`
}

// BroadcastMessage is the data of a "message.new" event.
type BroadcastMessage struct {
	// ID is unique on the server. Events do not come in the order of their ids.
	ID      int64  `json:"id"`
	Channel string `json:"channel"`
	// ChannelType is "channel" or "dm".
	ChannelType string `json:"channel_type"`
	From        string `json:"from"`
	Body        string `json:"body"`
	// SentAt is a time as in RFC 3339, in whole seconds.
	SentAt string `json:"sent_at"`
	// ThreadID is the message that this one replies to, nil for none.
	ThreadID *int64 `json:"thread_id,omitempty"`
	// Mentions are the users and the mention groups that the text mentions.
	Mentions []string `json:"mentions,omitempty"`
	// Metadata is the JSON text that the sender attached; see Message.Metadata.
	Metadata *string `json:"metadata,omitempty"`
}

// PresenceUpdate is the data of a "presence" event.
type PresenceUpdate struct {
	Username string `json:"username"`
	// Status is "online" or "offline".
	Status string `json:"status"`
	// State is "active" or "idle".
	State string `json:"state,omitempty"`
}

// UnreadCount is the number of unread messages of a channel.
type UnreadCount struct {
	Channel string `json:"channel"`
	// Type is "channel" or "dm".
	Type         string `json:"type"`
	UnreadCount  int    `json:"unread_count"`
	MentionCount int    `json:"mention_count"`
}

// DM is a direct conversation.
type DM struct {
	Channel string `json:"channel"`
	// Participants are the other people in it. There may be more than one: the server lets
	// anybody join a direct conversation.
	Participants []string `json:"participants"`
}

// DMOpenResult is the direct conversation that DMOpen found or made.
type DMOpenResult struct {
	Channel     string `json:"channel"`
	Participant string `json:"participant"`
	// Created reports whether the conversation is new.
	Created bool `json:"created"`
}

// MentionGroup is a name that stands for several users in mentions.
type MentionGroup struct {
	ID        int64    `json:"id"`
	Slug      string   `json:"slug"`
	CreatedBy string   `json:"created_by,omitempty"`
	Members   []string `json:"members,omitempty"`
}

// Webhook is an address that the server posts the caller's messages to.
type Webhook struct {
	ID     string `json:"id"`
	URL    string `json:"url"`
	Active bool   `json:"active"`
}

// SendOpts are the optional parameters of SendMessage.
type SendOpts struct {
	// ThreadID is the message to reply to. The server has one level of threads.
	ThreadID *int64
	// Metadata is a JSON text to attach, by REST an object. A text that is not is an error
	// before anything is sent. The server reads numbers as 64-bit floats.
	Metadata *string
}

// HistoryOpts are the optional parameters of History and ListMessages. Messages come oldest
// first.
type HistoryOpts struct {
	// Before asks for the newest messages before this id. With both, the server ignores After.
	Before *int64
	// After asks for the oldest messages after this id.
	After *int64
	// Limit is the length of the page. Defaults to 50, at most 100: more is sent as 100,
	// because the server answers more with 50.
	Limit *int
	// ThreadID asks for the replies to this message. By REST the server ignores it, so the
	// client filters the page, which may be shorter than Limit.
	ThreadID *int64
}

// UnreadOpts are the optional parameters of UnreadMessages.
type UnreadOpts struct {
	// MentionsOnly asks for messages that mention the caller.
	MentionsOnly bool
	// ThreadID asks for the replies to this message.
	ThreadID *int64
}
