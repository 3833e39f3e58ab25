package consumer

import (
	"context"
	"time"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/workqueue"
)

// Platform is a chat platform: it decodes its events and answers them. A
// decoder returns a workqueue.Discard for what handlers must not see, and a
// workqueue.Reject for what is not as the platform documents it.
type Platform interface {
	Message(e workqueue.Event) (handler.Message, error)
	TeamJoin(e workqueue.Event) (handler.Join, error)
	ChannelJoin(ctx context.Context, e workqueue.Event) (handler.Join, error)

	// A Responder is made for each action, and used by that alone.
	Responder(m handler.Message, requestID string) Responder
	JoinResponder(j handler.Join, requestID string) Responder

	// Classify says of an error that a Responder returned that another try is of
	// no use, or when it is due; false and 0 when it does not know.
	Classify(err error) (final bool, after time.Duration)
}

// Responder answers one message, or greets one join, on a platform.
type Responder interface {
	handler.Responder
	// Split returns what to say, one after the other, for a reply that is too
	// long for one message of the platform.
	Split(reply handler.Reply) []handler.Reply
	// Link returns a link to the first message that Reply posted, "" before that.
	Link() string
}

// Memory remembers for a while what was done, for all consumers of a
// deployment. An owner is an event.
type Memory interface {
	// Begin notes that owner is about to do what key names, unless somebody is
	// about to or has done it. It returns who holds it then, whether it is done,
	// and what was noted about it. What is begun is forgotten soon.
	Begin(ctx context.Context, key, owner string) (holder string, done bool, note string, err error)
	// Done notes that owner has done it, to be remembered for some time.
	Done(ctx context.Context, key, owner, note string, lasts time.Duration) error
	// Undo forgets that owner was about to.
	Undo(ctx context.Context, key, owner string) error
}
