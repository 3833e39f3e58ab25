package handler

import (
	"context"
	"encoding/json"
	"errors"
)

// ErrUnsupported is returned by a Responder if its platform does not support the call,
// such as a reaction. No later attempt can succeed.
var ErrUnsupported = errors.New("the platform does not support it")

// Responder answers the message, the join or the interaction that a handler got. Every
// method returns an error if the call failed. A handler returns that error, and runs
// again later. After the handler's context has ended every call fails.
type Responder interface {
	// React adds an emoji, named without colons, to the message. A join has no
	// message: there it returns an error.
	React(ctx context.Context, emoji string) error
	// Reply answers in the conversation of the message, in its thread if it is in one.
	// A person who joined the workspace gets a direct message.
	Reply(ctx context.Context, reply Reply) error
	// ReplyEphemeral is Reply, but only the author sees it, and it is not kept.
	ReplyEphemeral(ctx context.Context, reply Reply) error
	// DM sends the author a direct message.
	DM(ctx context.Context, reply Reply) error
	// PostIn posts in another channel, by its name without "#" or by its id.
	PostIn(ctx context.Context, channel string, reply Reply) error
	// Edit replaces the message that was pressed or reacted to, or else the first
	// message that this run of the handler posted with Reply or ReplyEphemeral. The zero
	// Reply removes it.
	Edit(ctx context.Context, reply Reply) error
	// OpenForm shows a form to the person, whose Interaction gets data. Only an
	// interaction can open one, once and within about 2 seconds: a handler opens the form
	// first and works later.
	OpenForm(ctx context.Context, form *Form, data string) error
}

// Reply is an answer of the bot.
type Reply struct {
	// Text is in the dialect of package handler/markup: *bold*, _italic_, `code`,
	// <https://example.com|a link>, #channel. Each platform renders it. A line that
	// names a channel which does not exist is left out; if no line is left, nothing is
	// posted. A long text becomes several messages, cut at the ends of lines, with
	// blocks of code kept whole. It notifies nobody but the people whom it mentions by
	// their ids. Text from people enters it through markup.Escape or markup.Quote.
	Text string
	// Attachment is shown below the text.
	Attachment *Attachment
	// Unfurl lets the platform show previews of the links in the text.
	Unfurl bool
	// InThread begins a thread at the message, so that a long answer takes no room in its
	// channel. In a thread, in direct messages, for the author alone, and on a platform
	// without threads it changes nothing.
	InThread bool
	// MentionUsers begins the reply with the people that the message mentions, so
	// that "@gopher newbie resources @newcomer" reaches the newcomer. Of many
	// people a platform addresses the first few; groups it does not address.
	MentionUsers bool
	// Components are controls below the text, at most 25.
	Components []Component
	// Native replaces the rendering on platforms, by their names: its form is the
	// platform's own. Text stays as the fallback for notifications.
	Native map[string]json.RawMessage
}

// Attachment is a block of its own below a reply's text. Its texts are in the dialect,
// too.
type Attachment struct {
	Title, Text, Footer string
}

// Text returns a reply that is a text only.
func Text(text string) Reply { return Reply{Text: text} }
