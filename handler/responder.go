package handler

import (
	"context"
	"errors"
)

// ErrUnsupported is returned by a Responder for what its platform cannot do, such
// as reactions on a platform that has none. No later attempt can succeed.
var ErrUnsupported = errors.New("the platform does not support it")

// Responder is what a handler can do about the message, or the join, that it
// was given. Every method returns an error when the platform did not take it;
// a handler returns that error, and is run again later. When the handler's
// context has ended nothing is taken any more.
type Responder interface {
	// React adds an emoji, named without colons, to the message. A join has no
	// message: there it returns an error.
	React(ctx context.Context, emoji string) error
	// Reply answers where the message was said, in its thread if it is in one.
	// To someone who joined the workspace it is a direct message.
	Reply(ctx context.Context, reply Reply) error
	// ReplyEphemeral is Reply, shown to nobody but the author and not kept.
	ReplyEphemeral(ctx context.Context, reply Reply) error
	// DM sends the author a direct message.
	DM(ctx context.Context, reply Reply) error
}

// Reply is what the bot says.
type Reply struct {
	// Text is in the light markup that Slack calls mrkdwn: *bold*, _italic_,
	// `code`, <https://example.com|a link>. A platform without it translates.
	// It may be long: what does not fit into one message is said in several, cut
	// at the ends of lines, with blocks of code kept whole. It notifies nobody
	// but the people that it mentions, whatever it says.
	Text string
	// Attachment is shown below the text.
	Attachment *Attachment
	// Unfurl lets the platform show previews of the links in the text.
	Unfurl bool
	// MentionUsers begins the reply with the people that the message mentions, so
	// that "@gopher newbie resources @newcomer" reaches the newcomer. Of many
	// people a platform addresses the first few; groups it does not address.
	MentionUsers bool
}

// Attachment is a block of its own below a reply's text.
type Attachment struct {
	Title, Text, Footer string
}

// Text returns a reply of nothing but text.
func Text(text string) Reply { return Reply{Text: text} }
