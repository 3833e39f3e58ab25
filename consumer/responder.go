package consumer

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
)

// Responder answers one message, or greets one join, on a platform.
type Responder interface {
	// The methods that take a reply render it and post all of it.
	handler.Responder
	// Render returns the messages of a reply, in their order: several if it is too
	// long for one message, none if each line of its text names a channel that does
	// not exist.
	Render(ctx context.Context, reply handler.Reply) ([]Rendered, error)
	// Post posts one message that Render returned, as the method of
	// handler.Responder that kind names would.
	Post(ctx context.Context, kind PostKind, m Rendered) error
	// Link returns a link to the first message that Reply posted, "" before that.
	Link() string
}

// Rendered is a message in the platform's own format.
type Rendered struct {
	Text       string
	Attachment *handler.Attachment // nil for none; its texts are rendered, too
	Unfurl     bool                // see handler.Reply
	// Channel is the name or the id of the channel of a PostChannel.
	Channel string
	// Components are shown below the text, and Native replaces the rendering, if it is
	// not nil: see handler.Reply.
	Components []handler.Component
	Native     json.RawMessage
	// Notice is what only a message of a Poster has.
	Notice NoticeStyle
}

// NoticeStyle is the part of a rendered Notice that its text does not tell.
type NoticeStyle struct {
	// Literal has the platform read no marks in the text.
	Literal bool
	// Status is shown as a colour, "" for none. Fallback is the text without marks, for
	// push notifications.
	Status   event.Status
	Fallback string
	// Images are addresses of images to show below the text.
	Images []string
	// Metadata is a JSON object for programs.
	Metadata json.RawMessage
}

// Finder is a Responder that can search for an earlier post of the same event. After
// an Unknown outcome the posts of other Responders are left alone.
type Finder interface {
	// Digest returns a hash of a message's text. Posted recognises the message by it.
	Digest(m Rendered) string
	// Posted reports whether a post was made. It returns ErrCannotTell if no search
	// can ever show that; after another error it may be called again. If it found a
	// Reply, Link returns the link to it.
	Posted(ctx context.Context, p Post) (bool, error)
}

// ErrCannotTell is the error of a Finder that has no means to search: for a post that
// the platform does not keep, or that the bot may not read.
var ErrCannotTell = errors.New("no search can tell whether it was posted")

// Post names one post of an event, so that it can be looked for later.
type Post struct {
	Kind PostKind
	// Channel is the Rendered.Channel of a PostChannel, and the thread of a post of an
	// Outbox.
	Channel string
	// Key is the same for each attempt at this post of this event, and unique. A
	// Responder that is a Finder attaches it to the post, without showing it.
	Key string
	// Text is the Finder's Digest of the message.
	Text string
	// Since is a time before the first attempt, by the clock of one of our processes.
	Since time.Time
}

// ReplyKind returns the kind of the posts of a Reply.
func ReplyKind(reply handler.Reply) PostKind {
	if reply.InThread {
		return PostThread
	}
	return PostReply
}

// PostKind is the method of a handler.Responder that posted.
type PostKind string

// The kinds of posts.
const (
	PostReply     PostKind = "reply"
	PostThread    PostKind = "thread" // a Reply with InThread
	PostEphemeral PostKind = "ephemeral"
	PostDM        PostKind = "dm"
	PostChannel   PostKind = "channel" // in Rendered.Channel
	PostFile      PostKind = "file"    // of an Outbox
)

type postKey struct{}

// WithPostKey passes a post's key to a Responder by its context: handler.Responder,
// which is made for handlers, has no argument for it.
func WithPostKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, postKey{}, key)
}

// PostKey returns the Key of the post that a Responder is to make, "" if it has none.
func PostKey(ctx context.Context) string {
	key, _ := ctx.Value(postKey{}).(string)
	return key
}
