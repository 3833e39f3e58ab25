package consumer

import (
	"context"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/receipt"
)

// post makes all posts of a message that are not made yet, and keeps what the chat then shows
// of its subject.
func (s *sending) post(ctx context.Context) (ended, error) {
	way, superseded, err := s.way(ctx)
	if err != nil || superseded {
		return ended{state: receipt.Superseded}, err
	}
	if way.On == event.Update {
		switch gone, err := s.update(ctx, way); {
		case err != nil:
			return ended{}, err
		case !gone:
			return s.sent(way.Root), s.remember(ctx, way)
		}
		if way, err = s.anew(ctx, way); err != nil {
			return ended{}, err
		}
	}
	thread := s.composed.Thread
	if way.On == event.InThread {
		thread = way.Root
	}
	err = s.postAll(ctx, thread)
	if way.On == event.InThread && len(s.made) == 0 && err != nil && classify(s.request.platform, err).Kind == Gone {
		if way, err = s.anew(ctx, way); err == nil {
			err = s.postAll(ctx, s.composed.Thread)
		}
	}
	if err != nil {
		return ended{}, err
	}
	return s.sent(s.first()), s.remember(ctx, way)
}

// postAll posts the parts and the files of a message, in a thread or "".
func (s *sending) postAll(ctx context.Context, thread string) error {
	out, last := s.composed.Outbox, s.lastStep()
	if len(s.made) == 0 {
		s.opts.pace.spend(chatKey(s.m), len(s.composed.Parts)+len(s.composed.Files)-1, s.opts.Now())
	}
	for i, part := range s.composed.Parts {
		name := partStep(i)
		err := s.do(ctx, step{
			name: name, last: name == last,
			Post: Post{Kind: PostReply, Channel: thread, Text: out.Digest(part)},
			make: func(ctx context.Context) (string, error) { return out.Post(ctx, part, thread) },
		})
		if err != nil {
			return err
		}
	}
	if first := s.first(); thread == "" && first != "" {
		thread = first
	}
	for i, file := range s.composed.Files {
		name, fileID := fileStep(i), ""
		err := s.do(ctx, step{
			name: name, last: name == last,
			Post: Post{Kind: PostFile, Channel: thread},
			prepare: func(ctx context.Context) (id string, err error) {
				fileID, err = out.Upload(ctx, file)
				return fileID, err
			},
			make: func(ctx context.Context) (string, error) { return "", out.Share(ctx, fileID, file, thread) },
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// first returns the id of the first message that was posted, "" if it is not known.
func (s *sending) first() string { return s.made[partStep(0)].ID }

// sent returns the end of a message whose posts are all made, or may be.
func (s *sending) sent(id string) ended {
	e := ended{state: receipt.Sent, id: id}
	for i := range s.composed.Files {
		m := s.made[fileStep(i)]
		if e.fileID == "" {
			e.fileID = m.File
		}
		if e.id == "" {
			e.id = m.ID
		}
	}
	if len(s.composed.Parts) > 1 {
		e.parts = len(s.composed.Parts)
	}
	for _, code := range s.composed.Warnings {
		s.warn(code)
	}
	if e.id != "" && s.composed.Outbox != nil {
		e.link = s.composed.Outbox.Link(e.id)
	}
	if s.left() {
		e.state, e.code = receipt.Unknown, codeUnknown
		e.words = "the platform's answer was lost, and no search can tell whether it was posted: look at the chat, and send it again if it is not there"
	}
	return e
}

// expired returns the end of a message that is too late. All its posts have a known outcome,
// or one that stays unknown.
func (s *sending) expired() ended {
	for _, m := range s.made {
		if m.Last {
			return s.sent(s.first())
		}
	}
	if s.left() {
		return s.sent(s.first())
	}
	return ended{
		state: receipt.Expired, id: s.first(), code: string(receipt.Expired),
		words: "its time to live ended before it could be posted",
	}
}
