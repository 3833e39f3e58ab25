package consumer

import (
	"context"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/workqueue"
)

// Platform is a chat platform: it decodes its events and answers them. An ability
// that not every platform has is an interface of its own, such as Poster, or a field
// of Capabilities.
type Platform interface {
	// Name is the platform's name for logs, such as "Slack".
	Name() string
	// Decode decodes an event of the platform's source: a message or a join. It
	// returns a workqueue.Discard for an event that handlers must not see, and a
	// workqueue.Reject for one that is not as the platform documents it.
	Decode(ctx context.Context, e workqueue.Event) (Incoming, error)
	// Responder returns a Responder for an event that Decode returned. One is made
	// for each match, and used by that alone. A method that the platform does not
	// support returns handler.ErrUnsupported.
	Responder(in Incoming, requestID string) Responder
	// Outcome returns the meaning of an error of a Responder. An error that is not
	// the platform's is Temporary.
	Outcome(err error) Outcome
	// Capabilities returns the features that the platform supports, always the same.
	Capabilities() Capabilities
}

// Incoming is a decoded event: a Message, a WorkspaceJoin or a ChannelJoin.
type Incoming interface{ incoming() }

// Message is a message that a person wrote.
type Message struct{ handler.Message }

// WorkspaceJoin is a person's joining of the workspace.
type WorkspaceJoin struct{ handler.Join }

// ChannelJoin is a person's joining of a channel.
type ChannelJoin struct{ handler.Join }

func (Message) incoming()       {}
func (WorkspaceJoin) incoming() {}
func (ChannelJoin) incoming()   {}

// ChannelDecoder is a Platform with events about its public channels.
type ChannelDecoder interface {
	// ChannelChange decodes an event of the kind event.ChannelChange. It returns a
	// workqueue.Reject for one that is not as the platform documents it.
	ChannelChange(ctx context.Context, e workqueue.Event) (channeldir.Change, error)
}
