package consumer

import (
	"context"

	"github.com/gobridge/gopherbot/internal/event"
)

// Poster is a Platform that posts messages that nobody in the chat has asked for:
// announcements, and the notifications of scripts and monitoring systems.
type Poster interface {
	// Compose looks up the chat of a message and the people that it mentions, and writes it
	// for the platform. It posts nothing. Outcome classifies its error: a channel that does
	// not exist is Temporary, so that an operator can create it. requestID goes with all
	// calls of the platform, those of the Outbox included.
	Compose(ctx context.Context, n Notice, requestID string) (Composed, error)
	// Explain returns a stable code for an error of Compose or of an Outbox, "" if it has
	// none, and advice for the sender, "" if there is none.
	Explain(err error) (code, advice string)
}

// Notice is a message to post, with all that it names by a Blob.
type Notice struct {
	// Message has its whole text in Text.
	event.Message
	// Content is the content of its File.
	Content []byte
}

// Composed is a message in its platform's format.
type Composed struct {
	Outbox Outbox
	// Chat is the platform's id of the chat, "" if it is not known.
	Chat string
	// Thread is the id of the message in whose thread it is posted, "" for none.
	Thread string
	// Parts are its messages, in order, and Files follow in the thread of the first. There
	// is at least one of both.
	Parts []Rendered
	Files []File
	// Warnings are codes of things that were left out.
	Warnings []string
}

// Warnings about messages that are posted all the same.
const (
	// WarnMention is for a person whom no lookup finds: the mention stays text.
	WarnMention = "mention_unresolved"
	// WarnTarget is for a subject whose first message is gone: a new one begins.
	WarnTarget = "target_gone"
	// WarnNotUpdated is for an update that does not fit into the first message, or not
	// with it, and for a platform without edits: it is posted in its thread.
	WarnNotUpdated = "posted_in_thread"
	// WarnCut is for a text that is too long for messages: it is posted as a file.
	WarnCut = "text_as_file"
)

// File is a file to post.
type File struct {
	Name    string
	Content []byte
	// Comment is the text of its message, in the platform's format.
	Comment string
}

// Outbox posts in one chat. Messages have ids of the form that receipts show as sync_id. A
// thread is the id of the message that began it, "" for none.
type Outbox interface {
	// Post posts a message. ctx has its PostKey.
	Post(ctx context.Context, m Rendered, thread string) (id string, err error)
	// Edit replaces a message of the bot's. To repeat it changes nothing.
	Edit(ctx context.Context, id string, m Rendered) error
	// Upload transfers a file, which nobody sees until Share posts it. To repeat it
	// changes nothing.
	Upload(ctx context.Context, f File) (fileID string, err error)
	Share(ctx context.Context, fileID string, f File, thread string) error
	// Digest returns a hash of a message's text, for Post.Text.
	Digest(m Rendered) string
	// Find searches for a post, in the thread p.Channel. A PostFile has the file's id as
	// its Text. It returns "" if the post was not made, and ErrCannotTell if no search can
	// ever show that; after another error it may be called again.
	Find(ctx context.Context, p Post) (id string, err error)
	// Link returns an address that leads to a message, "" if it is not known.
	Link(id string) string
}
