package slack

import (
	"bytes"
	"context"
	"errors"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/consumer"
)

// outbox posts in one chat that nobody there has asked in. It is a responder that answers
// nothing.
type outbox struct{ *responder }

// Post implements consumer.Outbox.
func (o *outbox) Post(ctx context.Context, m consumer.Rendered, thread string) (string, error) {
	_, parent := splitID(thread)
	ts, err := o.post(ctx, o.channel, parent, m)
	if err != nil {
		return "", wrap(err, "post in %s", o.channel)
	}
	return messageID(o.channel, ts), nil
}

// Edit implements consumer.Outbox.
// Source: https://docs.slack.dev/reference/methods/chat.update
func (o *outbox) Edit(ctx context.Context, id string, m consumer.Rendered) error {
	channel, ts := splitID(id)
	c, err := contentOf(m, "")
	if err != nil {
		return err
	}
	// Empty lists, unlike missing ones, remove what the message had.
	options := []slack.MsgOption{
		slack.MsgOptionText(c.text, false), slack.MsgOptionParse(false), slack.MsgOptionBlocks(c.blocks...),
		slack.MsgOptionAttachments(append([]slack.Attachment{}, c.attachments...)...),
	}
	if m.Notice.Literal {
		options = append(options, slack.MsgOptionDisableMarkdown())
	}
	err = attempt(o.mark(ctx), func(ctx context.Context) (string, error) {
		_, ts, _, err := o.api.UpdateMessageContext(ctx, channel, ts, options...)
		return ts, err
	})
	return wrap(err, "edit a message in %s", channel)
}

// Upload implements consumer.Outbox.
// Source: https://docs.slack.dev/reference/methods/files.getUploadURLExternal
func (o *outbox) Upload(ctx context.Context, f consumer.File) (string, error) {
	place, err := o.api.GetUploadURLExternalContext(o.mark(ctx), slack.GetUploadURLExternalParameters{FileName: f.Name, FileSize: len(f.Content)})
	if err != nil {
		return "", wrap(err, "ask where to upload a file")
	}
	err = o.api.UploadToURL(o.mark(ctx), slack.UploadToURLParameters{UploadURL: place.UploadURL, Reader: bytes.NewReader(f.Content), Filename: f.Name})
	if err != nil {
		return "", wrap(hideURL(err), "upload a file")
	}
	return place.FileID, nil
}

// Share implements consumer.Outbox. Slack does not return the id of the message.
// Source: https://docs.slack.dev/reference/methods/files.completeUploadExternal
func (o *outbox) Share(ctx context.Context, fileID string, f consumer.File, thread string) error {
	_, parent := splitID(thread)
	err := attempt(o.mark(ctx), func(ctx context.Context) (string, error) {
		answer, err := o.api.CompleteUploadExternalContext(ctx, slack.CompleteUploadExternalParameters{
			Files: []slack.FileSummary{{ID: fileID, Title: f.Name}}, Channel: o.channel, InitialComment: f.Comment, ThreadTimestamp: parent,
		})
		if err != nil || len(answer.Files) == 0 {
			return "", err
		}
		return answer.Files[0].ID, nil
	})
	return wrap(err, "post a file in %s", o.channel)
}

// Find implements consumer.Outbox. It looks through the latest messages of the chat, or of the
// thread, for the post's key, or for the file.
func (o *outbox) Find(ctx context.Context, p consumer.Post) (string, error) {
	_, parent := splitID(p.Channel)
	is := func(m slack.Message) bool { return o.is(m, p) }
	if p.Kind == consumer.PostFile {
		is = func(m slack.Message) bool { return hasFile(m, p.Text) }
	}
	ts, err := o.look(ctx, o.channel, parent, o.oldest(p), is)
	if err != nil || ts == "" {
		return "", err
	}
	return messageID(o.channel, ts), nil
}

// hasFile reports whether a message shows a file.
func hasFile(m slack.Message, id string) bool {
	for _, f := range m.Files {
		if f.ID == id {
			return true
		}
	}
	return false
}

// Link implements consumer.Outbox.
func (o *outbox) Link(id string) string {
	channel, ts := splitID(id)
	return permalink(o.bot.URL, channel, ts, "")
}

// hideURL returns an error without the address of an upload, which lets anybody upload: only
// Slack's own answers do not name it.
func hideURL(err error) error {
	_, limited := errors.AsType[*slack.RateLimitedError](err)
	_, status := errors.AsType[slack.StatusCodeError](err)
	_, refused := errors.AsType[slack.SlackErrorResponse](err)
	if err == nil || limited || status || refused {
		return err
	}
	return &hiddenURL{err}
}

type hiddenURL struct{ err error }

func (*hiddenURL) Error() string { return "no answer from Slack's address for uploads" }

func (e *hiddenURL) Unwrap() error { return e.err }
